"""What his award rested on was wrong (更正样例): two years in the army were overlooked."""

from typing import Any

from backend.kernel.months import Month
from insurance.benefits.models import Component, Entitlement
from insurance.pension import approval
from insurance.pension.models import Award, RetirementApproval
from tests.insurance.pension import pension_builders as p

FOUND: dict[str, Any] = {
    "error": "漏认视同缴费期间",
    "error_evidence": "职工档案复核记录 演示5号",
}
MORE_DEEMED: dict[str, Any] = {
    "deemed": [
        {
            "from_month": "1985-03",
            "last_month": "1997-12",
            "evidence": "工资审批表 演示2号、退伍证 演示6号",
            "ground": "ARMY",
        }
    ]
}


def as_it_was() -> Award:
    """130 months of deemed service, 320 paid ones: 450 in all."""
    p.recognise()
    p.approve()
    p.with_account()
    return p.awarded()


def archive_corrected(**changes: Any) -> None:
    """His archive is recognised anew, and the department's paper corrected."""
    before = approved()
    p.recognise(**(changes or MORE_DEEMED))
    p.approve(corrects=before.pk, **FOUND)


def later_by_a_month() -> None:
    """He agreed to go a month later: the department's paper said the statutory month."""
    p.approve(
        corrects=approved().pk,
        route="LATE",
        notice_on="2026-06-01",
        retirement_month="2026-08",
        **FOUND,
    )


def earlier_by_two_months() -> None:
    """He chose to go in May, in time; the department's paper said the statutory month."""
    p.approve(
        corrects=approved().pk,
        route="EARLY",
        notice_on="2026-01-05",
        retirement_month="2026-05",
        **FOUND,
    )


def approved() -> RetirementApproval:
    """The department's paper in force."""
    found = approval.current(person_id=p.man().pk)
    assert found is not None
    return found


def corrected(award: Award, **changes: Any) -> Award:
    """The agency corrects an award, as it found itself."""
    return p.awarded(corrects=award.pk, **{**FOUND, **changes})


def amounts(of: Entitlement, month: Month) -> dict[str, int]:
    """What is in force in a month, by component."""
    rows = Component.objects.filter(
        entitlement=of, superseded_at=None, valid__contains=month.first_day
    )
    return dict(rows.values_list("component", "fen"))
