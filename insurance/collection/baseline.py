"""The rows of an arrears baseline (欠缴接管基线): checked alone, between rows, stored."""

from datetime import date

from backend.feeds import fields as f
from backend.feeds.between import Rule
from backend.feeds.fields import NULL, RowRefused
from backend.kernel.identity import IdKind
from insurance.collection.models import LinePart
from insurance.collection.rules.terms import EMPLOYED, FLEXIBLE, MONTHLY

NAME = "arrears"
HEADER = (
    *("payer", "id_kind", "id_number", "scheme", "month", "part"),
    *("amount", "account", "pay_by"),
)
ID_KINDS = frozenset(kind.value for kind in IdKind)
PARTS = {part.name: part.value for part in (LinePart.PERSON, LinePart.EMPLOYER, LinePart.ESTIMATE)}
LAW = date(2011, 7, 1)  # from when on late fees are known here (社会保险法第八十六条)
EARLIEST = date(1990, 1, 1)

TABLE = """
DROP TABLE IF EXISTS take_arrears;
CREATE TEMP TABLE take_arrears (
    line integer, refused boolean DEFAULT false, person_id bigint, payer_id bigint,
    payer text COLLATE "C", id_kind text COLLATE "C", id_number text COLLATE "C", scheme text,
    month date, part smallint, fen bigint, account_fen bigint, pay_by date
) ON COMMIT DROP;
"""
COPIED_TO = (
    "take_arrears (line, payer, id_kind, id_number, scheme, month, part, fen, account_fen, pay_by)"
)

# Whom the rows name in the register; merged entries are their survivors. Who pays alone is payer.
LINK = """
UPDATE take_arrears t SET person_id = p.party_id
FROM people_partyidentifier i JOIN people_canonical c ON c.party_id = i.party_id
    JOIN people_person p ON p.party_id = c.canonical_id
WHERE i.number = t.id_number AND i.kind = t.id_kind AND i.superseded_at IS NULL;
UPDATE take_arrears t SET payer_id = y.id
FROM people_partyidentifier i JOIN people_canonical c ON c.party_id = i.party_id
    JOIN people_party y ON y.id = c.canonical_id AND y.kind IN ('EMPLOYER', 'INSTITUTION')
WHERE i.number = t.payer AND i.kind = 'CREDIT_CODE' AND i.superseded_at IS NULL;
UPDATE take_arrears SET payer_id = person_id WHERE payer IS NULL;
ANALYZE take_arrears;
"""

_STANDING = "FROM take_arrears t WHERE NOT t.refused AND"


def _several(partition: str, having: str) -> str:
    """All rows of those that a condition on what they share finds."""
    return f"""SELECT line, value FROM (
        SELECT t.line, coalesce(t.payer, t.id_number) AS value, {having} AS bad
        FROM take_arrears t WHERE NOT t.refused
        WINDOW w AS (PARTITION BY {partition})) d WHERE bad"""


RULES = (
    Rule(
        NAME,
        "id_number",
        "库中没有这个人。",
        f"SELECT t.line, t.id_number {_STANDING} t.id_number IS NOT NULL AND t.person_id IS NULL",
    ),
    Rule(
        NAME,
        "payer",
        "库中没有这个单位。",
        f"SELECT t.line, t.payer {_STANDING} t.payer IS NOT NULL AND t.payer_id IS NULL",
    ),
    Rule(
        NAME,
        "month",
        "该月由本系统核定，不移交。",
        f"SELECT t.line, t.month::text {_STANDING} t.month >= (SELECT first FROM take_frame)",
    ),
    Rule(
        NAME,
        "pay_by",
        "灵活就业人员已过缴费截止日的月份不能再缴，不移交。",
        f"SELECT t.line, t.pay_by::text {_STANDING} t.payer IS NULL "
        "AND t.pay_by < (SELECT first FROM take_frame)",
    ),
    Rule(
        NAME,
        "id_number",
        "此人该月没有在该单位（个人）参加这个险种。",
        f"""SELECT t.line, t.id_number {_STANDING} t.person_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM people_canonical c JOIN enrolment_enrolment e
                ON e.person_id = c.party_id AND e.superseded_at IS NULL
            LEFT JOIN people_canonical y ON y.party_id = e.payer_id
            WHERE c.canonical_id = t.person_id AND e.scheme = t.scheme AND e.valid @> t.month
                AND e.kind <> 'RESIDENT' AND y.canonical_id IS NOT DISTINCT FROM
                    CASE WHEN t.payer IS NOT NULL THEN t.payer_id END)""",
    ),
    Rule(
        NAME,
        "id_number",
        "同一缴款人同一人同一险种同一月份同一款项重复。",
        _several("t.payer_id, t.person_id, t.scheme, t.month, t.part", "count(*) OVER w > 1"),
    ),
    Rule(
        NAME,
        "pay_by",
        "同一缴款人同一险种同一月份的缴费截止日须相同。",
        _several("t.payer_id, t.scheme, t.month", "min(t.pay_by) OVER w <> max(t.pay_by) OVER w"),
    ),
    Rule(
        NAME,
        "part",
        "暂按上月额确定的月份不能另有个人的款项。",
        _several(
            "t.payer_id, t.scheme, t.month",
            f"min(t.part) OVER w < {LinePart.ESTIMATE} AND max(t.part) OVER w = "
            f"{LinePart.ESTIMATE}",
        ),
    ),
    Rule(
        NAME,
        "month",
        "本系统中已有这个缴款人该险种该月的应缴。",
        f"""SELECT t.line, t.month::text {_STANDING} EXISTS (
            SELECT FROM people_canonical c JOIN collection_billline l
                ON l.payer_id = c.party_id AND l.scheme = t.scheme AND l.month = t.month
            WHERE c.canonical_id = t.payer_id)""",
    ),
)

