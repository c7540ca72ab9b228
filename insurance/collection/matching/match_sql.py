"""The statements of the matching (核销的 SQL): set-wise twins of ``match.match``.

``FUNDS`` takes what came in, ``KEYS``, ``DIFFERENCES`` and ``MATCHED`` what may be open for it,
``LATE`` and ``CLOSED`` what of it is so only up to a day; then one ``MATCH`` for each way of
naming, those that name most first, and for each stretch of days between which something closes.
Funds and what they name are those as whom merged entries live on (``people_alias``); a key keeps
the entries that it was billed under, so that groups, which are few, are looked up under every
entry.

Within a group – payer, scheme, parts that the funds may pay, and what they name – running sums of
the funds and of the open lines lie along one axis: ``width_bucket`` finds the funds in which a line
begins and ends, so that nothing is compared with more than its own neighbours, and what overlaps is
allocated.

All of it lies in temporary tables of the transaction, whose statistics are known to the planner.
"""

Way = tuple[bool, bool, bool]

# (month, person, part) named: who names most is served first, month before person before part.
WAYS: tuple[Way, ...] = tuple(
    sorted(
        ((m, p, t) for m in (True, False) for p in (True, False) for t in (True, False)),
        key=lambda way: (-sum(way), [not named for named in way]),
    )
)

# What belongs to the funds of a call; what they pay stays until totals are written.
OF_FUNDS = (
    *("match_funds", "match_asked", "match_key", "match_difference", "match_matched"),
    *("match_late", "match_closed", "match_left", "match_group", "match_rest", "match_entry"),
)
TABLES = (*OF_FUNDS, "match_made")

# ``select`` gives (funds_id, payer_id, scheme, fen, arrived, month, person_id, part, purse): what
# is not named is NULL, a person whom nobody knows is 0; ``purse`` are the parts that may be paid.
FUNDS = """
CREATE TEMP TABLE match_funds ON COMMIT DROP AS
SELECT f.*, dense_rank() OVER (
    ORDER BY payer_id, scheme, parts, month, person_id, names_part) AS n
FROM (
    SELECT funds_id, payer_id, scheme, fen, arrived,
        CASE WHEN %(heeded)s THEN month END AS month,
        CASE WHEN %(heeded)s THEN person_id END AS person_id,
        CASE WHEN NOT named THEN purse WHEN part = ANY (purse) THEN ARRAY[part]
            ELSE '{{}}'::smallint[] END AS parts,
        %(heeded)s AND month IS NOT NULL AS names_month,
        %(heeded)s AND person_id IS NOT NULL AS names_person,
        named AS names_part
    FROM (SELECT funds_id, coalesce(y.survivor_id, payer_id) AS payer_id, scheme, fen, arrived,
            month, coalesce(p.survivor_id, person_id) AS person_id, part, purse,
            part IS NOT NULL AND (%(heeded)s OR part = 8) AS named
        FROM ({select}) AS g
            (funds_id, payer_id, scheme, fen, arrived, month, person_id, part, purse)
        LEFT JOIN people_alias y ON y.party_id = g.payer_id
        LEFT JOIN people_alias p ON p.party_id = g.person_id) g) f
"""

# Whose months are asked for, under every entry; month NULL: all, for some funds name none.
ASKED = """
CREATE TEMP TABLE match_asked ON COMMIT DROP AS
WITH named AS (
    SELECT DISTINCT payer_id, scheme, month FROM match_funds WHERE payer_id IS NOT NULL),
vague AS (SELECT payer_id, scheme FROM named WHERE month IS NULL),
asked AS (
    SELECT * FROM named n WHERE month IS NULL OR NOT EXISTS (
        SELECT FROM vague v WHERE v.payer_id = n.payer_id AND v.scheme = n.scheme))
SELECT payer_id, scheme, month FROM asked
UNION ALL
SELECT a.party_id, n.scheme, n.month FROM asked n JOIN people_alias a ON a.survivor_id = n.payer_id
"""

