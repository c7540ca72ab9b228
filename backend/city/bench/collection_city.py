"""Who is insured and what comes in, in the benchmark of collection (测征缴用城市): by SQL alone.

Three of four work for employers of very different size, about 150 people each, in three schemes;
the fourth pays alone for two. Four of ten wages lie at or beyond the bounds, the others are
multiples of 25 fen: two per cent of every second one is half a fen.
"""

from typing import Any

from backend.kernel.months import Month

PERIOD = Month(2026, 11)
PER_EMPLOYER = 150
FILL = """
INSERT INTO people_party (kind) SELECT 'EMPLOYER' FROM generate_series(1, %(employers)s);
INSERT INTO people_organisation (party_id, district) SELECT id, '340802' FROM people_party;
INSERT INTO people_party (kind) SELECT 'PERSON' FROM generate_series(1, %(insured)s);
INSERT INTO people_person (party_id, birth_date, sex, nation, district)
SELECT id, date '1980-01-01', 1, '01', '340802' FROM people_party WHERE kind = 'PERSON';
CREATE TEMP TABLE told AS
SELECT id AS person_id,
    CASE WHEN n %% 4 <> 0 THEN 1 + %(employers)s * (k * k * k) / (60013::bigint * 60013 * 60013)
        END AS payer_id,
    CASE n %% 10 WHEN 0 THEN 300000 WHEN 1 THEN 435400 WHEN 2 THEN 2177200 WHEN 3 THEN 3000000
        ELSE 435425 + 25 * (n * 104729 %% 60000) END AS monthly_fen
FROM (SELECT id, id - %(employers)s AS n, (id * 7919) %% 60013 AS k
      FROM people_party WHERE kind = 'PERSON') p;
ANALYZE told;
INSERT INTO enrolment_enrolment (person_id, scheme, kind, payer_id, district, valid, source,
    source_id)
SELECT person_id, scheme, CASE WHEN payer_id IS NULL THEN 'FLEXIBLE' ELSE 'EMPLOYED' END, payer_id,
    '340802', '[2026-01-01,)', 'BASELINE', 1
FROM told CROSS JOIN (VALUES ('110'), ('210'), ('310')) s (scheme)
WHERE payer_id IS NOT NULL OR scheme <> '210';
INSERT INTO enrolment_wage (person_id, payer_id, monthly_fen, confirmed, wage_source, valid, source,
    source_id)
SELECT person_id, payer_id, monthly_fen, true,
    CASE WHEN payer_id IS NULL THEN 'CHOSEN' ELSE 'DECLARED' END, '[2026-01-01,)', 'BASELINE', 1
FROM told;
"""

# Everybody pays the total of a scheme at once: one in a hundred too little, one too much; the tax
# bureau's number of one in five hundred is nobody's.
CAME = """
CREATE TEMP TABLE came AS
SELECT CASE WHEN n %% 500 <> 3 THEN payer_id END AS payer_id, scheme, month, n,
    CASE n %% 100 WHEN 7 THEN fen - fen / 10 WHEN 57 THEN fen + 12345 ELSE fen END AS fen
FROM (SELECT payer_id, scheme, month, sum(fen)::bigint AS fen,
          row_number() OVER (ORDER BY payer_id, scheme) AS n
      FROM {bill} GROUP BY payer_id, scheme, month) b;
"""
FILE = """
INSERT INTO collection_taxfile (kind, period, serial, name, sha256, accepted, row_count, fen, code,
    detail)
SELECT 'RECEIPTS', %(period)s, 1, 'receipts-1.csv', repeat('0', 64), true, count(*), sum(fen), '',
    '' FROM came RETURNING id
"""
RECEIPTS = """
INSERT INTO collection_receipt (file_id, line, tax_no, channel, late_fee, payer_number, payer_name,
    payer_id, scheme, month, person_number, fen, arrived)
SELECT %(file)s, n + 1, lpad(n::text, 18, '0'), 'TAX', false, 'X', '演示', payer_id, scheme, month,
    '', fen, date '2026-11-16' + (n %% 5)::int
FROM came ORDER BY n
"""


def fill(*, cursor: Any, insured: int) -> None:
    """Write employers, persons, enrolments and wages."""
    employers = max(1, insured * 3 // 4 // PER_EMPLOYER)
    cursor.execute(FILL, {"insured": insured, "employers": employers})


def receive(*, cursor: Any, bill: str) -> None:
    """Write an accepted file with what came in for the totals in the table ``bill``."""
    cursor.execute(CAME.format(bill=bill), {})
    cursor.execute(FILE, {"period": PERIOD.first_day})
    (file,) = cursor.fetchone()
    cursor.execute(RECEIPTS, {"file": file})
