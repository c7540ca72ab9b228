"""An amount that was wrong in the old system already is corrected by difference (更正基线待遇)."""

import pytest

from backend.cases.content import ContentInvalid
from backend.cases.corrections import ObjectionNotOpen
from backend.cases.models import Case
from backend.cases.served import RowOfAnother
from backend.kernel.months import Month
from insurance.benefits.baseline_amounts import (
    BelowNothing,
    NothingChanged,
    NotOfBaseline,
    Unverified,
    check,
    decide,
)
from insurance.benefits.models import Component, Due, Entitlement, Overpaid
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.month_builders import DECEMBER, LONG_AGO, NOVEMBER
from tests.insurance.pension import correction_builders as c
from tests.insurance.pension import pension_builders as of

pytestmark = pytest.mark.django_db
BASIC, ACCOUNT = 22_000, 3_150
SEPTEMBER = Month(2026, 9)


def nothing_decided(entitlement: Entitlement) -> list[int]:
    return []


@pytest.fixture
def wang() -> Entitlement:
    """Wang's pension of 251.50, paid by the old system until October."""
    return m.entitlement(components={"BASIC": BASIC, "ACCOUNT": ACCOUNT})


def asked(entitlement: Entitlement, /, **changes: object) -> Case:
    content: dict[str, object] = {
        "entitlement": entitlement.pk,
        "from_month": "2026-09",
        "components": [{"component": "BASIC", "amount": "225.00"}],
        "document": "演核更〔2026〕1号",
        "evidence": "原核定表 演示1号",
        **c.FOUND,
        **changes,
    }
    return of.decided(kind="COMPONENT_CORRECTION", content=content, of=builders.wang())


def corrected(entitlement: Entitlement, /, **changes: object) -> int:
    return decide(asked(entitlement, **changes), cases_of=nothing_decided)


def amounts(entitlement: Entitlement, month: Month) -> dict[str, int]:
    return c.amounts(entitlement, month)


def test_the_amount_gives_way_from_its_month_on(wang: Entitlement) -> None:
    assert corrected(wang) == 4

    assert amounts(wang, Month(2026, 8)) == {"BASIC": BASIC, "ACCOUNT": ACCOUNT}
    assert amounts(wang, SEPTEMBER) == {"BASIC": 22_500, "ACCOUNT": ACCOUNT}


def test_months_that_the_old_system_paid_are_paid_back_too(wang: Entitlement) -> None:
    corrected(wang)

    m.sealed(NOVEMBER)

    assert m.dues(wang) == [
        (SEPTEMBER, 2, 500),
        (Month(2026, 10), 2, 500),
        (NOVEMBER, 1, 22_500 + ACCOUNT),
    ]


def test_what_was_paid_too_much_is_found_overpaid(wang: Entitlement) -> None:
    m.sealed(NOVEMBER)
    corrected(wang, components=[{"component": "BASIC", "amount": "210.00"}])

    m.sealed(DECEMBER)

    found = Overpaid.objects.order_by("for_month").values_list("for_month", "fen")
    assert list(found) == [(SEPTEMBER.plus(n).first_day, 1_000) for n in range(3)]
    assert Due.objects.get(run_period=DECEMBER.first_day).fen == 21_000 + ACCOUNT


def test_what_an_adjustment_added_later_stays(wang: Entitlement) -> None:
    m.raise_basic(of=wang, to_fen=25_000, since=DECEMBER)

    corrected(wang)

    found = [amounts(wang, month)["BASIC"] for month in (NOVEMBER, DECEMBER)]
    assert found == [22_500, 25_500]


def test_a_component_that_was_forgotten_is_added_and_one_too_many_goes(wang: Entitlement) -> None:
    told = [
        {"component": "EXTRA_YEARS", "amount": "12.00"},
        {"component": "ACCOUNT", "amount": "0.00"},
    ]

    corrected(wang, components=told)

    assert amounts(wang, SEPTEMBER) == {"BASIC": BASIC, "EXTRA_YEARS": 1_200}


@pytest.mark.parametrize(
    "wrong",
    [
        {"from_month": "2000-01"},
        {"from_month": "2026-12"},
        {"components": []},
        {"components": [{"component": "TRANSITIONAL", "amount": "1.00"}]},
        {"components": [{"component": "BASIC", "amount": "225.00"}] * 2},
        {"document": ""},
        {"evidence": ""},
        {"error": ""},
        {"error_evidence": ""},
    ],
)
def test_month_components_papers_and_ground_are_told(
    wang: Entitlement, wrong: dict[str, object]
) -> None:
    with pytest.raises(ContentInvalid):
        check(asked(wang, **wrong), cases_of=nothing_decided)


def test_what_is_paid_already_is_no_correction(wang: Entitlement) -> None:
    with pytest.raises(NothingChanged):
        corrected(wang, components=[{"component": "BASIC", "amount": "220.00"}])


def test_no_later_amount_comes_to_less_than_nothing(wang: Entitlement) -> None:
    m.raise_basic(of=wang, to_fen=1_000, since=DECEMBER)

    with pytest.raises(BelowNothing, match="2026-12"):
        corrected(wang, components=[{"component": "BASIC", "amount": "200.00"}])


def test_an_unverified_amount_is_verified_first(wang: Entitlement) -> None:
    m.component(of=wang, name="EXTRA_YEARS", fen=100, start=LONG_AGO, standing="UNVERIFIED")

    with pytest.raises(Unverified):
        corrected(wang)


def test_what_was_awarded_here_is_corrected_by_its_own_kind() -> None:
    award = c.as_it_was()
    case = of.decided(
        kind="COMPONENT_CORRECTION", content={**asked(award.entitlement).content}, of=of.man()
    )

    with pytest.raises(NotOfBaseline):
        decide(case, cases_of=nothing_decided)


def test_nobody_elses_agency_corrects_it(wang: Entitlement) -> None:
    content = asked(wang).content

    with pytest.raises(RowOfAnother):
        of.decided(
            kind="COMPONENT_CORRECTION",
            content=content,
            of=builders.wang(),
            at=builders.agency(code="34080009"),
        )


def test_an_objection_that_is_named_is_an_open_one_to_what_was_decided(wang: Entitlement) -> None:
    with pytest.raises(ObjectionNotOpen):
        corrected(wang, objection=987_654)


def test_what_was_known_before_stays(wang: Entitlement) -> None:
    corrected(wang)

    old = Component.objects.filter(entitlement=wang).exclude(superseded_at=None)
    assert list(old.values_list("component", "fen")) == [("BASIC", BASIC)]
