"""Put ended cases into volumes (归档): numbered without gaps by agency, year and category."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import connection, transaction
from django.utils import timezone

from backend.access.models import Staff
from backend.audit.record import record
from backend.cases.archive.catalogue import Category, category_of
from backend.cases.archive.models import Archived, Volume
from backend.cases.closing import is_closed
from backend.cases.models import Case
from backend.cases.receive import OtherBody
from backend.kernel.errors import Refusal

VOLUME_MAX = 100  # cases in a volume
AT_ONCE_MAX = 500


class NotEnded(Refusal):
    """Only a case that has ended goes into the archive (尚未办结)."""

    code = "archive_not_ended"


class AlreadyArchived(Refusal):
    """A case is in one volume (已归档)."""

    code = "archive_already_there"


@transaction.atomic
def put_away(*, case_ids: Sequence[int], staff: Staff, now: datetime) -> list[Archived]:
    """Put ended cases of this agency into the volumes of their years and categories, all or none.

    A volume that is full is followed by another. A case stays where it is put.

    Raises:
        NotEnded, AlreadyArchived, OtherBody, CategoryUnknown.
    """
    wanted = sorted(set(case_ids))
    _one_at_a_time(staff.agency_id)
    cases = list(Case.objects.filter(pk__in=wanted).order_by("pk"))
    _refuse_others(wanted, cases, staff)
    placed = [_placed(case, staff, timezone.localdate(now)) for case in cases]
    record(
        name="cases.archived",
        subject_kind="cases.archive",
        subject_id=",".join(map(str, wanted))[:80],
        rows=len(placed),
        staff_id=staff.pk,
        person_id=staff.person_id,
        details={"cases": wanted, "volumes": sorted({one.volume.number for one in placed})},
    )
    return placed


def _refuse_others(wanted: Sequence[int], cases: Sequence[Case], staff: Staff) -> None:
    missing = set(wanted) - {case.pk for case in cases}
    if missing:
        raise NotEnded(f"没有业务件 {min(missing)}。", case_id=min(missing))
    for case in cases:
        if case.agency_id != staff.agency_id:
            raise OtherBody(f"业务件 {case.pk} 由办理的机构归档。", case_id=case.pk)
        if not is_closed(case=case):
            raise NotEnded(f"业务件 {case.pk} 尚未办结，不能归档。", case_id=case.pk)
    there = Archived.objects.filter(case__in=wanted).select_related("volume").first()
    if there is not None:
        raise AlreadyArchived(
            f"业务件 {there.case_id} 已归入 {there.volume.number}。", case_id=there.case_id
        )


def _placed(case: Case, staff: Staff, today: date) -> Archived:
    assert case.decided_at is not None  # it has ended
    year = timezone.localdate(case.decided_at).year
    category = category_of(kind=case.kind, on=today)
    volume = _with_room(case, year, category, staff)
    return Archived.objects.create(
        case=case,
        volume=volume,
        place=volume.archived.count() + 1,
        archived_by=staff.person_id,
    )


def _with_room(case: Case, year: int, category: Category, staff: Staff) -> Volume:
    volumes = Volume.objects.filter(agency=case.agency_id, year=year, category=category.code)
    last = volumes.order_by("-ordinal").first()
    if last is not None and last.archived.count() < VOLUME_MAX:
        return last
    ordinal = (last.ordinal if last else 0) + 1
    return Volume.objects.create(
        agency_id=case.agency_id,
        year=year,
        category=category.code,
        ordinal=ordinal,
        number=f"{staff.agency.code}-{category.code}-{year}-{ordinal:04d}",
        years_kept=category.years,
        said_by=category.said_by,
        standing=category.standing.value,
        opened_by=staff.person_id,
    )


def _one_at_a_time(agency_id: int) -> None:
    """Two who archive at once go one after the other: no gaps, no place twice."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('cases.archive/' || %s, 0))",
            [str(agency_id)],
        )
