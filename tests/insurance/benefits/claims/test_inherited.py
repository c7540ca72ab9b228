"""What was owed to who died goes to the heirs, once, in a batch like any other (应发待遇继承)."""

from datetime import date
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, transaction

from backend.cases.content import ContentInvalid
from backend.people.models import Death
from insurance.accounts.entries import balance
from insurance.benefits import invariants as benefits
from insurance.benefits.claims import inherited
from insurance.benefits.claims.claim_batches import seal_grants
from insurance.benefits.claims.grant import HeirInvalid
from insurance.benefits.claims.inherited import (
    AmountDiffers,
    NotDead,
    NothingOwed,
    RunOpen,
    StillHeld,
)
from insurance.benefits.claims.invariants import broken_promises
from insurance.benefits.claims.models import Claim, InheritedDue
from insurance.benefits.claims.undo import withdraw_death
from insurance.benefits.models import Cancelled, DueKind, Entitlement, Hold
from payments import invariants as payments
from payments.ledger.models import MemoEntry, Posting
from payments.models import Attempt, Batch, BatchKind
from payments.reconcile import reconcile
from payments.reissue import reissue
from tests import builders, funds
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.claims import inherited_builders as of
from tests.insurance.benefits.month_builders import DECEMBER, JANUARY, NOVEMBER
from tests.insurance.pension import survivor_builders as survivors
from tests.payments import payment_builders as pay

pytestmark = pytest.mark.django_db
PAY_DATE = date(2026, 11, 15)


@pytest.fixture(autouse=True)
def _var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def paid() -> Batch:
    """The heirs' batch, sent and paid."""
    (batch,) = seal_grants(period=NOVEMBER, pay_date=PAY_DATE, now=builders.NOW)
    pay.send(batch)
    pay.answer(batch)
    assert reconcile(batch_ids=[batch.id], now=builders.NOW)
    return batch


def alive_again() -> None:
    """Wang comes to the window; two people withdraw the death."""
    death = Death.objects.get(superseded_at=None)
    withdraw_death(builders.case(kind="DEATH_WITHDRAWAL", content={"death_case_id": death.case_id}))


def expense() -> dict[str, int]:
    found: dict[str, int] = {}
    own = Posting.objects.exclude(entry__source=funds.SOURCE)
    for line in own.select_related("account"):
        code = line.account.code
        found[code] = found.get(code, 0) + line.dr_fen - line.cr_fen
    return {code: fen for code, fen in found.items() if fen}


def broken() -> list[str]:
    rows = [*broken_promises(), *benefits.broken_promises(), *payments.broken_promises()]
    return [row.promise for row in rows if "签名" not in row.promise]


def test_two_heirs_are_paid_to_the_fen_by_their_own_accounts() -> None:
    of.died_unpaid()
    of.heirs_accounts()

    of.granted()
    batch = paid()

    assert (batch.kind, batch.line_count, batch.fen) == (BatchKind.GRANT, 2, of.MONTH_FEN)
    lines = Attempt.objects.filter(batch_id=batch.pk).order_by("payee_id")
    assert {line.payee_id for line in lines} == {builders.li().pk, builders.zhao().pk}
    assert [line.parts for line in lines] == [[11_000, 1_575], [11_000, 1_575]]
    assert expense() == {"5001.01": 22_000, "5001.02": 3_150, "1004": -of.MONTH_FEN}
    assert broken() == []


def test_a_due_that_heirs_have_is_neither_held_nor_paid_again() -> None:
    wang = of.died_unpaid()
    of.granted()

    m.sealed(DECEMBER)
    m.sealed(JANUARY)

    assert m.held_reasons(wang, DECEMBER) == []
    assert not Attempt.objects.filter(payee_id=wang.person_id).exists()
    with pytest.raises(NothingOwed):
        of.granted()
    assert broken() == []


def test_a_difference_found_after_the_death_goes_to_the_heirs_too() -> None:
    """Who died in between is owed what an adjustment raises, up to the month of death."""
    wang = of.died_unpaid()
    of.granted()
    m.raise_basic(of=wang, to_fen=23_000, since=NOVEMBER.plus(-2))

    m.sealed(DECEMBER)
    claim = of.granted(amount="30.00")

    assert [kind for _, kind, _ in m.dues(wang, DECEMBER)] == [DueKind.DIFFERENCE] * 3
    assert claim.fen == 3_000
    assert [share.fen for share in claim.claimshare_set.order_by("pk")] == [1_500, 1_500]
    m.sealed(JANUARY)
    assert broken() == []


def test_what_the_bank_returned_after_the_death_is_not_paid_to_the_dead_but_to_the_heirs() -> None:
    wang = of.pension()
    m.sealed()
    (batch,) = Batch.objects.filter(kind="REGULAR", line_count=1)
    pay.send(batch)
    pay.answer(batch, pay.Said(m.line(wang), pay.BUSY))
    survivors.died(on=of.DIED_ON)
    of.heirs_accounts()

    of.granted()
    paid()
    again = reissue(period=NOVEMBER, pay_date=PAY_DATE, barred=[], made_by=None, now=builders.NOW)

    assert again == []
    assert InheritedDue.objects.get().n == 2
    assert sum(fen for code, fen in expense().items() if code.startswith("5001")) == of.MONTH_FEN
    m.sealed(DECEMBER)
    assert broken() == []


