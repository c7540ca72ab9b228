"""A month's 余额调节表: four kinds of money, two persons, then the close."""

import io
import uuid
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader

from backend.access.models import Role, Staff
from backend.access.roles import RoleMissing
from backend.cases.approvals import ApprovalExists
from backend.exports import tasks as export_jobs
from backend.jobs.runner import run_waiting
from backend.kernel.months import Month
from payments import statement_invariants
from payments import tasks as payment_jobs
from payments.balance_signing import (
    RestNotOwned,
    TableChanged,
    TableNotMade,
    balance_blockers,
    check,
    make,
)
from payments.balance_table import BANK, BOOK, Laid, NoStatements, laid_down, read_back
from payments.ledger.close import MonthBlocked
from payments.ledger.models import Book
from payments.statement_models import BalanceTable, BankStatement
from tests import builders
from tests.builders import NOW, PASSWORD, Member
from tests.payments import statement_builders as bank
from tests.payments.ledger.conftest import NOVEMBER, Books, close
from tests.payments.ledger.conftest import books as books  # a fixture
from tests.payments.ledger.conftest import pay as book_entry
from tests.payments.statement_builders import Moved, ours
from tests.payments.test_take_statement import DEPOSIT, funded

pytestmark = pytest.mark.django_db
JOBS = (export_jobs, payment_jobs)  # registered once imported, as in a worker
PERIOD = Month(2026, 11)
FEE, INTEREST = Moved(-450, date(2026, 11, 12), summary="手续费"), Moved(800, summary="利息")


@pytest.fixture(autouse=True)
def _own_folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def lived(books: Books, folder: Path, *, opening: int = 0) -> Book:
    """A month with money of all four kinds between the books and the bank."""
    ours(books.residents)
    funded(books)
    book_entry(books.residents, 20_000, source_id="sent on the last day", on=date(2026, 11, 30))
    book_entry(books.residents, -70, source_id="back on the last day", on=date(2026, 11, 30))
    lines = (Moved(5_000_000, date(2026, 11, 3)), FEE, INTEREST)
    month = bank.Month(sorted(lines, key=lambda x: x.day), opening=opening)
    assert bank.taken(folder, bank.text(month)).accepted
    return books.residents


def shown(book: Book) -> Laid:
    return laid_down(book=book, code=DEPOSIT, month=PERIOD)


def made(book: Book, member: Member, **changes: Any) -> BalanceTable:
    given = {"digest": shown(book).digest, "reason": "", "owner": None} | changes
    return make(book=book, code=DEPOSIT, month=PERIOD, key=member.key, now=NOW, **given)


def checked(book: Book, member: Member, **changes: Any) -> BalanceTable:
    given = {"digest": shown(book).digest} | changes
    return check(book=book, code=DEPOSIT, month=PERIOD, key=member.key, now=NOW, **given)


def finance() -> Member:
    return builders.member(role="FINANCE", of=builders.person(name="孙会计"))


def reviewer() -> Member:
    return builders.member(role="REVIEWER", of=builders.person(name="胡复核"))


def test_both_sides_say_the_same_with_what_the_other_knows(books: Books, tmp_path: Path) -> None:
    table = shown(lived(books, tmp_path))

    assert (table.book_fen, table.bank_fen) == (4_980_070, 5_000_350)
    assert (table.sum_of(BANK, came=True), table.sum_of(BANK, came=False)) == (800, 450)
    assert (table.sum_of(BOOK, came=True), table.sum_of(BOOK, came=False)) == (70, 20_000)
    assert table.book_adjusted_fen == table.bank_adjusted_fen == 4_980_420
    assert table.rest_fen == 0
    assert [one.fen for one in table.open] == [800, -450, -20_000, 70]


def test_a_later_month_does_not_change_it(books: Books, tmp_path: Path) -> None:
    book = lived(books, tmp_path)
    before = shown(book)
    december = date(2026, 12, 2)
    book_entry(book, 33, source_id="december", on=december)
    lines = [Moved(-20_000, december), Moved(-33, december)]
    after = bank.Month(
        lines, opening=5_000_350, start=date(2026, 12, 1), end=date(2026, 12, 31), number="DZ-2"
    )

    assert bank.taken(tmp_path, bank.text(after)).accepted

    assert shown(book).content == before.content
    december_table = laid_down(book=book, code=DEPOSIT, month=PERIOD.next)
    assert [one.fen for one in december_table.open] == [800, -450, 70]
    assert december_table.rest_fen == 0


