"""Take in an employer's yearly wage declaration (年度缴费工资申报入库): whole, or refused whole.

The xlsx is read in a process of its own, before anything is locked. Its wages are those of the
year before; they hold from January of the year declared for, as the bounds do.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Self

from django.db import connection, transaction
from django.utils import timezone

from backend.feeds.fields import escaped
from backend.feeds.refused import RefusedRow
from backend.feeds.whole import Rule
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.kernel.names import search_form
from backend.uploads.refused import Fault, SheetRefused
from insurance.enrolment import assess
from insurance.enrolment.intake import (
    Arrival,
    digest_of_bytes,
    refuse,
    rules,
    take_whole,
    taken,
)
from insurance.enrolment.models import EnrolmentFile, FileKind
from insurance.enrolment.wage_file import read_wage_file
from insurance.enrolment.wage_layout import HEAD_ROW, WageSheet, sheet_row
from insurance.enrolment.wages import declare_staged

SUFFIX = ".xlsx"
BLOCK_ROWS = 10_000
PLACES = {
    "name": "B", "id_number": "D", "confirmed": "H",
    "credit_code": "E", "employer_name": "B", "year": "H",
}  # fmt: skip

TABLES = """
DROP TABLE IF EXISTS take_wages, take_wages_head, take_wages_payers, wage_rows, wage_insured;
CREATE TEMP TABLE take_wages (
    line integer, id_kind text COLLATE "C", id_number text COLLATE "C", search_name text,
    monthly_fen bigint, confirmed boolean
) ON COMMIT DROP;
"""

# Whose declaration it is, with all entries that live on as it; a merged one is its survivor. Any
# name that it ever bore will do.
HEAD = """
CREATE TEMP TABLE take_wages_head ON COMMIT DROP AS
SELECT h.code, h.name, h.first, h.until, y.id AS payer_id, EXISTS (
    SELECT FROM people_partyname n WHERE n.party_id = y.id AND n.superseded_at IS NULL
        AND n.search_name = h.search_name) AS same_name
FROM (VALUES (%(code)s, %(name)s, %(search_name)s, %(first)s::date, %(until)s::date))
    AS h (code, name, search_name, first, until)
LEFT JOIN people_partyidentifier c ON c.number = h.code AND c.kind = 'CREDIT_CODE'
    AND c.superseded_at IS NULL
LEFT JOIN people_alias a ON a.party_id = c.party_id
LEFT JOIN people_party y ON y.id = coalesce(a.survivor_id, c.party_id)
    AND y.kind IN ('EMPLOYER', 'INSTITUTION');
CREATE TEMP TABLE take_wages_payers ON COMMIT DROP AS
SELECT payer_id AS party_id, first, until FROM take_wages_head
UNION ALL
SELECT a.party_id, h.first, h.until FROM take_wages_head h
JOIN people_alias a ON a.survivor_id = h.payer_id;
"""

RESOLVED = """
CREATE TEMP TABLE wage_rows ON COMMIT DROP AS
SELECT t.line, t.id_number, t.search_name, t.monthly_fen, t.confirmed, p.party_id AS person_id,
    n.search_name = t.search_name AS same_name
FROM take_wages t
LEFT JOIN people_partyidentifier i ON i.number = t.id_number AND i.kind = t.id_kind
    AND i.superseded_at IS NULL
LEFT JOIN people_alias a ON a.party_id = i.party_id
LEFT JOIN people_person p ON p.party_id = coalesce(a.survivor_id, i.party_id)
LEFT JOIN people_partyname n ON n.party_id = p.party_id AND n.superseded_at IS NULL
    AND upper_inf(n.valid);
CREATE TEMP TABLE wage_insured ON COMMIT DROP AS
SELECT DISTINCT coalesce(a.survivor_id, e.person_id) AS person_id
FROM take_wages_payers y JOIN enrolment_enrolment e ON e.payer_id = y.party_id
    AND e.superseded_at IS NULL AND e.kind <> 'RESIDENT' AND e.valid && daterange(y.first, y.until)
LEFT JOIN people_alias a ON a.party_id = e.person_id;
ANALYZE wage_rows, wage_insured;
"""

NOT_THERE = """
SELECT r.line, r.id_number FROM wage_rows r CROSS JOIN take_wages_head h
LEFT JOIN wage_insured i ON i.person_id = r.person_id
WHERE h.payer_id IS NOT NULL AND r.person_id IS NOT NULL AND i.person_id IS NULL
"""

# Who was declared with more this year already: the sheet alone lowers nothing.
LOWERED = """
WITH declared AS MATERIALIZED (
    SELECT p.canonical_id AS person_id, max(w.monthly_fen) AS fen
    FROM take_wages_payers y JOIN enrolment_wage w ON w.payer_id = y.party_id
        AND w.superseded_at IS NULL AND w.wage_source = 'DECLARED'
        AND lower(w.valid) >= y.first AND lower(w.valid) < y.until
    JOIN people_canonical p ON p.party_id = w.person_id GROUP BY 1)