# Line keys of these payers and schemes; only of the month where every one of the funds names it.
KEYS = """
CREATE TEMP TABLE match_key ON COMMIT DROP AS
SELECT l.id AS key_id, l.payer_id, l.scheme, l.month, l.person_id, l.part, l.fen, l.account_fen
FROM collection_billline l JOIN match_asked n
    ON n.payer_id = l.payer_id AND n.scheme = l.scheme AND n.month IS NULL
WHERE l.key_id = l.id
UNION ALL
SELECT l.id, l.payer_id, l.scheme, l.month, l.person_id, l.part, l.fen, l.account_fen
FROM collection_billline l JOIN match_asked n
    ON n.payer_id = l.payer_id AND n.scheme = l.scheme AND n.month = l.month
WHERE l.key_id = l.id
"""

# Months of who pays of his own will of which something closed before the last of the funds came.
LATE = """
CREATE TEMP TABLE match_late ON COMMIT DROP AS
SELECT payer_id, scheme, month
FROM (
    SELECT b.* FROM collection_bill b JOIN match_asked n
        ON n.payer_id = b.payer_id AND n.scheme = b.scheme AND n.month IS NULL
    UNION ALL
    SELECT b.* FROM collection_bill b JOIN match_asked n
        ON n.payer_id = b.payer_id AND n.scheme = b.scheme AND n.month = b.month) b
WHERE kind <> 'EMPLOYED' AND %(heeds_last_day)s
GROUP BY payer_id, scheme, month
HAVING min(pay_by) < (SELECT max(arrived) FROM match_funds)
"""

# When what an allocation ``a`` of a match ``m`` pays came in; what two people let in is never late.
ARRIVED = """CASE m.kind WHEN 'SUSPENSE' THEN date '0001-01-01'
    WHEN 'RECEIPTS' THEN (SELECT r.arrived FROM collection_receipt r WHERE r.id = a.funds_id)
    ELSE m.matched_on END"""

# What of their keys is lost after which day (断缴): set-wise twin of ``last_days.by_last_day``;
# ``whole`` where that is all that is open. The last day binds who pays, not the government: what
# it pays for him may come later.
CLOSED = f"""
CREATE TEMP TABLE match_closed ON COMMIT DROP AS
WITH own AS (
    SELECT k.key_id, k.payer_id, k.scheme, k.month, coalesce(m.fen, 0) AS matched_fen,
        k.fen + coalesce(d.fen, 0) - coalesce(m.fen, 0) AS open_fen
    FROM match_late n JOIN match_key k
        ON k.payer_id = n.payer_id AND k.scheme = n.scheme AND k.month = n.month
    LEFT JOIN match_difference d ON d.key_id = k.key_id
    LEFT JOIN match_matched m ON m.key_id = k.key_id
    WHERE k.part NOT IN (5, 7) AND k.fen + coalesce(d.fen, 0) > coalesce(m.fen, 0)),
line AS (
    SELECT o.*, l.run_id, l.fen FROM own o JOIN collection_billline l ON l.id = o.key_id
    UNION ALL
    SELECT o.*, l.run_id, l.fen FROM own o
    JOIN collection_billline l ON l.key_id = o.key_id AND l.key_id <> l.id),
day AS (
    SELECT l.key_id, l.matched_fen, l.open_fen, b.pay_by, (sum(sum(l.fen)) OVER (
        PARTITION BY l.key_id ORDER BY b.pay_by))::bigint AS billed_fen
    FROM line l JOIN collection_bill b ON b.payer_id = l.payer_id AND b.scheme = l.scheme
        AND b.month = l.month AND b.run_id = l.run_id
    GROUP BY l.key_id, l.matched_fen, l.open_fen, b.pay_by),
upto AS (
    SELECT *, max(pay_by) OVER (PARTITION BY key_id) AS last_day,
        greatest(0, min(billed_fen) OVER (PARTITION BY key_id ORDER BY pay_by DESC
            ROWS UNBOUNDED PRECEDING)) AS upto_fen
    FROM day),
lost AS (
    SELECT key_id, pay_by AS closes, open_fen, CASE pay_by
        WHEN last_day THEN billed_fen - matched_fen
        ELSE upto_fen - coalesce((
            SELECT sum(a.fen) FROM collection_allocation a JOIN collection_match m
                ON m.id = a.match_id
            WHERE a.key_id = upto.key_id AND {ARRIVED} <= pay_by), 0) END::bigint AS lost_fen
    FROM upto WHERE pay_by < (SELECT max(arrived) FROM match_funds))
SELECT key_id, closes, lost_fen, lost_fen >= open_fen AS whole FROM lost WHERE lost_fen > 0
"""

