"""Who is insured in a month (当月参保人员), in one statement: what bills are held against."""

# Who is insured in ``month`` (its first day), as known at ``known_at``: person_id, scheme, kind,
# payer_id, district, wage_fen, wage_confirmed, enrolment_id. Merged parties are their survivors.
# wage_fen is NULL for residents, and for whom no wage is known.
ENROLLED = """
SELECT coalesce(a.survivor_id, e.person_id) AS person_id, e.scheme, e.kind,
    coalesce(p.survivor_id, e.payer_id) AS payer_id, e.district,
    w.monthly_fen AS wage_fen, w.confirmed AS wage_confirmed, e.id AS enrolment_id
FROM enrolment_enrolment e
LEFT JOIN people_alias a ON a.party_id = e.person_id
    AND a.recorded_at <= %(known_at)s::timestamptz
LEFT JOIN people_alias p ON p.party_id = e.payer_id
    AND p.recorded_at <= %(known_at)s::timestamptz
LEFT JOIN enrolment_wage w ON w.person_id = e.person_id
    AND coalesce(w.payer_id, 0) = coalesce(e.payer_id, 0) AND e.kind <> 'RESIDENT'
    AND w.valid @> %(month)s::date AND w.recorded_at <= %(known_at)s::timestamptz
    AND (w.superseded_at IS NULL OR w.superseded_at > %(known_at)s::timestamptz)
WHERE e.valid @> %(month)s::date AND e.recorded_at <= %(known_at)s::timestamptz
    AND (e.superseded_at IS NULL OR e.superseded_at > %(known_at)s::timestamptz)
"""
