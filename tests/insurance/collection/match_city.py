"""Thousands of payers, what they owe and what comes in (核销双算样例), a good part of it on ties.

Parties, lines and receipts go in by COPY. A payer is an employer, a flexible worker or a village;
amounts are small, so that sums meet exactly now and then. A fifth of payers and persons turn out to
be others; who pays of his own will may do so up to a day on or beside which the money comes.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from django.db import connection
from django.utils import timezone

from backend.kernel.months import Month
from insurance.collection.models import (
    BillRun,
    BillRunKind,
    LinePart,
    SentRun,
    TaxFile,
    TaxFileKind,
)

FIRST_PAYER, FIRST_PERSON, FIRST_LINE = 5_000_000, 6_000_000, 7_000_000
PERSONS = 4_000
NOV = Month(2026, 11)
MONTHS = (Month(2026, 9), Month(2026, 10), NOV)
SCHEMES = ("110", "310", "210")
P = LinePart
EMPLOYED = (P.PERSON, P.EMPLOYER)
RESIDENT = (P.PERSON, P.ON_BEHALF, P.COLLECTIVE, P.SUBSIDY)
ACCOUNTS = {"110", "170", "310"}
KINDS = ("EMPLOYED", "EMPLOYED", "EMPLOYED", "FLEXIBLE")
PARTIES = """
INSERT INTO people_party (id, kind) OVERRIDING SYSTEM VALUE
SELECT n, %(kind)s FROM generate_series(%(first)s, %(last)s) n
"""
ORGANISATIONS = """
INSERT INTO people_organisation (party_id, district)
SELECT n, '340802' FROM generate_series(%(first)s, %(last)s) n
"""
PEOPLE = """
INSERT INTO people_person (party_id, birth_date, sex, nation, district)
SELECT n, date '1980-01-01', 1, '01', '340802' FROM generate_series(%(first)s, %(last)s) n
"""
LINES = (
    "COPY collection_billline (id, key_id, run_id, payer_id, person_id, scheme, month, part, fen, "
    "account_fen) FROM STDIN"
)
RECEIPTS = (
    "COPY collection_receipt (file_id, line, tax_no, channel, late_fee, payer_number, payer_name, "
    "payer_id, scheme, month, person_number, person_id, part, fen, arrived) FROM STDIN"
)
MERGES = """
INSERT INTO people_alias (party_id, survivor_id, case_id)
SELECT n, %(first)s + (n - %(first)s + 1 + 5 * (n %% 7)) %% (%(last)s - %(first)s + 1), 1
FROM generate_series(%(first)s, %(last)s, 5) n
"""
BILLS = (
    "COPY collection_bill (run_id, kind, payer_id, scheme, month, district, mode, line_count, fen, "
    "pay_by) FROM STDIN"
)
LAST_DAYS = (
    *(date(2026, 11, day) for day in (17, 18, 19, 20)),
    *(date(2026, 12, day) for day in (2, 4, 5, 31)),
)
_lines = itertools.count(FIRST_LINE)
_tax_numbers = itertools.count(1)
_ordinals = itertools.count(100)


@dataclass(frozen=True)
class Owing:
    """A line key that was written, with its first amounts."""

    key_id: int
    payer_id: int
    person_id: int | None
    scheme: str
    month: Month
    part: LinePart
    fen: int
    account_fen: int


@dataclass(frozen=True)
class Came:
    """A receipt to be written; what it does not name is None."""

    payer_id: int | None
    scheme: str
    fen: int
    arrived: date = date(2026, 11, 20)
    month: Month | None = None
    person_id: int | None = None
    part: LinePart | None = None
    late_fee: bool = False
    fiscal: bool = False
    names_stranger: bool = False


def write_parties(*, payers: int) -> None:
    """So many payers, and PERSONS persons; nothing else of them matters here."""
    for kind, first, count, of_kind in (
        ("EMPLOYER", FIRST_PAYER, payers, ORGANISATIONS),
        ("PERSON", FIRST_PERSON, PERSONS, PEOPLE),
    ):
        values: dict[str, Any] = {"kind": kind, "first": first, "last": first + count - 1}
        with connection.cursor() as cursor:
            cursor.execute(PARTIES, values)
            cursor.execute(of_kind, values)


def merge_a_fifth(*, payers: int) -> None:
    """Every fifth payer and person is found to be another one, who is none of them."""
    for first, count in ((FIRST_PAYER, payers), (FIRST_PERSON, PERSONS)):
        values: dict[str, Any] = {"first": first, "last": first + count - 1}
        with connection.cursor() as cursor:
            cursor.execute(MERGES, values)


def write_last_days(*, run: BillRun, debts: Iterable[Owing], random: Random) -> None:
    """Bills with the last days to pay of villages, of some who pay alone and of employers."""
    months = dict.fromkeys((one.payer_id, one.scheme, one.month) for one in debts)
    with connection.cursor() as cursor, cursor.copy(BILLS) as rows:
        for payer_id, scheme, month in months:
            kind = "RESIDENT" if scheme in ("170", "390") else KINDS[payer_id % 8 // 2]
            rows.write_row(
                (
                    *(run.pk, kind, payer_id, scheme, month.first_day, "340802", "ASSESSED", 1),
                    *(1, LAST_DAYS[-1] if kind == "EMPLOYED" else random.choice(LAST_DAYS)),
                )
            )


def send(*, run: BillRun) -> None:
    """The bills of a run are with their payers."""
    serial = TaxFile.objects.filter(kind=TaxFileKind.BILLS).count() + 1
    file = TaxFile.objects.create(
        kind=TaxFileKind.BILLS,
        serial=serial,
        name=f"bills-{serial}.csv",
        sha256=f"b{serial:063d}",
        accepted=True,
        row_count=1,
        fen=1,
    )
    SentRun.objects.create(run=run, file=file)


def open_run(*, kind: BillRunKind = BillRunKind.EMPLOYERS, case_id: int | None = None) -> BillRun:
    """A run that lines may be written by."""
    return BillRun.objects.create(
        kind=kind,
        period=NOV.first_day,
        ordinal=next(_ordinals),
        known_at=timezone.now(),
        policy_version="0" * 64,
        parameters={},
        case_id=case_id,
    )


def write_lines(*, run: BillRun, lines: Iterable[Owing]) -> list[Owing]:
    """Write first lines of keys."""
    written = list(lines)
    _copy_lines(run, [(one.key_id, one) for one in written])
    return written


def write_differences(*, run: BillRun, changes: Iterable[tuple[Owing, int, int]]) -> None:
    """Write differences of keys: (key, fen, account_fen)."""
    rows = [
        (
            next(_lines),
            Owing(k.key_id, k.payer_id, k.person_id, k.scheme, k.month, k.part, fen, account_fen),
        )
        for k, fen, account_fen in changes
    ]
    _copy_lines(run, rows)


def owing(
    *,
    payer_id: int,
    person_id: int | None,
    scheme: str,
    month: Month,
    part: LinePart,
    fen: int,
    account_fen: int = 0,
) -> Owing:
    """A line key with a number of its own."""
    return Owing(next(_lines), payer_id, person_id, scheme, month, part, fen, account_fen)


def write_file(*, receipts: Sequence[Came], period: Month = NOV) -> TaxFile:
    """An accepted file of receipts."""
    serial = TaxFile.objects.filter(kind=TaxFileKind.RECEIPTS, accepted=True).count() + 1
    file = TaxFile.objects.create(
        kind=TaxFileKind.RECEIPTS,
        period=period.first_day,
        serial=serial,
        name=f"receipts-{serial}.csv",
        sha256=f"{serial:064d}",
        accepted=True,
        row_count=len(receipts),
        fen=sum(one.fen for one in receipts),
    )
    with connection.cursor() as cursor, cursor.copy(RECEIPTS) as rows:
        for line, one in enumerate(receipts, 2):
            rows.write_row(_receipt(file, line, one))
    return file


def debts_of(*, payer_id: int, random: Random) -> list[Owing]:
    """What a payer owes: one of the three shapes, or nothing."""
    shape = random.random()
    if shape < 0.05:
        return []
    if shape < 0.3:
        return _village(payer_id, random)
    return _employer(payer_id, random)


def receipts_of(*, debts: Sequence[Owing], payer_id: int, random: Random) -> list[Came]:
    """What comes in of a payer: some of it exact, some too little, too much or naming wrongly."""
    found = []
    for _ in range(random.choice((0, 1, 1, 2, 3, 6))):
        target = random.choice(debts) if debts else None
        found.append(_receipt_for(target, debts, payer_id, random))
    return found


def _employer(payer_id: int, random: Random) -> list[Owing]:
    persons = random.sample(range(FIRST_PERSON, FIRST_PERSON + PERSONS), random.choice((1, 2, 5)))
    found = []
    for scheme in random.sample(SCHEMES, random.choice((1, 2, 3))):
        for month in random.sample(MONTHS, random.choice((1, 2, 3))):
            found += [
                _line(payer_id, person, scheme, month, part, random)
                for person in persons
                for part in EMPLOYED
            ]
            if random.random() < 0.2:
                found.append(_line(payer_id, None, scheme, month, P.LATE_FEE, random))
            if random.random() < 0.2:
                fen = random.choice((-1, 1, -7, 5))
                found.append(
                    owing(
                        payer_id=payer_id,
                        person_id=None,
                        scheme=scheme,
                        month=month,
                        part=P.ROUNDING,
                        fen=fen,
                    )
                )
    return found


def _village(payer_id: int, random: Random) -> list[Owing]:
    persons = random.sample(range(FIRST_PERSON, FIRST_PERSON + PERSONS), random.choice((2, 4, 12)))
    scheme = random.choice(("170", "390"))
    parts = RESIDENT if scheme == "170" else (P.PERSON, P.ON_BEHALF, P.SUBSIDY)
    return [
        _line(payer_id, person, scheme, Month(2026, 1), part, random)
        for person in persons
        for part in parts
        if part is P.PERSON or random.random() < 0.6
    ]


def _line(
    payer_id: int,
    person_id: int | None,
    scheme: str,
    month: Month,
    part: LinePart,
    random: Random,
) -> Owing:
    fen = random.choice((1, 2, 3, 5, 100, 100, 250, random.randrange(1, 90_000)))
    account = scheme in ACCOUNTS and person_id is not None and part is not P.EMPLOYER
    share = random.choice((fen, fen, fen * 2 // 5, fen // 2)) if account else 0
    return owing(
        payer_id=payer_id,
        person_id=person_id,
        scheme=scheme,
        month=month,
        part=part,
        fen=fen,
        account_fen=share,
    )


def _receipt_for(
    target: Owing | None, debts: Sequence[Owing], payer_id: int, random: Random
) -> Came:
    arrived = date(2026, 11, 18) + timedelta(days=random.choice((0, 0, 1, 2, 14)))
    if target is None or random.random() < 0.04:
        payer = random.choice((payer_id, None))
        return Came(payer, "110", random.randrange(1, 400), arrived)
    names = [random.random() < share for share in (0.7, 0.4, 0.3)]
    fiscal = target.part in (P.ON_BEHALF, P.SUBSIDY) or random.random() < 0.03
    late_fee = target.part is P.LATE_FEE and random.random() < 0.7
    alike = [
        one.fen
        for one in debts
        if one.scheme == target.scheme
        and (not names[0] or one.month == target.month)
        and (not names[1] or one.person_id == target.person_id)
        and (not names[2] or one.part is target.part)
    ]
    fen = random.choice((sum(alike), target.fen, target.fen, random.randrange(1, 1_000)))
    stranger = random.random()
    return Came(
        payer_id=target.payer_id,
        scheme=target.scheme,
        fen=max(1, fen + random.choice((0, 0, 0, 1, -1))),
        arrived=arrived,
        month=target.month if names[0] else None,
        person_id=_named_person(target, random) if names[1] and stranger > 0.05 else None,
        part=target.part if names[2] and target.part is not P.LATE_FEE else None,
        late_fee=late_fee,
        fiscal=fiscal,
        names_stranger=names[1] and stranger <= 0.05,
    )


def _named_person(target: Owing, random: Random) -> int | None:
    if random.random() < 0.07:
        return random.randrange(FIRST_PERSON, FIRST_PERSON + PERSONS)
    return target.person_id


def _copy_lines(run: BillRun, rows: Sequence[tuple[int, Owing]]) -> None:
    with connection.cursor() as cursor, cursor.copy(LINES) as copy:
        for number, one in rows:
            copy.write_row(
                (
                    *(number, one.key_id, run.pk, one.payer_id, one.person_id, one.scheme),
                    *(one.month.first_day, one.part.value, one.fen, one.account_fen),
                )
            )


def _receipt(file: TaxFile, line: int, one: Came) -> tuple[Any, ...]:
    person_number = "" if one.person_id is None and not one.names_stranger else "X"
    return (
        *(file.pk, line, f"{next(_tax_numbers):018d}", "FISCAL" if one.fiscal else "TAX"),
        *(one.late_fee, "X", "演示", one.payer_id, one.scheme),
        *(one.month.first_day if one.month else None, person_number, one.person_id),
        *(one.part.value if one.part else None, one.fen, one.arrived),
    )
