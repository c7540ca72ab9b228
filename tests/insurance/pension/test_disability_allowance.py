"""An allowance for illness (病残津贴) is an expense of its own, whatever its components are."""

import pytest

from backend.cases.corrections import Ground
from backend.kernel.months import Month, MonthRange
from insurance.benefits.assess import ComponentFact, EntitlementFacts, parts_for
from insurance.benefits.items import allowance_ordinal, item_ordinals
from insurance.benefits.models import Due
from insurance.pension.correcting import Correction, OtherAllowance, corrected
from insurance.pension.models import Award
from payments.ledger.books import expense_items
from tests.insurance.benefits import month_builders as m
from tests.insurance.pension import pension_builders as p
from tests.insurance.pension.test_approval import PUBLIC

pytestmark = pytest.mark.django_db
ALLOWANCE = 4


def test_who_retires_ill_has_an_entitlement_of_the_allowance() -> None:
    p.recognise()
    p.approve(route="ILLNESS", retirement_month="2026-03", finding="演劳鉴〔2026〕1号", **PUBLIC)

    award = p.awarded(earlier_until="2026-03")

    assert award.entitlement.item_ordinal == ALLOWANCE


def test_who_retires_by_law_has_one_of_each_component() -> None:
    p.recognise()
    p.approve()

    assert p.awarded().entitlement.item_ordinal is None


def test_a_pension_does_not_become_an_allowance_by_a_correction() -> None:
    ill = Award(scheme="110", route="ILLNESS")
    before = Award(scheme="110", route="STATUTORY")

    with pytest.raises(OtherAllowance, match="另行核定"):
        corrected(award=ill, correction=Correction((before,), Ground(None, "", "")))


def test_the_run_books_all_of_it_as_the_allowance_also_of_past_months() -> None:
    made = m.entitlement(
        scheme="110",
        components={"BASIC": 100_000, "ACCOUNT": 20_000},
        paid_through=None,
        start=m.OCTOBER,
        item_ordinal=ALLOWANCE,
    )

    m.sealed()

    dues = Due.objects.filter(entitlement=made).order_by("for_month")
    assert [due.parts for due in dues] == [[0, 0, 0, 120_000]] * 2
    assert expense_items(book=made.book, on=m.pay_date(m.NOVEMBER))[3] == "5001.04"


def test_the_pure_rule_says_the_same() -> None:
    span = MonthRange(Month(2026, 1), None)
    facts = EntitlementFacts(
        "110",
        Month(2026, 1),
        [ComponentFact(name, span, 1_000, "CITED") for name in ("BASIC", "ACCOUNT")],
        item_ordinal=allowance_ordinal(scheme="110", route="ILLNESS"),
    )

    found = parts_for(facts=facts, month=Month(2026, 2), items=item_ordinals())

    assert found == (0, 0, 0, 2_000)