def test_what_was_signed_is_read_back_as_it_was(books: Books, tmp_path: Path) -> None:
    table = shown(lived(books, tmp_path))

    assert read_back(table.content) == table


def test_without_the_whole_month_there_is_no_table(books: Books, tmp_path: Path) -> None:
    ours(books.residents)
    with pytest.raises(NoStatements):
        shown(books.residents)

    bank.taken(tmp_path, bank.text(bank.Month((FEE,), opening=500, end=date(2026, 11, 29))))

    with pytest.raises(NoStatements, match="只到 2026-11-29"):
        shown(books.residents)


def test_the_month_closes_when_two_persons_have_signed(books: Books, tmp_path: Path) -> None:
    book = lived(books, tmp_path)
    told: list[list[str]] = []

    for act in (lambda: None, lambda: made(book, finance()), lambda: checked(book, reviewer())):
        act()
        told.append(balance_blockers(book_id=book.pk, month=NOVEMBER))

    assert [len(one) for one in told] == [1, 1, 0]
    assert "没有按现在的内容编制" in told[0][0]
    assert "尚未复核" in told[1][0]
    assert close(book, blockers=(balance_blockers,)) > 0
    assert statement_invariants.broken_promises() == []


def test_an_unsigned_table_keeps_the_month_open(books: Books, tmp_path: Path) -> None:
    book = lived(books, tmp_path)

    with pytest.raises(MonthBlocked, match="余额调节表"):
        close(book, blockers=(balance_blockers,))


def test_a_voucher_after_the_signatures_asks_for_another_table(
    books: Books, tmp_path: Path
) -> None:
    book = lived(books, tmp_path)
    made(book, finance())
    checked(book, reviewer())

    book_entry(book, 5, source_id="late")

    assert "没有按现在的内容编制" in balance_blockers(book_id=book.pk, month=NOVEMBER)[0]


def test_a_book_without_statements_closes_as_before(books: Books) -> None:
    book_entry(books.employees, 5)

    assert balance_blockers(book_id=books.employees.pk, month=NOVEMBER) == []


def test_who_laid_it_down_does_not_review_it(books: Books, tmp_path: Path) -> None:
    book = lived(books, tmp_path)
    both = finance()
    made(book, both)

    with pytest.raises(RoleMissing):
        checked(book, both)
    with pytest.raises(ApprovalExists):
        made(book, both)


def test_only_what_was_laid_down_and_shown_is_reviewed(books: Books, tmp_path: Path) -> None:
    book = lived(books, tmp_path)

    with pytest.raises(TableNotMade):
        checked(book, reviewer())
    with pytest.raises(TableChanged):
        made(book, finance(), digest="0" * 64)
    with pytest.raises(RoleMissing):
        made(book, reviewer())


def test_a_rest_has_a_reason_and_an_owner(books: Books, tmp_path: Path) -> None:
    book = lived(books, tmp_path, opening=99)
    maker = finance()
    assert shown(book).rest_fen == -99

    with pytest.raises(RestNotOwned, match=r"-0\.99"):
        made(book, maker)
    with pytest.raises(RestNotOwned):
        made(book, maker, reason="接管前的期初差额")
    table = made(book, maker, reason="接管前的期初差额", owner=maker.staff)

    assert (table.rest_fen, table.rest_owner) == (-99, maker.staff.person_id)


def test_nothing_is_explained_where_nothing_is_left(books: Books, tmp_path: Path) -> None:
    with pytest.raises(RestNotOwned):
        made(lived(books, tmp_path), finance(), reason="没有差额")


def test_a_table_is_not_changed(books: Books, tmp_path: Path) -> None:
    made(lived(books, tmp_path), finance())

    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE payments_balancetable SET bank_fen = 0")


def post(client: Client, path: str, body: dict[str, Any]) -> Any:
    return client.post(
        f"/api/v1/{path}",
        body,
        content_type="application/json",
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )


def signer(client: Client, role: str) -> Staff:
    staff = builders.staff_with_password(role=role, username=f"{role.lower()}-1")
    client.force_login(staff)
    return staff


