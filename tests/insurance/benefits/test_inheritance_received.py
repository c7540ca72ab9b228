"""An inheritance of an account is looked at when it is received (账户继承的受理核对)."""

import pytest

from backend.cases.content import ContentInvalid, ProposalWaits
from backend.people.models import Alias
from insurance.accounts.leaving import NotDead, NothingThere
from insurance.accounts.models import AccountEntry, Outgoing
from insurance.accounts.settling import LeavingInvalid
from insurance.benefits.claims.grant import HeirInvalid
from insurance.benefits.inheriting import check, inherit
from tests import builders
from tests.insurance.accounts import account_builders as accounts
from tests.insurance.benefits import inheritance_builders as of
from tests.insurance.pension import survivor_builders as survivors

pytestmark = pytest.mark.django_db


def test_what_can_be_decided_is_received_and_nothing_is_written() -> None:
    of.died_with_account()

    assert check(of.asked()) == 0
    assert AccountEntry.objects.count() == 1


def test_who_inherits_is_shown_by_a_paper() -> None:
    of.died_with_account()

    with pytest.raises(ContentInvalid, match="继承权的证明"):
        check(of.asked(evidence=None))


@pytest.mark.parametrize(
    "heir",
    [
        {"payee": "3", "weight": 1, "relation": "CHILD"},
        {"payee": 1, "weight": "1.9", "relation": "CHILD"},
        {"payee": 1, "weight": True, "relation": "CHILD"},
        {"payee": 1, "weight": 0, "relation": "CHILD"},
        {"payee": 1, "weight": 1},
        {"payee": 1, "weight": 1, "relation": "NEIGHBOUR"},
    ],
)
def test_an_heir_is_named_by_number_share_and_relation(heir: dict[str, object]) -> None:
    of.died_with_account()
    named = {**heir, "payee": builders.li().pk} if heir["payee"] == 1 else heir

    with pytest.raises(ContentInvalid):
        check(of.asked(heirs=[named]))


@pytest.mark.parametrize("heirs", [None, [], "李建国"])
def test_somebody_inherits(heirs: object) -> None:
    of.died_with_account()

    with pytest.raises(ContentInvalid):
        check(of.asked(heirs=heirs))


def test_an_heir_who_died_does_not_inherit() -> None:
    of.died_with_account()
    survivors.died_too(builders.li())

    with pytest.raises(HeirInvalid, match="死亡"):
        check(of.asked())
    with pytest.raises(HeirInvalid):
        inherit(of.asked())
    assert not Outgoing.objects.exists()


def test_nobody_inherits_from_himself_or_twice() -> None:
    of.died_with_account()
    Alias.objects.create(party_id=builders.chen().pk, survivor_id=builders.wang().pk, case_id=1)
    li = builders.li()

    for heirs in (
        survivors.heirs(li, li),
        survivors.heirs(builders.wang()),
        survivors.heirs(builders.chen()),
    ):
        with pytest.raises(HeirInvalid):
            inherit(of.asked(heirs=heirs))


def test_while_one_inheritance_waits_no_second_one_is_received() -> None:
    of.died_with_account()
    of.asked()

    with pytest.raises(ProposalWaits):
        check(of.asked())


def test_an_empty_account_is_not_inherited() -> None:
    survivors.died(on=of.DIED_ON)

    with pytest.raises(NothingThere):
        check(of.asked())


@pytest.mark.parametrize("changes", [{"scheme": "210"}, {"month": "2026-10"}])
def test_the_account_and_a_month_that_has_begun_are_named(changes: dict[str, object]) -> None:
    of.died_with_account()

    with pytest.raises(LeavingInvalid):
        check(of.asked(**changes))


def test_nobody_inherits_from_the_living() -> None:
    accounts.entry(person_id=builders.wang().pk, month="2026-01")

    with pytest.raises(NotDead):
        check(of.asked())
