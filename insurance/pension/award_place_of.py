"""The place of award of one person (待遇领取地的取数): an award here says so, or is refused."""

from collections.abc import Sequence

from backend.cases import content
from backend.cases.models import Case
from backend.deployment import is_demo
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from insurance.accounts.places import PlaceMonths
from insurance.accounts.places_brought import brought, places_of, region_of
from insurance.accounts.sent_away import brought_since
from insurance.accounts.settling import LeavingInvalid
from insurance.enrolment.households import household_of
from insurance.enrolment.models import TemporaryAccount
from insurance.enrolment.temporary_accounts import temporary_account
from insurance.pension.award_place import (
    AwardPlace,
    Paid,
    PlaceElsewhere,
    place_of_award,
    place_terms,
)
from insurance.policy import parameters as policy
from insurance.policy.regions import province_of, region_said

SCHEME = "110"
EARLIER_PLACES = "earlier_places"


class PlacesUntold(Refusal):
    """Of a relation that came from another province no months are told (外地缴费月数不明)."""

    code = "award_places_untold"


def award_place_of(
    *, case: Case, earlier_months: int, months_here: int, retirement_month: Month
) -> AwardPlace | None:
    """Tell that this place awards the pension; None where nothing was ever paid elsewhere.

    Where somebody paid the sheets of transfers in tell; what came before this system knew of
    transfers the case names (``earlier_places``: ``region``, ``months``, ``until``). All of it is
    part of ``earlier_months``, told by papers or brought by transfers; ``months_here`` are those
    deemed and those billed here. Where it depends on the household's place the case names it
    (``household``, ``household_evidence``), where it was not told on joining.

    Raises:
        PlaceElsewhere: naming the place; PlacesUntold; HouseholdMissing; LeavingInvalid: more
            months elsewhere than earlier ones; ContentInvalid; NotConfigured, NotVerified: the
            rule.
    """
    here, temporary = case.agency.region, temporary_account(person_id=case.party_id)
    elsewhere = _elsewhere(case, here, retirement_month)
    if not elsewhere and temporary is None:
        return None
    away = sum(place.months for place in elsewhere)
    if away > earlier_months:
        raise LeavingInvalid(
            f"外地缴费 {away} 个月，多于填写的以前缴费 {earlier_months} 个月，请核对。",
            case_id=case.pk,
        )
    months = months_here + earlier_months - away
    place = place_of_award(
        paid=Paid(
            relation=PlaceMonths(here, months, retirement_month),
            earlier=elsewhere,
            household=_household(case, retirement_month),
            temporary=temporary is not None,
        ),
        terms=place_terms(tree=policy.load(), region=here, month=retirement_month, demo=is_demo()),
    )
    if temporary is not None or place.province != province_of(region=here):
        raise PlaceElsewhere(_said(place, temporary), place=place.province)
    return place


def elsewhere_of(*, person_id: int, region: str) -> tuple[PlaceMonths, ...]:
    """Give what transfers brought that was paid in other provinces than a region's."""
    return _others(brought(person_id=person_id, scheme=SCHEME), region)


def untold_of(*, person_id: int, told: Sequence[PlaceMonths] = ()) -> tuple[str, ...]:
    """Give the provinces from which transfers with money brought the relation since it last went
    away, and of which neither a sheet nor ``told`` says how long was paid there."""
    known = {place.province for place in (*brought(person_id=person_id, scheme=SCHEME), *told)}
    steps = brought_since(person_id=person_id, scheme=SCHEME).filter(transfer__with_money=True)
    came = {province_of(region=step.transfer.other_region) for step in steps}
    return tuple(sorted(came - known))


def _elsewhere(case: Case, here: str, last: Month) -> tuple[PlaceMonths, ...]:
    told = places_of(case=case, name=EARLIER_PLACES, last=last)
    untold = untold_of(person_id=case.party_id, told=told)
    if untold:
        listed = "、".join(region_said(region=province) for province in untold)
        raise PlacesUntold(
            f"关系从{listed}转入，信息表没有写那里的缴费月数，待遇领取地不能判定：请在"
            f"“以前各地缴费月数”（{EARLIER_PLACES}）写明地区、缴费月数和最后缴费月份。",
            case_id=case.pk,
        )
    return (
        *elsewhere_of(person_id=case.party_id, region=here),
        *_others(told, here),
    )


def _others(places: Sequence[PlaceMonths], region: str) -> tuple[PlaceMonths, ...]:
    here = province_of(region=region)
    return tuple(place for place in places if place.province != here)


def _household(case: Case, month: Month) -> str | None:
    """As the case names it, else as it was told on joining."""
    if case.content.get("household") is None:
        told = household_of(person_id=case.party_id, month=month)
        return told.region if told else None
    content.text(case, "household_evidence", "户籍的依据")
    return region_of(written=case.content["household"], case=case)


def _said(place: AwardPlace, temporary: TemporaryAccount | None) -> str:
    account = (
        f"此人在本地的是临时基本养老保险缴费账户（{temporary.valid.lower:%Y-%m} 起），"
        "不能在本地核定待遇。"
        if temporary
        else ""
    )
    return f"{account}{place.step.sentence}依据：{place.step.article}。请先办理关系转出。"