# Left by credits: months whose bills are with the payer, who may still pay them in time. Who
# declares at the tax bureau knows them without a bill of ours.
LEFT = """
CREATE TEMP TABLE match_left ON COMMIT DROP AS
SELECT b.payer_id, b.scheme, b.month
FROM collection_bill b
JOIN collection_billrun r ON r.id = b.run_id AND r.kind <> 'LATE_FEE'
JOIN (SELECT DISTINCT payer_id, scheme FROM match_asked) n
    ON n.payer_id = b.payer_id AND n.scheme = b.scheme
LEFT JOIN collection_sentrun s ON s.run_id = b.run_id
GROUP BY b.payer_id, b.scheme, b.month
HAVING max(b.pay_by) >= %(today)s
    AND bool_and(s.run_id IS NOT NULL OR b.mode = 'DECLARED') FILTER (WHERE b.fen > 0)
"""

# The days between which something closes for some of the funds.
DAYS = """
SELECT DISTINCT closes FROM match_closed
WHERE closes >= (SELECT min(arrived) FROM match_funds) ORDER BY closes
"""

DIFFERENCES = """
CREATE TEMP TABLE match_difference ON COMMIT DROP AS
SELECT d.key_id, sum(d.fen)::bigint AS fen, sum(d.account_fen)::bigint AS account_fen
FROM collection_billline d
WHERE d.key_id <> d.id AND d.key_id IN (SELECT key_id FROM match_key)
GROUP BY d.key_id
"""

# What was matched before, and – as the passes go on – what they match themselves (``turn`` > 0),
# with money that came in ``until`` a day.
MATCHED = """
CREATE TEMP TABLE match_matched ON COMMIT DROP AS
SELECT a.key_id, 0::smallint AS turn, sum(a.fen)::bigint AS fen,
    sum(a.account_fen)::bigint AS account_fen, NULL::date AS until
FROM collection_allocation a WHERE a.key_id IN (SELECT key_id FROM match_key)
GROUP BY a.key_id
"""

MADE = """
CREATE TEMP TABLE match_made (funds_id bigint, payer_id bigint, scheme varchar(3), month date,
    part smallint, fen bigint, account_fen bigint) ON COMMIT DROP
"""

# What of ``to_fen`` matched belongs to the account: half up, as ``match.account_part`` says.
CREDITED = "((2 * account_fen * ({matched}) + fen) / (2 * fen))"

# Funds that name in this way and came in these days: one pass.
SERVED = """(names_month, names_person, names_part) = ({way})
    AND arrived > %(after)s AND arrived <= %(until)s"""

# Of those funds which name the same (``n``), under every entry of who is named.
GROUPS = f"""
CREATE TEMP TABLE match_group ON COMMIT DROP AS
WITH named AS (
    SELECT DISTINCT n, payer_id, scheme, parts, month, person_id FROM match_funds
    WHERE payer_id IS NOT NULL AND {SERVED}),
paying AS (
    SELECT * FROM named UNION ALL
    SELECT n, a.party_id, scheme, parts, month, person_id FROM named
    JOIN people_alias a ON a.survivor_id = payer_id)
SELECT * FROM paying UNION ALL
SELECT n, payer_id, scheme, parts, month, a.party_id FROM paying
JOIN people_alias a ON a.survivor_id = person_id
"""