def test_the_desk_does_a_month_over_the_api(books: Books, client: Client) -> None:
    funded(books)
    book = books.residents
    at = f"books/{book.pk}/bank-balance/{DEPOSIT}/"
    signer(client, Role.FINANCE)
    ours(book)
    lines = (Moved(5_000_000, date(2026, 11, 3)), FEE)
    file = SimpleUploadedFile("dz.txt", bank.text(bank.Month(lines)))
    statement = client.post("/api/v1/bank-statements/", {"bank": "NSB", "file": file}).json()
    rows = client.get(f"/api/v1/bank-statements/{statement['id']}/lines/").json()["results"]
    told = post(client, f"{at}?month=2026-11", {}).json()
    proof = {"password": PASSWORD, "code": builders.code(now=timezone.now())}
    laid = post(client, f"{at}make?month=2026-11", {"digest": told["digest"], **proof})
    signer(client, Role.REVIEWER)
    proof = {"password": PASSWORD, "code": builders.code(now=timezone.now())}
    last = post(client, f"{at}check?month=2026-11", {"digest": told["digest"], **proof})

    assert statement["accepted"]
    assert {row["state"]: row["amount"] for row in rows} == {
        "MATCHED": "50000.00",
        "BANK_PAID": "-4.50",
    }
    assert all(row["counter_name"] != "安庆市财政局" for row in rows)
    assert told["kinds"]["bank_paid"] == "4.50"
    assert (told["book_adjusted"], told["bank_adjusted"]) == ("49995.50", "49995.50")
    assert laid.status_code == 200, laid.content
    assert last.json()["signed"] == ["CHECK", "MAKE"], last.content
    assert client.get(f"/api/v1/{at}?month=2026-11").json()["table"] == last.json()["table"]


def test_a_refused_statement_is_told_over_the_api(books: Books, client: Client) -> None:
    signer(client, Role.FINANCE)
    file = SimpleUploadedFile("dz.txt", b"PK\x03\x04")

    answer: Any = client.post("/api/v1/bank-statements/", {"bank": "NSB", "file": file})

    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_the_other_agency_sees_none_of_it(books: Books, client: Client, tmp_path: Path) -> None:
    book = lived(books, tmp_path)
    other = builders.agency(code="34080002", name="演示市医保局")
    client.force_login(builders.member(role="FINANCE", at=other).staff)

    assert client.get("/api/v1/bank-statements/").json()["results"] == []
    assert client.get("/api/v1/own-accounts/").json()["results"] == []
    lines = client.get(f"/api/v1/bank-statements/{BankStatement.objects.get().pk}/lines/")
    assert lines.status_code == 404
    at = f"books/{book.pk}/bank-balance/{DEPOSIT}/"
    assert client.get(f"/api/v1/{at}?month=2026-11").status_code == 404
    proof = {"password": PASSWORD, "code": "000000", "digest": "0" * 64}
    for path, body in ((at, {}), (f"{at}make", proof)):
        assert post(client, f"{path}?month=2026-11", body).status_code == 404
    client.force_login(builders.member(role="REVIEWER", at=other).staff)
    assert post(client, f"{at}check?month=2026-11", proof).status_code == 404


@pytest.mark.parametrize("role", ["CLERK", "APPROVER", "SYSTEM_ADMIN"])
def test_who_has_nothing_to_do_with_it_does_nothing(
    books: Books, client: Client, tmp_path: Path, role: str
) -> None:
    book = lived(books, tmp_path)
    client.force_login(builders.member(role=role).staff)
    at = f"books/{book.pk}/bank-balance/{DEPOSIT}/"

    for path in (at, f"{at}make", f"{at}check", "bank-statements/"):
        assert post(client, f"{path}?month=2026-11", {}).status_code == 403


def test_each_signature_is_given_once(books: Books, tmp_path: Path) -> None:
    book = lived(books, tmp_path)
    made(book, finance())
    checked(book, reviewer())

    for again, role in ((made, "FINANCE"), (checked, "REVIEWER")):
        with pytest.raises(ApprovalExists):
            again(book, builders.member(role=role))
    assert BalanceTable.objects.count() == 1


def test_it_is_printed_with_who_signed_it(books: Books, client: Client, tmp_path: Path) -> None:
    book = lived(books, tmp_path)
    table = made(book, finance())
    checked(book, reviewer())
    client.force_login(builders.member(role="FINANCE").staff)
    asked = {
        "list": "bank-balance-paper",
        "filters": {"table": str(table.pk)},
        "purpose": "月末归档",
    }

    export = post(client, "exports/", asked).json()["id"]
    run_waiting(keys=[f"export/{export}"])
    answer: Any = client.post(f"/api/v1/exports/{export}/fetch")

    pdf = PdfReader(io.BytesIO(b"".join(answer.streaming_content)))
    said = "".join("".join(page.extract_text() for page in pdf.pages).split())
    for part in (
        "银行存款余额调节表",
        "银行已付、企业未付4.50",
        "调节后余额49804.20",
        "孙会计",
        "胡复核",
    ):
        assert part in said
    assert "调节后双方余额相等" in said
