"""Who moved the relation away is awarded nothing here on what went with it (关系已转出)."""

from datetime import date

import pytest

from backend.access.models import Agency
from backend.kernel.months import Month
from insurance.accounts.models import Direction, Transfer, TransferStage, TransferStep
from insurance.accounts.sent_away import RelationElsewhere
from insurance.collection.matching.work_off import work_off
from insurance.collection.models import BillLine
from insurance.pension import resident_award, scheme_switch
from insurance.pension.paid_months import history_of
from insurance.pension.paid_years import years_of
from tests import builders
from tests.insurance.benefits import month_builders
from tests.insurance.collection import bill_builders as bills
from tests.insurance.collection import match_city as city
from tests.insurance.collection.bill_builders import DEC, JAN, NOV
from tests.insurance.collection.match_city import Came
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.pension import pension_builders as p
from tests.insurance.pension import test_resident_award as residents
from tests.insurance.pension import test_scheme_switch as switches

pytestmark = pytest.mark.django_db
ELSEWHERE = "演示省直社保中心"


def moved(
    person_id: int,
    on: date,
    *,
    scheme: str = "110",
    direction: Direction = Direction.OUT,
    up_to: TransferStage = TransferStage.SETTLED,
) -> None:
    """A transfer, up to its last step."""
    transfer = Transfer.objects.create(
        person_id=person_id, scheme=scheme, direction=direction, other_region="340100",
        other_agency=ELSEWHERE, with_money=False, certificate_no=f"PZ-{on}",
    )  # fmt: skip
    for stage in TransferStage:
        if stage <= up_to:
            TransferStep.objects.create(transfer=transfer, stage=stage, done_on=on)


def li_paid() -> int:
    """Li's November and December are billed and paid."""
    builders.agency()
    Agency.objects.create(code="34080002", name="演示市医保局", region="340800", kind="MEDICAL")
    li = bills.li_works(schemes=("110",))
    for month in (NOV, DEC):
        bills.bill(month)
        fen = sum(BillLine.objects.filter(month=month.first_day).values_list("fen", flat=True))
        file = city.write_file(receipts=[Came(of.employer().pk, "110", fen, month=month)])
        work_off(file_id=file.pk, period=month, today=date(2027, 1, 20))
    return int(li.pk)


def months_here(person_id: int) -> list[str]:
    found = history_of(
        person_id=person_id, since=NOV, until=JAN, region="340800", on=date(2027, 1, 20)
    )
    return [str(one.month) for one in found.paid]


def test_months_that_went_away_count_no_more_and_later_ones_do() -> None:
    li = li_paid()
    assert months_here(li) == ["2026-11", "2026-12"]

    moved(li, date(2026, 12, 1))

    assert months_here(li) == ["2026-12"]


def test_a_transfer_that_is_not_finished_takes_no_month() -> None:
    li = li_paid()

    moved(li, date(2027, 1, 4), up_to=TransferStage.LETTER)

    assert months_here(li) == ["2026-11", "2026-12"]


def test_a_year_that_went_away_counts_no_more() -> None:
    residents.insured_in_2026()
    residents.pays(500_00)
    cheng = residents.cheng().pk
    assert years_of(person_id=cheng, since=Month(2026, 1), until=DEC).paid == (2026,)

    moved(cheng, date(2026, 12, 1), scheme="170")

    found = years_of(person_id=cheng, since=Month(2026, 1), until=DEC)
    assert (found.paid, found.open_years) == ((), ())


def test_whose_relation_is_elsewhere_is_awarded_a_pension_there() -> None:
    p.recognise()
    p.approve()
    moved(p.man().pk, date(2026, 5, 6))

    with pytest.raises(RelationElsewhere, match=ELSEWHERE):
        p.awarded()


def test_who_came_back_is_awarded_the_pension_here() -> None:
    p.recognise()
    p.approve()
    moved(p.man().pk, date(2026, 5, 6))
    moved(p.man().pk, date(2026, 6, 8), direction=Direction.IN)

    assert p.awarded().total_months == 450


def test_a_residents_pension_is_awarded_where_the_relation_is() -> None:
    month_builders.office()
    moved(residents.cheng().pk, date(2026, 5, 6), scheme="170")

    with pytest.raises(RelationElsewhere, match=ELSEWHERE):
        resident_award.check(
            p.decided(kind=residents.KIND, of=residents.cheng(), content=residents.asked())
        )


def test_who_moved_away_does_not_go_over_to_the_other_scheme_here() -> None:
    p.recognise()
    moved(p.man().pk, date(2026, 5, 6))

    with pytest.raises(RelationElsewhere, match=ELSEWHERE):
        scheme_switch.check(p.decided(kind=switches.KIND, content=switches.asked()))
