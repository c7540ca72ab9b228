"""An account that heirs inherited is inherited anew, by difference to each (更正账户继承)."""

from datetime import date
from pathlib import Path

import pytest
from django.conf import LazySettings

from backend.cases.models import Case, Objection
from backend.kernel.months import Month
from insurance.accounts import invariants as accounts
from insurance.accounts.correcting import LeftReplaced, LeftUnknown, NothingChanged
from insurance.accounts.entries import balance
from insurance.accounts.models import LeftAccount, Outgoing
from insurance.accounts.outgoing_batches import seal_outgoing
from insurance.accounts.shares import divided
from insurance.benefits import inheriting
from insurance.benefits import invariants as benefits
from insurance.benefits.claims.inherited_singles import AmountTaken
from insurance.benefits.claims.models import Claim, InheritedSingle
from insurance.benefits.claims.undo import withdraw_undone
from insurance.policy.kept_steps import read
from insurance.policy.recompute import first_wrong
from payments import invariants as payments
from payments.ledger.books import ensure_books
from payments.ledger.models import MemoEntry
from payments.models import Batch, Withdrawn
from payments.reconcile import reconcile
from tests import builders
from tests.insurance.accounts import account_builders
from tests.insurance.benefits import inheritance_builders as of
from tests.insurance.benefits import month_builders as m
from tests.insurance.issuing.objected import objected, put_on_record, received, signed
from tests.insurance.pension import survivor_builders as survivors
from tests.payments import payment_builders as pay

pytestmark = pytest.mark.django_db
NOVEMBER, PAY_DATE = Month(2026, 11), date(2026, 11, 15)
WHY = {"error": "漏列继承人（演示）", "error_evidence": "继承公证书 演示2号"}
HALF = of.WHOLE_FEN // 2
LIS, ZHAOS, CHENS = divided(fen=of.WHOLE_FEN, weights=(1, 1, 1))


@pytest.fixture(autouse=True)
def _var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


@pytest.fixture
def first() -> Case:
    """Li and Zhao have Wang's account; Chen was left out."""
    ensure_books(agency=builders.agency(), on=PAY_DATE)
    of.died_with_account()
    for heir in (builders.li(), builders.zhao(), builders.chen()):
        pay.account(heir)
    return of.inherited()


def corrected(before: Case, **changes: object) -> Case:
    """All three are heirs, in September."""
    content = {"corrects": before.pk, "month": "2026-09", "heirs": survivors.three(), **WHY}
    return of.inherited(**{**content, **changes})


def sealed(period: Month = NOVEMBER) -> list[Batch]:
    return seal_outgoing(period=period, pay_date=PAY_DATE, now=builders.NOW)


def paid(period: Month = NOVEMBER, *said: pay.Said) -> dict[int, int]:
    """A month's batch, sent and answered: to whom how much went."""
    (batch,) = sealed(period)
    pay.send(batch)
    pay.answer(batch, *said)
    assert reconcile(batch_ids=[batch.id], now=builders.NOW)
    return {line.payee_id: line.fen for line in pay.lines_of(batch)}


def owed() -> dict[int, int]:
    found: dict[int, int] = {}
    for row in MemoEntry.objects.all():
        found[row.party_id] = found.get(row.party_id, 0) + row.fen
    return {party: fen for party, fen in found.items() if fen}


def held() -> int:
    return balance(person_id=builders.wang().pk, scheme="110")


def broken() -> list[str]:
    rows = [
        *accounts.broken_promises(),
        *benefits.broken_promises(),
        *payments.broken_promises(),
    ]
    return [row.promise for row in rows if "签名" not in row.promise]


def test_an_heir_left_out_is_paid_and_who_had_too_much_owes_it_back(first: Case) -> None:
    assert paid() == {builders.li().pk: HALF, builders.zhao().pk: HALF}

    again = corrected(first)

    left = LeftAccount.objects.get(case_id=again.pk)
    assert (left.corrects_id, "继承公证书 演示2号" in left.ground) == (first.pk, True)
    assert sum(row.fen for row in Outgoing.objects.filter(case_id=again.pk)) == of.WHOLE_FEN
    assert owed() == {builders.li().pk: HALF - LIS, builders.zhao().pk: HALF - ZHAOS}
    assert paid(NOVEMBER.next) == {builders.chen().pk: CHENS}
    assert (held(), broken()) == (0, [])


def test_an_objection_is_answered_by_what_is_inherited_anew(first: Case) -> None:
    put_on_record(first)
    wang = builders.wang().pk
    objection = objected(to=first.pk, of=wang, objector="陈桂芳")
    asked = {**first.content, "corrects": first.pk, "month": "2026-11", "heirs": survivors.three()}
    again = signed(received("ACCOUNT_INHERITANCE", of=wang, **asked, objection=objection.pk))

    signed(objection)

    row = Objection.objects.get()
    assert (row.outcome, row.correction_id) == ("CORRECTED", again.pk)
    assert Outgoing.objects.filter(case_id=again.pk).count() == 3
    assert LeftAccount.objects.get(case_id=again.pk).ground.startswith("异议（业务件")


