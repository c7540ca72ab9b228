"""What was to be paid once to somebody who died first goes to his heirs (未领到的一次性款项)."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.conf import LazySettings

from backend.cases.models import Case
from backend.kernel.months import Month
from backend.people.models import Death
from insurance.accounts import invariants as accounts
from insurance.accounts.leaving import pay_lump_sum
from insurance.accounts.models import Outgoing
from insurance.accounts.outgoing_batches import seal_outgoing
from insurance.benefits import invariants as benefits
from insurance.benefits.claims import inherited
from insurance.benefits.claims.claim_batches import seal_grants
from insurance.benefits.claims.inherited import AmountDiffers, NothingOwed
from insurance.benefits.claims.invariants import broken_promises
from insurance.benefits.claims.models import Claim, ClaimShare, InheritedSingle
from insurance.benefits.claims.undo import withdraw_death
from insurance.benefits.recovery import pay_back
from payments import invariants as payments
from payments.ledger.books import ensure_books
from payments.ledger.models import MemoEntry, Posting
from payments.models import Batch
from payments.reconcile import reconcile
from payments.reissue import count_ready, reissue
from tests import builders, funds
from tests.insurance.accounts import account_builders
from tests.insurance.benefits import inheritance_builders
from tests.insurance.pension import pension_builders as of
from tests.insurance.pension import survivor_builders as s
from tests.payments import payment_builders as pay

pytestmark = pytest.mark.django_db
NOVEMBER, PAY_DATE = Month(2026, 11), date(2026, 11, 15)
DECEMBER = NOVEMBER.next
WHOLE, THIRD = 9_801_459, 3_267_153
THIRD_SAID = "32671.53"


@pytest.fixture(autouse=True)
def _var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def granted() -> Claim:
    """Wang's three heirs Li, Zhao and Chen are granted it; each has an account."""
    s.pension()
    s.died()
    for heir in (builders.li(), builders.zhao(), builders.chen()):
        pay.account(heir)
    return s.granted()


def asked(**changes: object) -> Case:
    """Li died; Chen, the child, asks for what was Li's."""
    content: dict[str, object] = {
        "scheme": "110",
        "amount": THIRD_SAID,
        "evidence": "继承公证书 演示2号",
        "heirs": s.heirs(builders.chen()),
        **changes,
    }
    return of.decided(kind="DUE_INHERITANCE", content=content, of=builders.li())


def inherits(**changes: object) -> Claim:
    case = asked(**changes)
    inherited.decide(case)
    return Claim.objects.get(case_id=case.pk)


def sealed(period: Month = NOVEMBER) -> list[Batch]:
    return seal_grants(period=period, pay_date=PAY_DATE, now=builders.NOW)


def settled(batch: Batch, *said: pay.Said) -> None:
    pay.send(batch)
    pay.answer(batch, *said)
    assert reconcile(batch_ids=[batch.id], now=builders.NOW)


def payees(batch: Batch) -> list[tuple[int, int]]:
    return sorted((line.payee_id, line.fen) for line in pay.lines_of(batch))


def alive_again(death: Death) -> None:
    """Two people withdraw a death."""
    content = {"death_case_id": death.case_id}
    who = builders.li() if death.person_id == builders.li().pk else builders.wang()
    withdraw_death(builders.case(kind="DEATH_WITHDRAWAL", content=content, party=who))


def of_wang() -> Death:
    return Death.objects.get(person=builders.wang().pk, superseded_at=None)


def owed_back() -> dict[int, int]:
    found: dict[int, int] = {}
    for row in MemoEntry.objects.all():
        found[row.party_id] = found.get(row.party_id, 0) + row.fen
    return {party: fen for party, fen in found.items() if fen}


def expense() -> dict[str, int]:
    found: dict[str, int] = {}
    own = Posting.objects.exclude(entry__source=funds.SOURCE)
    for line in own.select_related("account"):
        code = line.account.code
        found[code] = found.get(code, 0) + line.dr_fen - line.cr_fen
    return {code: fen for code, fen in found.items() if fen}


def broken() -> list[str]:
    rows = [
        *broken_promises(),
        *accounts.broken_promises(),
        *benefits.broken_promises(),
        *payments.broken_promises(),
    ]
    return [row.promise for row in rows if "签名" not in row.promise]


def test_the_share_of_an_heir_who_died_before_the_batch_goes_to_his_heirs() -> None:
    granted()
    s.died_too(builders.li())

    claim = inherits()
    (batch,) = sealed()
    settled(batch)

    zhao, chen = builders.zhao().pk, builders.chen().pk
    assert payees(batch) == sorted([(zhao, THIRD), (chen, THIRD), (chen, THIRD)])
    assert expense() == {"5001.03": WHOLE, "1004": -WHOLE}
    assert claim.steps[-1]["inputs"][0][0].startswith("丧葬补助金和抚恤金（份额")
    assert broken() == []


def test_it_is_inherited_once_and_whole() -> None:
    granted()
    s.died_too(builders.li())
    with pytest.raises(AmountDiffers, match=THIRD_SAID):
        inherits(amount="1.00")

    inherits()

    with pytest.raises(NothingOwed):
        inherits()


