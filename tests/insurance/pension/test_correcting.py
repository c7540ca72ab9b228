"""An award that rested on something wrong is corrected by another, on a ground (更正核定)."""

from datetime import timedelta

import pytest

from backend.cases.content import ContentInvalid, ProposalWaits
from backend.cases.receive import OtherBody
from backend.kernel.months import Month
from insurance.accounts.models import EntryKind
from insurance.benefits.models import Component, Due, Overpaid
from insurance.pension import award as act
from insurance.pension import recalculation
from insurance.pension.adjusting.models import PaidMonths
from insurance.pension.approval import AlreadyRetired
from insurance.pension.award import ApprovalOutdated
from insurance.pension.award_steps import steps_of
from insurance.pension.correcting import (
    AwardReplaced,
    AwardUnknown,
    NothingChanged,
    RecalculationRuns,
)
from insurance.pension.in_payment import AlreadyAwarded
from insurance.pension.invariants import broken_promises
from insurance.pension.models import Award
from insurance.policy.recompute import first_wrong
from tests import builders
from tests.insurance.accounts import account_builders
from tests.insurance.benefits import month_builders as month
from tests.insurance.benefits.month_builders import DECEMBER, NOVEMBER
from tests.insurance.pension import correction_builders as c
from tests.insurance.pension import pension_builders as p

pytestmark = pytest.mark.django_db
AUGUST = Month(2026, 8)


@pytest.fixture
def award() -> Award:
    return c.as_it_was()


def differences(period: Month) -> list[tuple[Month, int]]:
    dues = Due.objects.filter(run_period=period.first_day, kind=2).order_by("for_month")
    return [(Month.of(due.for_month), due.fen) for due in dues]


def broken() -> list[str]:
    """Signatures are tried elsewhere."""
    return [one.promise for one in broken_promises() if "签名" not in one.promise]


def test_by_hand(award: Award) -> None:
    c.archive_corrected()

    after = c.corrected(award)

    # 24 months more: 474 are 39.5 years, 154 are 12.9; the account and its divisor stay.
    assert (after.kind, after.previous, after.entitlement) == (
        "CORRECTION",
        award,
        award.entitlement,
    )
    assert (after.total_months, after.deemed_months) == (474, 154)
    assert (after.account_fen, after.balance_fen) == (award.account_fen, award.balance_fen)
    assert after.basic_fen == 308_061  # 7,999.00 × 1.95 ÷ 2 × 39.5%
    assert c.amounts(award.entitlement, AUGUST) == after.parts
    assert broken() == []


def test_it_says_how_much_more_and_every_step_comes_out_again(award: Award) -> None:
    c.archive_corrected()

    after = c.corrected(award)

    steps = steps_of(award=after)
    assert first_wrong(steps=steps) is None
    assert (steps[-1].name, steps[-1].result) == (
        "每月补差",
        f"{(after.total_fen - award.total_fen) / 100:.2f}",
    )
    assert "更正以后" in steps[-1].sentence
    assert after.figures["ground"]["finding"] == c.FOUND["error"]


def test_what_was_known_stays(award: Award) -> None:
    before = dict(award.parts)
    c.archive_corrected()

    c.corrected(award)

    old = Component.objects.filter(entitlement=award.entitlement).exclude(superseded_at=None)
    assert {row.component: row.fen for row in old} == {
        name: fen for name, fen in before.items() if name != "ACCOUNT"
    }
    award.refresh_from_db()
    assert award.parts == before


def test_months_are_paid_back_that_were_paid_by_the_old_amount(award: Award) -> None:
    month.account(of=p.man().pk)
    month.sealed(NOVEMBER)
    c.archive_corrected()
    after = c.corrected(award)

    month.sealed(DECEMBER)

    more = after.total_fen - award.total_fen
    assert more > 0
    assert differences(DECEMBER) == [(AUGUST.plus(n), more) for n in range(4)]


def test_what_was_too_much_is_found_overpaid_and_never_set_off(award: Award) -> None:
    month.account(of=p.man().pk)
    month.sealed(NOVEMBER)
    c.archive_corrected(deemed=[])
    after = c.corrected(award)

    month.sealed(DECEMBER)

    less = award.total_fen - after.total_fen
    assert less > 0
    found = Overpaid.objects.order_by("for_month").values_list("for_month", "fen")
    assert list(found) == [(AUGUST.plus(n).first_day, less) for n in range(4)]
    assert Due.objects.get(kind=1, run_period=DECEMBER.first_day).fen == after.total_fen


