"""Residents by the year: grades, subsidy, collective aid, support groups."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.dated import Value, load_dated_toml
from backend.kernel.months import Month
from backend.kernel.parameters import NotConfigured
from insurance import enrolment
from insurance.collection.rules.residents import (
    CollectiveTooHigh,
    GradeUnknown,
    MedicalTerms,
    PensionTerms,
    Resident,
    ResidentBill,
    SupportNotConfigured,
    assess_medical,
    assess_pension,
    medical_terms,
    pension_terms,
)
from insurance.policy import parameters
from tests.insurance.collection.collection_builders import ANQING, CHEN

VILLAGE = 21
GROUPS = Path(enrolment.__file__).parent / "data" / "support_groups.toml"


def pension() -> PensionTerms:
    return pension_terms(tree=parameters.load(), region=ANQING, year=2026, demo=True)


def medical() -> MedicalTerms:
    return medical_terms(tree=parameters.load(), region=ANQING, year=2026, demo=True)


def resident(chosen_fen: int | None = 500_00, **changes: object) -> Resident:
    return Resident(CHEN, VILLAGE, chosen_fen, **changes)  # type: ignore[arg-type]


def fen(bill: ResidentBill) -> dict[str, int]:
    return {line.key.part.name: line.fen for line in bill.lines}


def test_grade_aid_and_subsidy_all_go_to_the_account() -> None:
    bill = assess_pension(resident=resident(collective_fen=100_00), terms=pension())

    assert fen(bill) == {"PERSON": 500_00, "COLLECTIVE": 100_00, "SUBSIDY": 60_00}
    assert all(line.account_fen == line.fen for line in bill.lines)
    assert [step.result for step in bill.steps] == ["660.00"]


@pytest.mark.parametrize(
    ("chosen_fen", "expected"),
    [
        (200_00, {"ON_BEHALF": 200_00, "SUBSIDY": 35_00}),
        (500_00, {"PERSON": 300_00, "ON_BEHALF": 200_00, "SUBSIDY": 60_00}),
    ],
)
def test_a_support_group_pays_only_what_it_chose_above(
    chosen_fen: int, expected: dict[str, int]
) -> None:
    bill = assess_pension(resident=resident(chosen_fen, group="EXTREME_POVERTY"), terms=pension())

    assert fen(bill) == expected


def test_no_more_is_paid_on_behalf_than_the_grade_chosen() -> None:
    generous = replace(pension(), support_fen={"EXTREME_POVERTY": 300_00})

    bill = assess_pension(resident=resident(200_00, group="EXTREME_POVERTY"), terms=generous)

    assert fen(bill) == {"ON_BEHALF": 200_00, "SUBSIDY": 35_00}


def test_who_is_not_subsidised_gets_none() -> None:
    bill = assess_pension(resident=resident(subsidised=False), terms=pension())

    assert fen(bill) == {"PERSON": 500_00}


@pytest.mark.parametrize("chosen_fen", [None, 0, 199_99, 250_00, 6_000_01])
def test_only_grades_in_force_can_be_chosen(chosen_fen: int | None) -> None:
    with pytest.raises(GradeUnknown):
        assess_pension(resident=resident(chosen_fen), terms=pension())


def test_collective_aid_ends_at_the_highest_grade() -> None:
    at = assess_pension(resident=resident(collective_fen=6_000_00), terms=pension())

    assert fen(at)["COLLECTIVE"] == 6_000_00
    with pytest.raises(CollectiveTooHigh, match=r"6000\.00"):
        assess_pension(resident=resident(collective_fen=6_000_01), terms=pension())


def test_a_group_without_an_amount_is_an_error_never_zero() -> None:
    with pytest.raises(SupportNotConfigured):
        assess_pension(resident=resident(group="UNHEARD_OF"), terms=pension())


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        (None, {"PERSON": 400_00, "SUBSIDY": 670_00}),
        ("SUBSISTENCE", {"PERSON": 40_00, "ON_BEHALF": 360_00, "SUBSIDY": 670_00}),
        ("EXTREME_POVERTY", {"ON_BEHALF": 400_00, "SUBSIDY": 670_00}),
    ],
)
def test_medical_insurance_asks_one_amount_and_credits_none(
    group: str | None, expected: dict[str, int]
) -> None:
    bill = assess_medical(resident=resident(None, group=group), terms=medical())

    assert fen(bill) == expected
    assert all(line.account_fen == 0 for line in bill.lines)


def test_a_years_lines_are_of_its_january() -> None:
    bill = assess_medical(resident=resident(None), terms=medical())

    assert {line.key.month for line in bill.lines} == {Month(2026, 1)}


@given(st.sampled_from([200_00, 300_00, 6_000_00]), st.sampled_from([None, "SEVERE_DISABILITY"]))
def test_own_and_on_behalf_make_the_grade(chosen_fen: int, group: str | None) -> None:
    found = fen(assess_pension(resident=resident(chosen_fen, group=group), terms=pension()))

    assert found.get("PERSON", 0) + found.get("ON_BEHALF", 0) == chosen_fen


@pytest.mark.parametrize("scheme", ["170", "390"])
def test_every_group_of_the_register_has_its_amount(scheme: str) -> None:
    """The groups are enrolment's data, what is paid for them is ours."""
    groups = load_dated_toml(GROUPS).rows["group"]
    known = {row.text("code") for row in groups if scheme in expect_list(row.fields["schemes"])}

    ours = pension().support_fen if scheme == "170" else medical().support_pm

    assert set(ours) == known


def expect_list(value: Value) -> tuple[Value, ...]:
    assert isinstance(value, tuple)
    return value


def test_figures_of_anqing_are_invented_and_only_for_a_demonstration() -> None:
    with pytest.raises(NotConfigured, match="缴费档次"):
        pension_terms(tree=parameters.load(), region=ANQING, year=2026)
    with pytest.raises(NotConfigured, match="个人缴费标准"):
        medical_terms(tree=parameters.load(), region=ANQING, year=2026)
