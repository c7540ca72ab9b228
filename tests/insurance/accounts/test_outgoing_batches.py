"""What left an account to a person is paid as a pension is: signed, sent, returned, paid again."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.conf import LazySettings

from backend.access.models import Agency
from backend.cases.models import Case
from backend.jobs.faultpoint import FaultError
from backend.kernel.months import Month
from backend.people.models import Death, Person
from insurance.accounts.invariants import broken_promises
from insurance.accounts.leaving import inherit, pay_lump_sum
from insurance.accounts.models import Outgoing, OutgoingDue
from insurance.accounts.outgoing_batches import count_ready, seal_outgoing
from insurance.accounts.refunds import refund_cleared
from insurance.benefits import invariants as benefits
from insurance.enrolment.models import Cleared, Enrolment, Kind
from payments.ledger.books import ensure_books
from payments.ledger.models import Book, Posting
from payments.models import Attempt, Batch, BatchKind
from payments.reconcile import reconcile
from payments.reissue import reissue
from tests import builders, funds
from tests.insurance.accounts import account_builders as of
from tests.insurance.enrolment import enrolment_builders as enrolled
from tests.payments import payment_builders as pay

pytestmark = pytest.mark.django_db
NOVEMBER, PAY_DATE = Month(2026, 11), date(2026, 11, 15)
WHOLE = 1_012_500  # of 10,000.00 since January


@pytest.fixture(autouse=True)
def _var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def emigrated(*, scheme: str = "110", with_account: bool = True) -> Outgoing:
    """Wang takes out the whole account."""
    ensure_books(agency=builders.agency(), on=PAY_DATE)
    wang = builders.wang()
    if with_account:
        pay.account(wang)
    of.entry(person_id=wang.pk, scheme=scheme, month="2026-01", fen=1_000_000)
    content = {"scheme": scheme, "month": "2026-11", "reason": "EMIGRATED"}
    case: Case = builders.case(kind="ACCOUNT_LUMP_SUM", content=content)
    case.decided_at = datetime(2026, 11, 5, tzinfo=UTC)
    pay_lump_sum(case)
    return Outgoing.objects.get()


def inherited(*heirs: Person, scheme: str) -> None:
    """Wang died; of two heirs the first has twice as much as the second."""
    ensure_books(agency=builders.agency(), on=PAY_DATE)
    died(confirmed=True)
    of.entry(person_id=builders.wang().pk, scheme=scheme, month="2026-01", fen=1_000_000)
    for heir in heirs:
        pay.account(heir)
    content = {"scheme": scheme, "month": "2026-11"}
    case: Case = builders.case(kind="ACCOUNT_INHERITANCE", content=content)
    case.decided_at = datetime(2026, 11, 6, tzinfo=UTC)
    inherit(case, heirs=[(heir.pk, 2 - n) for n, heir in enumerate(heirs)])


def doubled(*, scheme: str, kind: Kind, fen: int) -> None:
    """A case of the pensions' agency closed Wang's doubled October; the account part goes back."""
    wang = builders.wang().pk
    pay.account(builders.wang())
    ensure_books(agency=builders.agency(), on=PAY_DATE)
    of.entry(person_id=wang, scheme=scheme, month="2026-10", fen=fen)
    gone = enrolled.enrolment(person_id=wang, scheme=scheme, kind=kind)
    Enrolment.objects.filter(pk=gone.pk).update(superseded_at=builders.NOW)
    Cleared.objects.create(
        person_id=wang,
        scheme=scheme,
        enrolment=gone,
        from_month=of.first("2026-10"),
        until_month=of.first("2026-11"),
        case_id=builders.case(kind="ENROLMENT_MERGE").pk,
    )
    assert refund_cleared(month=NOVEMBER)


def died(*, confirmed: bool) -> None:
    """Wang's death is told."""
    Death.objects.create(
        person_id=builders.wang().pk,
        death_date=date(2026, 11, 6),
        source="POLICE",
        confirmed=confirmed,
        evidence="演示",
        case_id=1,
    )


def medical_bureau(*, code: str = "34080002") -> Agency:
    """The agency that keeps the book of 310."""
    bureau = Agency.objects.create(code=code, name="演示市医保局", region="340800", kind="MEDICAL")
    ensure_books(agency=bureau, on=PAY_DATE)
    return bureau


def sealed(period: Month = NOVEMBER) -> list[Batch]:
    return seal_outgoing(period=period, pay_date=PAY_DATE, now=builders.NOW)


def settled(batch: Batch, *said: pay.Said) -> None:
    pay.send(batch)
    pay.answer(batch, *said)
    assert reconcile(batch_ids=[batch.id], now=builders.NOW)


def expense() -> dict[str, int]:
    found: dict[str, int] = {}
    own = Posting.objects.exclude(entry__source=funds.SOURCE)
    for line in own.select_related("account"):
        code = line.account.code
        found[code] = found.get(code, 0) + line.dr_fen - line.cr_fen
    return found


def broken() -> list[str]:
    rows = [*broken_promises(), *benefits.broken_promises()]
    return [row.promise for row in rows if "签名" not in row.promise]