SELECT r.line, CASE WHEN r.confirmed THEN '是' ELSE '否' END
FROM wage_rows r JOIN declared d USING (person_id) WHERE r.monthly_fen < d.fen AND {confirmed}
"""

# Wages that do not hold in January as the sheet says; merged entries are their survivors.
CHANGED_SINCE = """
WITH held AS MATERIALIZED (
    SELECT p.canonical_id AS person_id, w.monthly_fen, w.confirmed
    FROM take_wages_payers y JOIN enrolment_wage w ON w.payer_id = y.party_id
        AND w.superseded_at IS NULL AND w.valid @> y.first
    JOIN people_canonical p ON p.party_id = w.person_id)
SELECT count(*) FROM wage_rows r WHERE NOT EXISTS (
    SELECT FROM held WHERE held.person_id = r.person_id
        AND (held.monthly_fen, held.confirmed) = (r.monthly_fen, r.confirmed))
"""


class Overtaken(Refusal):
    """What the same file said before was changed since (申报后又有变动)."""

    code = "wages_overtaken"

    @classmethod
    def of(cls, known: EnrolmentFile, changed: int) -> Self:
        """Say when the file was taken, and how many of its wages are others now."""
        day = timezone.localdate(known.received_at)
        return cls(
            f"这份申报表已于 {day} 接收，其中{changed}人的工资后来又有变动，没有再写入。"
            "确要恢复的，请核实后另存为新的文件再交。",
            file=known.pk,
        )


class EmployerNameDiffers(assess.RuleSaysNo):
    """The code is another employer's (单位名称与代码不符)."""

    code = "wages_employer_name_differs"
    words = "统一社会信用代码登记的不是这个单位名称，请核实。"


class YearTooFar(assess.RuleSaysNo):
    """A year is declared for from the December before (申报年度过晚)."""

    code = "wages_year_too_far"
    words = "申报年度过晚：最早在前一年的十二月申报。"


class YearOver(assess.RuleSaysNo):
    """What a year that is over rests on is no employer's to change (申报年度已过)."""

    code = "wages_year_over"
    words = "申报年度已过：以前年度的缴费工资由稽核或补缴两人办理，不能由申报表改变。"


class PersonTwice(assess.RuleSaysNo):
    """One person stands in two rows under two numbers (同一人两行)."""

    code = "wages_person_twice"
    words = "同一人以两个号码申报了两次。"


class LowerUnconfirmed(assess.RuleSaysNo):
    """Nobody's wage of the year is lowered without him (低于本年已申报，未经本人确认)."""

    code = "wages_lower_unconfirmed"
    words = "低于本年度已经申报的工资：须本人确认、填“是”，再以“缴费工资更正”业务件由两人办理。"


class NotInsuredHere(assess.RuleSaysNo):
    """Wages are declared of whom the employer insures (未在本单位参保)."""

    code = "wages_not_insured_here"
    words = "此人申报年度内没有在本单位参保，请先办理增员，或从申报表中删去。"


def take_wages(
    *,
    path: Path,
    today: date,
    refused: list[RefusedRow],
    name: str = "",
    received_by: int | None = None,
) -> EnrolmentFile:
    """Take in the declaration at ``path``; ``refused`` gathers every place that is wrong.

    The same bytes again change nothing and give the record that is there; where other wages came
    since they are refused, for a message that was sent twice must not bring old wages back.
    """
    digest = digest_of_bytes(path=path)
    arrival = Arrival(FileKind.WAGES, name or path.name, digest, received_by)
    known = taken(arrival=arrival)
    try:
        sheet = read_wage_file(path=path)
    except SheetRefused as refusal:
        refused.extend(_refused_place(arrival.name, fault) for fault in refusal.faults)
        return refuse(arrival=arrival, refusal=refusal)
    if known is not None:
        changed = _changed_since(sheet)
        return refuse(arrival=arrival, refusal=Overtaken.of(known, changed)) if changed else known
    return take_whole(
        arrival=arrival,
        file=arrival.name,
        stage=partial(_stage, sheet),
        judge=partial(_judge, sheet, today),
        store=partial(_store, sheet, today),
        refused=refused,
    )


