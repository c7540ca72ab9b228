"""What came unverified is verified by a case; the next run pays what was held (待遇数据核实)."""

from datetime import date

import pytest

from backend.cases.content import ContentInvalid
from backend.cases.models import Case, Objection
from backend.cases.receive import OtherBody
from insurance.benefits.claims import inherited
from insurance.benefits.claims.models import InheritedDue
from insurance.benefits.models import Component, Entitlement, Overpaid
from insurance.benefits.verified import (
    AllComponents,
    AmountTooSmall,
    NothingToVerify,
    check,
    decide,
)
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.claims import inherited_builders as heirs
from tests.insurance.benefits.month_builders import DECEMBER, LONG_AGO, NOVEMBER
from tests.insurance.issuing.objected import objected, put_on_record, received, signed
from tests.insurance.pension import pension_builders as of
from tests.insurance.pension import survivor_builders as survivors

pytestmark = pytest.mark.django_db

BASIC, ACCOUNT = 22_000, 3_150


@pytest.fixture
def wang() -> Entitlement:
    """Wang's pension of 251.50, of which nothing was verified."""
    made = m.entitlement(components={})
    for name, fen in (("BASIC", BASIC), ("ACCOUNT", ACCOUNT)):
        m.component(of=made, name=name, fen=fen, start=LONG_AGO, standing="UNVERIFIED")
    return made


def row(component: str, amount: str, *, since: str = str(LONG_AGO)) -> dict[str, object]:
    return {"component": component, "from_month": since, "amount": amount}


def asked(entitlement: Entitlement, /, **changes: object) -> Case:
    content: dict[str, object] = {
        "entitlement": entitlement.pk,
        "components": [row("BASIC", "220.00"), row("ACCOUNT", "31.50")],
        "evidence": "原核定表 演示1号",
        **changes,
    }
    return of.decided(kind="COMPONENT_VERIFIED", content=content, of=builders.wang())


def in_force(entitlement: Entitlement) -> list[tuple[str, int, str]]:
    rows = Component.objects.filter(entitlement=entitlement, superseded_at=None)
    return sorted(rows.values_list("component", "fen", "standing"))


def test_what_was_held_is_paid_by_the_next_run(wang: Entitlement) -> None:
    m.sealed(NOVEMBER)
    assert m.held_reasons(wang) == ["UNVERIFIED"]

    decide(asked(wang))
    m.sealed(DECEMBER)

    assert m.held_reasons(wang, DECEMBER) == []
    assert m.dues(wang, DECEMBER) == [(DECEMBER, 1, BASIC + ACCOUNT)]
    assert m.line(wang, for_month=NOVEMBER).fen == BASIC + ACCOUNT


def test_another_amount_counts_from_the_first_month_that_was_taken_over(wang: Entitlement) -> None:
    m.sealed(NOVEMBER)

    decide(asked(wang, components=[row("BASIC", "221.00"), row("ACCOUNT", "31.50")]))
    m.sealed(DECEMBER)

    assert m.dues(wang, DECEMBER) == [
        (NOVEMBER, 2, 100),
        (DECEMBER, 1, BASIC + 100 + ACCOUNT),
    ]


def test_a_lower_amount_asks_nothing_back_for_months_of_the_old_system(wang: Entitlement) -> None:
    m.sealed(NOVEMBER)

    decide(asked(wang, components=[row("BASIC", "219.00"), row("ACCOUNT", "31.50")]))
    m.sealed(DECEMBER)

    assert m.dues(wang, DECEMBER)[-1] == (DECEMBER, 1, BASIC - 100 + ACCOUNT)
    assert not Overpaid.objects.exists()


def test_the_amounts_take_the_place_of_the_unverified_ones(wang: Entitlement) -> None:
    case = asked(wang)

    assert decide(case) == 6

    told = [("ACCOUNT", ACCOUNT, "BASELINE"), ("BASIC", BASIC, "BASELINE")]
    assert in_force(wang) == sorted(2 * told)  # until October as it was paid, by the papers since
    assert set(Component.objects.filter(superseded_at=None).values_list("case_id", flat=True)) == {
        case.pk
    }


