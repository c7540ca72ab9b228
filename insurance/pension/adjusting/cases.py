"""Adjust by decision (养老金调整的业务件): proposed with the published plan, reviewed, decided."""

from dataclasses import replace

from backend.cases import content
from backend.cases.content import ContentInvalid
from backend.cases.corrections import objection_named
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.months import FIRST_YEAR, LAST_YEAR, Month
from insurance.benefits.models import Entitlement
from insurance.pension.adjusting.adjusting_run import Asked, order_run, require_adjustable
from insurance.pension.adjusting.given import cases_that_adjusted
from insurance.pension.adjusting.models import Kind, PaidMonths, Run

MONTHS_MAX = 720
JANUARY = 1


class PerhapsAdjusted(Refusal):
    """The old system paid months of this adjustment and may have written it (原系统可能已调整)."""

    code = "adjustment_perhaps_by_old_system"


class SaidOtherwise(Refusal):
    """An earlier decision of this adjustment said otherwise of the old system (前后说明不一)."""

    code = "adjustment_said_otherwise"


def check_yearly(case: Case) -> int:
    """At its receipt a PENSION_ADJUSTMENT case can be decided as it asks; writes nothing.

    Content: ``region`` of the agency, ``year``, ``document`` that published the plan; where the old
    system paid months from January on, ``not_by_old_system`` (true: it did not adjust them) or
    ``by_old_system`` (true: it did; only whom it never paid in that time is adjusted).

    Raises:
        ContentInvalid, ProposalWaits, PerhapsAdjusted, SaidOtherwise; as ``require_adjustable``.
    """
    asked = _yearly(case)
    require_adjustable(asked=asked, today=content.day_of(case))
    content.require_only_proposal(case, region=asked.region)
    return 0


def decide_yearly(case: Case) -> int:
    """The act of a PENSION_ADJUSTMENT case: the job that opens its run.

    Raises:
        as ``check_yearly``; RunStillOpen: another run is being computed.
    """
    order_run(asked=_yearly(case), case_id=case.pk, today=content.day_of(case))
    return 0


def check_basic(case: Case) -> int:
    """At its receipt a BASIC_PENSION_RAISE case can be decided as it asks; writes nothing.

    Content: ``region`` of the agency, ``from_month`` of the new standard, ``document`` that
    published it; ``not_by_old_system`` or ``by_old_system`` as above.

    Raises:
        ContentInvalid, MonthInvalid, ProposalWaits, PerhapsAdjusted, SaidOtherwise; as
        ``require_adjustable``.
    """
    asked = _basic(case)
    require_adjustable(asked=asked, today=content.day_of(case))
    content.require_only_proposal(case, region=asked.region)
    return 0


def decide_basic(case: Case) -> int:
    """The act of a BASIC_PENSION_RAISE case: the job that opens its run.

    Raises:
        as ``check_basic``; RunStillOpen: another run is being computed.
    """
    order_run(asked=_basic(case), case_id=case.pk, today=content.day_of(case))
    return 0


def check_months(case: Case) -> int:
    """At its receipt a PAID_MONTHS case says whose months were how many; writes nothing.

    Content: ``entitlement``, ``paid_months`` with deemed ones, ``document`` that shows them;
    ``objection`` to an adjustment, where it is granted so.

    Raises:
        ContentInvalid, ProposalWaits, ObjectionNotOpen, ObjectionUnnamed.
    """
    entitlement, _ = _months(case)
    content.require_only_proposal(case, entitlement=entitlement)
    return 0


def decide_months(case: Case) -> int:
    """The act of a PAID_MONTHS case: what rests on the months is computed again before the next
    month is opened; rows written, none when it was done before.

    Raises:
        ContentInvalid, ObjectionNotOpen, ObjectionUnnamed.
    """
    if PaidMonths.objects.filter(case_id=case.pk).exists():
        return 0
    entitlement, paid_months = _months(case)
    PaidMonths.objects.create(entitlement_id=entitlement, paid_months=paid_months, case_id=case.pk)
    return 1


def _yearly(case: Case) -> Asked:
    content.text(case, "document", "公布文件的名称或文号")
    year = content.number(case, "year", "年度")
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ContentInvalid(f"没有 {year} 年。", case_id=case.pk)
    return _once(case, Asked(Kind.YEARLY, _region(case), Month(year, JANUARY)))


def _basic(case: Case) -> Asked:
    content.text(case, "document", "公布文件的名称或文号")
    since = Month.parse(case.content.get("from_month"))
    return _once(case, Asked(Kind.BASIC, _region(case), since))


def _once(case: Case, asked: Asked) -> Asked:
    """What was taken over may hold this adjustment already: only people can know."""
    did, did_not = (
        case.content.get(name) is True for name in ("by_old_system", "not_by_old_system")
    )
    taken_over = Entitlement.objects.filter(
        scheme=asked.kind.scheme, paid_through__gte=asked.since.first_day
    ).exists()
    if did and (did_not or not taken_over):
        raise ContentInvalid(
            f"原系统没有发放 {asked.since} 以后的月份，或申请中两种说法并存。", case_id=case.pk
        )
    if taken_over and not (did or did_not):
        raise PerhapsAdjusted(
            f"原系统已发放 {asked.since} 以后的月份：请查明它是否已办理这次调整，并在申请中写明。",
            case_id=case.pk,
        )
    _refuse_otherwise(case, asked, did)
    return replace(asked, by_old_system=did)


def _refuse_otherwise(case: Case, asked: Asked, by_old_system: bool) -> None:
    """Whom the old system adjusted is not adjusted again by a second decision."""
    first = Run.objects.filter(
        kind=asked.kind, region=asked.region, since=asked.since.first_day, ordinal=1
    ).first()
    if first is not None and first.parameters["by_old_system"] != by_old_system:
        raise SaidOtherwise(
            f"{asked.since} 起的调整以前办理时，对原系统是否已调整另有说明，请查明。",
            case_id=case.pk,
        )


def _region(case: Case) -> str:
    """Each agency adjusts what it pays."""
    return content.choice(case, "region", "地区", (case.agency.region,))


def _months(case: Case) -> tuple[int, int]:
    content.text(case, "document", "依据的材料")
    number = content.number(case, "entitlement", "待遇")
    paid_months = content.count(case, "paid_months", "缴费月数", most=MONTHS_MAX)
    found = Entitlement.objects.filter(pk=number, person=case.party_id).first()
    if found is None:
        raise ContentInvalid("此人没有这项待遇。", case_id=case.pk)
    objection_named(case=case, decided_cases=cases_that_adjusted(found))
    return number, paid_months
