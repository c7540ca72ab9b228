"""Years that a transfer brought count at the award by their sheet, each once (转入的各年缴费)."""

from datetime import date

import pytest

from backend.kernel.months import Month
from insurance.accounts.models import Direction, Transfer, TransferStage, TransferStep
from insurance.enrolment.registered import MonthsDiffer
from insurance.pension.award_steps import steps_of
from insurance.pension.paid_months import brought_of
from insurance.policy.recompute import holds
from tests import builders
from tests.insurance.pension import pension_builders as p

pytestmark = pytest.mark.django_db
YEARS = [
    {"year": 2024, "months": 12, "amount": "86220.00"},
    {"year": 2025, "months": 10, "amount": "71850.00"},
]


@pytest.fixture(autouse=True)
def approved() -> None:
    p.recognise()
    p.approve()
    p.with_account()


def brought(*years: dict[str, object]) -> None:
    """The man's relation came from elsewhere in the province."""
    man = p.man().pk
    transfer = Transfer.objects.create(
        person_id=man, scheme="110", direction=Direction.IN, other_region="340100",
        other_agency="演示", with_money=False, certificate_no="PZ-1",
    )  # fmt: skip
    case = builders.case(kind="TRANSFER_IN", content={"bases": list(years)})
    for stage in TransferStage:
        TransferStep.objects.create(
            transfer=transfer,
            stage=stage,
            done_on=date(2026, 1, 5),
            case_id=case.pk if stage is TransferStage.SETTLED else None,
        )


def test_they_count_after_the_months_that_papers_tell() -> None:
    told = p.award()
    assert told["earlier_months"] == 320
    brought(*YEARS)

    award = p.awarded(earlier_months=298, earlier_until="2023-12")

    assert (award.total_months, award.figures["brought_months"]) == (450, 22)
    (months, index, *_) = steps_of(award=award)
    assert ("转入缴费月数", "22") in months.inputs
    assert ("2024年基数合计", "86220.00") in index.inputs
    assert all(holds(step=step) for step in steps_of(award=award))


def test_higher_bases_make_a_higher_index() -> None:
    brought(*YEARS)
    first = p.awarded(earlier_months=298, earlier_until="2023-12")

    assert (first.average_index or 0) > 9_500


def test_those_that_papers_tell_as_well_do_not_count_twice() -> None:
    brought(*YEARS)

    award = p.awarded()

    assert (award.total_months, award.figures["brought_months"]) == (450, 0)


def test_papers_that_tell_fewer_months_than_came_are_refused() -> None:
    brought(*YEARS)

    with pytest.raises(MonthsDiffer, match="关系转移信息表至 2026-07 已有 22 个月"):
        p.awarded(earlier_months=21)


def test_a_year_of_which_papers_tell_a_month_is_theirs() -> None:
    brought(*YEARS)

    def years(since: str) -> list[int]:
        found = brought_of(person_id=p.man().pk, since=Month.parse(since), until=Month(2026, 7))
        return [one.year for one in found]

    assert (years("2024-01"), years("2024-02"), years("2026-07")) == ([2024, 2025], [2025], [])


OF_2026: dict[str, object] = {"year": 2026, "months": 10, "amount": "70000.01"}


def test_months_after_the_retirement_do_not_count() -> None:
    brought(*YEARS, OF_2026)

    award = p.awarded(earlier_months=298, earlier_until="2023-12")

    months, index, *_ = steps_of(award=award)
    assert award.figures["brought_months"] == 29  # seven of 2026: he retires in July
    assert "3 个月只能在退休以后" in months.sentence
    assert ("2026年基数合计", "49000.01") in index.inputs
    assert all(holds(step=step) for step in steps_of(award=award))


def test_nor_do_those_that_were_paid_here_as_well() -> None:
    brought(OF_2026)

    (year,) = brought_of(
        person_id=p.man().pk,
        since=Month(2024, 1),
        until=Month(2026, 7),
        paid={Month(2025, 12), Month(2026, 1), Month(2026, 2)},
    )

    assert (year.months, year.fen) == (5, 35_000_01)


def test_papers_tell_no_fewer_than_can_lie_in_their_months() -> None:
    brought(OF_2026)

    with pytest.raises(MonthsDiffer, match="关系转移信息表至 2026-07 已有 7 个月"):
        p.awarded(earlier_months=6)
