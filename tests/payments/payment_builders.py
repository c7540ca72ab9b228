"""Batches, lines and answers of banks for tests (样例批次); all persons are invented (演示)."""

import hashlib
import itertools
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange
from django.test import Client

from backend.cases import acts
from backend.cases.decide import decide
from backend.cases.models import Case
from backend.kernel.months import Month
from backend.notices.models import Notice, NoticeStep, StepState
from backend.people.models import Person
from payments import bank_files, discrepancies, returns
from payments.batches import open_batches, seal
from payments.ledger.books import ensure_books
from payments.ledger.close import close_month, preview
from payments.ledger.models import Book
from payments.models import (
    Attempt,
    Batch,
    BatchKind,
    Discrepancy,
    Outcome,
    OutcomeState,
    PayeeAccount,
    ReturnFile,
)
from payments.reissue import reissue
from payments.signing import APPROVE, CHECK, SEND, SigningStep, sign_batches
from tests import builders, funds
from tests.builders import NOW, Member

PERIOD = Month(2026, 11)
PAY_DATE = date(2026, 11, 10)
RESIDENTS, EMPLOYEES = "170", "110"
PARTS = {RESIDENTS: (13900, 6100), EMPLOYEES: (20000,)}  # 200.00 yuan by expense item
ACCOUNT = "9900011000000000017"
OTHER_ACCOUNT = "9900011000000000025"
PAID, CLOSED_ACCOUNT, BUSY, UNKNOWN = "0000", "3018", "3028", "3044"
_due_refs = itertools.count(500_001)  # below those of the sequence


@dataclass(frozen=True)
class Line:
    """What a line of a draft is to say; by default 200 yuan to Wang."""

    payee: Person
    parts: tuple[int, ...] = PARTS[RESIDENTS]
    account_no: str = ACCOUNT
    holder_name: str = "王秀英"


@dataclass(frozen=True)
class Said:
    """What the bank says of a line; the rest when it says other than instructed."""

    line: Attempt
    code: str = PAID
    fen: int | None = None
    name: str = ""
    account_no: str = ""


def book(scheme: str = RESIDENTS) -> Book:
    """The agency's book of a scheme."""
    books = ensure_books(agency=builders.agency(), on=PAY_DATE)
    return next(book for book in books if book.scheme == scheme)


def account(
    payee: Person,
    *,
    account_no: str = ACCOUNT,
    holder_name: str = "王秀英",
    bank: str = "NSB",
) -> PayeeAccount:
    """The account to which a payee is paid."""
    return PayeeAccount.objects.create(
        payee_id=payee.pk,
        bank=bank,
        account_no=account_no,
        holder_name=holder_name,
        valid=SqlRange(builders.IN_OFFICE_SINCE, None),
    )


def draft(*lines: Line, scheme: str = RESIDENTS) -> Batch:
    """The draft of November at NSB with these lines; without any, one line to Wang."""
    own = book(scheme)
    batches = Batch.objects.filter(period=PERIOD.first_day, kind=BatchKind.REGULAR)
    if not batches.exists():
        open_batches(period=PERIOD, pay_date=PAY_DATE, today=PAY_DATE)
    batch = batches.get(book=own, bank="NSB")
    for line in lines or (Line(builders.wang(), PARTS[scheme]),):
        add(batch, line)
    return batch


def add(batch: Batch, line: Line, *, chunk: int = 0) -> Attempt:
    """Put a line into a draft as its payee's first attempt."""
    return Attempt.objects.create(
        due_ref=next(_due_refs),
        n=1,
        batch_id=batch.id,
        chunk=chunk,
        payee_id=line.payee.pk,
        fen=sum(line.parts),
        parts=list(line.parts),
        account_no=line.account_no,
        holder_name=line.holder_name,
    )