def test_the_account_pays_its_part_at_once_and_what_is_left_is_inherited_besides() -> None:
    wang = of.died_unpaid(holds=100_000)

    of.granted()

    assert balance(person_id=wang.person_id, scheme="170") == 100_000 - 3_150
    assert broken() == []


def test_who_lives_has_back_what_his_heirs_were_to_have() -> None:
    wang = of.died_unpaid(holds=100_000)
    of.granted()

    alive_again()
    assert balance(person_id=wang.person_id, scheme="170") == 100_000
    m.sealed(DECEMBER)

    assert [(month, fen) for month, _, fen in m.dues(wang, DECEMBER)] == [
        (NOVEMBER, of.MONTH_FEN),
        (DECEMBER, of.MONTH_FEN),
    ]
    assert Cancelled.objects.count() == 1
    assert seal_grants(period=NOVEMBER, pay_date=PAY_DATE, now=builders.NOW) == []
    assert broken() == []


def test_heirs_who_were_paid_on_a_false_death_owe_it_back() -> None:
    wang = of.died_unpaid()
    of.heirs_accounts()
    of.granted()
    paid()

    alive_again()
    m.sealed(DECEMBER)

    owed = dict(MemoEntry.objects.values_list("party", "fen"))
    assert owed == {builders.li().pk: 12_575, builders.zhao().pk: 12_575}
    due = m.dues(wang, DECEMBER)[0]
    assert due == (NOVEMBER, DueKind.DIFFERENCE, of.MONTH_FEN)
    assert broken() == []


def test_who_dies_later_after_all_is_inherited_from_anew() -> None:
    of.died_unpaid()
    of.granted()
    alive_again()
    survivors.died(on=of.DIED_ON)
    m.sealed(DECEMBER)

    claim = of.granted()

    assert Claim.objects.count() == 2
    assert claim.fen == of.MONTH_FEN
    assert broken() == []


@pytest.mark.parametrize("amount", ["251.49", "251.51", "503.00"])
def test_what_is_signed_is_what_is_owed(amount: str) -> None:
    of.died_unpaid()

    with pytest.raises(AmountDiffers, match=r"1 笔 251\.50"):
        inherited.check(of.asked(amount=amount))


def test_months_after_the_death_go_to_nobody() -> None:
    wang = of.pension()
    m.hold(of=wang, reason="CHECK_MISSED")
    m.sealed()
    m.sealed(DECEMBER)
    survivors.died(on=of.DIED_ON)

    assert of.granted().fen == of.MONTH_FEN  # of November alone
    m.sealed(JANUARY)
    assert m.held_reasons(wang, JANUARY) == []
    assert broken() == []


def test_nobody_inherits_from_who_is_only_reported_dead() -> None:
    of.pension()
    survivors.died(on=of.DIED_ON, confirmed=False)
    m.sealed()

    with pytest.raises(NotDead):
        of.granted()


def test_nobody_inherits_what_waits_for_another_decision() -> None:
    wang = of.pension()
    Hold.objects.create(
        entitlement=wang, reason="IN_PRISON", valid=m.months(NOVEMBER, None), case_id=m.SOME_CASE
    )
    survivors.died(on=of.DIED_ON)
    m.sealed()

    with pytest.raises(StillHeld):
        of.granted()


def test_an_unverified_amount_waits_on() -> None:
    wang = of.pension()
    m.component(of=wang, name="EXTRA_YEARS", fen=100, start=NOVEMBER, standing="UNVERIFIED")
    survivors.died(on=of.DIED_ON)
    m.sealed()

    with pytest.raises(NothingOwed):
        of.granted(amount="252.50")


def test_while_a_month_is_computed_nobody_is_granted() -> None:
    of.died_unpaid()
    m.computed(DECEMBER)

    with pytest.raises(RunOpen):
        of.granted()


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"evidence": ""}, ContentInvalid),
        ({"heirs": []}, ContentInvalid),
        ({"scheme": "390"}, ContentInvalid),
        ({"amount": "0.00"}, ContentInvalid),
    ],
)
def test_a_case_says_who_inherits_what_and_why(
    changes: dict[str, object], refusal: type[Exception]
) -> None:
    of.died_unpaid()

    with pytest.raises(refusal):
        inherited.check(of.asked(**changes))


def test_the_dead_do_not_inherit_from_themselves() -> None:
    of.died_unpaid()

    with pytest.raises(HeirInvalid):
        inherited.check(of.asked(heirs=survivors.heirs(builders.wang())))


def test_the_database_lets_a_due_be_inherited_once() -> None:
    of.died_unpaid()
    claim = of.granted()
    due = InheritedDue.objects.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        InheritedDue.objects.create(due_id=due.due_id, claim=claim, n=1)


def test_a_due_paid_to_the_dead_besides_breaks_a_promise() -> None:
    wang: Entitlement = of.died_unpaid()
    of.granted()
    m.opened(DECEMBER)
    batch = Batch.objects.get(kind="REGULAR", bank="NSB", book=wang.book, period=DECEMBER.first_day)
    Attempt.objects.create(
        due_ref=InheritedDue.objects.get().due_id, n=1, batch_id=batch.pk, chunk=0,
        payee_id=wang.person_id, fen=of.MONTH_FEN, parts=[22_000, 3_150], account_no="1",
        holder_name="王秀英",
    )  # fmt: skip

    assert "应发继承:由继承人领取的应发不再付给本人,死亡更正后才撤销重算" in broken()
