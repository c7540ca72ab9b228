"""What an employer was refunded is corrected by another case, by difference (稳岗返还更正)."""

from datetime import date
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, transaction

from backend.cases.content import ProposalWaits
from backend.cases.models import Case
from backend.cases.receive import receive_case
from backend.kernel.money import Money
from backend.kernel.months import Month
from insurance.benefits.claims.models import ClaimShare
from insurance.benefits.recovery import pay_back
from insurance.benefits.recovery.standing import RECEIPT
from insurance.collection.matching.work_off import work_off
from insurance.unemployment import refund_correcting
from insurance.unemployment.models import RefundDue, RefundEntry, RefundList, RefundObjection
from insurance.unemployment.refund_batches import seal_refunds
from insurance.unemployment.refund_correcting import (
    EntryReplaced,
    EntryUnknown,
    NothingChanged,
)
from insurance.unemployment.refund_invariants import broken_promises
from payments import corrected
from payments import invariants as payments
from payments.ledger import memo
from payments.ledger.models import MemoEntry
from payments.models import Attempt, Batch, Withdrawn
from payments.reconcile import reconcile
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.collection import match_city as city
from tests.insurance.collection.match_city import Came
from tests.insurance.unemployment import refund_builders as r
from tests.insurance.unemployment.refund_builders import AFTER, PART, WHOLE
from tests.payments import payment_builders as pay

pytestmark = pytest.mark.django_db
JUNE, JULY = Month(2026, 6), Month(2026, 7)
SMALL, LARGE = WHOLE * 9 // 10, WHOLE * 5 // 10
WHY = {"error": "划型有误（演示）", "error_evidence": "统计部门划型证明 演示1号"}


@pytest.fixture(autouse=True)
def _var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


@pytest.fixture
def payer() -> int:
    """An employer with an account."""
    number = r.employer()
    m.account(of=number)
    return number


def entry_of(found: RefundList, payer: int) -> RefundEntry:
    return RefundEntry.objects.get(list=found, payer=payer, correction=None)


def decided(payer: int) -> RefundEntry:
    """What a decided list says of it."""
    found = r.listed()
    r.granted(found)
    return entry_of(found, payer)


def correcting(before: RefundEntry, **changes: object) -> RefundEntry:
    """What a decided case puts in its place."""
    content = {"corrects": before.pk, "size": "SMALL", "reason": None, **WHY, **changes}
    case = receive_case(
        kind="STABILITY_CORRECTION",
        agency=builders.agency(),
        party_id=before.payer_id,
        content=content,
        received_by=builders.person(name="石玉兰").pk,
    )
    case.decided_at = AFTER
    refund_correcting.decide(case)
    return RefundEntry.objects.get(case_id=case.pk)


def sealed(period: Month = JUNE) -> list[Batch]:
    return seal_refunds(period=period, pay_date=date(2026, 6, 20), now=AFTER)


def paid(period: Month = JUNE) -> dict[int, int]:
    """A month's batch, sent and paid: who got how much."""
    (batch,) = sealed(period)
    pay.send(batch)
    pay.answer(batch)
    assert reconcile(batch_ids=[batch.id], now=builders.NOW)
    return {line.payee_id: line.fen for line in Attempt.objects.filter(batch_id=batch.pk)}


def owed() -> dict[int, int]:
    found: dict[int, int] = {}
    for row in MemoEntry.objects.all():
        found[row.party_id] = found.get(row.party_id, 0) + row.fen
    return found


def broken() -> list[str]:
    rows = [*broken_promises(), *payments.broken_promises()]
    return [row.promise for row in rows if "签名" not in row.promise]


def test_an_employer_that_was_refused_wrongly_is_paid_by_its_corrected_entry() -> None:
    late = r.employer(paid=11)
    m.account(of=late)
    r.employer(serial=2)
    before = decided(late)
    file = city.write_file(receipts=[Came(late, "210", 2 * PART, month=r.MONTHS[11])])
    work_off(file_id=file.pk, period=Month(2026, 11), today=date(2027, 1, 20))

    after = correcting(before)

    assert (before.fen, after.fen, after.had_fen, after.corrects) == (0, SMALL, 0, before)
    assert paid() == {late: SMALL}
    assert broken() == []


def test_who_had_too_much_owes_back_the_difference(payer: int) -> None:
    before = decided(payer)
    assert paid() == {payer: SMALL}

    after = correcting(before, size="LARGE")

    assert (after.fen, after.had_fen) == (LARGE, LARGE)
    assert owed() == {payer: SMALL - LARGE}
    assert sealed(JULY) == []
    assert broken() == []


def test_who_gets_nothing_owes_back_all_of_it(payer: int) -> None:
    before = decided(payer)
    paid()

    after = correcting(before, reason="严重失信（演示）")

    assert (after.fen, after.refused, after.note) == (0, "EXCLUDED", "严重失信（演示）")
    assert owed() == {payer: SMALL}
    assert broken() == []


