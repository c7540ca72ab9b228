"""An allowance for illness (病残津贴) awarded in place of a pension, or the other way, is corrected
by the award that takes its place: by difference, month by month, in the same entitlement."""

from collections import defaultdict
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from backend.kernel.months import Month
from insurance.benefits.models import Due, Entitlement, Overpaid
from insurance.pension import in_payment
from insurance.pension.allowance import ItemRunOpen
from insurance.pension.award_steps import steps_of
from insurance.pension.invariants import broken_promises
from insurance.pension.models import Award
from insurance.policy.recompute import first_wrong
from tests.insurance.benefits import month_builders as month
from tests.insurance.benefits.month_builders import DECEMBER, NOVEMBER
from tests.insurance.pension import correction_builders as c
from tests.insurance.pension import pension_builders as p
from tests.insurance.pension.test_approval import PUBLIC

pytestmark = pytest.mark.django_db
ALLOWANCE = 4
Choice = tuple[dict[str, Any], dict[str, Any]]  # what each body is asked for
ILL: Choice = (
    {"route": "ILLNESS", "retirement_month": "2026-03", "finding": "演劳鉴〔2026〕1号", **PUBLIC},
    {"earlier_until": "2026-03", "earlier_months": 316},
)
ILL_IN_MAY: Choice = (
    {**ILL[0], "retirement_month": "2026-05"},
    {"earlier_until": "2026-05", "earlier_months": 318},
)
IN_MAY: Choice = (
    {"route": "EARLY", "retirement_month": "2026-05", "notice_on": "2026-01-05"},
    {"earlier_until": "2026-05", "earlier_months": 318},
)
BY_LAW: Choice = ({}, {})


def chosen(choice: Choice) -> Award:
    p.recognise()
    p.approve(**choice[0])
    p.with_account()
    month.account(of=p.man().pk)
    return p.awarded(**choice[1])


def corrected(award: Award, choice: Choice) -> Award:
    p.approve(corrects=c.approved().pk, **choice[0], **c.FOUND)
    return c.corrected(award, **choice[1])


def as_it_should_have_been(choice: Choice) -> dict[str, int]:
    """What the right choice comes to from the beginning; nothing of it is kept."""
    with transaction.atomic():
        parts = chosen(choice).parts
        transaction.set_rollback(True)
    return parts


def net_by_month() -> dict[Month, int]:
    """What was ever due for each month, less what was found to be given back."""
    found: dict[date, int] = defaultdict(int)
    for of, fen in Due.objects.values_list("for_month", "fen"):
        found[of] += fen
    for of, fen in Overpaid.objects.values_list("for_month", "fen"):
        found[of] -= fen
    return {Month.of(of): fen for of, fen in sorted(found.items()) if fen}


def broken() -> list[str]:
    """Signatures are tried elsewhere."""
    return [one.promise for one in broken_promises() if "签名" not in one.promise]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [(ILL, BY_LAW), (BY_LAW, ILL), (ILL, IN_MAY), (IN_MAY, ILL), (ILL_IN_MAY, IN_MAY)],
)
def test_every_month_comes_to_what_the_right_choice_would_have_paid(
    wrong: Choice, right: Choice
) -> None:
    due = as_it_should_have_been(right)
    award = chosen(wrong)
    month.sealed(NOVEMBER)

    after = corrected(award, right)
    month.sealed(DECEMBER)

    first = Month.of(after.retirement_month).next
    assert (after.parts, after.entitlement) == (due, award.entitlement)
    assert net_by_month() == dict.fromkeys(first.until(DECEMBER.next), sum(due.values()))
    assert broken() == []


@pytest.mark.parametrize(
    ("wrong", "right", "item"), [(ILL, BY_LAW, None), (BY_LAW, ILL, ALLOWANCE)]
)
def test_what_is_paid_from_now_on_is_the_other_expense(
    wrong: Choice, right: Choice, item: int | None
) -> None:
    award = chosen(wrong)
    month.sealed(NOVEMBER)

    after = corrected(award, right)
    month.sealed(DECEMBER)

    total = after.total_fen
    assert Entitlement.objects.get().item_ordinal == item
    due = Due.objects.get(kind=1, run_period=DECEMBER.first_day)
    assert due.parts == ([total] if item is None else [0, 0, 0, total])


def test_its_steps_come_out_again_and_say_from_when() -> None:
    after = corrected(chosen(ILL), BY_LAW)

    steps = {step.name: step for step in steps_of(award=after)}
    assert first_wrong(steps=steps.values()) is None
    assert steps["推迟领取的月数"].result == "4"


def test_not_while_a_month_is_computed() -> None:
    award = chosen(ILL_IN_MAY)
    month.opened(NOVEMBER)

    with pytest.raises(ItemRunOpen, match="封存之后"):
        corrected(award, IN_MAY)


def test_no_other_expense_than_the_last_award_says() -> None:
    chosen(BY_LAW)

    with pytest.raises(IntegrityError, match="last award"), connection.cursor() as cursor:
        cursor.execute("UPDATE benefits_entitlement SET item_ordinal = 4")


def test_an_expense_that_is_not_the_awards_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_payment, "allowance_of", lambda **_: None)

    chosen(ILL)

    assert broken() == ["养老:病残津贴按核定整笔列支,转为基本养老金的月份依据现行的转办"]