# What of keys is lost to who comes in these days, for all that passes before paid in time.
LOST = """LEFT JOIN (
        SELECT key_id, greatest(0, max(fen))::bigint AS fen FROM (
            SELECT c.key_id, c.lost_fen - coalesce(sum(m.fen), 0) AS fen
            FROM match_closed c
            LEFT JOIN match_matched m ON m.key_id = c.key_id AND m.until <= c.closes
            WHERE c.closes < %(until)s GROUP BY c.key_id, c.closes, c.lost_fen) c
        GROUP BY key_id) c ON c.key_id = k.key_id"""
LOST_FEN = "coalesce(c.fen, 0)"
NOT_LEFT = """AND (k.part IN (5, 7) OR NOT EXISTS (SELECT FROM match_left f
        WHERE f.payer_id = k.payer_id AND f.scheme = k.scheme AND f.month = k.month))"""

# Nearly all lines meet what stands within ``coalesce``; else the planner takes them for few. Both
# what is served and the axis come in the order of ``n``: they are merged, neither is put aside.
MATCH = """
WITH served AS (
    SELECT n, array_agg(funds_id ORDER BY arrived, funds_id) AS numbers,
        array_agg(upto ORDER BY arrived, funds_id) AS ends
    FROM (SELECT n, funds_id, arrived, (sum(fen) OVER (PARTITION BY n
              ORDER BY arrived, funds_id ROWS UNBOUNDED PRECEDING))::bigint AS upto
          FROM match_funds WHERE {served}) f
    GROUP BY n),
open AS (
    SELECT k.key_id, k.payer_id, k.scheme, k.month, k.person_id, k.part, s.n,
        k.fen + coalesce(d.fen, 0) AS fen,
        k.account_fen + coalesce(d.account_fen, 0) AS account_fen,
        coalesce(m.fen, 0) AS before, coalesce(m.account_fen, 0) AS credited,
        k.fen + coalesce(d.fen, 0) - coalesce(m.fen, 0) - {lost} AS rest
    FROM match_key k
    JOIN match_group s ON s.payer_id = k.payer_id AND s.scheme = k.scheme {same}
        AND coalesce(k.part = ANY (s.parts), false)
    LEFT JOIN match_difference d ON d.key_id = k.key_id
    LEFT JOIN (SELECT key_id, sum(fen)::bigint AS fen, sum(account_fen)::bigint AS account_fen
        FROM match_matched GROUP BY key_id) m ON m.key_id = k.key_id
    {closed}
    WHERE coalesce(k.fen + coalesce(d.fen, 0) > coalesce(m.fen, 0) + {lost}, false) {not_left}),
axis AS (
    SELECT *, (sum(rest) OVER (PARTITION BY n ORDER BY {order}
            ROWS UNBOUNDED PRECEDING))::bigint AS upto
    FROM open),
met AS (
    SELECT a.*, s.numbers, s.ends, generate_series(width_bucket(a.upto - a.rest, s.ends) + 1,
        least(width_bucket(a.upto - 1, s.ends) + 1, cardinality(s.ends))) AS i
    FROM axis a JOIN served s ON s.n = a.n),
cut AS (
    SELECT key_id, payer_id, scheme, month, part, fen, account_fen, before, credited,
        numbers[i] AS funds_id,
        greatest(coalesce(ends[i - 1], 0) - (upto - rest), 0) AS from_fen,
        least(ends[i] - (upto - rest), rest) AS to_fen
    FROM met),
made AS MATERIALIZED (
    SELECT key_id, payer_id, scheme, month, part, funds_id, to_fen - from_fen AS fen,
        {credited_to} - CASE WHEN from_fen = 0 THEN credited ELSE {credited_from} END
            AS account_fen
    FROM cut),
{kept}
summed AS (
    INSERT INTO match_made
    SELECT funds_id, payer_id, scheme, month, part, sum(fen), sum(account_fen) FROM made
    GROUP BY funds_id, payer_id, scheme, month, part)
INSERT INTO collection_allocation (key_id, match_id, funds_id, fen, account_fen)
SELECT key_id, %(match)s, funds_id, fen, account_fen FROM made
"""

