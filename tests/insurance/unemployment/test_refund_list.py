"""Who paid all year and laid off few stands on a list, for five working days (稳岗返还)."""

from datetime import date

import pytest

from backend.cases.content import ContentInvalid, ProposalWaits
from insurance.policy.kept_steps import read
from insurance.policy.recompute import first_wrong
from insurance.unemployment import refund_list
from insurance.unemployment.models import JobEndReport, RefundEntry
from insurance.unemployment.refund_list import NobodyListed, RefundGranted
from tests import builders
from tests.insurance.unemployment import refund_builders as r
from tests.insurance.unemployment.refund_builders import PART, WHOLE

pytestmark = pytest.mark.django_db


def laid_off(payer: int, *, day: date = date(2025, 5, 6), reason: str = "LAID_OFF") -> None:
    JobEndReport.objects.create(
        person_id=builders.chen().pk,
        payer_id=payer,
        ended_on=day,
        reason=reason,
        document="演示1号",
    )


def test_who_paid_all_year_gets_nine_tenths_back() -> None:
    payer = r.employer()

    found = r.listed()

    assert r.amounts(found) == {payer: (WHOLE * 9 // 10, "")}
    entry = RefundEntry.objects.get(list=found)
    assert (entry.paid_fen, entry.paid_months, entry.staff_months) == (WHOLE, 12, 12)
    assert first_wrong(steps=read(rows=entry.steps)) is None


def test_one_month_that_is_not_paid_costs_the_refund_and_stands_on_the_list() -> None:
    payer = r.employer(paid=11)

    assert r.amounts(r.listed()) == {payer: (0, "NOT_PAID")}


def test_staff_that_was_laid_off_costs_the_refund() -> None:
    payer = r.employer(staff=4)
    laid_off(payer)

    assert r.amounts(r.listed()) == {payer: (0, "LAID_OFF")}


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        (date(2024, 12, 31), "LAID_OFF"),
        (date(2026, 1, 1), "LAID_OFF"),
        (date(2025, 5, 6), "RESIGNED"),
    ],
)
def test_other_years_and_who_left_by_himself_do_not_count(day: date, reason: str) -> None:
    payer = r.employer()
    laid_off(payer, day=day, reason=reason)

    assert r.amounts(r.listed())[payer][1] == ""


def test_large_and_excluded_employers_are_as_the_case_says() -> None:
    large, excluded, small = (r.employer(serial=serial) for serial in (1, 2, 3))

    found = r.listed(
        large=[{"payer": large}], excluded=[{"payer": excluded, "reason": "严重失信主体"}]
    )

    assert r.amounts(found) == {
        large: (WHOLE // 2, ""),
        excluded: (0, "EXCLUDED"),
        small: (WHOLE * 9 // 10, ""),
    }
    assert RefundEntry.objects.get(payer=excluded).note == "严重失信主体"


def test_a_city_has_more_large_employers_than_fifty() -> None:
    payer = r.employer()
    others = [{"payer": 900_000 + n} for n in range(60)]

    found = r.listed(large=[*others, {"payer": payer}])

    assert RefundEntry.objects.get(list=found).size == "LARGE"


def test_half_a_fen_is_rounded_up_as_the_step_says() -> None:
    payer = r.employer(fen=PART + 1)

    assert r.amounts(r.listed()) == {payer: (64_822, "")}  # 0.9 × 720.24


def test_the_notice_skips_weekends_and_holidays() -> None:
    r.employer()

    assert r.listed().notice_until == r.NOTICE_UNTIL
    assert r.listed(holidays=[]).notice_until == date(2026, 6, 15)


def test_a_list_is_not_published_before_it_is_decided() -> None:
    r.employer()
    case = r.asking("STABILITY_LIST", r.list_content(), on=r.DRAWN_UP)
    refund_list.check(case)

    case.decided_at = r.DURING
    with pytest.raises(ContentInvalid, match="公示起始日期"):
        refund_list.decide(case)


def test_a_list_of_the_year_before_may_be_drawn_up_again() -> None:
    r.employer()

    assert r.listed(published_on="2027-01-04").notice_until == date(2027, 1, 11)


def test_a_list_that_is_drawn_up_again_is_another() -> None:
    r.employer()

    assert [r.listed().ordinal, r.listed().ordinal] == [1, 2]


def test_two_cases_do_not_wait_for_the_same_year() -> None:
    r.employer()
    r.asking("STABILITY_LIST", r.list_content(), on=r.DRAWN_UP)

    with pytest.raises(ProposalWaits):
        refund_list.check(r.asking("STABILITY_LIST", r.list_content(), on=r.DRAWN_UP))


def test_after_the_decision_the_year_is_not_listed_again() -> None:
    r.employer()
    r.granted(r.listed())

    with pytest.raises(RefundGranted):
        r.listed()


def test_without_bills_there_is_no_list() -> None:
    with pytest.raises(NobodyListed):
        refund_list.check(r.asking("STABILITY_LIST", r.list_content(), on=r.DRAWN_UP))


@pytest.mark.parametrize(
    "change",
    [
        {"published_on": "2025-12-31"},
        {"published_on": "2026-06-05"},
        {"published_on": ""},
        {"year": 0},
        {"holidays": [{"day": "端午"}]},
        {"excluded": [{"payer": 1, "reason": ""}]},
    ],
)
def test_what_can_not_be_is_refused(change: dict[str, object]) -> None:
    r.employer()

    with pytest.raises(ContentInvalid):
        refund_list.check(r.asking("STABILITY_LIST", r.list_content(**change), on=r.DRAWN_UP))