def test_no_interest_is_borne_between_the_two(first: Case) -> None:
    again = corrected(first)

    steps = read(rows=LeftAccount.objects.get(case_id=again.pk).steps)
    assert first_wrong(steps=steps) is None
    assert sum(row.fen for row in Outgoing.objects.filter(case_id=again.pk)) == of.WHOLE_FEN


def test_before_the_batch_only_the_corrected_shares_are_paid(first: Case) -> None:
    corrected(first)

    assert sum(paid().values()) == of.WHOLE_FEN
    assert (owed(), broken()) == ({}, [])


def test_what_came_into_the_account_since_is_inherited_with_it(first: Case) -> None:
    paid()
    account_builders.entry(person_id=builders.wang().pk, month="2026-06", arrival="2026-08", fen=90)

    corrected(first)

    assert sum(Outgoing.objects.order_by("-pk").values_list("fen", flat=True)[:3]) > of.WHOLE_FEN
    assert (held(), broken()) == (0, [])


def test_what_the_bank_returned_was_not_had(first: Case) -> None:
    (batch,) = sealed()
    pay.send(batch)
    line = next(one for one in pay.lines_of(batch) if one.payee_id == builders.li().pk)
    pay.answer(batch, pay.Said(line, pay.BUSY))
    assert reconcile(batch_ids=[batch.id], now=builders.NOW)

    corrected(first)

    assert Withdrawn.objects.get().due_ref == line.due_ref
    assert owed() == {builders.zhao().pk: HALF - ZHAOS}
    assert paid(NOVEMBER.next)[builders.li().pk] == LIS
    assert broken() == []


def test_what_comes_back_of_who_is_no_heir_is_owed_by_nobody(first: Case) -> None:
    (batch,) = sealed()
    pay.send(batch)
    corrected(first, heirs=survivors.heirs(builders.zhao()))
    assert owed() == {builders.li().pk: HALF}
    line = next(one for one in pay.lines_of(batch) if one.payee_id == builders.li().pk)
    pay.answer(batch, pay.Said(line, pay.BUSY))
    assert reconcile(batch_ids=[batch.id], now=builders.NOW)

    withdraw_undone()

    assert (owed(), pay.reissued()) == ({}, [])
    assert broken() == []


def test_what_comes_back_of_who_is_still_an_heir_is_paid_again(first: Case) -> None:
    (batch,) = sealed()
    pay.send(batch)
    corrected(first, heirs=survivors.heirs(builders.li(), builders.chen()))
    line = next(one for one in pay.lines_of(batch) if one.payee_id == builders.li().pk)
    pay.answer(batch, pay.Said(line, pay.BUSY))
    assert reconcile(batch_ids=[batch.id], now=builders.NOW)

    withdraw_undone()

    assert not Withdrawn.objects.exists()
    assert broken() == []


def test_corrected_twice_what_was_owed_back_counts(first: Case) -> None:
    paid()

    corrected(corrected(first), heirs=survivors.heirs(builders.li(), builders.zhao()))

    assert owed() == {}
    assert sealed(NOVEMBER.next) == []
    assert (held(), broken()) == (0, [])


def test_a_death_that_was_false_undoes_what_was_corrected(first: Case) -> None:
    paid()
    corrected(first)
    paid(NOVEMBER.next)

    of.alive_again(m.SOME_CASE)

    heirs = {builders.li().pk: HALF, builders.zhao().pk: HALF}
    assert owed() == {**heirs, builders.chen().pk: CHENS}
    assert (held(), broken()) == (of.PAID_IN_FEN, [])


def test_a_closed_year_stays_closed(first: Case) -> None:
    paid()
    account_builders.finished_run(year=2026)

    with pytest.raises(Exception, match="2026 年已经计息"):
        corrected(first)


def test_the_same_heirs_are_no_correction(first: Case) -> None:
    with pytest.raises(NothingChanged):
        corrected(first, heirs=survivors.heirs(builders.li(), builders.zhao()))

    assert Outgoing.objects.count() == 2


def test_what_was_replaced_is_corrected_no_more(first: Case) -> None:
    corrected(first)

    with pytest.raises(LeftReplaced):
        corrected(first)


def test_what_heirs_of_an_heir_have_is_not_corrected(first: Case) -> None:
    share = Outgoing.objects.get(case_id=first.pk, payee=builders.li().pk)
    claim = Claim.objects.create(
        kind="INHERITED", person_id=builders.li().pk, scheme="110", event_date=PAY_DATE,
        book=pay.book("110"), fen=share.fen, region="340800", figures={}, steps=[],
        policy_version="0" * 64, standing="CITED", case_id=m.SOME_CASE, subject="演示",
    )  # fmt: skip
    InheritedSingle.objects.create(claim=claim, outgoing=share, fen=share.fen)
    put_on_record(first)

    with pytest.raises(AmountTaken):
        inheriting.check(of.asked(corrects=first.pk, **WHY))


def test_what_this_case_did_not_decide_is_not_corrected(first: Case) -> None:
    with pytest.raises(LeftUnknown):
        corrected(builders.case(kind="ACCOUNT_LUMP_SUM"))
