"""Batches on their way to the bank, and what banks answer, written by hand (演示)."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.db import connection

from backend.kernel.months import Month
from payments import batches, signing
from payments.bank_files import deliver, prepare_file
from payments.banks.profile import BankProfile, profile_of
from payments.ledger.books import ensure_books
from payments.models import BankFile, Batch, BatchState, PayeeAccount
from tests import builders, funds
from tests.builders import Member

PAY_DATE = date(2026, 11, 10)
PERIOD = Month(2026, 11)
MONEY: dict[str, Callable[[int], str]] = {
    "NSB": lambda fen: f"{fen // 100}.{fen % 100:02d}",
    "CSB": str,
}
PAID = {"NSB": "0000", "CSB": "S"}
UNKNOWN = {"NSB": "3044", "CSB": "W02"}
NO_ACCOUNT = {"NSB": "3009", "CSB": "E01"}
BUSY = {"NSB": "3028", "CSB": "W01"}


@dataclass(frozen=True)
class Line:
    """One line as instructed."""

    due_ref: int
    payee: int
    fen: int
    account: str
    name: str

    @property
    def ref(self) -> str:
        """How the line is called in the file."""
        return f"{self.due_ref}-1"


@dataclass(frozen=True)
class Answer:
    """One line as answered."""

    ref: str
    account: str
    name: str
    fen: int
    code: str


def profile(bank: str) -> BankProfile:
    """How the bank's files look on the day of payment."""
    return profile_of(bank, on=PAY_DATE, demo=True)


@dataclass(frozen=True)
class Office:
    """Who signs."""

    reviewer: Member
    approver: Member
    cashier: Member


def office() -> Office:
    """Three different persons."""
    names = {"REVIEWER": "胡复核", "APPROVER": "丁审批", "CASHIER": "殷放款"}
    staff = [builders.member(role=role, of=builders.person(name=n)) for role, n in names.items()]
    return Office(*staff)


def lines(count: int = 4, *, first: int = 5_000_001) -> list[Line]:
    """Some payees; the second has a name with a dot, the third one with a rare character."""
    names = ("王秀英", "阿依古丽·买买提", "\U00020bb7野家", "李建国")
    return [
        Line(first + i, 900_000 + i, 80_000 + 17 * i, f"990001001{i:09d}3", names[i % 4])
        for i in range(count)
    ]


