"""An allowance for illness becomes a pension at the retirement age (病残津贴转基本养老金)."""

from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test import Client

from backend.cases.content import ContentInvalid
from backend.kernel.months import Month, MonthRange
from backend.kernel.parameters import NotVerified
from insurance.benefits import holds
from insurance.benefits.models import Component, Due, Entitlement
from insurance.pension import approval, to_pension
from insurance.pension.allowance import ItemRunOpen, PensionBefore
from insurance.pension.approval import AlreadyRetired, NotFromAllowance
from insurance.pension.award import ApprovalMissing
from insurance.pension.in_payment import AlreadyAwarded, NotYetRetired
from insurance.pension.models import AllowanceToPension, Award, RetirementApproval
from insurance.pension.pre_retirement import upcoming
from insurance.pension.retirement import MonthsMissing
from insurance.pension.to_pension import MonthNotApproved, NoAllowance, NothingChanged
from insurance.policy.kept_steps import read
from insurance.policy.recompute import first_wrong
from tests import builders
from tests.insurance.benefits import month_builders as month
from tests.insurance.benefits.month_builders import DECEMBER, NOVEMBER
from tests.insurance.enrolment import enrolment_builders as enrolment
from tests.insurance.pension import correction_builders as c
from tests.insurance.pension import pension_builders as p
from tests.insurance.pension.test_approval import PUBLIC
from tests.insurance.pension.test_other_choice import BY_LAW, ILL, broken, chosen, net_by_month

pytestmark = pytest.mark.django_db
KIND, LIST = "ALLOWANCE_TO_PENSION", "/api/v1/pension/allowances-to-pension/"
PENSION, ALLOWANCE = 1, 4  # expense items
JULY, AUGUST = Month(2026, 7), Month(2026, 8)


@pytest.fixture
def ill() -> Award:
    """He draws the allowance from April 2026; in July he reaches the statutory age."""
    return chosen(ILL)


def asked(**changes: Any) -> dict[str, Any]:
    return {"scheme": "110", "month": "2026-08", **changes}


def turned(**changes: Any) -> AllowanceToPension:
    case = p.decided(kind=KIND, content=asked(**changes))
    to_pension.decide(case)
    return AllowanceToPension.objects.get(case_id=case.pk)


def booked() -> dict[Month, list[int]]:
    """What was regularly due, by the month and the expense item."""
    return {Month.of(due.for_month): due.parts for due in Due.objects.order_by("for_month")}


def test_from_the_month_after_it_is_a_pension_of_the_same_amount(ill: Award) -> None:
    p.approve()
    row = turned()

    month.sealed(NOVEMBER)

    months = list(Month(2026, 4).until(NOVEMBER.next))
    assert net_by_month() == dict.fromkeys(months, ill.total_fen)
    assert {of: 1 + parts.index(ill.total_fen) for of, parts in booked().items()} == {
        of: PENSION if of >= AUGUST else ALLOWANCE for of in months
    }
    assert (row.entitlement_id, Entitlement.objects.count()) == (ill.entitlement_id, 1)
    assert broken() == []


def test_it_says_what_it_comes_to_and_that_nothing_is_reckoned_anew(ill: Award) -> None:
    p.approve()

    (step,) = read(rows=turned().steps)

    assert first_wrong(steps=[step]) is None
    assert (step.name, step.result) == ("基本养老金", f"{ill.total_fen / 100:.2f}")
    assert "不再重新计算" in step.sentence
    assert "72号" in step.article


def test_what_adjustments_added_goes_on(ill: Award) -> None:
    month.component(of=ill.entitlement, name="ADJUSTMENT", fen=50_00, start=Month(2026, 4))
    p.approve()

    (step,) = read(rows=turned().steps)

    assert step.result == f"{(ill.total_fen + 50_00) / 100:.2f}"


def test_the_departments_second_paper_leaves_the_first_in_force(ill: Award) -> None:
    first = c.approved()
    p.approve()

    after = approval.current(person_id=p.man().pk, after_allowance=True)
    assert after is not None
    assert (after.route, c.approved().pk) == ("STATUTORY", first.pk)


