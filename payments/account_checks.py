"""Ask the banks about proposed accounts (账户核验): a file for each bank, handed over once.

Serial and SHA-256 are committed before the file goes. It moves no money: until the bank answers,
the same bytes may be written again.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

from django.db import connection, transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from backend.audit.record import record
from backend.cases.content import WAITING
from backend.cases.models import Case
from backend.feeds.placed import as_csv, place
from backend.people import queries
from payments.account_changes import KIND
from payments.account_models import AccountCheck, AccountCheckFile, ChangeState
from payments.bank_folders import bank_folder

FORMAT = "yikatong-account-checks/2"
HEADER = ("ref", "account_no", "holder_name", "id_number")
OUT = "checks"
SUBJECT = "payments.account_check_file"
FILE_MODE = 0o640  # as all that a bank fetches; not for everybody on this machine
LOCK = "SELECT pg_advisory_xact_lock(hashtext('payments.account_checks'))"


def ask_banks() -> list[AccountCheckFile]:
    """Ask about every account that is proposed, or cools, and was not asked about; the files of
    this call. What was committed before and is not answered is handed over too, where it is lost.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK)
        cases = sorted(_not_asked(), key=lambda case: case.pk)
        banks = sorted({str(case.content["bank"]) for case in cases})
        files = [
            _commit(bank, [case for case in cases if case.content["bank"] == bank])
            for bank in banks
        ]
    for file in AccountCheckFile.objects.filter(answer__isnull=True).order_by("pk"):
        _hand_over(file)
    return files


def stem_of(*, serial: int) -> str:
    """``checks-000001``."""
    return f"checks-{serial:06d}"


def asked(*, file: AccountCheckFile) -> QuerySet[Case]:
    """The cases that a file asks about, in the order of its rows."""
    return Case.objects.filter(account_check__file=file).order_by("pk")


def _not_asked() -> list[Case]:
    """Two look-ups by index: this is asked every few seconds."""
    unasked = Case.objects.filter(kind=KIND, account_check__isnull=True)
    return [
        *unasked.filter(state__in=WAITING),
        *unasked.filter(account_change__state=ChangeState.COOLING),
    ]


def _commit(bank: str, cases: Sequence[Case]) -> AccountCheckFile:
    last = AccountCheckFile.objects.filter(bank=bank).aggregate(last=Max("serial"))["last"]
    checks = [AccountCheck(case=case, id_number=number) for case, number in _numbered(cases)]
    content = _content(checks)
    file = AccountCheckFile.objects.create(
        bank=bank,
        serial=(last or 0) + 1,
        row_count=len(cases),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    for check in checks:
        check.file = file
    AccountCheck.objects.bulk_create(checks)
    record(
        name="payments.accounts_asked",
        subject_kind=SUBJECT,
        subject_id=str(file.pk),
        rows=1 + len(cases),
        details={"bank": bank, "serial": file.serial},
        digest=file.sha256,
    )
    return file


def _hand_over(file: AccountCheckFile) -> None:
    """Let the bank have what of the file it has not; the description last."""
    folder, stem = bank_folder(bank=file.bank, name=OUT), stem_of(serial=file.serial)
    if not (folder / f"{stem}.json").exists():
        checks = AccountCheck.objects.filter(file=file).select_related("case").order_by("pk")
        place(path=folder / f"{stem}.csv", content=_content(list(checks)), mode=FILE_MODE)
        place(path=folder / f"{stem}.json", content=_description(file), mode=FILE_MODE)


def _numbered(cases: Sequence[Case]) -> Iterator[tuple[Case, str]]:
    """Each case with the ID number of its holder, where that is the payee: names are not enough."""
    by_day: dict[date, set[int]] = defaultdict(set)
    for case in cases:
        by_day[timezone.localdate(case.received_at)].add(case.party_id)
    sights = {day: queries.sights(party_ids=parties, on=day) for day, parties in by_day.items()}
    for case in cases:
        sight = sights[timezone.localdate(case.received_at)][case.party_id]
        yield case, sight.number if case.content["holder_is_payee"] is True else ""


def _content(checks: Sequence[AccountCheck]) -> bytes:
    rows = []
    for check in checks:
        said = check.case.content
        rows.append((check.pk, said["account_no"], said["holder_name"], check.id_number))
    return as_csv(header=HEADER, rows=rows)


def _description(file: AccountCheckFile) -> bytes:
    content = {
        "format": FORMAT,
        "bank": file.bank,
        "serial": file.serial,
        "rows": file.row_count,
        "sha256": file.sha256,
    }
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()
