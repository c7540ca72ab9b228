"""What one call of the tax bureau tells (一次征收): declarations, receipts, refunds, transfers."""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from backend.city.make.files import csv_row
from backend.city.tax.bill_files import BillFile, BillRow
from backend.city.tax.books import Books, Later
from backend.city.tax.habits import (
    PAY_DAY,
    SHORT_TENTHS,
    Habit,
    day_of,
    habit_of,
    late_fee,
    next_month,
)
from backend.city.tax.layouts import (
    COLLECTIVE,
    DECLARATIONS,
    DECLARED_HEADER,
    EMPLOYED,
    FISCAL,
    FISCAL_HEADER,
    FLEXIBLE,
    LATE_FEE,
    PRINCIPAL,
    RECEIPTS,
    REFUNDED,
    STEMS,
    TAX,
    TAX_BUREAU,
    TRANSFERS,
    TREASURY,
    Receipt,
    fen_of,
    yuan,
)
from backend.city.tax.mistakes import (
    FILE_TWICE,
    LATE_FILE,
    REFUND_REFUSED,
    REFUSED_WRONGLY,
    WRONG_TOTAL,
    Mistakes,
)
from backend.city.tax.out_files import Finished, OutFile
from backend.city.tax.receipts import Receipts
from backend.city.tax.reductions import Reductions, Whose
from backend.city.tax.refund_files import Refunder, RefundFile

EMPLOYERS, PEOPLE = "employers", "people"
LARGEST_FEN = 90_000_000_000  # of one transfer; a larger sum goes in several
MORE_FEN = 10_000  # by so much is a wrong total too high


class FilingWrongError(Exception):
    """What employers or the finance bureau handed in can not be read."""


