"""Survivors are granted once what a death brings, to the fen, by three persons (遗属待遇核定)."""

from datetime import date

import pytest

from backend.cases import acts
from backend.cases.content import ContentInvalid, ProposalWaits
from backend.cases.decide import WrongState, decide, review
from backend.cases.models import Case
from backend.kernel.months import Month, MonthRange
from backend.kernel.parameters import NotConfigured, NotVerified
from backend.people.models import Alias, Person
from insurance.benefits.claims.grant import AlreadyGranted, HeirInvalid
from insurance.benefits.claims.invariants import broken_promises
from insurance.benefits.claims.models import Claim, ClaimShare
from insurance.benefits.models import Stop
from insurance.benefits.refund_check import rests_on
from insurance.pension import survivor_facts, survivor_grant
from insurance.pension.adjusting.models import PaidMonths
from insurance.pension.survivor_facts import MonthsDiffer, NeverPaid
from insurance.pension.survivor_grant import DiedInPrison, NotDead, check
from insurance.policy.kept_steps import read
from insurance.policy.recompute import first_wrong
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.life import life_builders as life
from tests.insurance.pension import pension_builders as of
from tests.insurance.pension import survivor_builders as s

pytestmark = pytest.mark.django_db
INCOME_FEN = 5_170_000  # of 2025, invented
FUNERAL_FEN = 861_667  # two months
GRANT_FEN = 8_939_792  # 20.75 months: 28 years 9 months paid, two years drawn


def shares() -> list[int]:
    return list(ClaimShare.objects.order_by("pk").values_list("fen", flat=True))


def broken() -> list[str]:
    return [row.promise for row in broken_promises() if "签名" not in row.promise]


def test_funeral_and_grant_of_a_pensioner_go_to_three_heirs_to_the_fen() -> None:
    s.pension()
    s.died()

    claim = s.granted()

    assert (claim.fen, claim.funeral_fen) == (FUNERAL_FEN + GRANT_FEN, FUNERAL_FEN)
    assert (claim.person_id, claim.scheme, claim.event_date) == (
        builders.wang().pk,
        "110",
        s.DIED_ON,
    )
    assert shares() == [3_267_153, 3_267_153, 3_267_153]
    assert broken() == []


def test_months_corrected_since_the_award_count() -> None:
    pension = s.pension(paid_months=s.PAID_MONTHS - 30)
    s.died()
    PaidMonths.objects.create(entitlement=pension, paid_months=s.PAID_MONTHS, case_id=m.SOME_CASE)

    assert s.granted().fen == FUNERAL_FEN + GRANT_FEN


def test_the_fen_that_can_not_be_divided_goes_to_the_first() -> None:
    s.pension()
    s.died()

    s.granted(heirs=s.heirs(builders.li(), builders.zhao()))

    assert shares() == [4_900_730, 4_900_729]


def test_shares_follow_their_weights() -> None:
    s.pension()
    s.died()
    heirs = s.heirs(builders.li(), builders.zhao())
    heirs[0]["weight"] = 3

    s.granted(heirs=heirs)

    assert shares() == [7_351_094, 2_450_365]


def test_the_claim_keeps_every_step_and_they_come_out_again() -> None:
    s.pension()
    s.died()

    claim = s.granted()

    steps = read(rows=claim.steps)
    assert first_wrong(steps=steps) is None
    assert steps[-1].result == "98014.59"
    assert (claim.figures["paid_months"], claim.figures["drawn_months"]) == (345, 24)


@pytest.mark.parametrize(
    ("until", "months"), [(None, "22.75"), (Month(2026, 11), "22.75"), (Month(2026, 10), "20.75")]
)
def test_who_drew_an_allowance_for_illness_counts_as_in_service_until_it_is_a_pension(
    until: Month | None, months: str
) -> None:
    m.entitlement(
        scheme="110",
        components={"BASIC": 200_000},
        start=s.START,
        paid_months=s.PAID_MONTHS,
        item_ordinal=4,
        item_until=until,
    )
    s.died()

    claim = s.granted()

    steps = read(rows=claim.steps)
    assert first_wrong(steps=steps) is None
    assert claim.figures["months"] == months
    assert ("72号" in steps[0].article) is (months == "22.75")


def test_as_what_an_allowance_counts_is_not_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    m.entitlement(scheme="110", start=s.START, paid_months=s.PAID_MONTHS, item_ordinal=4)
    s.died()
    monkeypatch.setattr(survivor_facts, "is_demo", lambda: False)

    with pytest.raises(NotVerified):
        s.granted()


def test_months_in_which_the_pension_was_stopped_were_not_drawn() -> None:
    made = s.pension()
    s.died()
    Stop.objects.create(
        entitlement=made, reason="服刑", case_id=1, valid=m.months(Month(2025, 1), Month(2025, 7))
    )

    assert s.granted().figures["drawn_months"] == 18


