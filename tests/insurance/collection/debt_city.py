"""Fifteen hundred employers' months with their bills, payments and deferrals (欠缴双算样例).

A good part of the days lie on the last day to pay, beside it, and on the day of another rate; a
good part of the amounts are paid exactly, or have fees that lie between two fen.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.kernel.months import Month
from insurance.collection.debts.arrears import owed_by_month
from insurance.collection.models import Bill, BillRun, BillRunKind, Deferral, LinePart
from tests.insurance.collection import match_city as city
from tests.insurance.collection.match_city import Came, Owing, P

PAY_BYS = {Month(2026, 9): date(2026, 9, 25), Month(2026, 10): date(2026, 10, 26)}
NEW_RATE_ON = date(2026, 11, 5)
TODAY = date(2026, 12, 1)
_cases = itertools.count(1)


@dataclass
class Debt:
    """An employer's month of a scheme, as it was drawn."""

    key: Owing
    pay_by: date
    deferrals: list[tuple[date, date | None, int]] = field(default_factory=list)


def arrears_of(*, payer_id: int, today: date) -> int:
    """What an employer owes overdue, under every entry of it, in fen."""
    return sum(one.arrears_fen for one in owed_by_month(payer_id=payer_id, today=today))


def draw(*, count: int, random: Random) -> list[Debt]:
    """So many debts of as many employers, written with lines and bills."""
    city.write_parties(payers=count)
    debts = []
    for payer_id in range(city.FIRST_PAYER, city.FIRST_PAYER + count):
        month = random.choice(list(PAY_BYS))
        fen = random.choice((1, 1_000, 1_000_000, random.randrange(1, 5_000_000)))
        key = city.owing(
            payer_id=payer_id,
            person_id=city.FIRST_PERSON,
            scheme=random.choice(("110", "210")),
            month=month,
            part=P.EMPLOYER,
            fen=fen,
        )
        debts.append(Debt(key, PAY_BYS[month]))
    run = city.open_run()
    city.write_lines(run=run, lines=[debt.key for debt in debts])
    write_bills(run, [(debt.key, debt.key.fen, debt.pay_by) for debt in debts])
    return debts


def change_bills(debts: Sequence[Debt], *, random: Random) -> None:
    """A third of them rise, with a last day of their own, or fall."""
    run = city.open_run(kind=BillRunKind.TOP_UP)
    changes = []
    for debt in random.sample(debts, len(debts) // 3):
        fen = random.choice((1, 77_777, debt.key.fen, -1, -(debt.key.fen // 2), -debt.key.fen))
        if fen:
            changes.append((debt, fen))
    city.write_differences(run=run, changes=[(debt.key, fen, 0) for debt, fen in changes])
    later = date(2026, 11, 10)
    write_bills(run, [(debt.key, fen, later) for debt, fen in changes])


def defer(debts: Sequence[Debt], *, random: Random) -> None:
    """A fifth of them may pay a part later, some for a time, some with no end yet."""
    for debt in random.sample(debts, len(debts) // 5):
        start = debt.pay_by + timedelta(days=random.choice((-30, 0, 1, 2, 10)))
        end = random.choice((None, start + timedelta(days=random.choice((1, 20, 400)))))
        fen = random.choice((debt.key.fen, max(1, debt.key.fen // 3)))
        debt.deferrals.append((start, end, fen))
        Deferral.objects.create(
            payer_id=debt.key.payer_id,
            scheme=debt.key.scheme,
            month=debt.key.month.first_day,
            fen=fen,
            case_id=next(_cases),
            valid=SqlRange(start, end),
        )


def payments(debts: Sequence[Debt], *, random: Random) -> list[Came]:
    """Some pay in time, some late, some in parts, some more, some never."""
    found = []
    for debt in debts:
        fen, parts = debt.key.fen, random.choice((0, 1, 1, 2, 3))
        for _ in range(parts):
            days = random.choice((-3, 0, 0, 1, 1, 2, 10, 11, 30))
            found.append(
                Came(
                    debt.key.payer_id,
                    debt.key.scheme,
                    max(1, random.choice((fen, fen // 2, fen // 3, 1, fen + 5))),
                    min(debt.pay_by + timedelta(days=days), TODAY),
                    month=debt.key.month,
                )
            )
    random.shuffle(found)
    return found


def owe(
    fen: int,
    *,
    kind: str = "EMPLOYED",
    payer_id: int = city.FIRST_PAYER,
    person_id: int | None = city.FIRST_PERSON,
    scheme: str = "110",
    month: Month = city.NOV,
    part: LinePart = P.PERSON,
    pay_by: date = date(2026, 11, 25),
) -> Owing:
    """A key with a bill of its own."""
    key = city.owing(
        payer_id=payer_id, person_id=person_id, scheme=scheme, month=month, part=part, fen=fen
    )
    run = city.open_run()
    city.write_lines(run=run, lines=[key])
    write_bills(run, [(key, fen, pay_by)], kind=kind)
    return key


def write_bills(
    run: BillRun, rows: Sequence[tuple[Owing, int, date]], *, kind: str = "EMPLOYED"
) -> None:
    """The bills of a run, one for each key; the run is done."""
    Bill.objects.bulk_create(
        Bill(
            run=run,
            kind=kind,
            payer_id=key.payer_id,
            scheme=key.scheme,
            month=key.month.first_day,
            district="340802",
            mode="ASSESSED",
            line_count=1,
            fen=fen,
            pay_by=pay_by,
        )
        for key, fen, pay_by in rows
    )
    run.state = "DONE"
    run.save(update_fields=["state"])