def test_what_an_adjustment_added_stays(wang: Entitlement) -> None:
    basic = Component.objects.get(component="BASIC")
    m.supersede(basic)
    for fen, start, end in ((BASIC, LONG_AGO, NOVEMBER), (BASIC + 500, NOVEMBER, None)):
        m.component(
            of=wang, name="BASIC", fen=fen, start=start, end=end, standing="UNVERIFIED", case_id=1
        )

    decide(asked(wang, components=[row("BASIC", "219.00"), row("ACCOUNT", "31.50")]))

    assert in_force(wang) == [
        ("ACCOUNT", ACCOUNT, "BASELINE"),
        ("ACCOUNT", ACCOUNT, "BASELINE"),
        ("BASIC", BASIC, "BASELINE"),
        ("BASIC", BASIC + 400, "BASELINE"),
    ]


@pytest.mark.parametrize(
    "components",
    [
        [],
        [row("BASIC", "220.00")],
        [row("BASIC", "220.00"), row("ACCOUNT", "31.50"), row("TRANSITION", "1.00")],
        [row("BASIC", "220.00", since="2026-11"), row("ACCOUNT", "31.50")],
    ],
)
def test_all_are_verified_at_once(wang: Entitlement, components: list[object]) -> None:
    with pytest.raises(AllComponents):
        check(asked(wang, components=components))


@pytest.mark.parametrize(
    "changes",
    [
        {"evidence": ""},
        {"entitlement": None},
        {"components": [row("BASIC", "220.00"), row("BASIC", "220.00")]},
        {"components": [row("BASIC", "0.00"), row("ACCOUNT", "31.50")]},
    ],
)
def test_a_case_that_says_too_little_is_refused(
    wang: Entitlement, changes: dict[str, object]
) -> None:
    with pytest.raises(ContentInvalid):
        check(asked(wang, **changes))


def test_an_amount_below_what_an_adjustment_took_off_is_refused(wang: Entitlement) -> None:
    basic = Component.objects.get(component="BASIC")
    m.supersede(basic)
    m.component(of=wang, name="BASIC", fen=100, start=LONG_AGO, standing="UNVERIFIED", case_id=1)

    with pytest.raises(AmountTooSmall):
        check(asked(wang, components=[row("BASIC", "219.00"), row("ACCOUNT", "31.50")]))


def test_what_is_verified_is_not_verified_again(wang: Entitlement) -> None:
    decide(asked(wang))

    with pytest.raises(NothingToVerify):
        decide(asked(wang))


def test_the_agency_that_pays_verifies(wang: Entitlement) -> None:
    case = asked(wang)
    case.agency = builders.agency(code="34080002", name="演示市医保局")

    with pytest.raises(OtherBody):
        check(case)


def test_heirs_have_what_was_verified_after_the_death(wang: Entitlement) -> None:
    survivors.died(on=date(2026, 11, 3))
    m.sealed(NOVEMBER)
    decide(asked(wang))

    inherited.decide(heirs.asked())

    assert InheritedDue.objects.count() == 1


def test_an_objection_to_what_was_verified_is_answered_by_a_correction(wang: Entitlement) -> None:
    verified = asked(wang)
    decide(verified)
    put_on_record(verified)
    objection = objected(to=verified.pk, of=wang.person_id)
    again = signed(
        received(
            "COMPONENT_CORRECTION",
            of=wang.person_id,
            entitlement=wang.pk,
            from_month="2026-11",
            components=[{"component": "BASIC", "amount": "230.00"}],
            document="演示更正〔2026〕1号",
            evidence="原核定表 演示2号",
            objection=objection.pk,
        )
    )

    signed(objection)

    row = Objection.objects.get()
    assert (row.outcome, row.correction_id) == ("CORRECTED", again.pk)