def test_who_was_in_service_has_what_papers_and_archive_say() -> None:
    s.died()
    of.recognise(
        of=builders.wang(),
        category="F50",
        first_work_month="1980-03",
        birth_month="1958-03",
        birth_records=[
            {"paper": "招工登记表", "recorded_on": "1980-03-02", "birth_month": "1958-03"}
        ],
        deemed=[{"from_month": "1990-01", "last_month": "1995-12", "evidence": "演示"}],
    )

    claim = s.granted(paid_months=100, paid_until="2026-09", paid_evidence="缴费凭证 演示1号")

    assert (claim.figures["status"], claim.figures["paid_months"]) == ("IN_SERVICE", 172)
    assert claim.figures["drawn_months"] == 0


def test_what_less_than_five_years_bring_is_bound_by_the_own_contributions() -> None:
    s.died()

    claim = s.granted(
        paid_months=40,
        paid_until="2026-09",
        paid_evidence="缴费凭证 演示1号",
        own_contributions="10000.00",
        own_evidence="缴费凭证 演示1号",
    )

    assert (claim.fen, claim.funeral_fen) == (1_000_000, FUNERAL_FEN)


@pytest.mark.parametrize("other", ["170", "210", "410"])
def test_less_than_five_years_bring_the_grant_alone_where_another_scheme_buries(other: str) -> None:
    s.died()

    claim = s.granted(
        paid_months=40,
        paid_until="2026-09",
        paid_evidence="缴费凭证 演示1号",
        own_contributions="10000.00",
        own_evidence="缴费凭证 演示1号",
        other_funeral=other,
        other_evidence="选择书 演示1号",
    )

    assert (claim.fen, claim.funeral_fen) == (1_000_000, 0)
    steps = read(rows=claim.steps)
    assert first_wrong(steps=steps) is None
    assert [step.result for step in steps[-2:]] == ["10000.00", "10000.00"]


def test_less_than_five_years_need_the_own_contributions() -> None:
    s.died()

    with pytest.raises(ContentInvalid, match="本人缴费之和"):
        check(s.case(paid_months=40, paid_until="2026-09", paid_evidence="演示凭证"))


def test_a_pensioner_whose_months_nobody_knows_needs_a_paper() -> None:
    s.pension(paid_months=None)
    s.died()

    with pytest.raises(ContentInvalid, match="依据"):
        check(s.case(paid_months=345))
    assert s.granted(paid_months=345, paid_evidence="档案 演示1号").fen == 9_801_459


def test_months_that_the_register_knows_are_not_told_otherwise() -> None:
    s.pension()
    s.died()

    with pytest.raises(MonthsDiffer, match="345"):
        check(s.case(paid_months=346, paid_evidence="档案 演示1号"))


def test_who_never_paid_leaves_nothing() -> None:
    s.died()

    with pytest.raises(NeverPaid):
        check(s.case())


@pytest.mark.parametrize("confirmed", [None, False])
def test_nothing_is_granted_before_two_people_confirmed_the_death(confirmed: bool | None) -> None:
    s.pension()
    if confirmed is not None:
        s.died(confirmed=confirmed)

    with pytest.raises(NotDead):
        check(s.case())


def test_it_is_granted_once() -> None:
    s.pension()
    s.died()
    s.granted()

    with pytest.raises(AlreadyGranted, match="只发一次"):
        s.granted()

    assert Claim.objects.count() == 1


def test_it_is_granted_once_also_under_a_merged_entry() -> None:
    s.pension()
    s.died()
    s.granted(heirs=s.heirs(builders.zhao()))
    Alias.objects.create(party_id=builders.li().pk, survivor_id=builders.wang().pk, case_id=1)
    again = s.case(heirs=s.heirs(builders.zhao()))
    again.party_id = builders.li().pk

    with pytest.raises(AlreadyGranted):
        survivor_grant.decide(again)


def test_of_the_funeral_grants_of_several_schemes_one_is_taken() -> None:
    s.pension()
    s.died()
    claim = s.granted()
    Claim.objects.filter(pk=claim.pk).update(superseded_at=of.NOW)
    other = Claim.objects.get(pk=claim.pk)
    other.pk, other.scheme, other.case_id, other.superseded_at = None, "210", 4711, None
    other.save(force_insert=True)

    with pytest.raises(AlreadyGranted, match="只能选择领取其中一项"):
        s.granted()


def test_whose_funeral_another_scheme_pays_is_granted_the_rest() -> None:
    s.pension()
    s.died()

    claim = s.granted(other_funeral="410", other_evidence="工伤待遇选择书 演示1号")

    assert (claim.fen, claim.funeral_fen) == (GRANT_FEN, 0)
    steps = read(rows=claim.steps)
    assert first_wrong(steps=steps) is None
    assert (steps[-1].name, steps[-1].result) == ("本次发给", "89397.92")
    assert "第四十九条" in steps[-1].article