def test_who_had_the_months_for_the_allowance_is_not_asked_again(ill: Award) -> None:
    p.approve(contribution_months=100)

    with pytest.raises(MonthsMissing):
        p.approve(
            contribution_months=100,
            route="EARLY",
            notice_on="2026-01-05",
            retirement_month="2026-05",
        )


@pytest.mark.parametrize(
    "other",
    [
        {"route": "LATE", "notice_on": "2026-06-01", "retirement_month": "2026-08"},
        {"route": "ILLNESS", "finding": "演1号", "retirement_month": "2026-05", **PUBLIC},
        {"route": "EARLY", "notice_on": "2025-01-05", "retirement_month": "2026-03"},
    ],
)
def test_nobody_leaves_the_allowance_but_by_law_or_earlier(
    ill: Award, other: dict[str, Any]
) -> None:
    with pytest.raises(NotFromAllowance):
        p.approve(**other)


def test_not_without_the_departments_paper(ill: Award) -> None:
    with pytest.raises(ApprovalMissing):
        turned()


def test_not_in_another_month_than_the_paper_says(ill: Award) -> None:
    p.approve()

    with pytest.raises(MonthNotApproved, match="2026-08"):
        turned(month="2026-09")


def test_not_before_the_month_has_come(ill: Award) -> None:
    p.approve()
    early = p.NOW.replace(month=6)

    with pytest.raises(NotYetRetired):
        to_pension.decide(p.decided(kind=KIND, content=asked(), on=early))


def test_a_pension_has_nothing_to_turn_into() -> None:
    chosen(BY_LAW)

    with pytest.raises(NoAllowance):
        turned()


def test_not_by_a_figure_that_nobody_verified(ill: Award, monkeypatch: pytest.MonkeyPatch) -> None:
    p.approve()
    monkeypatch.setattr(to_pension, "is_demo", lambda: False)

    with pytest.raises(NotVerified):
        turned()


def test_once(ill: Award) -> None:
    p.approve()
    turned()

    with pytest.raises(NoAllowance):
        turned()
    with pytest.raises(AlreadyRetired):
        p.approve()
    with pytest.raises(AlreadyAwarded):
        p.awarded()


def test_not_while_a_month_is_computed(ill: Award) -> None:
    p.approve()
    month.opened(NOVEMBER)

    with pytest.raises(ItemRunOpen):
        turned()


def test_a_wrong_month_is_corrected(ill: Award) -> None:
    p.approve()
    wrong = turned()
    paper = approval.current(person_id=p.man().pk, after_allowance=True)
    assert paper is not None
    p.approve(
        corrects=paper.pk,
        route="EARLY",
        retirement_month="2026-05",
        notice_on="2026-01-05",
        **c.FOUND,
    )

    right = turned(corrects=wrong.pk, month="2026-06", **c.FOUND)

    wrong.refresh_from_db()
    assert wrong.superseded_at == right.recorded_at
    assert Entitlement.objects.get().item_until == Month(2026, 6).first_day
    with pytest.raises(NothingChanged):
        turned(corrects=right.pk, month="2026-06", **c.FOUND)


def test_on_a_ground_only(ill: Award) -> None:
    p.approve()
    wrong = turned()

    with pytest.raises(ContentInvalid, match="差错"):
        turned(corrects=wrong.pk, withdrawn=True)


def test_withdrawn_the_allowance_goes_on(ill: Award) -> None:
    p.approve()
    wrong = turned()

    case = p.decided(kind=KIND, content=asked(corrects=wrong.pk, withdrawn=True, **c.FOUND))
    to_pension.decide(case)

    assert Entitlement.objects.get().item_until is None
    assert not AllowanceToPension.objects.filter(superseded_at=None).exists()
    assert turned().pk > wrong.pk


def test_the_allowance_may_still_be_corrected_and_both_follow(ill: Award) -> None:
    p.approve()
    turned()
    month.sealed(NOVEMBER)

    after = p.awarded(corrects=ill.pk, **{**ILL[1], "earlier_index": "1.2000"}, **c.FOUND)
    month.sealed(DECEMBER)

    assert net_by_month() == dict.fromkeys(Month(2026, 4).until(DECEMBER.next), after.total_fen)
    assert after.total_fen > ill.total_fen
    assert booked()[DECEMBER] == [after.total_fen]


