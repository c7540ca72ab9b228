"""A list is paid when its notice is over and every objection has its answer; once a year."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from backend.jobs.faultpoint import FaultError
from backend.kernel.months import Month
from insurance.benefits import invariants as benefits
from insurance.unemployment import refund_case
from insurance.unemployment.models import RefundDue, RefundGrant, RefundList, RefundObjection
from insurance.unemployment.refund_batches import seal_refunds
from insurance.unemployment.refund_case import (
    ListReplaced,
    NothingToRefund,
    NoticeOver,
    NoticeRuns,
    ObjectionsOpen,
)
from insurance.unemployment.refund_invariants import broken_promises, promises
from insurance.unemployment.refund_list import RefundGranted
from payments import invariants as payments
from payments.ledger.models import Posting
from payments.models import Attempt, Batch, BatchKind
from payments.reconcile import reconcile
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.unemployment import claim_builders as z
from tests.insurance.unemployment import refund_builders as r
from tests.insurance.unemployment.refund_builders import AFTER, WHOLE
from tests.payments import payment_builders as pay

pytestmark = pytest.mark.django_db
JUNE, SHARE = Month(2026, 6), WHOLE * 9 // 10


@pytest.fixture(autouse=True)
def _var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


@pytest.fixture
def payers() -> tuple[int, int]:
    return r.employer(serial=1), r.employer(serial=2)


def sealed(period: Month = JUNE) -> list[Batch]:
    return seal_refunds(period=period, pay_date=date(2026, 6, 20), now=AFTER)


@pytest.mark.usefixtures("payers")
def test_before_the_notice_is_over_nothing_is_decided() -> None:
    found = r.listed()

    with pytest.raises(NoticeRuns):
        r.granted(found, AFTER.replace(day=16))

    assert r.granted(found).fen == 2 * SHARE


def test_an_open_objection_holds_up_the_decision(payers: tuple[int, int]) -> None:
    found = r.listed()
    r.objecting(found, payers[0])

    with pytest.raises(ObjectionsOpen):
        r.granted(found)


def test_who_was_rightly_objected_to_is_not_paid(payers: tuple[int, int]) -> None:
    found = r.listed()
    _upheld(found, payers[0])

    assert r.granted(found).fen == SHARE


def test_what_is_upheld_is_on_record(payers: tuple[int, int]) -> None:
    found = r.listed()

    refund_case.uphold_objection(r.objecting(found, payers[1]))

    assert RefundObjection.objects.get(list=found).payer_id == payers[1]


def test_a_list_that_must_be_drawn_up_again_is_not_paid(payers: tuple[int, int]) -> None:
    found = r.listed()
    _upheld(found, payers[0], effect="REDRAW")

    with pytest.raises(ListReplaced):
        r.granted(found)


@pytest.mark.usefixtures("payers")
def test_a_list_that_was_drawn_up_again_is_not_paid() -> None:
    first = r.listed()
    r.listed()

    with pytest.raises(ListReplaced):
        r.granted(first)


def test_objections_come_during_the_notice(payers: tuple[int, int]) -> None:
    found = r.listed()
    content = {"list": found.pk, "payer": payers[0], "grounds": "演示理由", "effect": "EXCLUDE"}

    assert refund_case.check_objection(r.objecting(found, payers[0])) == 0
    for day in (7, 17):
        with pytest.raises(NoticeOver):
            refund_case.check_objection(
                r.asking("STABILITY_OBJECTION", content, AFTER.replace(day=day))
            )


def test_a_list_on_which_nobody_gets_anything_is_not_decided() -> None:
    r.employer(paid=3)

    with pytest.raises(NothingToRefund):
        r.granted(r.listed())


@pytest.mark.usefixtures("payers")
def test_a_year_is_paid_once() -> None:
    found = r.listed()
    r.granted(found)

    with pytest.raises(RefundGranted):
        r.granted(found)


def test_no_grant_leaves_somebody_out_also_by_sql(payers: tuple[int, int]) -> None:
    found = r.listed()

    with pytest.raises(IntegrityError, match="newest list"), transaction.atomic():
        RefundGrant.objects.create(
            list=found, book=found.book, year=2026, entry_count=1, fen=SHARE, case_id=1
        )


def test_employers_are_paid_in_a_batch_out_of_their_own_expense_account(
    payers: tuple[int, int],
) -> None:
    for payer in payers:
        m.account(of=payer)
    r.granted(r.listed())

    (batch,) = sealed()
    pay.send(batch)

    assert (batch.kind, batch.line_count, batch.fen) == (BatchKind.EMPLOYER, 2, 2 * SHARE)
    assert {one.parts[5] for one in Attempt.objects.filter(batch_id=batch.pk)} == {SHARE}
    assert spent_as(2 * SHARE) == "5301"
    assert [one for one in payments.broken_promises() if "签名" not in one.promise] == []


def test_what_the_bank_paid_to_employers_breaks_no_promise(payers: tuple[int, int]) -> None:
    for payer in payers:
        m.account(of=payer)
    r.granted(r.listed())
    (batch,) = sealed()
    pay.send(batch)
    pay.answer(batch)

    assert reconcile(batch_ids=[batch.id], now=builders.NOW)

    assert [one for one in payments.broken_promises() if "签名" not in one.promise] == []
    found = [*benefits.broken_promises(), *broken_promises()]
    assert [one for one in found if "应发" in one.promise] == []


@pytest.mark.usefixtures("payers")
def test_a_demonstration_decides_on_the_day_that_is_told() -> None:
    _signed(at_once=True)

    assert [one for one in broken_promises() if "公示" in one.promise] == []


def test_who_has_no_account_waits_for_the_next_month(payers: tuple[int, int]) -> None:
    m.account(of=payers[0])
    r.granted(r.listed())
    assert [batch.line_count for batch in sealed()] == [1]
    assert sealed() == []

    m.account(of=payers[1])

    assert [batch.line_count for batch in sealed(JUNE.next)] == [1]
    assert RefundDue.objects.count() == 2


def test_interrupted_while_it_is_filled_nothing_is_there(
    payers: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    m.account(of=payers[0])
    r.granted(r.listed())
    monkeypatch.setenv("FAULTPOINTS", "unemployment.refunds.filled:1:raise")
    with pytest.raises(FaultError):
        sealed()
    monkeypatch.delenv("FAULTPOINTS")
    assert RefundDue.objects.count() == 0

    assert [batch.line_count for batch in sealed()] == [1]


@pytest.mark.usefixtures("payers")
def test_signed_through_all_hands_the_promises_hold() -> None:
    found = _signed()

    assert RefundGrant.objects.get(list=found).fen == 2 * SHARE
    assert broken_promises() == []
    assert len(promises()) == 8


@pytest.mark.usefixtures("payers")
def test_a_list_that_rests_on_no_decision_is_found() -> None:
    r.granted(r.listed())

    assert {one.promise for one in broken_promises()} >= {promises()[0]}


@pytest.mark.usefixtures("payers")
def test_staff_see_lists_and_steps() -> None:
    found = _signed()
    staff = Client()
    staff.force_login(builders.member(role="FINANCE").staff)

    lists = staff.get("/api/v1/unemployment/refund-lists/").json()["results"]
    entries = staff.get(f"/api/v1/unemployment/refund-entries/?list={found.pk}").json()["results"]

    assert (lists[0]["notice_until"], lists[0]["amount"]) == (str(found.notice_until), "1296.00")
    assert (lists[0]["standing"], lists[0]["standing_label"]) == ("DEMO", "演示")
    assert entries[0]["steps"][-1]["name"] == "稳岗返还金额"
    assert entries[0]["payer_name"].startswith("演示商贸")


@pytest.mark.usefixtures("payers")
def test_anybody_reads_the_notice_of_a_year_that_has_one() -> None:
    found = _signed()

    shown = Client().get("/api/v1/public/stability-refunds/34080001/2026").json()

    assert shown["notice_until"] == str(found.notice_until)
    assert shown["standing_label"] == "演示"  # the days of the notice are unverified
    assert [one["amount"] for one in shown["employers"]] == ["648.00", "648.00"]
    assert Client().get("/api/v1/public/stability-refunds/34080001/2025").status_code == 404


@pytest.mark.usefixtures("payers")
def test_the_notice_is_read_page_by_page() -> None:
    _signed()

    first = Client().get("/api/v1/public/stability-refunds/34080001/2026?page_size=1").json()
    second = Client().get(first["next"]).json()

    names = [one["name"] for page in (first, second) for one in page["employers"]]
    assert len(set(names)) == 2
    assert (second["next"], second["year"]) == (None, 2026)


def test_an_employer_that_an_objection_took_off_is_shown_to_nobody(
    payers: tuple[int, int],
) -> None:
    _upheld(r.listed(), payers[0])

    shown = Client().get("/api/v1/public/stability-refunds/34080001/2026").json()

    assert len(shown["employers"]) == 1


def _signed(*, at_once: bool = False) -> RefundList:
    """Published today and decided when the notice is over, each by those who may; ``at_once``: by
    the clock today, as in a demonstration that lives ahead of it."""
    m.office()
    now = timezone.now()
    content = r.list_content(published_on=timezone.localdate(now).isoformat())
    z.through_hands(kind="STABILITY_LIST", content=content, on=now, roles=("REVIEWER",))
    found = RefundList.objects.get()
    later = now + timedelta(days=30)
    content = {"list": found.pk, "received_date": timezone.localdate(later).isoformat()}
    z.through_hands(kind="STABILITY_REFUND", content=content, on=now if at_once else later)
    return found


def _upheld(found: RefundList, payer: int, *, effect: str = "EXCLUDE") -> None:
    """Somebody was right to object."""
    RefundObjection.objects.create(list=found, payer_id=payer, effect=effect, case_id=1)


def spent_as(fen: int) -> str:
    """The expense account of the one posting of this sum."""
    return Posting.objects.get(dr_fen=fen, account__code__startswith="5").account.code
