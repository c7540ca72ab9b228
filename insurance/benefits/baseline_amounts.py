"""Correct an amount that came with the baseline (更正基线待遇): wrong in the old system already.

No award of this system says how it was computed, so a case tells the right amount, on its papers,
and from which month; two persons sign it. It gives way by difference from that month on: what came
later, as an adjustment, stays. Months before the take-over count as the signed baseline paid them.
The next run pays what is owed, or finds what was overpaid.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.cases import content
from backend.cases.content import ContentInvalid
from backend.cases.corrections import Ground, ground_of, require_own
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.people.queries import family_of
from backend.people.supersede import close
from insurance.benefits.items import item_ordinals
from insurance.benefits.models import AmountCorrection, Component, Entitlement

CORRECTED = "BASELINE"
VERIFIED = "COMPONENT_VERIFIED"
DOCUMENT_MAX = 60
CasesOf: TypeAlias = Callable[[Entitlement], Sequence[int]]  # decisions about many, of a pension


class NotOfBaseline(Refusal):
    """What was awarded here is corrected by a case of its own kind (不是接管的待遇)."""

    code = "baseline_amount_not_taken_over"


class Unverified(Refusal):
    """An amount that waits for its papers is verified, not corrected (待遇数据未核实)."""

    code = "baseline_amount_unverified"


class NothingChanged(Refusal):
    """It comes to what is paid (更正前后没有差别)."""

    code = "baseline_amount_nothing_changed"


class BelowNothing(Refusal):
    """A later amount would come to less than nothing (更正以后小于零)."""

    code = "baseline_amount_below_nothing"


@dataclass(frozen=True)
class Change:
    """By how much a component differs from a month on, and the rows in force that it reaches."""

    component: str
    fen: int  # what it is in that month
    more: int  # than it was
    rows: tuple[Component, ...]


@dataclass(frozen=True)
class Asked:
    """What a case asks for."""

    entitlement: Entitlement
    first: date
    changes: tuple[Change, ...]
    document: str
    evidence: str
    ground: Ground


def check(case: Case, *, cases_of: CasesOf) -> int:
    """At its receipt a COMPONENT_CORRECTION case can be decided as it asks; writes nothing.

    Content: ``entitlement``; ``from_month``; ``components``: of each that is wrong ``component``
    and ``amount`` (yuan in that month, 0.00: none is due); ``document`` (its number) and
    ``evidence``; ``objection`` (to an adjustment of it, a verification, a refusal), or ``error``
    and ``error_evidence``.

    Raises:
        ContentInvalid, MoneyInvalid, MonthInvalid, ProposalWaits, NotOfBaseline, OtherBody,
        Unverified, NothingChanged, BelowNothing; as ``ground_of``.
    """
    content.require_only_proposal(case, entitlement=case.content.get("entitlement"))
    _asked(case, cases_of)
    return 0


@transaction.atomic
def decide(case: Case, *, cases_of: CasesOf) -> int:
    """The act of a COMPONENT_CORRECTION case; rows written.

    Raises:
        as ``check``, but ProposalWaits; AlreadySuperseded.
    """
    asked = _asked(case, cases_of)
    rows = [_told_of(asked, change, case) for change in asked.changes]
    AmountCorrection.objects.bulk_create(rows)
    return len(rows) + sum(_rewrite(asked, change, case) for change in asked.changes)


def _asked(case: Case, cases_of: CasesOf) -> Asked:
    document = content.text(case, "document", "文书号", most=DOCUMENT_MAX)
    evidence = content.text(case, "evidence", "更正所凭材料")
    entitlement = _entitlement(case)
    before = Case.objects.filter(
        kind__in=(case.kind, VERIFIED),
        content__entitlement=entitlement.pk,
        decided_at__isnull=False,
    ).exclude(pk=case.pk)
    decided = [*cases_of(entitlement), *before.order_by("-pk").values_list("pk", flat=True)]
    ground = ground_of(case=case, decided_cases=decided)
    month = Month.parse(case.content.get("from_month"))
    start = Month.of(entitlement.start_month)
    if not start <= month <= Month.of(content.day_of(case)):
        raise ContentInvalid(f"起始月应在开始领取的 {start} 至本月之间。", case_id=case.pk)
    told = _told(case, entitlement)
    changes = tuple(_change(entitlement, name, fen, month) for name, fen in told.items())
    if not any(change.more for change in changes):
        raise NothingChanged("更正以后与现在发放的金额相同，没有可更正的。", case_id=case.pk)
    changed = tuple(one for one in changes if one.more)
    return Asked(entitlement, month.first_day, changed, document, evidence, ground)


def _entitlement(case: Case) -> Entitlement:
    number = content.number(case, "entitlement", "待遇")
    found = (
        Entitlement.objects.select_related("book__agency")
        .filter(pk=number, person__in=family_of(party_id=case.party_id), baseline__isnull=False)
        .first()
    )
    if found is None:
        raise NotOfBaseline(
            "此人没有这项接管的待遇；在本系统核定的，写明原核定办理更正。", case_id=case.pk
        )
    require_own(case=case, number=number, agency=found.book.agency)
    rows = Component.objects.filter(entitlement=found, superseded_at__isnull=True)
    if rows.filter(standing="UNVERIFIED").exists():
        raise Unverified("该待遇有未核实的项目，请先办理待遇数据核实。", case_id=case.pk)
    return found


def _told(case: Case, entitlement: Entitlement) -> dict[str, int]:
    told: dict[str, int] = {}
    for row in content.rows(case, "components", "待遇项目"):
        name = content.text(row, "component", "待遇项目")
        if (entitlement.scheme, name) not in item_ordinals():
            raise ContentInvalid(f"该险种没有待遇项目 {name}。", case_id=case.pk)
        if name in told:
            raise ContentInvalid(f"待遇项目 {name} 重复。", case_id=case.pk)
        told[name] = _fen(row)
    if not told:
        raise ContentInvalid("请写明更正的待遇项目。", case_id=case.pk)
    return told


def _fen(row: content.Row) -> int:
    """Nothing may be due: then it says 0.00."""
    return 0 if row.content.get("amount") == "0.00" else content.fen(row, "amount", "更正的月金额")


def _change(entitlement: Entitlement, name: str, fen: int, month: Month) -> Change:
    rows = Component.objects.filter(
        entitlement=entitlement,
        component=name,
        superseded_at__isnull=True,
        valid__overlap=SqlRange(month.first_day, None),
    ).order_by("valid")
    reached = tuple(rows)
    was = sum(row.fen for row in reached if row.valid.lower <= month.first_day)
    more = fen - was
    wrong = next((row for row in reached if row.fen + more < 0), None)
    if wrong is not None:
        raise BelowNothing(
            f"{name} 自 {Month.of(wrong.valid.lower)} 起为 {Money(wrong.fen)} 元，"
            f"不能再减 {Money(-more)} 元，请从该月起另行更正。",
            component=name,
        )
    return Change(name, fen, more, reached)


def _told_of(asked: Asked, change: Change, case: Case) -> AmountCorrection:
    return AmountCorrection(
        entitlement=asked.entitlement,
        component=change.component,
        from_month=asked.first,
        before_fen=change.fen - change.more,
        fen=change.fen,
        document=asked.document,
        evidence=asked.evidence,
        because=asked.ground.said,
        case_id=case.pk,
    )


def _rewrite(asked: Asked, change: Change, case: Case) -> int:
    """Keep what was due before the month, and bring the rest to what it comes to."""
    moment = max((close(row) for row in change.rows), default=None)
    written = list(_pieces(asked, change))
    for valid, fen, standing in written:
        _write(asked.entitlement, change.component, valid, fen, standing, case, moment)
    return len(change.rows) + len(written)


def _pieces(asked: Asked, change: Change) -> Iterator[tuple[SqlRange, int, str]]:
    first = asked.first
    if not change.rows or change.rows[0].valid.lower > first:
        until = change.rows[0].valid.lower if change.rows else None
        yield SqlRange(first, until), change.fen, CORRECTED
    for row in change.rows:
        if row.valid.lower < first:
            yield SqlRange(row.valid.lower, first), row.fen, row.standing
        if row.fen + change.more:
            lower = max(row.valid.lower, first)
            yield SqlRange(lower, row.valid.upper), row.fen + change.more, row.standing


def _write(
    entitlement: Entitlement,
    component: str,
    valid: SqlRange,
    fen: int,
    standing: str,
    case: Case,
    moment: datetime | None,
) -> None:
    row = Component(
        entitlement=entitlement,
        component=component,
        fen=fen,
        standing=standing,
        valid=valid,
        case_id=case.pk,
    )
    if moment is not None:
        row.recorded_at = moment
    row.save(force_insert=True)
