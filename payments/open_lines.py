"""The worklist of discrepancies in its order (对账差异清单): by weight, then by age; and in groups.

A hundred thousand lines of one reason at one bank are one fault, not a list.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from types import MappingProxyType

from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models import Sum as SumOf

from backend.access.models import Staff
from payments.banks.profile import bank_name
from payments.models import Attempt, Discrepancy, DiscrepancyKind
from payments.reasons import REASONS

GROUPED_ABOVE = 200
OLD_DAYS = 12
MILD = ("LIMIT", "BANK_BUSY", "FROZEN")  # it pays next time, or nobody here can do anything
IDS = 10**12  # more than there will be lines


class Weight(IntEnum):
    """How much hurry there is."""

    URGENT = 1  # money may be lost, or nobody knows where it is
    WAITING = 2  # somebody is not paid
    OTHER = 3


WEIGHTS: Mapping[Weight, str] = MappingProxyType(
    {Weight.URGENT: "急", Weight.WAITING: "待办", Weight.OTHER: "其他"}
)
WEIGHT = Case(
    When(~Q(kind=DiscrepancyKind.RETURNED), then=Value(Weight.URGENT.value)),
    When(reason__in=MILD, then=Value(Weight.OTHER.value)),
    default=Value(Weight.WAITING.value),
    output_field=BigIntegerField(),
)


@dataclass(frozen=True)
class Group:
    """All open lines of one kind and reason at one bank."""

    kind: str
    kind_label: str
    reason: str
    reason_label: str
    bank: str
    bank_name: str
    weight: Weight
    count: int
    fen: int

    @property
    def grouped(self) -> bool:
        """Whether they are one fault rather than a list."""
        return self.count > GROUPED_ABOVE


@dataclass(frozen=True)
class Counts:
    """What is open, and what is settled."""

    groups: tuple[Group, ...]
    open: int
    open_fen: int
    mine: int
    unowned: int
    old: int
    closed: int
    closed_today: int


def in_order(rows: QuerySet[Discrepancy]) -> QuerySet[Discrepancy]:
    """Rows with their place, and what they need to be shown."""
    line = Attempt.objects.filter(due_ref=OuterRef("due_ref"), n=OuterRef("n"))
    owner = Staff.objects.filter(pk=OuterRef("owner_staff_id"))
    return rows.select_related(
        "batch__book"
    ).annotate(
        weight=WEIGHT,
        place=ExpressionWrapper(  # of another type nothing is beyond 2³¹
            F("weight") * Value(IDS) + F("id"), output_field=BigIntegerField()
        ),
        holder_name=Subquery(line.values("holder_name")[:1]),
        owner=Subquery(owner.values("username")[:1]),
    )


def counts(*, rows: QuerySet[Discrepancy], staff_id: int, today: date) -> Counts:
    """Count what the caller sees of these."""
    waiting = rows.filter(closed_at__isnull=True)
    long_ago = Q(opened_at__date__lte=date.fromordinal(today.toordinal() - OLD_DAYS))
    told = waiting.aggregate(
        open=Count("id"),
        open_fen=SumOf("instructed_fen", default=0),
        mine=Count("id", filter=Q(owner_staff_id=staff_id)),
        unowned=Count("id", filter=Q(owner_staff_id__isnull=True)),
        old=Count("id", filter=long_ago),
    )
    closed = rows.filter(closed_at__isnull=False)
    return Counts(
        groups=_groups(waiting),
        closed=closed.count(),
        closed_today=closed.filter(closed_at__date=today).count(),
        **told,
    )


def reason_label(*, kind: str, reason: str) -> str:
    """Why a line is here, in a few words."""
    known = REASONS.get(reason)
    return known.label if known else DiscrepancyKind(kind).label


def _groups(waiting: QuerySet[Discrepancy]) -> tuple[Group, ...]:
    found = (
        waiting.annotate(weight=WEIGHT)
        .values("kind", "reason", "batch__bank", "weight")
        .annotate(count=Count("id"), fen=SumOf("instructed_fen", default=0))
        .order_by("weight", "-count", "kind", "reason", "batch__bank")
    )
    return tuple(
        Group(
            kind=row["kind"],
            kind_label=DiscrepancyKind(row["kind"]).label,
            reason=row["reason"],
            reason_label=reason_label(kind=row["kind"], reason=row["reason"]),
            bank=row["batch__bank"],
            bank_name=bank_name(row["batch__bank"]),
            weight=Weight(row["weight"]),
            count=row["count"],
            fen=row["fen"],
        )
        for row in found
    )