def test_corrected_back_to_what_it_was_nothing_is_paid(award: Award) -> None:
    month.account(of=p.man().pk)
    month.sealed(NOVEMBER)
    c.archive_corrected()
    once = c.corrected(award)
    c.archive_corrected(deemed=p.archive()["deemed"])

    again = c.corrected(once)
    month.sealed(DECEMBER)

    assert again.parts == award.parts
    assert c.amounts(award.entitlement, NOVEMBER) == award.parts
    assert (differences(DECEMBER), Overpaid.objects.count()) == ([], 0)


def test_what_the_account_paid_out_since_is_no_less_in_it(award: Award) -> None:
    account_builders.entry(
        person_id=p.man().pk,
        kind=EntryKind.PAYOUT,
        month="2026-11",
        arrival="2026-11",
        fen=-2_000_00,
    )
    c.archive_corrected()

    assert c.corrected(award).balance_fen == award.balance_fen


def test_adjustments_go_by_the_months_that_count_now(award: Award) -> None:
    c.archive_corrected()

    c.corrected(award)

    assert PaidMonths.objects.get(entitlement=award.entitlement).paid_months == 474


def test_without_naming_it_a_second_award_is_refused(award: Award) -> None:
    with pytest.raises(AlreadyAwarded):
        p.awarded()


def test_who_draws_gets_no_second_approval_but_a_corrected_one(award: Award) -> None:
    p.recognise(**c.MORE_DEEMED)

    with pytest.raises(AlreadyRetired):
        p.approve()
    with pytest.raises(AlreadyRetired):
        p.approve(corrects=999_999, **c.FOUND)


def test_an_archive_recognised_anew_needs_the_departments_paper_corrected(award: Award) -> None:
    p.recognise(**c.MORE_DEEMED)

    with pytest.raises(ApprovalOutdated):
        c.corrected(award)


def test_nothing_changed_is_no_correction(award: Award) -> None:
    with pytest.raises(NothingChanged):
        c.corrected(award)


def test_it_needs_a_ground(award: Award) -> None:
    c.archive_corrected()

    for missing in c.FOUND:
        with pytest.raises(ContentInvalid):
            c.corrected(award, **{missing: ""})


def test_an_award_that_was_replaced_is_not_corrected_again(award: Award) -> None:
    c.archive_corrected()
    c.corrected(award)

    with pytest.raises(AwardReplaced):
        c.corrected(award)


def test_an_award_of_nobody_is_not_corrected(award: Award) -> None:
    with pytest.raises(AwardUnknown):
        p.awarded(corrects=999_999, **c.FOUND)


def test_the_agency_that_awarded_it_corrects_it(award: Award) -> None:
    c.archive_corrected()
    other = builders.agency(code="34080009")
    case = p.decided(kind="PENSION_AWARD", content=p.award(corrects=award.pk, **c.FOUND), at=other)

    with pytest.raises(OtherBody):
        act.decide(case)


def test_another_correction_that_waits_comes_first(award: Award) -> None:
    c.archive_corrected()
    content = p.award(corrects=award.pk, **c.FOUND)
    p.waiting(kind="PENSION_AWARD", content=content)

    with pytest.raises(ProposalWaits):
        act.check(p.waiting(kind="PENSION_AWARD", content=content))


def test_while_the_year_is_computed_again_nothing_is_corrected(
    award: Award, monkeypatch: pytest.MonkeyPatch
) -> None:
    c.archive_corrected()
    p.publish_base(monkeypatch)
    (waiting,) = recalculation.waiting()
    run = recalculation.open_recalculation(of=waiting, known_on=p.TODAY)
    assert run is not None

    with pytest.raises(RecalculationRuns):
        c.corrected(award)


@pytest.mark.parametrize("corrected_first", [True, False])
def test_the_order_of_correction_and_recalculation_does_not_matter(
    award: Award, monkeypatch: pytest.MonkeyPatch, corrected_first: bool
) -> None:
    c.archive_corrected()
    if corrected_first:
        c.corrected(award)
        p.publish_base(monkeypatch)
        p.recalculated()
    else:
        p.publish_base(monkeypatch)
        p.recalculated()
        c.corrected(Award.objects.get(previous=award))

    last = Award.objects.get(successor=None)
    assert (last.base_fen, last.total_months, last.interim) == (8_200_00, 474, False)
    assert last.basic_fen == 315_803  # 8,200.00 × 1.95 ÷ 2 × 39.5%
    assert c.amounts(award.entitlement, AUGUST) == last.parts
    assert broken() == []


def test_a_base_not_known_on_the_day_leaves_it_interim(
    award: Award, monkeypatch: pytest.MonkeyPatch
) -> None:
    p.publish_base(monkeypatch, issued=p.TODAY + timedelta(days=1))
    c.archive_corrected()

    assert c.corrected(award).interim
