"""The index that papers say is held against what the register tells (平均缴费指数与登记)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from backend.kernel.months import Month
from insurance.accounts.models import Direction, Transfer, TransferStage, TransferStep
from insurance.pension.award_steps import steps_of
from insurance.pension.earlier_of import IndexDiffers
from insurance.pension.index import EarlierMonths, PaidMonth, index_terms
from insurance.pension.known_index import EARLIER, REGISTERED, KnownIndex, differs, known_index
from insurance.pension.models import Award
from insurance.policy import parameters
from insurance.policy.recompute import first_wrong, holds
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.pension import pension_builders as p

RETIRES, LAST = Month(2026, 7), "2026-07"
database = pytest.mark.django_db


def known(months: int = 12, fen: int = 7_185_00, others: int = 0) -> KnownIndex:
    """So many months of 2025, by default on last year's average wage: 1.0000; and ``others`` of a
    year without an average."""
    terms = index_terms(
        tree=parameters.load(), region="340800", years=(2025,), retirement_month=RETIRES,
        known_on=date(2026, 11, 5), demo=True,
    )  # fmt: skip
    most = parameters.load().resolve(
        "pension.base_ceiling_ratio", "340800", RETIRES.first_day, demo=True
    )
    paid = [PaidMonth(Month(2025, 1).plus(k), fen) for k in range(months)]
    found = known_index(months=paid, terms=terms, most=most, others=others)
    assert found is not None
    return found


def said(months: int, index: str) -> EarlierMonths:
    return EarlierMonths(months, Decimal(index))


@pytest.mark.parametrize(
    ("papers", "agrees"),
    [
        (said(12, "1.0000"), True),
        (said(12, "1.0001"), False),
        (said(11, "0.9999"), False),
        (said(11, "1.0000"), True),
        (said(11, "1.0001"), False),
        (said(13, "0.9231"), True),
        (said(13, "0.9230"), False),
        (said(13, "1.1538"), True),
        (said(13, "1.1539"), False),
        (said(300, "0.6000"), True),
    ],
    ids=[
        "all known, and the same",
        "all known, and a little more",
        "some of those known, and a little less",
        "some of those known, and the same",
        "some of those known, and a little more",
        "nothing for the month that is left",
        "less than nothing for it",
        "three times the average for it",
        "more than the ceiling for it",
        "most of it before the register",
    ],
)
def test_what_papers_say_of_the_rest_must_be_possible(papers: EarlierMonths, agrees: bool) -> None:
    assert (differs(said=papers, known=known()) == "") is agrees


def test_of_more_months_than_papers_say_the_register_s_index_does_not_count() -> None:
    assert known().covers(said(12, "0.9000"))
    assert not known().covers(said(11, "0.9000"))
    assert "登记有基数的 12 个月" in known().step(said(11, "0.9000")).sentence


@pytest.mark.parametrize(
    ("index", "agrees"),
    [("0.8333", True), ("0.8332", False), ("1.3333", True), ("1.3334", False)],
)
def test_months_known_of_a_year_without_an_average_may_be_the_paid_ones(
    index: str, agrees: bool
) -> None:
    # Two of the twelve may be others, at nothing or at the ceiling.
    found = known(others=2)

    assert not found.covers(said(12, index))
    assert (differs(said=said(12, index), known=found) == "") is agrees


def test_an_index_above_the_ceiling_never_counts() -> None:
    # The ceiling is whole yuan: 21,556 ÷ 7,185 is 3.0001, and no more than it.
    assert known(fen=21_556_00).covers(said(12, "3.0000"))
    assert not known(fen=43_112_00).covers(said(12, "3.0000"))
    assert differs(said=said(12, "3.0000"), known=known(fen=43_112_00))


def test_the_step_is_that_of_the_earlier_index_where_all_is_known() -> None:
    part, whole = (known().step(said(months, "0.9000")) for months in (13, 12))

    assert (part.name, whole.name, whole.result) == (REGISTERED, EARLIER, "1.0000")
    assert holds(step=part)
    assert holds(step=whole)
    assert "0.9000" in whole.sentence


def employed(since: str = "2025-01", wage: int = 7_185_00) -> None:
    """He works here, on a wage that is on record."""
    of.enrolment(person_id=p.man().pk, scheme="110", valid=of.months(since))
    of.wage(person_id=p.man().pk, fen=wage, valid=of.months(since))


def approved() -> None:
    p.recognise()
    p.approve()


def awarded(**changes: Any) -> Award:
    return p.awarded(earlier_until=LAST, **changes)


def names(award: Award) -> list[str]:
    return [step.name for step in steps_of(award=award)]


@database
def test_what_the_register_tells_of_a_part_stands_beside_it() -> None:
    employed()
    approved()

    award = awarded()

    assert names(award)[:3] == ["累计缴费月数", REGISTERED, "平均缴费指数"]
    assert award.average_index == 9_500
    assert first_wrong(steps=steps_of(award=award)) is None


@database
def test_where_all_months_are_known_the_register_s_index_counts() -> None:
    employed(since="2022-01", wage=30_000_00)
    approved()
    went_away_and_came_back(date(2022, 1, 4))
    papers: dict[str, Any] = {"earlier_months": 50, "earlier_until": "2026-02"}

    with pytest.raises(IndexDiffers, match=r"填写 50 个月平均 0\.9500；登记 50 个月平均 3\."):
        p.awarded(**papers)

    award = p.awarded(**papers, difference_reason="原件有误")
    (step,) = (one for one in steps_of(award=award) if one.name == EARLIER)
    assert Decimal(award.average_index or 0) / 10_000 == Decimal(step.result)
    assert "0.9500" in step.sentence
    assert first_wrong(steps=steps_of(award=award)) is None


@database
def test_at_two_employers_no_more_than_the_ceiling_counts() -> None:
    other = of.employer(serial=2)
    employed(since="2022-01", wage=30_000_00)
    of.enrolment(person_id=p.man().pk, payer_id=other.pk, valid=of.months("2022-06"))
    of.wage(person_id=p.man().pk, payer_id=other.pk, fen=30_000_00, valid=of.months("2022-06"))
    approved()
    went_away_and_came_back(date(2022, 1, 4))

    papers: dict[str, Any] = {"earlier_months": 50, "earlier_until": "2026-02"}
    award = p.awarded(**papers, difference_reason="原件有误")

    assert 30_000 <= (award.average_index or 0) <= 30_010
    assert names(award)[1:4] == ["以前几个单位缴费的月份计入的基数", EARLIER, "平均缴费指数"]
    assert "您有 45 个月在几个单位缴费" in steps_of(award=award)[1].sentence
    assert first_wrong(steps=steps_of(award=award)) is None


@database
def test_deemed_months_have_no_base() -> None:
    employed(since="2024-01")
    until = {"from_month": "1985-03", "last_month": "2024-12", "ground": "ARMY"}
    p.recognise(deemed=[{**until, "evidence": "工资审批表 演示2号"}])
    p.approve()
    went_away_and_came_back(date(2024, 1, 4))

    award = p.awarded(earlier_months=12, earlier_until="2025-12", earlier_index="1.0000")

    (step,) = (one for one in steps_of(award=award) if one.name == EARLIER)
    assert [name for name, _ in step.inputs][:2] == ["2025年基数合计", "2025年参照工资"]


def went_away_and_came_back(on: date) -> None:
    """Months before that day count no more here."""
    for direction in (Direction.OUT, Direction.IN):
        transfer = Transfer.objects.create(
            person_id=p.man().pk, scheme="110", direction=direction, other_region="340100",
            other_agency="演示县社保中心", with_money=False, certificate_no=f"PZ-{direction}",
        )  # fmt: skip
        for stage in TransferStage:
            TransferStep.objects.create(transfer=transfer, stage=stage, done_on=on)