def test_what_is_owed_back_no_more_stands_below_zero(payer: int) -> None:
    before = decided(payer)
    paid()
    less = correcting(before, size="LARGE")

    again = correcting(less)

    assert (again.fen, again.had_fen) == (SMALL, SMALL)
    assert owed() == {payer: 0}
    assert sealed(JULY) == []
    assert broken() == []


def test_what_an_employer_gave_back_and_did_not_owe_is_of_the_item_it_was_spent_from(
    payer: int,
) -> None:
    before, more = decided(payer), SMALL - LARGE
    paid()
    less = correcting(before, size="LARGE")
    book = less.list.book
    memo.settle(book=book, party_id=payer, fen=more, source=RECEIPT, source_id="1", settled_by=None)
    correcting(less)
    assert owed() == {payer: -more}
    asked = {
        "scheme": "210",
        "amount": str(Money(more)),
        "reason": "划型核实为中小微企业（演示）",
        "document": "追退〔2026〕演示2号",
    }

    pay_back.decide(
        receive_case(
            kind="RECOVERY_PAY_BACK",
            agency=builders.agency(),
            party_id=payer,
            content=asked,
            received_by=builders.person(name="石玉兰").pk,
        )
    )

    (line,) = refund_lines(payer)
    assert ClaimShare.objects.get().parts == [*[0] * (len(line.parts) - 1), more]
    assert owed() == {payer: 0}


def refund_lines(payer: int) -> list[Attempt]:
    return list(Attempt.objects.filter(payee_id=payer))


def test_before_the_batch_only_the_corrected_amount_is_paid(payer: int) -> None:
    correcting(decided(payer), size="LARGE")

    assert paid() == {payer: LARGE}
    assert owed() == {}
    assert broken() == []


def test_what_the_bank_returned_was_not_had(payer: int) -> None:
    before = decided(payer)
    _returned(payer)

    after = correcting(before, size="LARGE")

    assert (after.had_fen, owed()) == (0, {})
    assert Withdrawn.objects.get().due_ref == RefundDue.objects.get(entry=before).due_ref
    assert paid(JULY) == {payer: LARGE}
    assert broken() == []


def test_what_comes_back_later_is_owed_by_nobody_and_not_paid_again(payer: int) -> None:
    before = decided(payer)
    (batch,) = sealed()
    pay.send(batch)
    correcting(before, reason="严重失信（演示）")
    assert owed() == {payer: SMALL}
    (line,) = pay.lines_of(batch)
    pay.answer(batch, pay.Said(line, pay.BUSY))
    reconcile(batch_ids=[batch.id], now=builders.NOW)

    corrected.withdraw_wholly_owed()

    assert owed() == {payer: 0}
    assert pay.reissued() == []
    assert broken() == []


def test_whom_an_objection_took_off_may_be_put_on_again(payer: int) -> None:
    r.employer(serial=2)
    found = r.listed()
    RefundObjection.objects.create(list=found, payer_id=payer, effect="EXCLUDE", case_id=1)
    r.granted(found)

    after = correcting(entry_of(found, payer))

    assert paid()[payer] == after.fen == SMALL
    assert broken() == []


def test_what_comes_to_the_same_is_no_correction(payer: int) -> None:
    with pytest.raises(NothingChanged):
        correcting(decided(payer))


def test_what_was_replaced_is_corrected_no_more(payer: int) -> None:
    before = decided(payer)
    correcting(before, size="LARGE")

    with pytest.raises(EntryReplaced):
        correcting(before, reason="严重失信（演示）")


def test_one_correction_of_an_entry_waits_at_a_time(payer: int) -> None:
    correcting(decided(payer), size="LARGE")
    (waits,) = Case.objects.filter(kind="STABILITY_CORRECTION")
    other = receive_case(
        kind=waits.kind,
        agency=waits.agency,
        party_id=payer,
        content={**waits.content, "size": "SMALL"},
        received_by=waits.received_by,
    )

    with pytest.raises(ProposalWaits):
        refund_correcting.check(other)


def test_what_is_not_decided_is_not_corrected(payer: int) -> None:
    entry = entry_of(r.listed(), payer)

    with pytest.raises(EntryUnknown):
        correcting(entry, size="LARGE")


def test_an_entry_is_corrected_once_also_by_sql(payer: int) -> None:
    before = decided(payer)
    correcting(before, size="LARGE")

    before.pk, before.corrects_id, before.case_id, before.ground = None, before.pk, 1, "演示"
    with pytest.raises(IntegrityError, match="corrects"), transaction.atomic():
        before.save(force_insert=True)


def _returned(payer: int) -> None:
    (batch,) = sealed()
    pay.send(batch)
    (line,) = pay.lines_of(batch)
    pay.answer(batch, pay.Said(line, pay.BUSY))
    reconcile(batch_ids=[batch.id], now=builders.NOW)