def sealed(*lines: Line, scheme: str = RESIDENTS, made_by: int | None = None) -> Batch:
    """A sealed batch with these lines."""
    batch = draft(*lines, scheme=scheme)
    seal(batch_ids=[batch.id], made_by=made_by, now=NOW)
    batch.refresh_from_db()
    return batch


def sign(batch: Batch, step: SigningStep, *, by: Member | None = None) -> Batch:
    """Sign the digest as it stands; by a fresh member of the book's agency with the step's role."""
    member = by or builders.member(role=step.role, at=batch.book.agency)
    if step is SEND:
        funds.cover([batch])
    sign_batches(step=step, digests={batch.id: batch.digest}, key=member.key, now=NOW)
    batch.refresh_from_db()
    return batch


def approved(*lines: Line, scheme: str = RESIDENTS) -> Batch:
    """An approved batch whose file is written; the money for it is there."""
    batch = sign(sign(sealed(*lines, scheme=scheme), CHECK), APPROVE)
    bank_files.prepare_file(batch_id=batch.id)
    funds.cover([batch])
    return batch


def looked_at(client: Client, batch: Batch) -> None:
    """Whoever is logged in opens what is to be seen of a batch before signing."""
    for what in ("MOVEMENT", "HELD"):
        answer = client.post(
            f"/api/v1/batches/{batch.pk}/opened",
            {"what": what},
            content_type="application/json",
            headers={"Idempotency-Key": uuid.uuid4().hex},
        )
        assert answer.status_code == 200, answer.content


def sent(*lines: Line, scheme: str = RESIDENTS) -> Batch:
    """A batch on its way through three signatures to the bank."""
    return deliver(sign(approved(*lines, scheme=scheme), SEND))


def send(batch: Batch) -> Batch:
    """Take a sealed batch to the bank."""
    sign(sign(batch, CHECK), APPROVE)
    bank_files.prepare_file(batch_id=batch.id)
    return deliver(sign(batch, SEND))


def deliver(batch: Batch) -> Batch:
    """Hand the file over."""
    bank_files.deliver(batch_id=batch.id, now=NOW)
    batch.refresh_from_db()
    return batch


def lines_of(batch: Batch) -> list[Attempt]:
    """The lines in the order of the file."""
    return list(Attempt.objects.filter(batch_id=batch.id).order_by("due_ref", "n"))


def answer(batch: Batch, *said: Said, part: int = 1) -> ReturnFile:
    """Take in what NSB says; lines of the first part of which nothing is said are paid."""
    told = {one.line.due_ref for one in said}
    rest = [Said(line) for line in lines_of(batch) if line.due_ref not in told]
    content = return_bytes(batch=batch, said=[*said, *(rest if part == 1 else [])], part=part)
    path = Path(settings.VAR_DIR) / f"HP340800NSB{batch.bankfile.serial:08d}_{part:02d}.txt"
    path.write_bytes(content)
    file = returns.receive_return(bank="NSB", path=path)
    assert file.accepted, file.detail
    batch.refresh_from_db()
    return file


def answered(*codes: str, scheme: str = RESIDENTS) -> Batch:
    """A batch with one line for each code, and the bank's answer."""
    people = [builders.person() for _ in codes]
    for person in people:
        account(person)
    batch = sent(*(Line(person, PARTS[scheme]) for person in people), scheme=scheme)
    lines = lines_of(batch)
    answer(batch, *(Said(line, code) for line, code in zip(lines, codes, strict=True)))
    return batch


