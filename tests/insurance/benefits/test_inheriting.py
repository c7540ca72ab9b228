"""Who died in prison leaves the own contributions with their interest only (服刑期间死亡的账户)."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from backend.cases.content import ContentInvalid
from backend.cases.models import Case
from backend.people.models import Death
from insurance.accounts.entries import balance
from insurance.accounts.invariants import broken_promises
from insurance.accounts.leaving import OwnShareTooLittle, OwnShareTooMuch
from insurance.accounts.models import AccountEntry, EntryKind, Outgoing, Part
from insurance.benefits.inheriting import AllOwnMoney, NotOwnMoney, PensionFirst, check, inherit
from tests import builders
from tests.insurance.accounts import account_builders as accounts
from tests.insurance.benefits import inheritance_builders as undone
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.claims import inherited_builders as unpaid
from tests.insurance.benefits.life import life_builders as life
from tests.insurance.pension import survivor_builders as survivors

pytestmark = pytest.mark.django_db


def inheritance(scheme: str = "110", **changes: object) -> Case:
    """Wang died in June; Li inherits."""
    Death.objects.create(
        person_id=builders.wang().pk, death_date=date(2026, 6, 20), source="POLICE",
        confirmed=True, evidence="演示", case_id=1,
    )  # fmt: skip
    content = {
        "scheme": scheme,
        "month": "2026-07",
        "evidence": "继承公证书 演示1号",
        "heirs": survivors.heirs(builders.li()),
        **changes,
    }
    case: Case = builders.case(kind="ACCOUNT_INHERITANCE", content=content)
    case.decided_at = datetime(2026, 9, 15, tzinfo=UTC)
    return case


def paid_in(*, part: Part = Part.PERSON, scheme: str = "110") -> None:
    entry = accounts.entry(
        person_id=builders.wang().pk, month="2026-01", fen=1_000_000, scheme=scheme
    )
    if part is not Part.PERSON:
        AccountEntry.objects.create(
            person_id=entry.person_id, scheme=scheme, kind="OPENING", part=part,
            for_month=date(2005, 12, 1), arrival_month=date(2026, 1, 1), fen=5_000,
            source="BASELINE", source_id=1,
        )  # fmt: skip


def test_own_contributions_of_a_prisoner_are_inherited_with_their_interest() -> None:
    paid_in()
    life.happened("SENTENCED", "2026-03-20")

    inherit(inheritance())

    assert Outgoing.objects.get().fen == 1_007_500


def test_other_money_in_a_prisoners_account_is_not_inherited_unseen() -> None:
    paid_in(part=Part.EMPLOYER)
    life.happened("SENTENCED", "2026-03-20")

    with pytest.raises(NotOwnMoney):
        inherit(inheritance())

    assert not Outgoing.objects.exists()


def test_of_a_mixed_account_the_own_share_is_inherited_and_the_rest_is_the_pools() -> None:
    paid_in(part=Part.EMPLOYER)
    life.happened("SENTENCED", "2026-03-20")

    inherit(inheritance(own_share="10075.00", own_evidence="个人账户分项核算表 演示1号"))

    whole = 1_007_500 + 5_038  # the employer's 50.00 with its interest, rounded with the rest
    assert Outgoing.objects.get().fen == 1_007_500
    left = dict(AccountEntry.objects.filter(fen__lt=0).values_list("kind", "fen"))
    assert left == {"TO_POOL": 1_007_500 - whole, "INHERITED": -1_007_500}
    assert balance(person_id=builders.wang().pk, scheme="110") == 0
    assert [row.promise for row in broken_promises() if "继承" in row.promise] == []


def test_no_heir_has_what_others_paid_into_the_account() -> None:
    """The employer's 50.00 are the pool's, whatever their interest is."""
    paid_in(part=Part.EMPLOYER)
    life.happened("SENTENCED", "2026-03-20")

    with pytest.raises(OwnShareTooMuch, match=r"10125\.38 元.*至多 10075\.38 元"):
        inherit(inheritance(own_share="10075.39", own_evidence="个人账户分项核算表 演示1号"))


@pytest.mark.parametrize("act", [check, inherit])
def test_no_heir_has_less_than_the_own_contributions(act: Callable[[Case], int]) -> None:
    paid_in(part=Part.EMPLOYER)
    life.happened("SENTENCED", "2026-03-20")

    with pytest.raises(OwnShareTooLittle, match=r"还有 10000\.00 元"):
        act(inheritance(own_share="9999.99", own_evidence="个人账户分项核算表 演示1号"))


def test_what_was_drawn_may_have_been_of_either_source() -> None:
    paid_in(part=Part.EMPLOYER)
    accounts.entry(
        person_id=builders.wang().pk, month="2026-02", fen=-20_000, kind=EntryKind.PAYOUT
    )
    life.happened("SENTENCED", "2026-03-20")

    inherit(inheritance(own_share="9800.00", own_evidence="个人账户分项核算表 演示1号"))

    assert Outgoing.objects.get().fen == 980_000


def test_how_the_own_share_was_reckoned_is_shown_by_a_paper() -> None:
    paid_in(part=Part.EMPLOYER)
    life.happened("SENTENCED", "2026-03-20")

    with pytest.raises(ContentInvalid, match="核算依据"):
        inherit(inheritance(own_share="10075.00"))


def test_who_did_not_die_in_prison_leaves_no_part_to_the_pool() -> None:
    paid_in(part=Part.EMPLOYER)

    with pytest.raises(AllOwnMoney):
        inherit(inheritance(own_share="10075.00", own_evidence="个人账户分项核算表 演示1号"))


def test_a_false_death_puts_back_what_the_pool_had_too() -> None:
    paid_in(part=Part.EMPLOYER)
    life.happened("SENTENCED", "2026-03-20")
    inherit(inheritance(own_share="10075.00", own_evidence="个人账户分项核算表 演示1号"))

    undone.alive_again(1)

    assert balance(person_id=builders.wang().pk, scheme="110") == 1_005_000
    assert [row.promise for row in broken_promises() if "继承" in row.promise] == []


@pytest.mark.parametrize("form", ["PROBATION", "DETAINED"])
def test_of_others_the_whole_account_is_inherited(form: str) -> None:
    paid_in(part=Part.EMPLOYER)
    life.happened(form, "2026-03-20")

    inherit(inheritance())

    assert Outgoing.objects.get().fen > 1_007_500


def test_a_residents_account_is_inherited_whole() -> None:
    paid_in(part=Part.SUBSIDY, scheme="170")
    life.happened("SENTENCED", "2026-03-20")

    inherit(inheritance("170"))

    assert Outgoing.objects.get().fen > 1_007_500


def of_a_pensioner() -> Case:
    """Li inherits the residents' account of Wang, who died in November."""
    content = {
        "scheme": "170",
        "month": "2026-11",
        "evidence": "继承公证书 演示1号",
        "heirs": survivors.heirs(builders.li()),
    }
    case: Case = builders.case(kind="ACCOUNT_INHERITANCE", content=content)
    case.decided_at = datetime(2026, 11, 25, tzinfo=UTC)
    return case


