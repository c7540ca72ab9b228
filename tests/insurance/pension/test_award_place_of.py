"""An award here says that this is the place of award, or names the other (待遇领取地)."""

from datetime import date
from typing import Any

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.kernel.months import Month
from insurance.accounts.models import Direction, Transfer, TransferStage, TransferStep
from insurance.accounts.settling import LeavingInvalid
from insurance.enrolment.households import Household, note_household
from insurance.enrolment.models import Source, TemporaryAccount
from insurance.pension.award_place import NAME, HouseholdMissing, PlaceElsewhere
from insurance.pension.award_place_of import PlacesUntold
from insurance.pension.award_steps import steps_of
from insurance.pension.check_sheet import Item, Look
from insurance.pension.check_sheet_of import check_sheet_of
from tests import builders
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.pension import pension_builders as p
from tests.insurance.pension.pension_facts import month

pytestmark = pytest.mark.django_db
HANGZHOU = "330100"
MARCH_2026 = date(2026, 3, 9)
JOINED = Month(2020, 1)


@pytest.fixture(autouse=True)
def approved() -> None:
    p.recognise()
    p.approve()


def came_from(region: str = HANGZHOU, months: int = 60, until: str = "2020-12") -> None:
    """A transfer brought his relation from another province, with the months of its sheet, if any
    are told."""
    transfer = Transfer.objects.create(
        person_id=p.man().pk, scheme="110", direction=Direction.IN, other_region=region,
        other_agency="演示市社保中心", with_money=True, certificate_no=f"PZ-{region}",
    )  # fmt: skip
    case = builders.case(
        kind="TRANSFER_IN",
        content={"places": [{"region": region, "months": months, "until": until}] * bool(months)},
    )
    for stage in TransferStage:
        settled = case.pk if stage is TransferStage.SETTLED else None
        TransferStep.objects.create(
            transfer=transfer, stage=stage, done_on=MARCH_2026, case_id=settled
        )


def temporary(household: str = HANGZHOU) -> None:
    """He joined here past fifty, at home elsewhere."""
    of.enrolment(person_id=p.man().pk, scheme="110", valid=of.months("2020-01", "2026-08"))
    TemporaryAccount.objects.create(
        person_id=p.man().pk, scheme="110", household=household, evidence="户口簿 演示1号",
        valid=SqlRange(date(2020, 1, 1), None), source=Source.DESK,
    )  # fmt: skip
    at_home(household)


def at_home(region: str, since: Month = JOINED) -> None:
    """The desk was told where his household is."""
    household = Household(region, "户口簿 演示1号")
    note_household(person_id=p.man().pk, household=household, month=since)


def told(**changes: Any) -> dict[str, Any]:
    """Why the months differ from the register, where a test puts him into it."""
    return {"difference_reason": "原系统缴费明细 演示2号", **changes}


def place() -> Item:
    items = check_sheet_of(person=p.man(), region="340800", now=builders.NOW)
    (found,) = (item for item in items if item.code == "AWARD_PLACE")
    return found


def test_with_ten_years_here_the_award_says_so() -> None:
    came_from(months=320)

    award = p.awarded()

    (step,) = (one for one in steps_of(award=award) if one.name == NAME)
    assert (step.result, "安徽" in step.sentence) == ("130", True)


def test_ten_years_less_a_month_here_are_not_enough() -> None:
    came_from(months=320)
    p.recognise(deemed=[
        {"from_month": "1985-03", "last_month": "1995-01", "evidence": "工资审批表 演示2号"}
    ])  # fmt: skip
    p.approve()

    with pytest.raises(HouseholdMissing, match="119 个月"):
        p.awarded()
    with pytest.raises(PlaceElsewhere, match=r"浙江省330000.*320 个月"):
        p.awarded(household="410100", household_evidence="户口簿 演示1号")

    assert p.awarded(household="340100", household_evidence="户口簿 演示1号").total_months == 439


@pytest.mark.parametrize("since", ["2026-07", "2026-08"], ids=["in time", "a month too late"])
def test_a_household_that_was_told_on_joining_need_not_be_told_again(since: str) -> None:
    came_from(months=320)
    p.recognise(deemed=[
        {"from_month": "1985-03", "last_month": "1995-01", "evidence": "工资审批表 演示2号"}
    ])  # fmt: skip
    p.approve()
    at_home("340100", month(since))

    if since == "2026-07":
        assert p.awarded().total_months == 439
    else:
        with pytest.raises(HouseholdMissing):
            p.awarded()


def test_where_nothing_was_paid_elsewhere_nothing_is_said() -> None:
    assert NAME not in {step.name for step in steps_of(award=p.awarded())}


def test_what_came_before_this_system_the_case_names() -> None:
    places = [{"region": "310100", "months": 320, "until": "2019-05"}]

    award = p.awarded(earlier_places=places)

    (step,) = (one for one in steps_of(award=award) if one.name == NAME)
    assert dict(step.inputs)["其他地缴费月数"] == "320"


def test_of_a_transfer_that_tells_no_months_the_case_must() -> None:
    came_from(months=0)
    assert (place().look, "浙江省330000" in place().detail) == (Look.DOUBT, True)

    with pytest.raises(PlacesUntold, match=r"浙江省330000转入.*earlier_places"):
        p.awarded()
    with pytest.raises(PlacesUntold):
        p.awarded(earlier_places=[{"region": "310100", "months": 320, "until": "2019-05"}])

    told = [{"region": HANGZHOU, "months": 320, "until": "2019-05"}]
    assert NAME in {step.name for step in steps_of(award=p.awarded(earlier_places=told))}


def test_no_more_was_paid_elsewhere_than_the_papers_say() -> None:
    came_from(months=321)

    with pytest.raises(LeavingInvalid, match="外地缴费 321 个月"):
        p.awarded()


def test_a_temporary_account_is_awarded_nothing_here() -> None:
    temporary()

    with pytest.raises(PlaceElsewhere, match=r"临时基本养老保险缴费账户.*浙江省330000"):
        p.awarded(**told())

    assert place().look is Look.DOUBT


def test_what_a_relation_took_along_again_counts_no_more() -> None:
    came_from(months=320)
    out = Transfer.objects.create(
        person_id=p.man().pk, scheme="110", direction=Direction.OUT, other_region="310100",
        other_agency="演示区社保中心", with_money=True, certificate_no="PZ-2",
    )  # fmt: skip
    for stage in TransferStage:
        TransferStep.objects.create(transfer=out, stage=stage, done_on=date(2026, 4, 1))

    assert place().detail == ""


def test_before_he_retires_the_check_sheet_tells_where_he_paid() -> None:
    assert place().look is Look.THERE

    came_from(months=60)
    assert (place().look, "330100 60 个月（至 2020-12）" in place().detail) == (Look.THERE, True)

    p.recognise(deemed=[])
    assert place().look is Look.DOUBT


@pytest.mark.parametrize("of_roster", [True, False], ids=["by a roster", "at the desk"])
@pytest.mark.parametrize(("joined", "look"), [("2016-05", Look.THERE), ("2016-06", Look.DOUBT)])
def test_who_joined_past_the_age_with_no_household_told_is_in_doubt(
    joined: str, look: Look, of_roster: bool
) -> None:
    # By the ID card he turns fifty on 16 May 2016.
    row = of.enrolment(person_id=p.man().pk, scheme="110", valid=of.months(joined))
    if of_roster:
        of.by_roster(row)

    assert place().look is look
