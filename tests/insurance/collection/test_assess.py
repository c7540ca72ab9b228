"""Shares of employer and person by scheme, flexible people, an employer's total."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.months import Month
from backend.kernel.parameters import NotConfigured, NotVerified
from insurance.collection.rules.assess import (
    EmployerBill,
    Insured,
    PersonBill,
    assess_employer,
    assess_person,
)
from insurance.collection.rules.lines import Part
from insurance.collection.rules.terms import FLEXIBLE, EmployerRounding, SchemeNotMonthly, Terms
from tests.insurance.collection.collection_builders import (
    CEILING_FEN,
    EMPLOYER,
    FLOOR_FEN,
    LI,
    ROUNDINGS,
    resolved,
    terms,
    wages,
)

ROUNDED_ONCE = EmployerRounding.ROUND_OF_SUM


def person_bill(wage_fen: int | None, of: Terms) -> PersonBill:
    return assess_person(insured=Insured(LI, EMPLOYER, wage_fen), terms=of)


def employer_bill(wages_fen: list[int | None], of: Terms) -> EmployerBill:
    people = [Insured(number, EMPLOYER, wage) for number, wage in enumerate(wages_fen, start=1)]
    return assess_employer(payer_id=EMPLOYER, insured=people, terms=of)


def amounts(bill: PersonBill) -> dict[Part, tuple[int, int]]:
    return {line.key.part: (line.fen, line.account_fen) for line in bill.lines}


@pytest.mark.parametrize(
    ("scheme", "own", "employer"),
    [
        ("110", (480_00, 480_00), (960_00, 0)),  # 8 % all to the account, 16 %
        ("210", (30_00, 0), (30_00, 0)),  # 0.5 % each, no accounts
        ("310", (120_00, 120_00), (384_00, 0)),  # 2 % to the account; the employer's is invented
    ],
)
def test_shares_of_6000_yuan(scheme: str, own: tuple[int, int], employer: tuple[int, int]) -> None:
    bill = person_bill(6_000_00, terms(scheme))

    assert amounts(bill) == {Part.PERSON: own, Part.EMPLOYER: employer}


@pytest.mark.parametrize(
    ("wage_fen", "own_fen", "employer_fen"),
    [(0, 348_32, 696_64), (FLOOR_FEN, 348_32, 696_64), (CEILING_FEN + 1, 1_741_76, 3_483_52)],
)
def test_shares_at_floor_and_ceiling(wage_fen: int, own_fen: int, employer_fen: int) -> None:
    found = amounts(person_bill(wage_fen, terms()))

    assert (found[Part.PERSON][0], found[Part.EMPLOYER][0]) == (own_fen, employer_fen)


def test_a_flexible_worker_pays_twenty_points_of_which_eight_go_to_the_account() -> None:
    bill = assess_person(insured=Insured(LI, LI, 5_000_00), terms=terms(kind=FLEXIBLE))

    assert amounts(bill) == {Part.PERSON: (1_000_00, 400_00)}
    assert bill.lines[0].pool_fen == 600_00


def test_half_a_fen_is_rounded_up() -> None:
    below = amounts(person_bill(5_000_99, terms("210")))  # 25.00495
    tie = amounts(person_bill(5_001_00, terms("210")))  # 25.005

    assert (below[Part.PERSON][0], tie[Part.PERSON][0]) == (25_00, 25_01)


def test_an_account_rate_above_the_own_share_takes_the_rest_from_the_employer() -> None:
    """Until 2005: 11 % were credited, more than the person paid."""
    of = terms()
    assert of.account
    before = replace(of, account=replace(of.account, source=resolved(Decimal("0.11"))))

    found = amounts(person_bill(5_000_00, before))

    assert (found[Part.PERSON], found[Part.EMPLOYER]) == ((400_00, 400_00), (800_00, 150_00))


def test_every_step_names_formula_figures_and_source() -> None:
    bill = person_bill(6_000_00, terms())

    assert [step.result for step in bill.steps] == ["6000.00", "480.00", "960.00", "480.00"]
    assert "国办发〔2019〕13号（安徽省340000，转引）" in bill.steps[2].article
    assert all(len(step.version) == 64 for step in bill.steps)


def test_what_nobody_pays_and_what_goes_to_no_account_is_said() -> None:
    flexible = assess_person(insured=Insured(LI, LI, 5_000_00), terms=terms(kind=FLEXIBLE))
    unemployment = person_bill(5_000_00, terms("210"))

    employer = next(step for step in flexible.steps if step.name == "单位缴费")
    account = next(step for step in unemployment.steps if step.name == "记入个人账户")
    assert (employer.result, account.result) == ("0.00", "0.00")
    assert "没有用人单位" in employer.sentence
    assert "不设个人账户" in account.sentence


def test_an_employer_rounded_by_persons_has_no_line_of_nobody() -> None:
    bill = employer_bill([5_001_00] * 3, terms("210"))

    assert (bill.rounding, bill.fen) == (None, 6 * 25_01)


def test_an_employer_rounded_once_has_the_difference_as_a_line_of_nobody() -> None:
    once = replace(terms("210"), employer_rounding=ROUNDED_ONCE)

    bill = employer_bill([5_001_00] * 3, once)  # 3 × 25.005 = 75.015 → 75.02, not 75.03

    assert bill.rounding
    assert (bill.rounding.fen, bill.rounding.key.person_id) == (-1, None)
    assert bill.rounding.account_fen == 0


@given(st.lists(wages(), max_size=12), ROUNDINGS, st.sampled_from(["110", "210", "310"]))
def test_a_bill_is_what_the_sql_says(
    wages_fen: list[int | None], rounding: EmployerRounding, scheme: str
) -> None:
    of = replace(terms(scheme), employer_rounding=rounding)
    assert of.employer
    bases = [max(FLOOR_FEN, min(CEILING_FEN, wage or 0)) for wage in wages_fen]

    bill = employer_bill(wages_fen, of)

    def share(base: int, ppm: int) -> int:
        return (base * ppm + 500_000) // 1_000_000

    own = sum(share(base, of.person.ppm) for base in bases)
    by_person = sum(share(base, of.employer.ppm) for base in bases)
    once = share(sum(bases), of.employer.ppm)
    assert bill.fen == own + (once if rounding is ROUNDED_ONCE else by_person)
    assert sum(line.account_fen + line.pool_fen for line in bill.lines) == bill.fen


@given(st.lists(wages(), min_size=1, max_size=12))
def test_both_roundings_differ_by_half_a_fen_a_head_at_most(wages_fen: list[int | None]) -> None:
    of = terms("210")

    totals = [
        employer_bill(wages_fen, replace(of, employer_rounding=rounding)).fen
        for rounding in EmployerRounding
    ]

    assert 2 * abs(totals[0] - totals[1]) <= len(wages_fen) + 1


@pytest.mark.parametrize(
    ("scheme", "kind"), [("210", FLEXIBLE), ("170", "RESIDENT"), ("390", "EMPLOYED")]
)
def test_what_is_not_paid_by_the_month_is_refused(scheme: str, kind: str) -> None:
    with pytest.raises(SchemeNotMonthly):
        terms(scheme, kind=kind)


@pytest.mark.parametrize(
    ("scheme", "refusal"), [("110", NotVerified), ("210", NotVerified), ("310", NotVerified)]
)
def test_outside_a_demonstration_nothing_unverified_is_billed(
    scheme: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        terms(scheme, demo=False)


def test_what_was_asked_before_may_2019_is_not_known() -> None:
    with pytest.raises(NotConfigured, match="2019-04-01"):
        terms(month=Month(2019, 4))


def test_a_bill_is_of_one_employer() -> None:
    with pytest.raises(ValueError, match="one employer"):
        assess_employer(payer_id=EMPLOYER, insured=[Insured(LI, 99, 1)], terms=terms())