def test_what_the_pension_takes_leaves_the_account_before_it_is_inherited() -> None:
    """Else the heirs would have it as a pension and again as what the account holds."""
    unpaid.died_unpaid(holds=100_000)
    with pytest.raises(PensionFirst):
        inherit(of_a_pensioner())

    unpaid.granted()
    inherit(of_a_pensioner())

    (left,) = AccountEntry.objects.filter(kind="INHERITED")
    interest = sum(AccountEntry.objects.filter(kind="INTEREST").values_list("fen", flat=True))
    assert -left.fen == 100_000 - 3_150 + interest


def test_before_the_month_of_the_death_was_paid_nobody_inherits_the_account() -> None:
    unpaid.pension(holds=100_000)
    survivors.died(on=unpaid.DIED_ON)

    with pytest.raises(PensionFirst):
        inherit(of_a_pensioner())


def test_of_who_died_in_a_month_that_the_old_system_paid_the_account_is_inherited() -> None:
    unpaid.pension(holds=100_000)
    survivors.died(on=date(2026, 10, 20))

    inherit(of_a_pensioner())

    assert Outgoing.objects.get().fen >= 100_000


def test_a_due_on_its_way_to_the_bank_is_waited_for() -> None:
    wang = unpaid.pension(holds=100_000)
    m.sealed()
    survivors.died(on=unpaid.DIED_ON)

    with pytest.raises(PensionFirst):
        inherit(of_a_pensioner())
    assert m.line(wang).fen == unpaid.MONTH_FEN
