"""What papers say of months and own contributions is held against the register."""

import pytest

from backend.cases.models import Case
from backend.kernel.months import Month
from insurance.accounts.models import EntryKind
from insurance.benefits.register_word import (
    OwnContributionsDiffer,
    months_evidence,
    own_evidence,
)
from insurance.enrolment.models import Kind
from insurance.enrolment.registered import MonthsDiffer, Registered, differs, registered
from insurance.pension.award_steps import steps_of
from tests import builders
from tests.insurance.accounts import account_builders
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.pension import pension_builders as p

SINCE, LAST = Month(2010, 1), Month(2026, 7)
database = pytest.mark.django_db


@pytest.mark.parametrize(
    ("said", "agrees"), [(30, False), (31, True), (36, True), (156, True), (157, False)]
)
def test_papers_agree_from_the_employed_months_up_to_all_that_may_have_been(
    said: int, agrees: bool
) -> None:
    """36 months since 2020, 31 of them employed; before that 120 months might have been paid."""
    known = Registered(Month(2020, 1), months=36, employed_months=31)

    assert (differs(said=said, known=known, since=SINCE, last=LAST) == "") is agrees


def test_of_whom_nothing_is_registered_papers_alone_tell() -> None:
    nobody = Registered(None, 0, 0)

    assert differs(said=320, known=nobody, since=SINCE, last=LAST) == ""


def test_nobody_paid_fewer_months_than_were_paid_here() -> None:
    nobody = Registered(None, 0, 0)

    found = differs(said=100, known=nobody, since=SINCE, last=LAST, paid_here=101)

    assert "在本地已缴 101 个月" in found
    assert differs(said=101, known=nobody, since=SINCE, last=LAST, paid_here=101) == ""


def test_deemed_months_are_no_paid_ones() -> None:
    known = Registered(Month(2020, 1), months=36, employed_months=31)
    deemed = list(Month(2019, 1).until(Month(2020, 3)))

    assert known.bounds(since=SINCE, deemed=deemed) == (29, 36 + 120 - 12)


@database
def test_the_register_counts_each_month_once_and_only_within_the_time() -> None:
    wang = builders.wang().pk
    of.enrolment(person_id=wang, scheme="110", valid=of.months("2020-01", "2021-01"))
    of.enrolment(
        person_id=wang, scheme="110", valid=of.months("2020-07", "2021-07"),
        payer_id=of.employer(serial=7).pk,
    )  # fmt: skip

    found = registered(person_id=wang, scheme="110", since=Month(2020, 4), until=Month(2021, 4))

    assert found == Registered(Month(2020, 4), 12, 12)


@database
def test_a_month_in_two_capacities_counts_once_as_insured_and_once_as_employed() -> None:
    """Employed all of 2020, and by himself from October to March."""
    wang = builders.wang().pk
    of.enrolment(person_id=wang, scheme="110", valid=of.months("2020-01", "2021-01"))
    of.enrolment(
        person_id=wang, scheme="110", kind=Kind.FLEXIBLE, payer_id=None,
        valid=of.months("2020-10", "2021-04"),
    )  # fmt: skip

    found = registered(person_id=wang, scheme="110", since=Month(2020, 1), until=Month(2022, 1))

    assert found == Registered(Month(2020, 1), 15, 12)


def paper(**content: object) -> Case:
    case: Case = builders.case(kind="PENSION_AWARD", content={"scheme": "110", **content})
    return case


def held(case: Case, said: int) -> str:
    return months_evidence(
        case=case, scheme="110", said=said, evidence="明细", since=SINCE, last=LAST
    )


@database
def test_fewer_months_than_registered_need_a_reason_that_goes_along() -> None:
    of.enrolment(person_id=builders.wang().pk, scheme="110", valid=of.months("2020-01", "2026-08"))

    assert held(paper(), 79) == "明细"
    with pytest.raises(MonthsDiffer, match=r"填写 78 个月.*参保 79 个月"):
        held(paper(), 78)
    told = held(paper(difference_reason="2020年1月单位欠缴，税务证明 演示"), 78)
    assert "与登记不符的原因：2020年1月单位欠缴，税务证明 演示" in told


@database
def test_who_works_for_himself_may_have_left_months_unpaid() -> None:
    of.enrolment(
        person_id=builders.wang().pk,
        scheme="110",
        kind=Kind.FLEXIBLE,
        payer_id=None,
        valid=of.months("2020-01", "2026-08"),
    )

    assert held(paper(), 12) == "明细"


@database
def test_own_contributions_are_no_less_than_the_account_knows() -> None:
    account_builders.entry(
        person_id=builders.wang().pk, kind=EntryKind.CREDIT, month="2026-03", fen=48_000
    )

    def said(fen: int, *, all_here: bool = False, **content: object) -> str:
        return own_evidence(
            case=paper(**content), scheme="110", said=fen, evidence="明细", all_here=all_here
        )

    assert said(48_000, all_here=True) == said(60_000) == "明细"
    with pytest.raises(OwnContributionsDiffer, match=r"本金 480\.00 元"):
        said(47_999)
    with pytest.raises(OwnContributionsDiffer):
        said(60_000, all_here=True)
    assert "银行回单" in said(60_000, all_here=True, difference_reason="另有一笔，银行回单 演示")


@database
def test_an_award_prints_the_reason_beside_its_months() -> None:
    p.recognise()
    p.approve()
    of.enrolment(person_id=p.man().pk, scheme="110", valid=of.months("2020-01", "2026-08"))

    with pytest.raises(MonthsDiffer):
        p.awarded(earlier_months=60)


@database
def test_an_award_with_a_reason_tells_it_in_its_steps() -> None:
    p.recognise()
    p.approve(contribution_months=360)
    of.enrolment(person_id=p.man().pk, scheme="110", valid=of.months("1996-01", "2026-08"))

    award = p.awarded(difference_reason="1998年至2002年单位欠缴，判决书 演示")

    (months,) = (step for step in steps_of(award=award) if step.name == "累计缴费月数")
    assert "单位欠缴，判决书 演示" in months.article
