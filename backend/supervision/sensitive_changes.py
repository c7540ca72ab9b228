"""The list of sensitive changes for supervision (敏感变更清单): who did what, who was told of it.

Of each decided case of a sensitive kind: maker, reviewer and approver, whether it cools or what
waived that, by which ways its person was told and what became of it, and whether it is denied.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from backend.cases import kinds
from backend.cases.models import Case, CaseState
from backend.kernel.dated import Standing
from backend.notices.call_backs import DISPUTE
from backend.notices.models import Notice, StepState
from backend.people import queries
from backend.sensitive.kinds import sensitive_kinds
from payments.account_models import AccountChange
from payments.untold import untold


@dataclass(frozen=True)
class Told:
    """One way by which somebody was told, and what became of it."""

    channel: str
    former: bool
    state: str


@dataclass(frozen=True)
class Listed:
    """A sensitive change as supervision reads it; the name is in full, whoever shows it masks."""

    case: Case
    kind_label: str
    name: str
    double_changed: bool
    cooling: str
    told: tuple[Told, ...]
    disputes: tuple[int, ...]


def sensitive_cases(*, today: date) -> QuerySet[Case]:
    """The decided cases of sensitive kinds, and whatever puts right what was approved before: it
    pays back or asks back. The newest first."""
    decided = Case.objects.filter(
        Q(kind__in=sensitive_kinds(on=today)) | Q(content__has_key="corrects"),
        state__in=[CaseState.APPROVED, CaseState.REJECTED],
    )
    return decided.select_related("agency").order_by("-pk")


def listed(*, cases: Sequence[Case], today: date) -> list[Listed]:
    """Give the rows of these cases, in their order."""
    ids = [case.pk for case in cases]
    parties = {case.party_id for case in cases}
    sights = queries.sights(party_ids=parties, on=today)
    labels = {kind.code: kind.label for kind in kinds.kinds(on=today)}
    changes = AccountChange.objects.in_bulk(ids)
    told, disputes = _told(ids), _disputes(ids)
    doubled = _doubly_changed(cases)
    unknown = set(untold(today=today).filter(pk__in=ids).values_list("pk", flat=True))
    return [
        Listed(
            case=case,
            kind_label=labels.get(case.kind, case.kind),
            name=sights[case.party_id].name,
            double_changed=case.party_id in doubled,
            cooling=_cooling(changes.get(case.pk), unknown=case.pk in unknown),
            told=tuple(told[case.pk]),
            disputes=tuple(disputes[case.pk]),
        )
        for case in cases
    ]


def _cooling(change: AccountChange | None, *, unknown: bool) -> str:
    """What is said of a change that may cool; of another kind nothing."""
    if change is None:
        return ""
    if change.waiver:
        return f"{change.get_state_display()}；免除冷静期：{change.get_waiver_display()}"
    standing = f"（天数：{Standing[change.standing].label}）" if change.standing else ""
    told = "；期满而告知未到本人" if unknown else ""
    return f"{change.get_state_display()}；冷静期至{change.cools_until}{standing}{told}"


def _told(case_ids: Sequence[int]) -> Mapping[int, list[Told]]:
    found: dict[int, list[Told]] = defaultdict(list)
    notices = Notice.objects.filter(case__in=case_ids).annotate(state=Max("steps__state"))
    for notice in notices.order_by("pk"):
        state = StepState(notice.state).label
        found[notice.case_id].append(Told(notice.get_channel_display(), notice.former, state))
    return found


def _disputes(case_ids: Sequence[int]) -> Mapping[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for case in Case.objects.filter(kind=DISPUTE, content__change__in=case_ids).order_by("pk"):
        found[int(case.content["change"])].append(case.pk)
    return found


def _doubly_changed(cases: Sequence[Case]) -> set[int]:
    """Whose name and number both changed in the two years before the oldest of these decisions."""
    if not cases:
        return set()
    oldest = min(case.decided_at or case.received_at for case in cases)
    wanted = {case.party_id for case in cases}
    found = queries.double_changes(now=oldest)
    return {one.party_id for one in found} & wanted


def within(*, cases: QuerySet[Case], first: date | None, last: date | None) -> QuerySet[Case]:
    """Those decided from a day on, until a day."""
    if first is not None:
        cases = cases.filter(decided_at__gte=_midnight(first))
    if last is not None:
        cases = cases.filter(decided_at__lt=_midnight(last + timedelta(days=1)))
    return cases


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
