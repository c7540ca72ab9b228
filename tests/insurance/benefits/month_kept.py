"""Set-offs by the hundred (成批抵扣样例): so much a month of what somebody owes back; 演示."""

from random import Random

from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from insurance.benefits.models import Recovery, SetOff
from payments.ledger.models import MemoEntry, MemoKind
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.month_late import rows


def set_offs_are_decided(*, count: int, random: Random) -> None:
    """Of some a little, of some as much as may be, of some what is owed ends it soon."""
    known = rows("SELECT id, person_id, book_id FROM benefits_entitlement ORDER BY id")
    seen: set[int] = set()
    for number, (entitlement, person, book) in enumerate(random.sample(known, count), 1):
        if person in seen:
            continue
        seen.add(person)
        owed = random.choice((1, 5_000, 90_000, 10_000_000))
        MemoEntry.objects.create(
            book_id=book, kind=MemoKind.OVERPAID, party_id=person, source="demo",
            source_id=str(number), fen=owed,
        )  # fmt: skip
        recovery = Recovery.objects.create(
            book_id=book, debtor_id=person, addressee="演示", fen=owed, facts="演示",
            case_id=m.SOME_CASE + number,
        )  # fmt: skip
        SetOff.objects.create(
            recovery=recovery, entitlement_id=entitlement,
            fen=random.choice((1, 3_000, 10_000_000)), most_ppm=200_000, document="演示",
            valid=SqlRange(m.NOVEMBER.first_day, None), case_id=m.SOME_CASE + number,
        )  # fmt: skip