LINES = """
INSERT INTO collection_billline
    (id, key_id, run_id, payer_id, person_id, scheme, month, part, fen, account_fen)
SELECT id, id, %(run_id)s, payer_id, person_id, scheme, month, part, fen, account_fen
FROM (SELECT nextval('collection_billline_id_seq') AS id, d.* FROM
    (SELECT * FROM take_arrears WHERE NOT refused ORDER BY line) d) numbered
"""

# Each bill keeps the last day that the old system gave it: late fees run from there.
BILLS = """
WITH mode AS MATERIALIZED (
    SELECT m.key AS district, m.value AS mode FROM collection_billrun r
    CROSS JOIN LATERAL jsonb_each_text(r.parameters -> 'modes') m WHERE r.id = %(run_id)s),
total AS (
    SELECT payer_id, scheme, month, count(*) AS line_count, sum(fen)::bigint AS fen,
        min(pay_by) AS pay_by, bool_and(payer IS NULL) AS alone
    FROM take_arrears WHERE NOT refused GROUP BY payer_id, scheme, month)
INSERT INTO collection_bill (run_id, kind, payer_id, scheme, month, district, mode, line_count,
    fen, pay_by)
SELECT %(run_id)s, CASE WHEN t.alone THEN 'FLEXIBLE' ELSE 'EMPLOYED' END, t.payer_id, t.scheme,
    t.month, left(coalesce(o.district, p.district), 6),
    CASE WHEN t.alone THEN 'ASSESSED' ELSE coalesce(m.mode, c.mode) END, t.line_count, t.fen,
    t.pay_by
FROM total t
LEFT JOIN people_organisation o ON o.party_id = t.payer_id
LEFT JOIN people_person p ON p.party_id = t.payer_id
LEFT JOIN mode m ON m.district = left(o.district, 6)
LEFT JOIN mode c ON c.district = %(region)s
ORDER BY t.payer_id, t.scheme, t.month
"""

# What is open, of the rows that stand, by the agency that keeps the scheme's book.
TOTALS = """
SELECT k.agency, t.scheme, count(DISTINCT t.payer_id), count(*), sum(t.fen)::bigint
FROM take_arrears t JOIN unnest(%(schemes)s::text[], %(agencies)s::text[]) AS k (scheme, agency)
    USING (scheme)
WHERE NOT t.refused GROUP BY k.agency, t.scheme
"""


def check(row: list[str]) -> tuple[str, ...]:
    """What is open of one amount of a month: of whom, to be paid by whom, until when."""
    payer, kind, number, scheme, month, part, amount, account, pay_by = row
    f.one_of(part, frozenset(PARTS), "part", "款项")
    payer = f.credit_code_of_payer(payer) if payer else NULL
    alone, nobody = payer == NULL, part == LinePart.ESTIMATE.name
    f.one_of(
        scheme, frozenset(MONTHLY[FLEXIBLE if alone else EMPLOYED]), "scheme", "按月缴费的险种"
    )
    if alone and part != LinePart.PERSON.name:
        raise RowRefused("灵活就业人员只有个人缴费。", column="part", value=part)
    if nobody and (kind or number):
        raise RowRefused("暂按上月额确定的不写个人。", column="id_number", value=number)
    if not nobody:
        f.one_of(kind, ID_KINDS, "id_kind", "证件种类")
        number = f.number_on_paper(kind=kind, number=number)
    fen, to_account = f.fen(amount), f.fen_or_zero(account, "account")
    if int(to_account) > (0 if nobody or scheme == "210" else int(fen)):
        raise RowRefused("记入个人账户的不能多于未缴金额。", column="account", value=account)
    first = f.month(month, "month")
    last = f.day_between(pay_by, "pay_by", EARLIEST, f.LATEST)
    _check_day(first, last)
    person = (NULL, NULL) if nobody else (kind, number)
    return payer, *person, scheme, first, str(PARTS[part]), fen, to_account, last


def _check_day(month: str, pay_by: str) -> None:
    """A last day lies in its month or after it, and late fees since are known."""
    if pay_by < month:
        raise RowRefused("缴费截止日早于所属月份。", column="pay_by", value=pay_by)
    if date.fromisoformat(pay_by) < LAW:
        raise RowRefused(
            f"缴费截止日早于 {LAW} 的，滞纳金规则没有配置，不能接管。",
            column="pay_by",
            value=pay_by,
        )