# The passes that follow must know what this one matched.
KEPT = """kept AS (
    INSERT INTO match_matched
    SELECT key_id, %(turn)s, sum(fen), sum(account_fen), %(until)s FROM made GROUP BY key_id),"""

# What is left of the funds of a call, few, and what of it paid for something.
REST = """
CREATE TEMP TABLE match_rest ON COMMIT DROP AS
SELECT f.*, f.fen - coalesce(u.fen, 0) AS rest_fen, u.fen > 0 AS pays
FROM match_funds f
LEFT JOIN (SELECT funds_id, sum(fen) AS fen FROM match_made GROUP BY funds_id) u
    ON u.funds_id = f.funds_id
WHERE f.fen > coalesce(u.fen, 0)
"""

# The entries as which those were billed whose money is left.
ENTRIES = """
CREATE TEMP TABLE match_entry ON COMMIT DROP AS
SELECT DISTINCT payer_id AS lives_as, payer_id, scheme FROM match_rest
UNION ALL
SELECT DISTINCT a.survivor_id, a.party_id, r.scheme
FROM match_rest r JOIN people_alias a ON a.survivor_id = r.payer_id
"""

# Why it is left. Keys count as they stood before the first pass.
SUSPENSE = """
WITH owed AS MATERIALIZED (
    SELECT e.lives_as AS payer_id, k.scheme, k.month, k.part,
        coalesce(p.survivor_id, k.person_id) AS person_id, c.closes
    FROM match_key k JOIN match_entry e ON e.payer_id = k.payer_id AND e.scheme = k.scheme
    LEFT JOIN people_alias p ON p.party_id = k.person_id
    LEFT JOIN (SELECT key_id, min(closes) AS closes FROM match_closed WHERE whole GROUP BY key_id) c
        ON c.key_id = k.key_id
    LEFT JOIN match_difference d ON d.key_id = k.key_id
    LEFT JOIN match_matched m ON m.key_id = k.key_id AND m.turn = 0
    WHERE k.fen + coalesce(d.fen, 0) > coalesce(m.fen, 0)),
met AS (  -- something among what they name was owed: paid by others, or closed when they came
    SELECT funds_id, bool_or(closes IS NULL OR closes >= arrived) AS still_open FROM (
        SELECT r.funds_id, r.arrived, o.closes FROM match_rest r
        JOIN owed o ON o.payer_id = r.payer_id AND o.scheme = r.scheme
            AND o.person_id = r.person_id AND o.part = ANY (r.parts)
        WHERE r.names_person AND (NOT r.names_month OR o.month = r.month) AND r.pays IS NULL
      UNION ALL
        SELECT r.funds_id, r.arrived, o.closes FROM match_rest r
        JOIN (SELECT payer_id, scheme, month, closes, array_agg(DISTINCT part) AS parts FROM owed
              GROUP BY 1, 2, 3, 4) o
            ON o.payer_id = r.payer_id AND o.scheme = r.scheme AND o.parts && r.parts
        WHERE NOT r.names_person AND (NOT r.names_month OR o.month = r.month)
            AND r.pays IS NULL) m
    GROUP BY funds_id),
known AS (  -- something of this person is owed by this payer, for whatever month
    SELECT DISTINCT r.funds_id FROM match_rest r
    JOIN match_entry e ON e.lives_as = r.payer_id AND e.scheme = r.scheme
    JOIN collection_billline l ON l.payer_id = e.payer_id AND l.scheme = e.scheme
        AND l.key_id = l.id
    LEFT JOIN people_alias p ON p.party_id = l.person_id
    WHERE coalesce(p.survivor_id, l.person_id) = r.person_id
        AND r.names_person AND r.pays IS NULL AND l.fen
        + coalesce((SELECT sum(d.fen) FROM collection_billline d
            WHERE d.key_id = l.id AND d.key_id <> d.id), 0)
        > coalesce((SELECT sum(a.fen) FROM collection_allocation a
            WHERE a.key_id = l.id AND a.match_id <> %(match)s), 0))
INSERT INTO collection_suspense (receipt_id, match_id, fen, reason, owner_role, opened_on, decision)
SELECT r.funds_id, %(match)s, r.rest_fen,
    CASE WHEN r.payer_id IS NULL THEN 'UNKNOWN_PAYER'
        WHEN r.pays OR met.still_open THEN 'OVERPAID'
        WHEN NOT met.still_open THEN 'CLOSED'
        WHEN r.names_person AND NOT EXISTS (SELECT FROM known WHERE known.funds_id = r.funds_id)
            THEN 'WRONG_PERSON'
        ELSE 'NOTHING_OWED' END,
    'FINANCE', r.arrived, ''
FROM match_rest r LEFT JOIN met ON met.funds_id = r.funds_id ORDER BY r.funds_id
"""

