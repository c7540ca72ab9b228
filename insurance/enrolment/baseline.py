"""The rows of an enrolment baseline (参保接管基线): checked alone, between rows, stored."""

import re
from collections.abc import Callable, Mapping

from backend.feeds import fields as f
from backend.feeds.between import Rule, overlapping_rows
from backend.feeds.fields import NULL, RowRefused
from backend.kernel.identity import IdKind
from insurance.enrolment import assess

NAMES = ("enrolments", "wages")
HEADERS: Mapping[str, tuple[str, ...]] = {
    "enrolments": (
        *("id_kind", "id_number", "scheme", "kind", "payer", "district"),
        *("from_month", "to_month"),
    ),
    "wages": ("id_kind", "id_number", "payer", "from_month", "to_month", "amount", "confirmed"),
}
ID_KINDS = frozenset(kind.value for kind in IdKind)
KINDS = frozenset(assess.SCHEMES_OF)
YES_OR_NO = frozenset({"0", "1"})

_division = re.compile("[1-9][0-9]{11}", re.ASCII).fullmatch
_district = re.compile("[1-9][0-9]{5}", re.ASCII).fullmatch

TABLES = """
DROP TABLE IF EXISTS take_enrolments, take_wages;
CREATE TEMP TABLE take_enrolments (
    line integer, refused boolean DEFAULT false, person_id bigint, born date, payer_id bigint,
    payer_kind text, id_kind text COLLATE "C", id_number text COLLATE "C", scheme text, kind text,
    payer text COLLATE "C", district text, valid daterange
) ON COMMIT DROP;
CREATE TEMP TABLE take_wages (
    line integer, refused boolean DEFAULT false, person_id bigint, born date, payer_id bigint,
    payer_kind text, id_kind text COLLATE "C", id_number text COLLATE "C",
    payer text COLLATE "C", valid daterange, fen bigint, confirmed boolean
) ON COMMIT DROP;
"""

COPIED_TO = {
    "enrolments": (
        "take_enrolments (line, id_kind, id_number, scheme, kind, payer, district, valid)"
    ),
    "wages": "take_wages (line, id_kind, id_number, payer, valid, fen, confirmed)",
}

# Whom and what the rows name in the register; merged entries are their survivors.
LINK = """
UPDATE take_{name} t SET person_id = p.party_id, born = date_trunc('month', p.birth_date)
FROM people_partyidentifier i JOIN people_canonical c ON c.party_id = i.party_id
    JOIN people_person p ON p.party_id = c.canonical_id
WHERE i.number = t.id_number AND i.kind = t.id_kind AND i.superseded_at IS NULL;
UPDATE take_{name} t SET payer_id = y.id, payer_kind = y.kind
FROM people_partyidentifier i JOIN people_canonical c ON c.party_id = i.party_id
    JOIN people_party y ON y.id = c.canonical_id
WHERE i.number = t.payer AND i.kind = 'CREDIT_CODE' AND i.superseded_at IS NULL;
UPDATE take_{name} t SET payer_id = y.id, payer_kind = y.kind
FROM people_organisation o JOIN people_party y ON y.id = o.party_id AND y.kind = 'VILLAGE'
WHERE o.district = t.payer;
ANALYZE take_{name};
"""


def _unknown(name: str) -> tuple[Rule, ...]:
    standing = f"FROM take_{name} t WHERE NOT t.refused AND"
    return (
        Rule(
            name,
            "id_number",
            assess.PersonUnknown.words,
            f"SELECT t.line, t.id_number {standing} t.person_id IS NULL",
        ),
        Rule(
            name,
            "payer",
            assess.PayerUnknown.words,
            f"SELECT t.line, t.payer {standing} t.payer IS NOT NULL AND t.payer_id IS NULL",
        ),
        Rule(
            name,
            "from_month",
            assess.BeforeBirth.words,
            f"SELECT t.line, lower(t.valid)::text {standing} lower(t.valid) < t.born",
        ),
    )


def _doubled(name: str, table: str, same: str, owner: str, words: str) -> tuple[Rule, ...]:
    return (
        Rule(
            name,
            "id_number",
            f"{words}，与另一行期间重叠。",
            overlapping_rows(column="id_number", rows=f"take_{name} t", owner=owner),
        ),
        Rule(
            name,
            "id_number",
            f"{words}，本系统中已有同期的。",
            f"""SELECT t.line, t.id_number FROM take_{name} t
            JOIN people_canonical c ON c.canonical_id = t.person_id
            JOIN {table} e ON e.person_id = c.party_id AND e.superseded_at IS NULL
                AND e.valid && t.valid AND coalesce(e.payer_id, 0) = coalesce(t.payer_id, 0)
                AND {same}
            WHERE NOT t.refused""",
        ),
    )


