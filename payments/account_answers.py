"""Take in what a bank says of proposed accounts (账户核验回复): whole, or refused whole.

A row for each that was asked, in their order, with the number that was asked about. The same bytes
again change nothing; a file that was answered is not answered otherwise.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from backend.audit.record import record
from backend.cases.models import Case
from backend.deployment import is_demo
from backend.feeds.lines import FileDamaged, read_rows
from backend.feeds.signed import ManifestInvalid, SignedFile, read_json
from backend.kernel.errors import Refusal
from backend.web.scope import whole_city
from payments.account_checks import LOCK, SUBJECT, asked
from payments.account_models import (
    AccountAnswer,
    AccountAnswerFile,
    AccountAnswerLater,
    AccountCheckFile,
    CheckResult,
)
from payments.answers_differ import put_down
from payments.bank_folders import bank_folder, copy_digested
from payments.banks.profile import bank_codes

FORMAT = "yikatong-account-checked/2"
FIELDS = frozenset({"format", "bank", "serial", "asked_sha256", "rows", "sha256"})
HEADER = ("ref", "account_no", "result", "own_card")
YES_NO = {"YES": True, "NO": False}
IN, KEPT = "checked", "checked-received"
NAME_LONGEST = 120
_digest = re.compile("[0-9a-f]{64}", re.ASCII).fullmatch


class AnswerInvalid(Refusal):
    """The file does not answer what we asked (账户核验回复不正确)."""

    code = "account_answer_invalid"


class AnswerDiffers(AnswerInvalid):
    """A question that was answered is answered otherwise (两份回复不同): one of the two is
    not the bank's, and somebody has to ask it which."""

    code = "account_answer_differs"
    status = 409
    before: AccountAnswerFile
    sha256: str
    received_by: int | None

    def aftermath(self) -> None:
        """Write down what came, and from whom, and stop what counts by the first; what was taken in
        stays as it is."""
        question = self.before.file
        with whole_city(), transaction.atomic():
            self._put_down(question)

    def _put_down(self, question: AccountCheckFile) -> None:
        rows = put_down(before=self.before, sha256=self.sha256, received_by=self.received_by)
        record(
            name="payments.account_answer_differs",
            subject_kind=SUBJECT,
            subject_id=str(question.pk),
            rows=rows,
            person_id=self.received_by,
            details={
                "bank": question.bank,
                "serial": question.serial,
                "sha256": self.before.sha256,
            },
            digest=self.sha256,
        )


@dataclass(frozen=True)
class Answered:
    """What a file said; ``new`` is False when it was taken in before."""

    file: AccountAnswerFile
    new: bool


def take_answer(
    *, path: Path, bank: str = "", name: str = "", received_by: int | None = None
) -> Answered:
    """Take in the answer that the JSON at ``path`` describes; its CSV stands beside it.

    ``bank``: in whose folder it stands; empty where somebody hands it in. ``name`` is what the
    bank called the CSV, when ``path`` does not say so.

    Raises:
        AnswerInvalid, FileDamaged: with file and line; AnswerDiffers.
    """
    told = _told(path)
    if bank not in ("", told["bank"]):
        raise AnswerInvalid(
            f"回复放在 {bank} 的文件夹里，写的却是 {told['bank']} 的回复。", file=path.name
        )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK)
        question = _question(told, path)
        signed = SignedFile(f"{path.stem}.csv", told["rows"], told["sha256"])
        before = AccountAnswerFile.objects.filter(file=question).first()
        if before is not None:
            if before.sha256 != signed.sha256:
                raise _differs(before, signed, path, received_by)
            if received_by is None and before.received_by is not None:
                _came_by_the_bank(before)
            return Answered(before, new=False)
        cases = list(asked(file=question))
        answers = list(answers_in(folder=path.parent, signed=signed, cases=cases))
        _keep(path.with_suffix(".csv"), question.bank, signed)
        file = AccountAnswerFile.objects.create(
            file=question,
            name=(name or signed.name)[:NAME_LONGEST],
            sha256=signed.sha256,
            received_by=received_by,
        )
        AccountAnswer.objects.bulk_create(answers)
        record(
            name="payments.accounts_answered",
            subject_kind=SUBJECT,
            subject_id=str(question.pk),
            rows=1 + len(answers),
            person_id=received_by,
            details={"bank": question.bank, "serial": question.serial, "name": file.name},
            digest=file.sha256,
        )
    return Answered(file, new=True)


