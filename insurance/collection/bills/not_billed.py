"""What could not be assessed, why, and whose it is to clear up (未能核定): reasons by code."""

from dataclasses import dataclass

from django.db.models import Max, QuerySet

from backend.access.models import Role
from insurance.collection.bills.monthly_bills import MONTHLY
from insurance.collection.models import BillRun, NotBilled, RunState


@dataclass(frozen=True)
class Reason:
    """Why somebody was not assessed, as a clerk reads it, and who does something about it."""

    label: str
    owner_role: Role


REASONS = {
    "collection_no_last_total": Reason(
        "未申报，又没有以前月份的缴费额，须由经办机构确定", Role.CLERK
    ),
    "collection_grade_unknown": Reason("没有这个缴费档次，须更正名册", Role.CLERK),
    "collection_collective_too_high": Reason("集体补助超过上限，须更正名册", Role.CLERK),
    "collection_support_not_configured": Reason(
        "困难群体的代缴标准没有公布或没有配置", Role.APPROVER
    ),
    "not_configured": Reason("该年度的缴费标准没有公布或没有配置", Role.APPROVER),
    "not_verified": Reason("该年度的缴费标准未核实", Role.APPROVER),
}


def reason_of(*, code: str) -> Reason:
    """Give the reason of a code."""
    return REASONS[code]


def still_open() -> QuerySet[NotBilled]:
    """What the newest runs of a month left out: each tries again what the one before left."""
    runs = BillRun.objects.filter(kind__in=MONTHLY, state=RunState.DONE)
    newest = runs.values("kind").annotate(newest=Max("pk")).values("newest")
    return NotBilled.objects.filter(run__in=newest)
