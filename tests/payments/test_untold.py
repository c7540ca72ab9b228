"""What cooled while nobody was told of it (冷静期满而告知未到本人)."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from backend.cases.models import Case
from backend.city.role_invariants import NOTICED, broken_promises
from backend.notices.call_backs import DISPUTE
from backend.notices.models import Notice, NoticeStep, StepState
from payments import accounts
from payments.account_changes import let_count
from payments.account_models import AccountChange
from payments.models import AccountBlock, PayeeAccount
from payments.untold import untold
from tests import builders
from tests.builders import TODAY
from tests.payments import payment_builders as pay
from tests.payments.check_builders import bank_says

pytestmark = pytest.mark.django_db
OLD, NEW = pay.ACCOUNT, "9900021000000000025"
COOLED = date(2026, 11, 12)


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def proposed() -> Case:
    """A clerk proposes another account for Wang."""
    return accounts.propose(
        staff=builders.member(role="CLERK").staff,
        payee_id=builders.wang().pk,
        bank="CSB",
        account_no=NEW,
        holder_name="王秀英",
        from_date=TODAY,
        evidence="本人持身份证到窗口(演示)",
        today=TODAY,
    )


def in_force(day: date) -> list[str]:
    rows = PayeeAccount.objects.filter(
        payee=builders.wang().pk, superseded_at__isnull=True, valid__contains=day
    )
    return [row.account_no for row in rows]


def change_of(case: Case) -> AccountChange:
    return AccountChange.objects.get(pk=case.pk)


def test_what_cooled_untold_does_not_count_while_the_old_account_is_paid() -> None:
    pay.account(builders.wang())
    case = pay.decided(proposed())

    assert let_count(today=COOLED + timedelta(days=30)) == 0
    assert (in_force(COOLED), list(untold(today=COOLED))) == ([OLD], [change_of(case)])

    pay.told(case)
    assert let_count(today=COOLED) == 1
    assert not untold(today=COOLED).exists()


def test_a_message_that_was_lost_told_nobody() -> None:
    pay.account(builders.wang())
    case = pay.decided(proposed())
    for notice in Notice.objects.filter(case=case):
        for state in (StepState.SENT, StepState.FAILED):
            NoticeStep.of(notice, state).save(force_insert=True)

    assert let_count(today=COOLED) == 0


def test_by_what_sql_says_of_a_notice_nobody_was_told() -> None:
    pay.account(builders.wang())
    case = pay.decided(proposed())
    notice = Notice.objects.filter(case=case).order_by("pk")[0]
    NoticeStep.objects.create(notice=notice, state=StepState.SENT)

    assert let_count(today=COOLED) == 0
    assert [one.subject for one in broken_promises() if one.promise == NOTICED] == [
        f"告知 {notice.pk}"
    ]


def test_who_was_told_at_a_number_that_sql_put_in_was_not_told() -> None:
    pay.account(builders.wang())
    case = pay.decided(proposed())
    forged = Notice.objects.create(
        case=case, party=case.party, channel="SMS", address="13800000000", former=False, text="演示"
    )
    NoticeStep.objects.create(notice=forged, state=StepState.QUEUED)
    NoticeStep.of(forged, StepState.SENT).save(force_insert=True)  # as the gateway's own job does

    assert let_count(today=COOLED) == 0


def test_a_denial_that_sql_rejected_tells_nobody() -> None:
    pay.account(builders.wang())
    case = pay.decided(proposed())
    dispute = Case.objects.create(
        kind=DISPUTE, agency=case.agency, party=case.party, content={"change": case.pk},
        digest="0" * 64, received_by=builders.li().pk, received_at=timezone.now(),
    )  # fmt: skip
    Case.objects.filter(pk=dispute.pk).update(state="REJECTED")

    assert let_count(today=COOLED) == 0


def test_what_cooled_untold_counts_where_the_old_account_is_not_paid_and_is_listed() -> None:
    old = pay.account(builders.wang())
    AccountBlock.objects.create(account=old, reason="CLOSED", due_ref=1, n=1)
    case = pay.decided(proposed())

    assert let_count(today=COOLED) == 1
    assert list(untold(today=COOLED)) == [change_of(case)]


def test_what_was_waived_needs_nobody_to_be_told_first() -> None:
    pay.account(builders.wang())
    pay.decided(proposed())
    bank_says()

    assert let_count(today=TODAY) == 1
    assert not untold(today=COOLED).exists()


def test_finance_sees_what_cooled_untold(client: Client) -> None:
    pay.account(builders.wang())
    case = pay.decided(proposed())
    client.force_login(builders.member(role="FINANCE").staff)

    every = client.get("/api/v1/accounts/changes/").json()["results"]
    cooled = client.get("/api/v1/accounts/changes/", {"untold": "true"}).json()["results"]

    assert [(row["case"], row["told"]) for row in every] == [(case.pk, False)]
    assert [row["case"] for row in cooled] == ([case.pk] if timezone.localdate() >= COOLED else [])