RULES = (
    *_unknown("enrolments"),
    Rule(
        "enrolments",
        "payer",
        assess.PayerUnknown.words,
        """SELECT t.line, t.payer FROM take_enrolments t
        WHERE NOT t.refused AND NOT CASE t.kind
            WHEN 'EMPLOYED' THEN coalesce(t.payer_kind, '') IN ('EMPLOYER', 'INSTITUTION')
            WHEN 'RESIDENT' THEN coalesce(t.payer_kind, '') = 'VILLAGE' ELSE true END""",
    ),
    *_doubled(
        "enrolments",
        "enrolment_enrolment",
        "e.scheme = t.scheme",
        "t.person_id, t.scheme, t.payer_id",
        "同一人同一单位同一险种重复",
    ),
    *_unknown("wages"),
    *_doubled(
        "wages", "enrolment_wage", "true", "t.person_id, t.payer_id", "同一人同一单位工资重复"
    ),
    Rule(
        "wages",
        "id_number",
        "没有对应的参保关系。",
        """SELECT t.line, t.id_number FROM take_wages t WHERE NOT t.refused AND NOT EXISTS (
            SELECT FROM take_enrolments e WHERE e.person_id = t.person_id AND NOT e.refused
                AND coalesce(e.payer_id, 0) = coalesce(t.payer_id, 0) AND e.valid && t.valid
                AND e.kind <> 'RESIDENT')""",
    ),
)

STORE = {
    "enrolment_enrolment": """
        INSERT INTO enrolment_enrolment
            (person_id, scheme, kind, payer_id, district, valid, source, source_id)
        SELECT person_id, scheme, kind, payer_id, district, valid, 'BASELINE', %(baseline)s
        FROM take_enrolments WHERE NOT refused ORDER BY line""",
    "enrolment_wage": """
        INSERT INTO enrolment_wage (person_id, payer_id, monthly_fen, confirmed, wage_source,
            valid, source, source_id)
        SELECT person_id, payer_id, fen, confirmed OR payer_id IS NULL,
            CASE WHEN payer_id IS NULL THEN 'CHOSEN' ELSE 'DECLARED' END, valid, 'BASELINE',
            %(baseline)s
        FROM take_wages WHERE NOT refused ORDER BY line""",
}

# Who is insured in the first period, and on what wages, of the rows that stand.
TOTALS = """
SELECT e.scheme, e.kind, count(*), coalesce(sum(w.fen), 0)::bigint
FROM take_enrolments e LEFT JOIN take_wages w ON w.person_id = e.person_id AND NOT w.refused
    AND coalesce(w.payer_id, 0) = coalesce(e.payer_id, 0) AND w.valid @> %(month)s::date
    AND e.kind <> 'RESIDENT'
WHERE NOT e.refused AND e.valid @> %(month)s::date GROUP BY e.scheme, e.kind
"""


def _enrolment(row: list[str]) -> tuple[str, ...]:
    """Somebody is insured in a scheme, by whole months."""
    kind_of_id, number, scheme, kind, payer, district, start, end = row
    f.one_of(kind_of_id, ID_KINDS, "id_kind", "证件种类")
    number = f.number_on_paper(kind=kind_of_id, number=number)
    f.one_of(kind, KINDS, "kind", "参保身份")
    if scheme not in assess.SCHEMES_OF[kind]:
        raise RowRefused(assess.SchemeNotForKind.words, column="scheme", value=scheme)
    if _district(district) is None:
        raise RowRefused("行政区划应为6位代码。", column="district", value=district)
    paid_by = _payer(payer)
    if (kind == "FLEXIBLE") is not (paid_by == NULL):
        raise RowRefused(
            "灵活就业人员没有单位，其他人须有单位或村(社区)。", column="payer", value=payer
        )
    months = f.month_range(start, end)
    return kind_of_id, number, scheme, kind, paid_by, district, months


def _wage(row: list[str]) -> tuple[str, ...]:
    """A monthly wage, by whole months."""
    kind_of_id, number, payer, start, end, amount, confirmed = row
    f.one_of(kind_of_id, ID_KINDS, "id_kind", "证件种类")
    number = f.number_on_paper(kind=kind_of_id, number=number)
    f.one_of(confirmed, YES_OR_NO, "confirmed", "本人确认标志")
    return kind_of_id, number, _payer(payer), f.month_range(start, end), f.fen(amount), confirmed


def _payer(text: str) -> str:
    """A credit code, a village's division code, or nobody."""
    if not text:
        return NULL
    return text if _division(text) is not None else f.credit_code_of_payer(text)


CHECKS: Mapping[str, Callable[[list[str]], tuple[str, ...]]] = {
    "enrolments": _enrolment,
    "wages": _wage,
}