def test_the_living_are_inherited_by_nobody() -> None:
    granted()
    s.died_too(builders.li(), confirmed=False)

    with pytest.raises(inherited.NotDead):
        inherits()


def test_a_share_that_the_bank_returned_is_paid_to_the_heirs_and_not_again_to_the_dead() -> None:
    granted()
    (batch,) = sealed()
    of_li = next(line for line in pay.lines_of(batch) if line.payee_id == builders.li().pk)
    settled(batch, pay.Said(of_li, pay.BUSY))
    s.died_too(builders.li())
    assert count_ready(account_date=PAY_DATE) == 0

    inherits()
    again = reissue(period=NOVEMBER, pay_date=PAY_DATE, barred=[], made_by=None, now=builders.NOW)
    (heirs,) = sealed(DECEMBER)
    settled(heirs)

    assert (again, payees(heirs)) == ([], [(builders.chen().pk, THIRD)])
    assert sum(fen for code, fen in expense().items() if code == "5001.03") == WHOLE
    assert broken() == []


def test_a_share_on_its_way_to_a_bank_is_waited_for() -> None:
    granted()
    sealed()
    s.died_too(builders.li())

    with pytest.raises(NothingOwed):
        inherits()


def test_what_left_the_account_of_who_died_before_the_batch_goes_to_the_heirs() -> None:
    ensure_books(agency=builders.agency(), on=PAY_DATE)
    pay.account(builders.chen())
    account_builders.entry(month="2026-01", fen=1_000_000)
    content = {"scheme": "110", "month": "2026-11", "reason": "EMIGRATED"}
    case: Case = builders.case(kind="ACCOUNT_LUMP_SUM", content=content, party=builders.li())
    case.decided_at = datetime(2026, 11, 5, tzinfo=UTC)
    pay_lump_sum(case)
    s.died_too(builders.li())

    inherits(amount="10125.00")

    (batch,) = sealed()
    assert payees(batch) == [(builders.chen().pk, 1_012_500)]
    assert pay.lines_of(batch)[0].parts == [1_012_500]
    assert seal_outgoing(period=NOVEMBER, pay_date=PAY_DATE, now=builders.NOW) == []
    assert broken() == []


def test_a_share_that_was_the_dead_heirs_is_his_again_when_his_death_was_false() -> None:
    granted()
    death = s.died_too(builders.li())
    inherits()

    alive_again(death)

    (batch,) = sealed()
    assert {payee for payee, _ in payees(batch)} == {
        person.pk for person in (builders.li(), builders.zhao(), builders.chen())
    }
    assert (batch.fen, owed_back(), broken()) == (WHOLE, {}, [])


def test_what_a_bank_had_returned_is_paid_back_to_who_is_alive_after_all() -> None:
    granted()
    (batch,) = sealed()
    of_li = next(line for line in pay.lines_of(batch) if line.payee_id == builders.li().pk)
    settled(batch, pay.Said(of_li, pay.BUSY))
    death = s.died_too(builders.li())
    inherits()

    alive_again(death)

    li = builders.li().pk
    assert owed_back() == {li: -THIRD}
    content = {
        "scheme": "110",
        "amount": THIRD_SAID,
        "reason": "死亡信息有误(演示)",
        "document": "追退〔2026〕演示3号",
    }
    pay_back.decide(builders.case(kind="RECOVERY_PAY_BACK", content=content, party=builders.li()))
    (again,) = sealed(DECEMBER)
    assert (payees(again), owed_back(), broken()) == ([(li, THIRD)], {}, [])


def test_a_false_death_takes_back_what_heirs_of_an_heir_have_of_it() -> None:
    granted()
    s.died_too(builders.li())
    inherits()
    (batch,) = sealed()
    settled(batch)

    alive_again(of_wang())

    assert owed_back() == {builders.zhao().pk: THIRD, builders.chen().pk: 2 * THIRD}
    assert not Claim.objects.filter(superseded_at=None).exists()
    assert broken() == []


def test_so_it_does_of_an_account_that_was_inherited() -> None:
    ensure_books(agency=builders.agency(), on=PAY_DATE)
    inheritance_builders.died_with_account()
    inheritance_builders.inherited(heirs=s.heirs(builders.li()))
    s.died_too(builders.li())
    pay.account(builders.chen())
    inherits(amount="10075.00")

    alive_again(of_wang())

    assert Outgoing.objects.count() == InheritedSingle.objects.count() == 1
    assert (sealed(), owed_back(), broken()) == ([], {}, [])
    with pytest.raises(NothingOwed):
        inherits(amount="10075.00")


def test_a_share_that_heirs_have_is_inherited_on() -> None:
    """The heir of the heir dies before the batch as well."""
    granted()
    s.died_too(builders.li())
    inherits()
    s.died_too(builders.chen())
    case = of.decided(
        kind="DUE_INHERITANCE",
        content={**asked().content, "amount": "65343.06", "heirs": s.heirs(builders.zhao())},
        of=builders.chen(),
    )

    inherited.decide(case)

    (batch,) = sealed()
    assert payees(batch) == [(builders.zhao().pk, THIRD), (builders.zhao().pk, 2 * THIRD)]
    assert ClaimShare.objects.count() == 5
    assert broken() == []
