"""In which layout a batch's files are written and read (批次的文件格式): that of its seal's day."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import BinaryIO

from django.utils import timezone

from backend.deployment import is_demo
from payments.banks.profile import BankProfile, bank_codes, profile_of, profiles_of
from payments.banks.read import ReturnReader, readers
from payments.banks.refusal import BankFileRefused
from payments.models import BankFile, Batch

PLANNED = 80  # of a hundred lines that a file may have


def profile_of_batch(*, batch: Batch) -> BankProfile:
    """The layout of a sealed batch's instruction file and of all answers to it.

    Raises:
        ProfileNotInForce, ProfileNotVerified.
    """
    if batch.sealed_at is None:
        raise LookupError(f"batch {batch.no} is not sealed")
    return profile_of(batch.bank, on=timezone.localdate(batch.sealed_at), demo=is_demo())


def banks_to_pay_through(*, today: date) -> tuple[str, ...]:
    """The banks whose files can be written today."""
    return bank_codes(demo=is_demo(), on=today)


def lines_per_file(*, bank: str, today: date, most: int) -> int:
    """How many lines a batch of a bank is planned with, at most ``most``: what differences add to a
    month finds room below what the bank takes in one file.

    Raises:
        BankUnknown, ProfileNotInForce, ProfileNotVerified.
    """
    taken = profile_of(bank, on=today, demo=is_demo()).max_rows
    return most if taken is None else min(most, max(1, taken * PLANNED // 100))


def require_profiles(*, banks: Iterable[str], now: datetime) -> None:
    """What is sealed now for these banks can be written in a layout that is in force and counts.

    Raises:
        BankUnknown, ProfileNotInForce, ProfileNotVerified.
    """
    for bank in banks:
        profile_of(bank, on=timezone.localdate(now), demo=is_demo())


def reader_of(*, bank: str, file: BinaryIO) -> ReturnReader:
    """Begin to read a return file in the layout of the batch that it answers.

    Raises:
        BankUnknown, ProfileNotVerified; BankFileRefused: also when it has another layout.
    """
    other = None
    for reader in readers(profiles=profiles_of(bank, demo=is_demo()), file=file):
        sent = BankFile.objects.filter(bank=bank, serial=reader.head.serial)
        answered = sent.select_related("batch").first()
        if answered is None or profile_of_batch(batch=answered.batch) == reader.profile:
            return reader
        other = answered.batch
    raise BankFileRefused(
        "other_layout", f"文件不是批次 {other.no if other else ''} 封存时的版式。", line=1
    )