def answers_in(
    *, folder: Path, signed: SignedFile, cases: Sequence[Case]
) -> Iterator[AccountAnswer]:
    """Read the rows of an answer to what was asked about these cases.

    Raises:
        AnswerInvalid, FileDamaged: with file and line.
    """
    for first, rows in read_rows(folder=folder, signed=signed, header=HEADER):
        if first - 2 + len(rows) > len(cases):
            raise FileDamaged("行数比请求的多。", file=signed.name, line=len(cases) + 2)
        for line, row in enumerate(rows, start=first):
            yield _answer(row, cases[line - 2], signed.name, line)


def told_by(*, answered: AccountAnswerFile) -> list[tuple[int, str, bool]] | None:
    """What the kept bytes of an answer say, by case; None where they are not those taken in."""
    file = answered.file
    folder = bank_folder(bank=file.bank, name=KEPT)
    signed = SignedFile(answered.sha256, file.row_count, answered.sha256)
    try:
        said = answers_in(folder=folder, signed=signed, cases=list(asked(file=file)))
        return [(one.pk, one.result, one.own_card) for one in said]
    except (AnswerInvalid, FileDamaged):
        return None


def _came_by_the_bank(before: AccountAnswerFile) -> None:
    """What somebody handed in is the bank's: it lays the same bytes there itself."""
    _, new = AccountAnswerLater.objects.get_or_create(file=before.file, sha256=before.sha256)
    if new:
        record(
            name="payments.account_answer_again",
            subject_kind=SUBJECT,
            subject_id=str(before.file_id),
            rows=1,
            digest=before.sha256,
        )


def _differs(
    before: AccountAnswerFile, signed: SignedFile, path: Path, received_by: int | None
) -> AnswerDiffers:
    refusal = AnswerDiffers(
        "这份核验请求已有内容不同的回复，未接收；请向银行核实哪一份是它的。", file=path.name
    )
    refusal.before, refusal.sha256, refusal.received_by = before, signed.sha256, received_by
    return refusal


def _told(path: Path) -> dict[str, Any]:
    try:
        told = read_json(path)
    except ManifestInvalid as refusal:
        raise AnswerInvalid(refusal.detail, file=path.name) from None
    if told.get("format") != FORMAT or set(told) != FIELDS:
        raise AnswerInvalid(f"说明文件格式应为 {FORMAT}，项目不能多也不能少。", file=path.name)
    counts = all(type(told[name]) is int and 0 < told[name] < 2**31 for name in ("serial", "rows"))
    digests = all(_digest(str(told[name])) is not None for name in ("asked_sha256", "sha256"))
    if not counts or not digests or told["bank"] not in bank_codes(demo=is_demo()):
        raise AnswerInvalid("说明文件中的银行、序号、行数或摘要不正确。", file=path.name)
    return told


def _question(told: dict[str, Any], path: Path) -> AccountCheckFile:
    found = AccountCheckFile.objects.filter(bank=told["bank"], serial=told["serial"]).first()
    if found is None:
        raise AnswerInvalid(f"没有向该行问过序号 {told['serial']} 的账户。", file=path.name)
    if (found.sha256, found.row_count) != (told["asked_sha256"], told["rows"]):
        raise AnswerInvalid("回复的不是我们送出的那份请求（摘要或行数不符）。", file=path.name)
    return found


def _answer(row: Sequence[str], case: Case, file: str, line: int) -> AccountAnswer:
    ref, account_no, result, own_card = row
    if (ref, account_no) != (str(case.pk), case.content["account_no"]):
        raise AnswerInvalid("编号或账号与请求的这一行不符。", file=file, line=line)
    if result not in CheckResult.values or own_card not in YES_NO:
        raise AnswerInvalid("核验结果或是否本人社保卡账户不正确。", file=file, line=line)
    return AccountAnswer(check_of_id=case.pk, result=result, own_card=YES_NO[own_card])


def _keep(path: Path, bank: str, signed: SignedFile) -> None:
    """Keep the very bytes that were read: the waivers rest on them."""
    target = bank_folder(bank=bank, name=KEPT) / signed.sha256
    target.unlink(missing_ok=True)  # of a call that died before it was committed
    _, found = copy_digested(source=path, target=target)
    if found != signed.sha256:
        raise FileDamaged("文件内容与清单上的摘要不符。", file=signed.name)