def test_whose_funeral_was_paid_as_a_resident_s_is_granted_the_rest_as_an_employee_s() -> None:
    m.entitlement()
    s.pension()
    s.died()
    s.granted(scheme="170")

    with pytest.raises(AlreadyGranted, match="只能选择领取其中一项"):
        check(s.case())
    claim = s.granted(other_funeral="170", other_evidence="城乡居民遗属待遇核定 演示2号")

    assert (claim.fen, claim.funeral_fen) == (GRANT_FEN, 0)
    assert "城乡居民养老保险" in read(rows=claim.steps)[-1].sentence


def test_who_died_in_prison_leaves_the_own_contributions_only() -> None:
    s.pension()
    life.happened("SENTENCED", "2026-03-20")
    s.died()

    with pytest.raises(DiedInPrison, match="个人账户中本人缴费本息"):
        check(s.case())


def test_who_died_after_the_release_leaves_all_of_it() -> None:
    s.pension()
    life.happened("SENTENCED", "2026-03-20")
    life.happened("RELEASED", "2026-09-20")
    s.died()

    assert s.granted().figures["drawn_months"] == 18


def test_a_death_of_a_year_without_figures_is_not_guessed() -> None:
    s.pension()
    s.died(on=date(2020, 5, 1))

    with pytest.raises(NotConfigured):
        check(s.case(paid_months=200, paid_until="2020-04", paid_evidence="演示凭证"))


def test_the_funeral_grant_of_a_resident_is_that_of_the_county_of_residence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Person.objects.filter(pk=builders.wang().pk).update(district=s.COUNTY)
    m.entitlement()
    Person.objects.filter(pk=builders.wang().pk).update(district="340802")  # moved since
    s.died()
    s.county_gives(monkeypatch, resident_pension__funeral_grant=1_200)

    claim = s.granted(scheme="170")

    assert (claim.fen, claim.region) == (120_000, "340826")
    assert "演示县人社" in read(rows=claim.steps)[0].article


@pytest.mark.parametrize("district", ["340802", "330106"])
def test_elsewhere_the_county_counts_nothing_for_the_funeral_of_a_resident(
    monkeypatch: pytest.MonkeyPatch, district: str
) -> None:
    Person.objects.filter(pk=builders.wang().pk).update(district=district)
    m.entitlement()
    s.died()
    s.county_gives(monkeypatch, resident_pension__funeral_grant=1_200)

    assert s.granted(scheme="170").fen == 100_000


def test_the_funeral_grant_of_residents_is_not_guessed() -> None:
    m.entitlement()
    s.died(on=date(2025, 5, 1))

    with pytest.raises(NotConfigured, match="丧葬补助金"):
        check(s.case(scheme="170"))


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        [{"weight": 1, "relation": "CHILD"}],
        [{"payee": 1, "weight": 0, "relation": "CHILD"}],
        [{"payee": 1, "weight": 1, "relation": ""}],
        "李建国",
    ],
)
def test_heirs_are_named_with_weight_and_relation(wrong: object) -> None:
    s.pension()
    s.died()

    with pytest.raises(ContentInvalid):
        check(s.case(heirs=wrong))


def test_heirs_are_living_persons_each_once_and_not_the_dead() -> None:
    s.pension()
    s.died()
    m.death(of=m.entitlement(of=builders.zhao()), on=date(2026, 11, 1), confirmed=False)
    li, zhao, wang = builders.li(), builders.zhao(), builders.wang()

    for people in ((li, li), (zhao,), (wang,)):
        with pytest.raises(HeirInvalid):
            survivor_grant.decide(s.case(heirs=s.heirs(*people)))


def test_one_case_at_a_time_waits() -> None:
    s.pension()
    s.died()
    s.case()

    with pytest.raises(ProposalWaits):
        check(s.case())


def test_contributions_on_which_a_grant_rests_are_not_given_back() -> None:
    s.pension()
    s.died()
    s.granted()

    said = rests_on(person_id=builders.wang().pk, scheme="110", months=MonthRange(Month(2026, 10)))

    assert any("丧葬补助金和抚恤金" in sentence for sentence in said)


def waiting() -> Case:
    m.office()
    content: dict[str, object] = {"scheme": "110", "heirs": s.three()}
    return builders.case(kind="SURVIVOR_GRANT", content=content)


def test_three_persons_receive_review_and_decide() -> None:
    s.pension()
    s.died()
    case = waiting()
    reviewer, approver = builders.member(role="REVIEWER"), builders.member(role="APPROVER")

    def approve() -> None:
        decide(
            case_id=case.pk,
            approve=True,
            reason="",
            key=approver.key,
            role="APPROVER",
            now=builders.NOW,
            acts=acts.registered(),
        )

    with pytest.raises(WrongState, match="先由另一人审核"):
        approve()
    review(case_id=case.pk, key=reviewer.key, role="REVIEWER", now=builders.NOW)
    approve()

    assert Claim.objects.get().case_id == case.pk
    assert broken_promises() == []