def draft(*, bank: str = "NSB", of: Sequence[Line], ordinal: int = 1) -> Batch:
    """A batch of the employees' pension with these lines."""
    ensure_books(agency=builders.agency(), on=PAY_DATE)
    opened = batches.open_batches(period=PERIOD, pay_date=PAY_DATE, today=PAY_DATE, first=ordinal)
    batch = next(b for b in opened if b.bank == bank and b.book.scheme == "110")
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO payments_attempt (due_ref, n, batch_id, chunk, payee_id, fen, parts,"
            " account_no, holder_name) VALUES (%s, 1, %s, %s, %s, %s, ARRAY[%s::bigint], %s, %s)",
            [
                (x.due_ref, batch.id, i // 3, x.payee, x.fen, x.fen, x.account, x.name)
                for i, x in enumerate(of)
            ],
        )
    batches.seal(batch_ids=[b.id for b in opened], made_by=None, now=builders.NOW)
    return Batch.objects.get(id=batch.id)


def approved(*, by: Office, bank: str = "NSB", of: Sequence[Line], ordinal: int = 1) -> Batch:
    """A batch that two persons have signed; its file is not written yet."""
    batch = draft(bank=bank, of=of, ordinal=ordinal)
    for step, member in ((signing.CHECK, by.reviewer), (signing.APPROVE, by.approver)):
        sign(batch, step, member)
    return Batch.objects.get(id=batch.id)


def sign(batch: Batch, step: signing.SigningStep, member: Member) -> None:
    """Sign one step over the digest that was shown; the money for it is there."""
    if step is signing.SEND:
        funds.cover([batch])
    signing.sign_batches(
        step=step, digests={batch.id: batch.digest}, key=member.key, now=builders.NOW
    )


def sending(*, by: Office, bank: str = "NSB", of: Sequence[Line], ordinal: int = 1) -> Batch:
    """A batch whose file is written and released, but not handed over."""
    batch = approved(by=by, bank=bank, of=of, ordinal=ordinal)
    prepare_file(batch_id=batch.id)
    sign(batch, signing.SEND, by.cashier)
    return Batch.objects.get(id=batch.id)


def sent(*, by: Office, bank: str = "NSB", of: Sequence[Line], ordinal: int = 1) -> Batch:
    """A batch that the bank has."""
    batch = sending(by=by, bank=bank, of=of, ordinal=ordinal)
    deliver(batch_id=batch.id, now=builders.NOW)
    sent_batch = Batch.objects.get(id=batch.id)
    assert sent_batch.state == BatchState.SENT
    return sent_batch


def account_of(line: Line, *, payee: int, bank: str = "NSB") -> PayeeAccount:
    """The account from which the line was made."""
    return PayeeAccount.objects.create(
        payee_id=payee,
        bank=bank,
        account_no=line.account,
        holder_name=line.name,
        valid=(date(2020, 1, 1), None),
    )


def answers(bank: str, of: Sequence[Line]) -> list[Answer]:
    """All paid, as an honest bank says it."""
    return [Answer(x.ref, x.account, x.name, x.fen, PAID[bank]) for x in of]


def file_of(*, batch: Batch, rows: Sequence[Answer], part: int = 1, **said: Any) -> bytes:
    """A return file for the batch; ``said`` overrides what its head says."""
    serial = BankFile.objects.get(batch=batch).serial
    known: dict[str, Any] = {"serial": serial, "no": batch.no} | said
    return return_file(bank=batch.bank, rows=rows, part=part, **known)


def return_file(
    *, bank: str, serial: int, no: str, rows: Sequence[Answer], part: int = 1, **said: object
) -> bytes:
    """A return file as docs/formats describes it, written without the profiles."""
    money, paid_code, unknown = MONEY[bank], PAID[bank], UNKNOWN[bank]
    paid = [x.fen for x in rows if x.code == paid_code]
    back = [x.fen for x in rows if x.code not in (paid_code, unknown)]
    head = {
        "serial": f"{serial:08d}",
        "no": no,
        "part": f"{part:02d}",
        "count": len(rows),
        "paid": len(paid),
        "paid_total": money(sum(paid)),
        "returned": len(back),
        "returned_total": money(sum(back)),
    } | said
    texts = [str(value) for value in head.values()]
    if bank == "NSB":
        body = ["|".join(["R", "1.0", "340800", "NSB", *texts])]
        body += [
            f"{i:08d}|{x.ref}|{x.account}|{x.name}|{money(x.fen)}|{x.code}"
            for i, x in enumerate(rows, start=1)
        ]
        return closed("".join(f"{x}\r\n" for x in body).encode("gb18030"), bank, len(rows))
    body = ["\t".join(["RESULT", "340800", "CSB", *texts])]
    body += [
        f"{x.ref}\t{i:08d}\t{x.account}\t{x.name}\t{x.fen}\t{x.code}"
        for i, x in enumerate(rows, start=1)
    ]
    return closed("".join(f"{x}\n" for x in body).encode("gb18030"), bank, len(rows))


def closed(body: bytes, bank: str, count: int) -> bytes:
    """Header and lines with the last line that belongs to them."""
    digest = hashlib.sha256(body).hexdigest()
    if bank == "NSB":
        return body + f"T|{count}|{digest}\r\n".encode()
    return body + f"END\t{count}\t{digest}\n".encode()


def put(folder: Path, content: bytes, *, name: str = "HP340800NSB00000001_01.txt") -> Path:
    """Write a file as it came from the bank."""
    path = folder / name
    path.write_bytes(content)
    return path