def test_what_never_was_an_allowance_needs_no_turning(ill: Award) -> None:
    p.approve()
    turned()

    p.approve(corrects=c.approved().pk, **c.FOUND)
    c.corrected(ill)

    assert not AllowanceToPension.objects.filter(superseded_at=None).exists()
    assert RetirementApproval.objects.filter(superseded_at=None).count() == 1
    assert (Entitlement.objects.get().item_ordinal, broken()) == (None, [])


def test_an_allowance_does_not_begin_after_its_pension(ill: Award) -> None:
    p.approve(route="EARLY", retirement_month="2026-04", notice_on="2026-01-05")
    turned(month="2026-05")
    first = {**ILL[0], "retirement_month": "2026-04"}
    p.approve(corrects=c.approved().pk, **first, **c.FOUND)

    with pytest.raises(PensionBefore):
        c.corrected(ill, earlier_until="2026-04", earlier_months=317)


def test_who_can_work_again_retires_later_with_a_pension_of_his_own(ill: Award) -> None:
    content = {
        "entitlement": ill.entitlement_id,
        "reason": "复查不再完全丧失劳动能力",
        "from_month": "2026-06",
        "evidence": "演示复查结论",
    }
    holds.stop(p.decided(kind="STOP", content=content))
    p.approve()

    pension = p.awarded()
    month.sealed(NOVEMBER)

    months = [*Month(2026, 4).until(Month(2026, 6)), *AUGUST.until(NOVEMBER.next)]
    due = {of: pension.total_fen if of >= AUGUST else ill.total_fen for of in months}
    assert (pension.entitlement.item_ordinal, net_by_month()) == (None, due)
    assert broken() == []
    with pytest.raises(AlreadyAwarded):
        p.awarded()


def test_the_earlier_allowance_is_corrected_by_its_own_paper(ill: Award) -> None:
    content = {
        "entitlement": ill.entitlement_id,
        "reason": "演示",
        "from_month": "2026-06",
        "evidence": "演示",
    }
    holds.stop(p.decided(kind="STOP", content=content))
    p.approve()
    p.awarded()

    after = p.awarded(corrects=ill.pk, **{**ILL[1], "earlier_index": "1.2000"}, **c.FOUND)

    assert (after.route, after.retirement_month) == (ill.route, ill.retirement_month)


def test_no_month_but_that_of_a_decision_in_force(ill: Award) -> None:
    with pytest.raises(IntegrityError, match="turning"), connection.cursor() as cursor:
        cursor.execute("UPDATE benefits_entitlement SET item_until = '2026-08-01'")


def test_it_goes_through_the_hands_of_the_agency(ill: Award) -> None:
    p.approve()

    case = p.through_hands(kind=KIND, content=asked())

    assert AllowanceToPension.objects.get().case_id == case.pk
    assert Component.objects.filter(superseded_at=None).count() == len(ill.parts)


def test_it_is_shown_over_the_api(ill: Award) -> None:
    p.approve()
    turned()
    client = Client()
    client.force_login(builders.member(role="CLERK").staff)

    (row,) = client.get(f"{LIST}?person={p.man().pk}").json()["results"]

    assert (row["person_name"], row["first_month"], row["ground"]) == ("胡*胜", "2026-08", None)
    assert row["steps"][0]["name"] == "基本养老金"


def test_whoever_draws_it_is_listed_before_the_age_until_it_is_a_pension(ill: Award) -> None:
    enrolment.enrolment(person_id=p.man().pk, valid=enrolment.months("2010-01"))

    def listed() -> list[bool]:
        window = MonthRange(JULY, AUGUST)
        return [row.approved for row in upcoming(window=window, on=p.TODAY, most=10)]

    assert listed() == [False]
    p.approve()
    assert listed() == [True]
    turned()
    assert listed() == []
