"""Take what an employer's agent handed in (受理单位申报), or decline it: a clerk, who is another
person. Rosters and declarations go the way of every file, whole or not at all."""

import csv
import io
import json
from collections.abc import Sequence
from datetime import date

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from backend.access.models import Staff
from backend.audit.record import record
from backend.feeds.refused import RefusedRow
from backend.kernel.errors import Refusal
from backend.people.queries import family_of
from backend.web.laid_down import laid_down
from backend.web.scope import whole_city
from insurance.enrolment import roster
from insurance.enrolment.filing_models import EmployerFiling, FilingKind, FilingState
from insurance.enrolment.hand_in import SUBJECT, refuse_code_of_another, shown
from insurance.enrolment.models import EnrolmentFile
from insurance.enrolment.pensioners import Pensions
from insurance.enrolment.rests import Blocker
from insurance.enrolment.wage_declaration import SUFFIX, take_wages
from insurance.enrolment.wage_file import read_wage_file

REASON_MAX, ROWS_KEPT = 200, 100
CSV, JSON, XLSX = "upload.csv", "upload.json", f"upload{SUFFIX}"


class FilingDecided(Refusal):
    """A filing is taken or declined once (申报已办理)."""

    code = "filing_decided"
    status = 409


class OwnFiling(Refusal):
    """Nobody takes what he handed in himself (不能受理自己的申报)."""

    code = "filing_own"
    status = 403


def take(
    *, filing_id: int, by: Staff, today: date, blockers: Sequence[Blocker], pensions: Pensions
) -> EmployerFiling:
    """Take in what was handed in, all of it or, with the reasons of its rows, nothing.

    ``blockers`` say what rests on months that leavers take away, ``pensions`` who draws one.

    Raises:
        FilingDecided, OwnFiling.
        CodeOfAnother: the credit code has become another employer's meanwhile.
    """
    refused: list[RefusedRow] = []
    with transaction.atomic():
        filing = _waiting(filing_id, by)
        if filing.kind == FilingKind.ROSTER:
            file = _take_roster(filing, by, today, refused, blockers, pensions)
        else:
            file = _take_wages(filing, by, today, refused)
        filing.file = file
        filing.refused = [shown(row) for row in refused[:ROWS_KEPT]]
        _decide(filing, FilingState.TAKEN if file.accepted else FilingState.REFUSED, by)
    return filing


@transaction.atomic
def decline(*, filing_id: int, reason: str, by: Staff) -> EmployerFiling:
    """Let what was handed in count for nothing, and say why (不予受理).

    Raises:
        FilingDecided, OwnFiling.
    """
    filing = _waiting(filing_id, by)
    filing.reason = reason
    _decide(filing, FilingState.DECLINED, by)
    return filing


def changes_of(*, filing: EmployerFiling) -> list[dict[str, str]]:
    """The joiners and leavers of a roster, column by column, as they were handed in."""
    text = bytes(filing.content).decode()
    return list(csv.DictReader(io.StringIO(text)))


def _waiting(filing_id: int, by: Staff) -> EmployerFiling:
    filing = EmployerFiling.objects.select_for_update(of=("self",)).get(pk=filing_id)
    if filing.state != FilingState.HANDED_IN:
        raise FilingDecided(f"这份申报{filing.get_state_display()}，不能再办。", filing=filing.pk)
    if by.person_id in family_of(party_id=filing.handed_in_by):
        raise OwnFiling("自己申报的由另一名经办人员受理。", filing=filing.pk)
    return filing


def _take_roster(
    filing: EmployerFiling,
    by: Staff,
    today: date,
    refused: list[RefusedRow],
    blockers: Sequence[Blocker],
    pensions: Pensions,
) -> EnrolmentFile:
    content = bytes(filing.content)
    code = changes_of(filing=filing)[0]["credit_code"]
    refuse_code_of_another(code=code, employer_id=filing.employer_id)
    matter = f"单位申报{filing.pk}"
    described = {
        "format": roster.FORMAT,
        "source": matter,
        "rows": filing.row_count,
        "sha256": filing.sha256,
    }
    parts = {CSV: ContentFile(content), JSON: ContentFile(json.dumps(described).encode())}
    with laid_down(parts=parts) as folder:
        return roster.take_roster(
            path=folder / JSON,
            today=today,
            refused=refused,
            blockers=blockers,
            pensions=pensions,
            name=f"{matter}.csv",
            received_by=by.person_id,
            matter=matter,
        )


def _take_wages(
    filing: EmployerFiling, by: Staff, today: date, refused: list[RefusedRow]
) -> EnrolmentFile:
    with laid_down(parts={XLSX: ContentFile(bytes(filing.content))}) as folder:
        code = read_wage_file(path=folder / XLSX).head.credit_code
        refuse_code_of_another(code=code, employer_id=filing.employer_id)
        with whole_city():  # one declaration for all schemes
            return take_wages(
                path=folder / XLSX,
                today=today,
                refused=refused,
                name=f"单位申报{filing.pk}{SUFFIX}",
                received_by=by.person_id,
            )


def _decide(filing: EmployerFiling, state: FilingState, by: Staff) -> None:
    filing.state, filing.decided_by = state, by.person_id
    filing.decided_at = timezone.now()
    filing.save(update_fields=["state", "decided_by", "decided_at", "reason", "file", "refused"])
    record(
        name=f"enrolment.filing_{state.lower()}",
        subject_kind=SUBJECT,
        subject_id=str(filing.pk),
        rows=1,
        staff_id=by.pk,
        person_id=by.person_id,
        party_id=filing.employer_id,
        details={"kind": filing.kind, "file": filing.file_id, "reason": filing.reason},
        digest=filing.sha256,
    )
