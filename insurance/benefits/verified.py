"""Verify amounts of the baseline (待遇数据核实): the next run pays what was held for want of it.

The old system's amounts whose papers were doubtful came as UNVERIFIED and are held month by month,
also for heirs. A case tells the amount by the papers; two persons sign it, and it takes the other's
place from the first month that is ours, by difference: what adjustments added since stays, and
what the old system paid is left as it was.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.cases import content
from backend.cases.models import Case
from backend.cases.receive import OtherBody
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.people.queries import family_of
from backend.people.supersede import close
from insurance.benefits.models import Component, Entitlement

UNVERIFIED, VERIFIED = "UNVERIFIED", "BASELINE"
Key = tuple[str, Month]  # a component and the first month of its amount


class NothingToVerify(Refusal):
    """The person has no entitlement with an unverified amount (没有未核实的待遇项目)."""

    code = "verified_nothing_to_verify"


class AllComponents(Refusal):
    """What stays unverified holds the whole, so all are verified at once (须逐项核实)."""

    code = "verified_all_components"


class AmountTooSmall(Refusal):
    """An amount is above zero, also with what adjustments changed of it (核实金额过小)."""

    code = "verified_amount_too_small"


@dataclass(frozen=True)
class Verified:
    """An amount in force, and what it comes to by the papers from the first month of ours on."""

    row: Component
    fen: int
    ours_from: date

    def amounts(self) -> Iterator[tuple[SqlRange, int]]:
        """What takes the amount's place: as it came for months of the old system, then by the
        papers."""
        first, end = self.row.valid.lower, self.row.valid.upper
        cut = max(first, self.ours_from)
        if first < cut:
            yield SqlRange(first, cut if end is None else min(cut, end)), self.row.fen
        if end is None or cut < end:
            yield SqlRange(cut, end), self.fen


def check(case: Case) -> int:
    """At its receipt a COMPONENT_VERIFIED case can be decided as it asks; writes nothing.

    Content: ``entitlement`` (id); ``components``: of each that was taken over unverified
    ``component``, ``from_month`` and ``amount`` (yuan a month, by the papers); ``evidence``.

    Raises:
        ContentInvalid, MoneyInvalid, MonthInvalid, NothingToVerify, OtherBody, AllComponents,
        AmountTooSmall.
    """
    _verified(case)
    return 0


def decide(case: Case) -> int:
    """The act of a COMPONENT_VERIFIED case: the amounts take the place of the unverified ones.

    Raises:
        as ``check``; AlreadySuperseded.
    """
    return sum(_replace(one, case) for one in _verified(case))


def _replace(one: Verified, case: Case) -> int:
    at = close(one.row)
    amounts = list(one.amounts())
    for valid, fen in amounts:
        Component(
            entitlement_id=one.row.entitlement_id,
            component=one.row.component,
            fen=fen,
            standing=VERIFIED,
            valid=valid,
            case_id=case.pk,
            recorded_at=at,
        ).save(force_insert=True)
    return 1 + len(amounts)


def _verified(case: Case) -> list[Verified]:
    content.text(case, "evidence", "核实所凭材料")
    told = _told(case)
    entitlement = _entitlement(case)
    of_entitlement = Component.objects.filter(entitlement=entitlement, standing=UNVERIFIED)
    current = list(of_entitlement.filter(superseded_at__isnull=True).order_by("component", "valid"))
    if not current:
        raise NothingToVerify("该待遇没有未核实的项目。", case_id=case.pk)
    taken_over = {
        _key(row): row for row in of_entitlement.filter(case_id__isnull=True).order_by("valid")
    }
    astray = sorted(taken_over.keys() ^ told.keys())
    if astray:
        names = "、".join(f"{component}（自{month}）" for component, month in astray)
        raise AllComponents(f"未核实的项目须一次逐项写明，缺少或不在其中的：{names}。")
    more = {key: told[key] - row.fen for key, row in taken_over.items()}
    ours_from = _ours_from(entitlement)
    return [_by_papers(row, more, ours_from) for row in current]


def _ours_from(entitlement: Entitlement) -> date:
    """The first month that the old system did not pay."""
    if entitlement.paid_through is None:
        return entitlement.start_month
    return Month.of(entitlement.paid_through).next.first_day


def _by_papers(row: Component, more: Mapping[Key, int], ours_from: date) -> Verified:
    """The amount grows or falls by as much as what it was taken over as, also where it was adjusted
    since."""
    own = [key for key in sorted(more) if key[0] == row.component]
    reached = [key for key in own if key <= _key(row)] or own[:1]
    fen = row.fen + (more[reached[-1]] if reached else 0)
    if fen <= 0:
        raise AmountTooSmall(f"{row.component} 核实以后的金额须大于零。", component=row.component)
    return Verified(row, fen, ours_from)


def _key(row: Component) -> Key:
    return row.component, Month.of(row.valid.lower)


def _told(case: Case) -> dict[Key, int]:
    told: dict[Key, int] = {}
    for row in content.rows(case, "components", "待遇项目"):
        key = (
            content.text(row, "component", "待遇项目"),
            Month.parse(row.content.get("from_month")),
        )
        if key in told:
            raise content.ContentInvalid(f"待遇项目 {key[0]} 重复。", case_id=case.pk)
        told[key] = content.fen(row, "amount", "核实的月金额")
    return told


def _entitlement(case: Case) -> Entitlement:
    number = content.number(case, "entitlement", "待遇")
    family = family_of(party_id=case.party_id)
    found = Entitlement.objects.filter(pk=number, person__in=family).select_related("book__agency")
    entitlement = found.first()
    if entitlement is None:
        raise NothingToVerify("此人没有这项待遇。", case_id=case.pk)
    agency = entitlement.book.agency
    if agency != case.agency:
        raise OtherBody(f"该待遇由{agency.name}发放，请由该机构核实。")
    return entitlement
