"""Who draws a pension and is insured by what it ended: a fourth kind of doubled enrolments.

The view is enrolment's; who draws what, only benefits know.
"""

from django.db import migrations

SQL = """
CREATE OR REPLACE VIEW enrolment_duplicate WITH (security_invoker = true) AS
WITH held AS (
    SELECT e.id, coalesce(a.survivor_id, e.person_id) AS person_id, e.scheme, e.kind,
        coalesce(p.survivor_id, e.payer_id) AS payer_id, e.district, e.valid
    FROM enrolment_enrolment e LEFT JOIN people_alias a ON a.party_id = e.person_id
    LEFT JOIN people_alias p ON p.party_id = e.payer_id
    WHERE e.superseded_at IS NULL
), named AS (
    SELECT p.party_id AS person_id, n.search_name, p.birth_date, p.sex
    FROM people_person p JOIN people_partyname n ON n.party_id = p.party_id
        AND n.superseded_at IS NULL AND upper_inf(n.valid)
    WHERE EXISTS (SELECT FROM enrolment_enrolment e WHERE e.person_id = p.party_id
            AND e.superseded_at IS NULL)
        AND NOT EXISTS (SELECT FROM people_alias a WHERE a.party_id = p.party_id)
)
-- Who is employed is not insured as a resident in the same months: the employee's months count.
SELECT 'TWO_SCHEMES/' || x.id || '/' || y.id AS id, 'TWO_SCHEMES' AS kind, x.person_id,
    y.person_id AS other_person_id, x.id AS enrolment_id, y.id AS other_enrolment_id,
    x.valid * y.valid AS months
FROM held x JOIN held y ON y.person_id = x.person_id AND x.valid && y.valid
    AND y.scheme = CASE x.scheme WHEN '110' THEN '170' WHEN '310' THEN '390' END
UNION ALL
-- Two employers in one county may be right; two counties, two villages, one payer twice are not.
SELECT 'TWO_PLACES/' || x.id || '/' || y.id, 'TWO_PLACES', x.person_id, y.person_id, x.id, y.id,
    x.valid * y.valid
FROM held x JOIN held y ON y.person_id = x.person_id AND x.valid && y.valid
    AND y.scheme = x.scheme AND y.id > x.id
WHERE x.district <> y.district OR x.kind = 'RESIDENT' OR x.kind <> y.kind
    OR coalesce(x.payer_id, 0) = coalesce(y.payer_id, 0)
UNION ALL
SELECT 'TWO_NUMBERS/' || x.person_id || '/' || y.person_id, 'TWO_NUMBERS', x.person_id,
    y.person_id, NULL, NULL, NULL
FROM named x JOIN named y ON y.search_name = x.search_name AND y.birth_date = x.birth_date
    AND y.sex = x.sex AND y.person_id > x.person_id
UNION ALL
-- 110 ends what employees pay and the residents' pension, 170 itself, as enrolment.pensioners say.
SELECT 'PENSIONER/' || x.id || '/' || d.id, 'PENSIONER', x.person_id, x.person_id, x.id, NULL,
    range_merge(d.months * datemultirange(x.valid))
FROM held x JOIN (
    SELECT e.id, e.scheme, coalesce(a.survivor_id, e.person_id) AS person_id,
        (SELECT range_agg(c.valid) FROM benefits_component c
            WHERE c.entitlement_id = e.id AND c.superseded_at IS NULL)
        * datemultirange(daterange(e.start_month, NULL))
        - coalesce((SELECT range_agg(s.valid) FROM benefits_stop s
            WHERE s.entitlement_id = e.id AND s.superseded_at IS NULL), '{}') AS months
    FROM benefits_entitlement e LEFT JOIN people_alias a ON a.party_id = e.person_id
    WHERE e.scheme IN ('110', '170')) d
    ON d.person_id = x.person_id AND d.months && x.valid
WHERE x.scheme = d.scheme OR d.scheme = '110' AND x.scheme IN ('170', '210', '310');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("benefits", "0027_claim_ended"),
        ("enrolment", "0009_employer_filings"),
    ]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
