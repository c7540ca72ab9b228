"""The rows of an account baseline (个人账户接管基线): checked alone, between rows, stored."""

import re

from backend.feeds import fields as f
from backend.feeds.between import Rule
from backend.feeds.fields import RowRefused
from backend.kernel.identity import IdKind
from insurance.accounts.models import Part, Scheme

NAME = "balances"
HEADER = ("id_kind", "id_number", "scheme", "part", "year", "amount")
ID_KINDS = frozenset(kind.value for kind in IdKind)
SCHEMES, PARTS = frozenset(Scheme.values), frozenset(Part.values)

_year = re.compile("(?:199|20[0-9])[0-9]", re.ASCII).fullmatch

TABLE = """
DROP TABLE IF EXISTS take_balances;
CREATE TEMP TABLE take_balances (
    line integer, refused boolean DEFAULT false, person_id bigint, id_kind text COLLATE "C",
    id_number text COLLATE "C", scheme text, part text, year integer, fen bigint
) ON COMMIT DROP;
"""
COPIED_TO = "take_balances (line, id_kind, id_number, scheme, part, year, fen)"

# Whom the rows name in the register; merged entries are their survivors.
LINK = """
UPDATE take_balances t SET person_id = p.party_id
FROM people_partyidentifier i JOIN people_canonical c ON c.party_id = i.party_id
    JOIN people_person p ON p.party_id = c.canonical_id
WHERE i.number = t.id_number AND i.kind = t.id_kind AND i.superseded_at IS NULL;
ANALYZE take_balances;
"""

RULES = (
    Rule(
        NAME,
        "id_number",
        "库中没有这个人。",
        "SELECT t.line, t.id_number FROM take_balances t WHERE NOT t.refused "
        "AND t.person_id IS NULL",
    ),
    Rule(
        NAME,
        "year",
        "年份不早于本系统开始计息的年度。",
        "SELECT t.line, t.year::text FROM take_balances t WHERE NOT t.refused "
        "AND t.year >= (SELECT min(first_year) FROM take_frame)",
    ),
    Rule(
        NAME,
        "id_number",
        "同一人同一险种同一年度同一来源重复。",
        "SELECT line, id_number FROM (SELECT t.line, t.id_number, count(*) OVER (PARTITION BY "
        "t.person_id, t.scheme, t.part, t.year) AS same FROM take_balances t "
        "WHERE NOT t.refused) d WHERE same > 1",
    ),
    Rule(
        NAME,
        "id_number",
        "本系统中已有这个账户。",
        "SELECT t.line, t.id_number FROM take_balances t WHERE NOT t.refused AND EXISTS ("
        "SELECT FROM people_canonical c JOIN accounts_accountentry e ON e.person_id = c.party_id "
        "WHERE c.canonical_id = t.person_id AND e.scheme = t.scheme)",
    ),
)

STORE = """
INSERT INTO accounts_accountentry
    (person_id, scheme, kind, part, for_month, arrival_month, fen, source, source_id)
SELECT person_id, scheme, 'OPENING', part, make_date(year, 12, 1), %(first_month)s, fen,
    'BASELINE', %(baseline)s
FROM take_balances WHERE NOT refused ORDER BY line
"""

# What the accounts hold, of the rows that stand.
TOTALS = """
SELECT scheme, count(DISTINCT person_id), sum(fen)::bigint FROM take_balances
WHERE NOT refused GROUP BY scheme
"""


def check(row: list[str]) -> tuple[str, ...]:
    """What is left of one year's money, with its interest, by whose it was."""
    kind, number, scheme, part, year, amount = row
    f.one_of(kind, ID_KINDS, "id_kind", "证件种类")
    number = f.number_on_paper(kind=kind, number=number)
    f.one_of(scheme, SCHEMES, "scheme", "有个人账户的险种")
    f.one_of(part, PARTS, "part", "资金来源")
    if _year(year) is None:
        raise RowRefused("年份不正确。", column="year", value=year)
    return kind, number, scheme, part, year, f.fen(amount)