@pytest.mark.parametrize(("scheme", "item"), [("110", "5001.01"), ("170", "5001.02")])
def test_a_lump_sum_is_paid_by_a_batch_of_its_own(scheme: str, item: str) -> None:
    out = emigrated(scheme=scheme)

    (batch,) = sealed()
    settled(batch)

    assert (batch.kind, batch.line_count, batch.fen) == (BatchKind.ACCOUNT, 1, out.fen)
    assert batch.no.endswith("-A1")
    assert expense() == {item: out.fen, "1004": -out.fen}
    assert OutgoingDue.objects.get().due_ref == Attempt.objects.get().due_ref
    assert broken() == []


def test_medical_account_money_is_paid_from_the_book_of_the_medical_bureau() -> None:
    bureau = medical_bureau()
    out = emigrated(scheme="310")

    (batch,) = sealed()
    settled(batch)

    assert (batch.book.agency, batch.book.scheme) == (bureau, "310")
    assert (batch.kind, batch.line_count, batch.fen) == (BatchKind.ACCOUNT, 1, out.fen)
    assert expense() == {"5001.02": out.fen, "1004": -out.fen}
    assert broken() == []


def test_heirs_of_a_medical_account_are_paid_by_shares() -> None:
    medical_bureau()
    inherited(builders.li(), builders.chen(), scheme="310")

    (batch,) = sealed()

    lines = Attempt.objects.filter(batch_id=batch.pk).order_by("fen")
    assert [(line.payee_id, line.fen) for line in lines] == [
        (builders.chen().pk, 333_472),  # 10,000.00 with its interest, a third
        (builders.li().pk, 666_945),
    ]
    assert broken() == []


def test_medical_money_that_the_bank_returned_is_paid_again_from_its_book() -> None:
    medical_bureau()
    out = emigrated(scheme="310")
    (batch,) = sealed()
    settled(batch, pay.Said(pay.lines_of(batch)[0], pay.BUSY))

    (again,) = reissue(
        period=NOVEMBER, pay_date=PAY_DATE, barred=[], made_by=None, now=builders.NOW
    )
    settled(again)

    assert again.book == batch.book
    assert expense() == {"5001.02": out.fen, "1004": -out.fen}
    assert broken() == []


def test_doubled_months_are_given_back_as_a_benefit_of_the_account() -> None:
    doubled(scheme="110", kind=Kind.EMPLOYED, fen=48_000)

    (batch,) = sealed()
    settled(batch)

    assert expense() == {"5001.01": 48_000, "1004": -48_000}
    assert broken() == []


def test_doubled_medical_months_cleared_elsewhere_are_paid_by_who_keeps_the_fund() -> None:
    bureau = medical_bureau()
    doubled(scheme="310", kind=Kind.EMPLOYED, fen=12_000)

    (batch,) = sealed()
    settled(batch)

    assert (batch.book.agency, batch.fen) == (bureau, 12_000)
    assert expense() == {"5001.02": 12_000, "1004": -12_000}


def test_where_two_medical_bureaus_keep_the_fund_nothing_is_guessed() -> None:
    medical_bureau()
    medical_bureau(code="34080003")
    emigrated(scheme="310")

    assert sealed() == []
    assert not OutgoingDue.objects.exists()


def test_it_is_put_into_a_batch_once() -> None:
    emigrated()
    sealed()

    assert sealed() == []
    assert sealed(NOVEMBER.next) == []
    assert count_ready(account_date=PAY_DATE) == 0


def test_what_the_bank_returned_is_paid_again() -> None:
    out = emigrated()
    (batch,) = sealed()
    settled(batch, pay.Said(pay.lines_of(batch)[0], pay.BUSY))
    (again,) = reissue(
        period=NOVEMBER, pay_date=PAY_DATE, barred=[], made_by=None, now=builders.NOW
    )

    settled(again)

    assert expense() == {"5001.01": out.fen, "1004": -out.fen}
    assert Attempt.objects.count() == 2
    assert broken() == []


def test_without_an_account_it_waits_for_the_next_month() -> None:
    emigrated(with_account=False)
    assert sealed() == []

    pay.account(builders.wang())

    assert [batch.fen for batch in sealed(NOVEMBER.next)] == [WHOLE]


def test_who_died_meanwhile_is_not_paid() -> None:
    emigrated()
    died(confirmed=False)

    assert sealed() == []


def test_a_second_one_of_the_month_waits_for_the_next() -> None:
    emigrated()
    sealed()
    of.entry(person_id=builders.wang().pk, scheme="170", month="2026-11", fen=7_000)
    content = {"scheme": "170", "month": "2026-11", "reason": "EMIGRATED"}
    case: Case = builders.case(kind="ACCOUNT_LUMP_SUM", content=content)
    case.decided_at = datetime(2026, 11, 6, tzinfo=UTC)
    pay_lump_sum(case)

    assert sealed() == []
    assert [batch.fen for batch in sealed(NOVEMBER.next)] == [7_000]


def test_of_a_batch_that_fails_nothing_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    emigrated()
    monkeypatch.setenv("FAULTPOINTS", "accounts.outgoing.filled:1:raise")

    with pytest.raises(FaultError):
        sealed()

    assert (Batch.objects.count(), OutgoingDue.objects.count()) == (0, 0)
    monkeypatch.delenv("FAULTPOINTS")
    assert [batch.fen for batch in sealed()] == [WHOLE]


def test_where_two_books_could_pay_nothing_is_guessed() -> None:
    emigrated()
    book = Book.objects.get(agency=builders.agency(), scheme="110")
    Book.objects.create(agency=book.agency, scheme="110", pool_region="340800")

    assert sealed() == []
    assert not OutgoingDue.objects.exists()
