"""The proof of refunds: silent when all is well, and it finds what does not belong."""

from datetime import date
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, transaction

from insurance.collection.books import book_ids
from insurance.collection.models import (
    Match,
    MatchKind,
    RefundAnswer,
    SentRefund,
    Suspense,
    TreasuryRefund,
)
from insurance.collection.refund_invariants import broken_promises, promises
from payments.ledger.post import post
from tests.insurance.collection import match_city as city
from tests.insurance.collection import refund_builders as r
from tests.insurance.collection.match_city import Came

pytestmark = pytest.mark.django_db
DAY = date(2026, 12, 1)


@pytest.fixture(autouse=True)
def _world(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    r.world()


def broken() -> set[str]:
    found = {one.promise for one in broken_promises()}
    assert found <= set(promises())
    return found


def test_a_refund_of_no_match_is_found() -> None:
    match = Match.objects.create(
        kind=MatchKind.REFUND, period=city.NOV.first_day, matched_on=DAY, case_id=1
    )
    match.summary = {}
    match.save(update_fields=["summary"])
    TreasuryRefund.objects.create(
        case_id=1, channel="TAX", scheme="110", month=city.NOV.first_day, part=1,
        payer_id=r.PAYER, fen=5_00, decided_on=DAY, match=match,
    )  # fmt: skip

    assert broken() == {
        "退库:入库款=核销+滞纳金+待处理+应退和已退库的",
        "退库:退费的核销都有应退库款",
    }


def test_a_refund_of_what_still_waits_is_found() -> None:
    r.arrive(r.UNKNOWN)
    TreasuryRefund.objects.create(
        case_id=1, channel="TAX", scheme="110", fen=100_00, decided_on=DAY,
        suspense=Suspense.objects.get(),
    )  # fmt: skip

    assert broken() == {
        "退库:入库款=核销+滞纳金+待处理+应退和已退库的",
        "退库:退回的待处理款都有应退库款",
    }


def test_a_voucher_before_the_treasury_has_paid_is_found() -> None:
    row = r.owed_of_suspense()

    post(
        rule="collection.suspense.refunded", book_id=book_ids(on=DAY)["110"], business_date=DAY,
        source="collection.refund", source_id=str(row.pk), items=[100_00], summary="演示",
    )  # fmt: skip

    assert broken() == {"退库:国库退了的才记账,记的就是所退"}


def test_an_answer_that_was_not_worked_off_is_found() -> None:
    row = r.owed_of_suspense()

    RefundAnswer.objects.create(
        case_id=1, refund=row, refund_no=row.number, outcome="PAID", document="TK1", day=DAY,
        fen=row.fen,
    )  # fmt: skip

    assert broken() == {"退库:状态与国库的回执相符", "退库:国库退了的才记账,记的就是所退"}


def test_a_refund_that_a_list_does_not_hold_is_found() -> None:
    r.owed_of_suspense()
    file = r.listed()
    assert file is not None
    other = r.owed_of_suspense(Came(None, "110", 30_00, month=city.NOV))

    SentRefund.objects.create(refund=other, attempt=1, file=file, fen=other.fen)

    assert broken() == {"退库:送国库的清单是其所列"}


def test_a_withdrawal_gives_back_what_was_to_go_back() -> None:
    with pytest.raises(IntegrityError, match="allocates and leaves"):
        withdrawn_with_nothing(r.owed_of_suspense())


@transaction.atomic
def withdrawn_with_nothing(row: TreasuryRefund) -> None:
    match = Match.objects.create(
        kind=MatchKind.UNDONE, period=city.NOV.first_day, matched_on=DAY, case_id=1
    )
    row.state, row.undone = "WITHDRAWN", match
    row.save(update_fields=["state", "undone"])
    match.summary = {}
    match.save(update_fields=["summary"])