# Of what was made since totals were written last. ``arrived`` is the receipt's day, or the day of
# the match where no receipt pays.
TOTALS = """
INSERT INTO collection_matchtotal
    (payer_id, scheme, month, part, arrived, match_id, fen, account_fen)
SELECT m.payer_id, m.scheme, m.month, m.part, coalesce(r.arrived, %(day)s) AS day, %(match)s,
    sum(m.fen), sum(m.account_fen)
FROM match_made m LEFT JOIN collection_receipt r ON %(of_receipts)s AND r.id = m.funds_id
GROUP BY m.payer_id, m.scheme, m.month, m.part, day
"""
TOTALLED = "TRUNCATE match_made"

SUMMARY = """
SELECT coalesce(sum(fen) FILTER (WHERE part <> 8), 0)::bigint,
    coalesce(sum(fen) FILTER (WHERE part = 8), 0)::bigint,
    (SELECT count(*) FROM collection_suspense WHERE match_id = %(match)s),
    (SELECT coalesce(sum(fen), 0)::bigint FROM collection_suspense WHERE match_id = %(match)s)
FROM collection_matchtotal WHERE match_id = %(match)s
"""

# What keys give back: ``select`` gives (key_id, fen above zero). Its account part falls to what
# is credited of the rest; where more was matched than is billed, of all that is billed.
TAKE_BACK = """
WITH given (key_id, back_fen) AS MATERIALIZED ({select}),
stood AS (
    SELECT g.key_id, g.back_fen, l.payer_id, l.scheme, l.month, l.part,
        l.fen + coalesce(d.fen, 0) AS fen,
        l.account_fen + coalesce(d.account_fen, 0) AS account_fen,
        coalesce(a.fen, 0) AS matched, coalesce(a.account_fen, 0) AS credited
    FROM given g JOIN collection_billline l ON l.id = g.key_id
    LEFT JOIN LATERAL (SELECT sum(fen)::bigint AS fen, sum(account_fen)::bigint AS account_fen
        FROM collection_billline WHERE key_id = g.key_id AND key_id <> id) d ON true
    LEFT JOIN LATERAL (SELECT sum(fen)::bigint AS fen, sum(account_fen)::bigint AS account_fen
        FROM collection_allocation WHERE key_id = g.key_id) a ON true),
back AS MATERIALIZED (
    SELECT *, {falls_to} - credited AS change FROM stood),
summed AS (
    INSERT INTO match_made SELECT key_id, payer_id, scheme, month, part, -back_fen, change
    FROM back WHERE back_fen <> 0 OR change <> 0)
INSERT INTO collection_allocation (key_id, match_id, funds_id, fen, account_fen)
SELECT key_id, %(match)s, key_id, -back_fen, change FROM back WHERE back_fen <> 0 OR change <> 0
"""
FALLS_TO = """CASE WHEN fen <= 0 THEN 0 WHEN matched - back_fen >= fen THEN account_fen
    ELSE (2 * account_fen * (matched - back_fen) + fen) / (2 * fen) END"""