def return_bytes(*, batch: Batch, said: Sequence[Said], part: int = 1) -> bytes:
    """A return file of NSB (profile A), right in all counts, totals and its digest."""
    fens = [one.line.fen if one.fen is None else one.fen for one in said]
    paid = [fen for one, fen in zip(said, fens, strict=True) if one.code == PAID]
    open_fen = [fen for one, fen in zip(said, fens, strict=True) if one.code == UNKNOWN]
    returned = len(said) - len(paid) - len(open_fen)
    head = (
        f"R|1.0|340800|NSB|{batch.bankfile.serial:08d}|{batch.no}|{part:02d}|{len(said)}"
        f"|{len(paid)}|{yuan(sum(paid))}"
        f"|{returned}|{yuan(sum(fens) - sum(paid) - sum(open_fen))}\r\n"
    )
    body = "".join(
        f"{seq:08d}|{one.line.due_ref}-{one.line.n}|{one.account_no or one.line.account_no}"
        f"|{one.name or one.line.holder_name}|{yuan(fen)}|{one.code}\r\n"
        for seq, (one, fen) in enumerate(zip(said, fens, strict=True), 1)
    )
    content = (head + body).encode("gb18030")
    return content + f"T|{len(said)}|{hashlib.sha256(content).hexdigest()}\r\n".encode()


def yuan(fen: int) -> str:
    """Yuan with two decimals."""
    return f"{fen // 100}.{fen % 100:02d}"


def state_of(line: Attempt) -> OutcomeState:
    """The newest answer on a line."""
    newest = Outcome.objects.filter(due_ref=line.due_ref, n=line.n).order_by("-state")[0]
    return OutcomeState(newest.state)


def decided(case: Case, *, by: Member | None = None, approve: bool = True) -> Case:
    """Let a reviewer decide a case by his own key, with the act that the city gives it."""
    return decide(
        case_id=case.pk,
        approve=approve,
        reason="" if approve else "证据不足",
        key=(by or builders.member(role="REVIEWER")).key,
        role="REVIEWER",
        now=NOW,
        acts=acts.registered(),
    )


def told(case: Case) -> Case:
    """Somebody tells the party of a decided case, and puts that down."""
    notice = Notice.objects.filter(case=case).order_by("pk")[0]
    NoticeStep.of(notice, StepState.DELIVERED).save(force_insert=True)
    return case


def decide_discrepancy(batch: Batch, decision: str) -> None:
    """Finance proposes what the bank wrote on whatever needs people, a reviewer decides."""
    waiting = Discrepancy.objects.filter(batch=batch, closed_at=None).exclude(kind="RETURNED")
    for row in waiting.order_by("id"):
        decided(
            discrepancies.propose(
                discrepancy_id=row.id,
                decision=decision,
                evidence="查复书 演示-1",
                agency=builders.agency(),
                received_by=builders.chen().pk,
            )
        )


def balances(own: Book) -> dict[str, int]:
    """What the accounts of a book stand at, debit positive; those at nought are left out, and what
    tests let arrive."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.code, sum(p.dr_fen - p.cr_fen) FROM ledger_posting p "
            "JOIN ledger_account a ON a.id = p.account_id "
            "JOIN ledger_entry e ON e.id = p.entry_id AND e.source <> 'tests.funds' "
            "WHERE a.book_id = %s GROUP BY a.code HAVING sum(p.dr_fen - p.cr_fen) <> 0",
            [own.id],
        )
        return {code: int(fen) for code, fen in cursor.fetchall()}


def reissued(*, barred: Sequence[int] = ()) -> list[Batch]:
    """The sealed reissue batches of whatever is ready."""
    return reissue(period=PERIOD, pay_date=PAY_DATE, barred=barred, made_by=None, now=NOW)


def close_ledger(own: Book, *, month: Month = PERIOD) -> None:
    """Let an approver close a month of a book."""
    shown = preview(book_id=own.id, month=month.first_day)
    close_month(
        book_id=own.id,
        month=month.first_day,
        digest=shown.digest,
        blockers=(),
        key=builders.member(role="APPROVER", at=own.agency).key,
        now=NOW,
    )


def correct(line: Attempt) -> None:
    """The payee brings another account."""
    old = PayeeAccount.objects.get(payee=line.payee_id, superseded_at=None)
    old.superseded_at = NOW
    old.save(update_fields=["superseded_at"])
    account(Person.objects.get(pk=line.payee_id), account_no=OTHER_ACCOUNT)