class Call:
    """What one call tells: declarations, receipts by kind of payer, refunds, transfers."""

    def __init__(
        self,
        *,
        desk: Path,
        books: Books,
        period: str,
        mistakes: Mistakes | None,
        open_files: ExitStack,
    ) -> None:
        self._desk = desk
        self._books = books
        self._period = period
        self._mistakes = mistakes
        self._open_files = open_files
        self._less = Reductions(())
        self._ready: list[tuple[OutFile, Finished, int]] = []

    def answer(
        self,
        *,
        bills: Sequence[BillFile],
        refunds: Sequence[RefundFile],
        declared: Path | None,
        fiscal: Path | None,
    ) -> list[str]:
        """Receive what is due and new, and let the files go out."""
        self._less = Reductions(bills)
        late = self._books.take_due(period=self._period)
        owed = self._declared(declared)
        employers = self._receipts(EMPLOYERS, len(owed))
        people = self._receipts(PEOPLE, sum(file.rows for file in bills))
        for one in late:
            self._come_late(one, employers if one.payers == EMPLOYERS else people)
        for (payer, name, scheme, month), fen in owed.items():
            row = BillRow(
                *("", EMPLOYED, payer, name, scheme, month, "", "", fen),
                f"{self._period}-{PAY_DAY}",
            )
            self._pay(row, employers)
        for file in bills:
            for row in file.bills():
                if row.fen > 0:
                    self._pay(row, employers if row.kind == EMPLOYED else people)
            self._books.answer(file.stem, file.serial, file.digest)
        if self._less:
            self._books.lessen_later(left_of=self._left_of)
        files = [employers, people, self._fiscal(fiscal)]
        for receipts in files:
            if self._finish(receipts, RECEIPTS):
                self._confess(receipts)
        self._transfer(
            came=sum((receipts.tax_fen for receipts in files), Counter()),
            late=sum((receipts.late_fen for receipts in files), Counter()),
            paid_back=self._refund(refunds),
        )
        return self._send()

    def _declared(self, path: Path | None) -> dict[tuple[str, str, str, str], int]:
        """Hand the employers' declarations on, once; what each owes by scheme and month."""
        owed: dict[tuple[str, str, str, str], int] = {}
        what = f"declared/{self._period}"
        if path is None or not path.is_file() or self._books.is_told(what):
            return owed
        out = self._file(DECLARATIONS, TAX_BUREAU)
        for payer, name, scheme, month, *facts, amount in _rows(path, DECLARED_HEADER):
            fen = _fen(amount, path)
            out.add(csv_row((payer, scheme, month, *facts, amount)), fen)
            key = payer, name, scheme, month
            owed[key] = owed.get(key, 0) + fen
        self._finish(out, DECLARATIONS)
        self._books.tell(what)
        return owed

    def _fiscal(self, path: Path | None) -> Receipts:
        """The finance bureau pays what it planned, once; collective aid comes by tax."""
        receipts = self._receipts(FISCAL, 0)
        what = f"fiscal/{self._period}"
        if path is not None and path.is_file() and not self._books.is_told(what):
            for payer, name, scheme, month, part, amount in _rows(path, FISCAL_HEADER):
                arrived = day_of(period=self._period, payer=payer)
                channel = TAX if part == COLLECTIVE else FISCAL
                facts = (channel, PRINCIPAL, payer, name, scheme, month, "", "", part)
                receipts.receive(Receipt(*facts, _fen(amount, path), arrived))
            self._books.tell(what)
        return receipts

    def _pay(self, row: BillRow, receipts: Receipts) -> None:
        """Pay in full, less, later or not at all, as this payer does."""
        employer = row.kind == EMPLOYED
        payer = row.payer_number if employer or row.kind == FLEXIBLE else row.person_number
        habit = habit_of(period=self._period, payer=payer, is_employer=employer)
        owed = Receipt(
            channel=TAX,
            item=PRINCIPAL,
            payer_number=row.payer_number,
            payer_name=row.payer_name,
            scheme=row.scheme,
            month=row.month,
            person_number="" if employer else row.person_number,
            person_name="" if employer else row.person_name,
            part="" if employer else "PERSON",
            fen=row.fen,
            arrived=day_of(period=self._period, payer=payer),
        )
        fen = self._left_of(owed)
        receipt = owed._replace(fen=fen * SHORT_TENTHS // 10 if habit is Habit.SHORT else fen)
        if not receipt.fen:
            return
        if habit is Habit.LATE:
            kind = EMPLOYERS if employer else PEOPLE
            later = Later(payers=kind, pay_by=row.pay_by, tax_no="", receipt=receipt)
            self._books.put_off(due=next_month(month=self._period), later=later)
        elif habit is not Habit.NEVER:
            receipts.receive(receipt)

    def _left_of(self, receipt: Receipt) -> int:
        """What of so much is still asked for."""
        whose = receipt.payer_number, receipt.scheme, receipt.month, receipt.person_number
        return self._less.left_of(receipt.fen, Whose(*whose))

    def _come_late(self, late: Later, receipts: Receipts) -> None:
        """Money that was put off; an employer pays for the delay."""
        if late.tax_no:
            receipts.receive(late.receipt, tax_no=late.tax_no)
            return
        arrived = day_of(period=self._period, payer=late.receipt.payer_number)
        receipt = late.receipt._replace(arrived=arrived, fen=self._left_of(late.receipt))
        if not receipt.fen:
            return
        receipts.receive(receipt)
        if late.payers == EMPLOYERS:
            fee = late_fee(fen=receipt.fen, pay_by=late.pay_by, arrived=arrived)
            if fee:
                receipts.receive(receipt._replace(item=LATE_FEE, fen=fee))

    def _refund(self, files: Sequence[RefundFile]) -> Counter[str]:
        """Treasury and finance bureau pay back; by scheme what the treasury did."""
        out = self._file(REFUNDED, TREASURY)
        refunder = Refunder(out=out, period=self._period)
        planned = self._refusing(sum(file.rows for file in files))
        for file in files:
            for row in file.refunds():
                number = self._books.count("refund_no")
                document = f"TK{self._period.replace('-', '')}-{number:06d}"
                refunder.answer(row, document_no=document, refused=planned)
                if planned:
                    truth = {"kind": REFUND_REFUSED, "period": self._period}
                    self._books.confess({**truth, "refund_no": row.refund_no, "fen": row.fen})
                planned = ""
            self._books.answer(file.stem, file.serial, file.digest)
        self._finish(out, REFUNDED)
        return refunder.tax_fen

    def _refusing(self, rows: int) -> str:
        """Why the first refund of the period is refused; empty where none is."""
        what = f"mistakes/{self._period}/refunds"
        if self._mistakes is None or not rows or self._books.is_told(what):
            return ""
        self._books.tell(what)
        return REFUSED_WRONGLY

    def _transfer(self, *, came: Counter[str], late: Counter[str], paid_back: Counter[str]) -> None:
        """The treasury hands on what it holds, once a month: what it paid back it keeps of it, and
        what came late it hands on with the next month's."""
        out = self._file(TRANSFERS, TREASURY)
        day = f"{self._period}-{PAY_DAY}"
        held = {}
        for scheme in {*came, *paid_back, *self._books.held()}:
            stays = self._books.keep(scheme, self._period, late[scheme])
            holds = self._books.hold(scheme, came[scheme] - paid_back[scheme])
            held[scheme] = max(0, holds - stays)
            self._books.hold(scheme, -held[scheme])
        for scheme, fen in sorted(held.items()):
            for begun in range(0, fen, LARGEST_FEN):
                part = min(fen - begun, LARGEST_FEN)
                number = self._books.count("document_no")
                document = f"GK{self._period.replace('-', '')}-{number:06d}"
                out.add(csv_row((document, scheme, yuan(part), day)), part)
        self._finish(out, TRANSFERS)

    def _send(self) -> list[str]:
        """Let the files go out, as planned mistakes will have it."""
        done = [finished for _, finished, _ in self._ready]
        fate = self._fate(done)
        for out, file, serial in self._ready:
            kind = fate.get(file.stem, "")
            first = file.json
            if kind == WRONG_TOTAL:
                first = out.describe_wrongly(serial=serial, fen=out.fen + MORE_FEN)
            late = kind == LATE_FILE
            self._books.send(csv=file.csv, described=first, stem=file.stem, held=late)
            if kind == WRONG_TOTAL:
                self._books.send(csv=file.csv, described=file.json, stem=file.stem, held=True)
            if kind == FILE_TWICE:
                self._books.send(csv=file.csv, described=file.json, stem=f"{file.stem}-again")
            if kind:
                self._books.confess({"kind": kind, "period": self._period, "file": file.stem})
        return [f"{out.rows}行 {file.stem} {yuan(file.fen)}元" for out, file, _ in self._ready]

    def _fate(self, done: Sequence[Finished]) -> dict[str, str]:
        what = f"mistakes/{self._period}"
        if self._mistakes is None or self._books.is_told(what):
            return {}
        fate = self._mistakes.of_files(done)
        if fate:
            self._books.tell(what)
        return fate

    def _receipts(self, payers: str, rows: int) -> Receipts:
        planned = []
        what = f"mistakes/{self._period}/{payers}"
        if self._mistakes is not None and not self._books.is_told(what):
            planned = self._mistakes.of_rows(payers=payers, rows=rows)
            if planned:
                self._books.tell(what)
        receipts = Receipts(
            desk=self._desk,
            books=self._books,
            period=self._period,
            payers=payers,
            planned=planned,
        )
        self._open_files.enter_context(receipts)
        return receipts

    def _file(self, form: str, source: str) -> OutFile:
        out = OutFile(desk=self._desk, form=form, source=source, period=self._period, use="all")
        return self._open_files.enter_context(out)

    def _finish(self, out: OutFile, form: str) -> bool:
        """Number a file that has rows."""
        out.close()
        if not out.rows:
            out.drop()
            return False
        serial = self._books.count(STEMS[form])
        self._ready.append((out, out.finish(serial=serial), serial))
        return True

    def _confess(self, receipts: Receipts) -> None:
        _, finished, _ = self._ready[-1]
        for truth in receipts.truths:
            self._books.confess({**truth, "file": finished.stem})


def _rows(path: Path, header: tuple[str, ...]) -> Iterator[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, strict=True)
        if tuple(next(rows, ())) != header:
            raise FilingWrongError(f"{path.name} 的标题行应为 {','.join(header)}")
        yield from rows


def _fen(amount: str, path: Path) -> int:
    fen = fen_of(amount)
    if not fen:
        raise FilingWrongError(f"{path.name} 中的金额 {amount} 不正确")
    return fen
