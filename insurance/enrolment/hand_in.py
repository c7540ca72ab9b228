"""Hand in joiners and leavers, or the wages of a year, for an employer (单位申报): nothing of it
counts until a clerk takes it."""

import csv
import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

from django.db import transaction

from backend.access.models import Staff
from backend.audit.record import record
from backend.feeds.copying import refused_row
from backend.feeds.fields import RowRefused
from backend.feeds.refused import RefusedRow
from backend.kernel.errors import Refusal
from backend.people import queries
from backend.people.register import CREDIT_CODE
from insurance.enrolment import roster
from insurance.enrolment.filing_models import EmployerFiling, FilingKind, FilingState
from insurance.enrolment.wage_file import read_wage_file

SUBJECT = "enrolment.filing"
ROWS_MAX = 2000  # of one filing; a larger roster is cut into several


class NoAgent(Refusal):
    """Who hands in reports for an employer today (不是单位经办人)."""

    code = "filing_no_agent"
    status = 403


class FilingRowsInvalid(Refusal):
    """Rows are no joiners or leavers (申报的行不成形)."""

    code = "filing_rows_invalid"


class CodeOfAnother(Refusal):
    """An agent reports for his own employer alone (不是本单位的)."""

    code = "filing_of_another_employer"


@dataclass(frozen=True)
class Change:
    """A joiner or leaver as the agent writes him; ``month`` as 2026-11, ``wage`` in yuan."""

    change: str
    id_kind: str
    id_number: str
    name: str
    schemes: tuple[str, ...]
    month: str
    wage: str = ""


def hand_in_roster(*, changes: Sequence[Change], by: Staff, today: date) -> EmployerFiling:
    """Keep joiners and leavers of the employer for which ``by`` reports, of schemes that his agency
    serves; the same rows that wait already are the same filing.

    Raises:
        NoAgent; FilingRowsInvalid: with each row that is none, or names another scheme, its value
        masked.
    """
    employer = _employer_of(by, today)
    code = queries.sights(party_ids=[employer], on=today)[employer].number
    rows = [_row(one, code) for one in changes]
    _refuse_misshapen(rows, by.agency.schemes)
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([roster.HEADER, *rows])
    return _keep(employer, FilingKind.ROSTER, text.getvalue().encode(), len(rows), by)


def hand_in_wages(*, path: Path, by: Staff, today: date) -> EmployerFiling:
    """Keep the declaration at ``path``, which can be read and is of the employer for which ``by``
    reports.

    Raises:
        NoAgent, CodeOfAnother; SheetRefused: each place that is wrong.
    """
    employer = _employer_of(by, today)
    sheet = read_wage_file(path=path)
    refuse_code_of_another(code=sheet.head.credit_code, employer_id=employer)
    return _keep(employer, FilingKind.WAGES, path.read_bytes(), len(sheet.rows), by)


def refuse_code_of_another(*, code: str, employer_id: int) -> None:
    """Refuse what names another employer by its credit code.

    Raises:
        CodeOfAnother.
    """
    found = queries.party_by_number(number=code, kind=CREDIT_CODE)
    if found != queries.canonical_id(party_id=employer_id):
        raise CodeOfAnother(f"申报的统一社会信用代码 {code} 不是本单位的，请核对。")


def _employer_of(by: Staff, today: date) -> int:
    employer = by.employer_on(day=today)
    if employer is None:
        raise NoAgent("您今天不是任何单位的经办人，不能申报。")
    return queries.canonical_id(party_id=employer)


def _row(one: Change, code: str) -> list[str]:
    schemes = "+".join(one.schemes)
    return [one.change, one.id_kind, one.id_number, one.name, code, schemes, one.month, one.wage]


def _refuse_misshapen(rows: Sequence[list[str]], served: Collection[str]) -> None:
    refused: list[RefusedRow] = []
    for line, row in enumerate(rows, 2):  # as in the CSV, below its header
        try:
            roster.SHAPE.check(row)
            _refuse_not_served(row, served)
        except RowRefused as no:
            refused.append(refused_row(file="", line=line, no=no))
    if refused:
        first = refused[0]
        raise FilingRowsInvalid(
            f"第{first.line - 1}人：{first.reason}（共{len(refused)}人不成形，没有收下）",
            refused=[shown(one) for one in refused],
        )


def _refuse_not_served(row: list[str], served: Collection[str]) -> None:
    column = roster.HEADER.index("schemes")
    others = sorted(set(row[column].split("+")).difference(served))
    if others:
        raise RowRefused(
            f"本经办机构不办 {'、'.join(others)}，请向经办该险种的机构申报。",
            column="schemes",
            value=row[column],
            code="filing_scheme_not_served",
        )


def shown(row: RefusedRow) -> dict[str, object]:
    """A row that can not be taken, as it is kept and told: its value masked."""
    return {name: value for name, value in vars(row).items() if name != "file"}


@transaction.atomic
def _keep(employer: int, kind: FilingKind, content: bytes, rows: int, by: Staff) -> EmployerFiling:
    digest = sha256(content).hexdigest()
    filing, new = EmployerFiling.objects.get_or_create(
        employer_id=employer,
        kind=kind,
        sha256=digest,
        state=FilingState.HANDED_IN,
        defaults={
            "agency": by.agency,
            "content": content,
            "row_count": rows,
            "handed_in_by": by.person_id,
        },
    )
    if new:
        record(
            name="enrolment.filing_handed_in",
            subject_kind=SUBJECT,
            subject_id=str(filing.pk),
            rows=1,
            staff_id=by.pk,
            person_id=by.person_id,
            party_id=employer,
            details={"kind": kind, "rows": rows},
            digest=digest,
        )
    return filing