@transaction.atomic
def _changed_since(sheet: WageSheet) -> int:
    """How many of a sheet's wages the register has otherwise today."""
    with connection.cursor() as cursor:
        _stage(sheet, cursor)
        _resolve(sheet, cursor)
        cursor.execute(CHANGED_SINCE)
        return int(cursor.fetchone()[0])


def first_month(*, year: int) -> Month:
    """Give the month from which the wages declared for a year hold."""
    return Month(year, 1)


def _refused_place(file: str, fault: Fault) -> RefusedRow:
    return RefusedRow(file, fault.row or 0, fault.column or "", "", fault.detail, fault.fault)


def _stage(sheet: WageSheet, cursor: Any) -> int:
    """Put the rows of the sheet into a table of this transaction; give how many there are."""
    cursor.execute(TABLES)
    with cursor.copy("COPY take_wages FROM STDIN") as copy:
        for block in _blocks(sheet):
            copy.write(block)
    cursor.execute("ANALYZE take_wages")
    return len(sheet.rows)


def _blocks(sheet: WageSheet) -> Iterator[str]:
    """The rows as COPY wants them, some thousand at a time."""
    rows = sheet.rows
    columns = zip(
        rows.id_kinds, rows.id_numbers, rows.names, rows.monthly_fens, rows.confirmed, strict=True
    )
    lines: list[str] = []
    for place, (kind, number, name, fen, confirmed) in enumerate(columns):
        found_by = escaped(search_form(name))
        line = f"{sheet_row(place=place)}\t{kind.value}\t{number}\t{found_by}\t{fen}\t{confirmed}\n"
        lines.append(line)
        if len(lines) == BLOCK_ROWS:
            yield "".join(lines)
            lines.clear()
    yield "".join(lines)


def _resolve(sheet: WageSheet, cursor: Any) -> None:
    """Look up whom and what the sheet names."""
    head, first = sheet.head, first_month(year=sheet.head.year)
    values = {
        "code": head.credit_code,
        "name": head.employer_name,
        "search_name": search_form(head.employer_name),
        "first": first.first_day,
        "until": first.plus(12).first_day,
    }
    cursor.execute(HEAD, values)
    cursor.execute(RESOLVED)


def _judge(sheet: WageSheet, today: date, cursor: Any) -> list[Rule]:
    _resolve(sheet, cursor)
    first = first_month(year=sheet.head.year)
    at_head = f"SELECT {HEAD_ROW}, {{}} FROM take_wages_head WHERE"
    too_far = str(first > assess.latest_month(today=today))
    over = str(first.year < today.year)
    found = rules(
        pairs=(
            ("year", YearTooFar, f"{at_head.format('first::text')} {too_far}"),
            ("year", YearOver, f"{at_head.format('first::text')} {over}"),
            ("credit_code", assess.PayerUnknown, f"{at_head.format('code')} payer_id IS NULL"),
            (
                "employer_name",
                EmployerNameDiffers,
                f"{at_head.format('name')} payer_id IS NOT NULL AND NOT same_name",
            ),
            (
                "id_number",
                assess.PersonUnknown,
                "SELECT line, id_number FROM wage_rows WHERE person_id IS NULL",
            ),
            (
                "name",
                assess.NameDiffers,
                "SELECT line, search_name FROM wage_rows WHERE same_name IS NOT TRUE",
            ),
            (
                "id_number",
                PersonTwice,
                """SELECT r.line, r.id_number FROM wage_rows r JOIN (
                    SELECT person_id FROM wage_rows GROUP BY 1 HAVING count(*) > 1) d
                    USING (person_id)""",
            ),
            ("id_number", NotInsuredHere, NOT_THERE),
            ("confirmed", LowerUnconfirmed, LOWERED.format(confirmed="NOT r.confirmed")),
            ("confirmed", assess.LowerNeedsTwo, LOWERED.format(confirmed="r.confirmed")),
        )
    )
    return [replace(rule, place=PLACES[rule.column]) for rule in found]


def _store(sheet: WageSheet, today: date, cursor: Any, file_id: int) -> int:
    """Let the wages hold; ``declare_staged`` records its own rows."""
    cursor.execute("SELECT payer_id FROM take_wages_head")
    (payer_id,) = cursor.fetchone()
    declare_staged(
        payer_id=payer_id,
        from_month=first_month(year=sheet.head.year),
        select="SELECT person_id, monthly_fen, confirmed FROM wage_rows",
        today=today,
        file_id=file_id,
    )
    return 0
