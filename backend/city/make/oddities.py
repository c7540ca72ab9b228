"""What is not ordinary in a roll: bad accounts, holds, open figures, deaths (特殊情形)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from backend.city.make.draw import Draw
from backend.city.make.numbers import BAD_MARKERS
from backend.city.make.pensions import Pensions
from backend.city.make.records import (
    Component,
    Death,
    Hold,
    Pension,
    Resident,
    first_day,
    month_of,
)

MATCHES = 3  # how many monthly death matches are written
MATCH_DAY = 5  # the day of the month to which a match is complete
SOURCES = ("CIVIL_AFFAIRS", "POLICE", "CREMATION", "OFFICE")
HOLD_NOTES = {
    "CHECK_MISSED": "逾期未做领取资格认证(演示)",
    "SUSPENDED": "本人情况待核实(演示)",
    "IN_PRISON": "服刑期间停发(演示)",
}
HOLDER_DOTS = ("•", "・", "．", "‧")


@dataclass(frozen=True)
class Bench:
    """What a change of a resident may draw on."""

    draw: Draw
    pensions: Pensions
    first_period: int


Change = Callable[[Resident, Bench], Resident]


def bad_account(person: Resident, bench: Bench, marker: str = "", bank: str = "") -> Resident:
    """The bank will return it: ``marker`` of FORMATS, or "LUHN" for a wrong check digit."""
    pension = _pension(person)
    kind = marker or bench.draw.pick((*BAD_MARKERS, "LUHN"))
    account = bench.pensions.account(
        person=person,
        scheme=pension.scheme,
        start=pension.start,
        bank=bank,
        marker="" if kind == "LUHN" else kind,
        sound=kind != "LUHN",
    )
    return _with(person, pension._replace(accounts=(account,)))


def no_account(person: Resident, bench: Bench) -> Resident:
    """Nothing is known to which it could be paid."""
    pension = _pension(person)
    return _with(person, pension._replace(accounts=()))


def expired_account(person: Resident, bench: Bench, until: date | None = None) -> Resident:
    """The only account has ended before the first period."""
    pension = _pension(person)
    (account,) = pension.accounts
    end = until or first_day(bench.first_period)
    since = min(account.since, end - timedelta(days=1))
    return _with(person, pension._replace(accounts=(account._replace(since=since, until=end),)))


def second_account(person: Resident, bench: Bench, since: date | None = None) -> Resident:
    """An earlier account and the one that follows it without a gap."""
    pension = _pension(person)
    (old,) = pension.accounts
    change = since or first_day(bench.first_period - bench.draw.between(1, 12))
    opened = min(old.since, change - timedelta(days=30))
    new = bench.pensions.account(
        person=person, scheme=pension.scheme, start=pension.start, bank=old.bank
    )
    accounts = (old._replace(since=opened, until=change), new._replace(since=change))
    return _with(person, pension._replace(accounts=accounts))


def holder_variant(person: Resident, bench: Bench, dot: str = "") -> Resident:
    """The bank writes the dot in another way, or Latin letters in full width."""
    pension = _pension(person)
    (account,) = pension.accounts
    written = person.name.replace("·", dot or bench.draw.pick(HOLDER_DOTS))
    if written.isascii():
        written = "".join("\u3000" if c == " " else chr(ord(c) + 0xFEE0) for c in written)
    return _with(person, pension._replace(accounts=(account._replace(holder=written),)))


def held(person: Resident, bench: Bench, reason: str = "", later: int = 0) -> Resident:
    """Stopped by the old system from the first period on."""
    pension = _pension(person)
    why = reason or bench.draw.pick(("CHECK_MISSED", "CHECK_MISSED", "SUSPENDED", "IN_PRISON"))
    hold = Hold(reason=why, start=bench.first_period + later, note=HOLD_NOTES[why])
    return _with(person, pension._replace(holds=(hold,)))


def unverified(person: Resident, bench: Bench, whole: bool = False) -> Resident:
    """A figure that nobody could confirm; one component, or the ``whole`` pension."""
    pension = _pension(person)
    components = [part._replace(standing="UNVERIFIED") for part in pension.components]
    if not whole:
        components[:-1] = pension.components[:-1]
    return with_components(person, tuple(components))


def changes(person: Resident, bench: Bench, month: int = 1, fen: int = 2017) -> Resident:
    """The basic part rises ``month`` months after the first period (or before, when negative)."""
    pension = _pension(person)
    when = bench.first_period + month
    basic, *others = pension.components
    if when <= basic.start:
        return person
    steps = (basic._replace(end=when), Component("BASIC", when, None, basic.fen + fen))
    return with_components(person, (*steps, *others))


def ends(person: Resident, bench: Bench, month: int = 0) -> Resident:
    """The last component is no longer in force from ``month`` after the first period."""
    pension = _pension(person)
    *others, last = pension.components
    when = bench.first_period + month
    if not others or last.start >= when:
        return person
    return with_components(person, (*others, last._replace(end=when)))


def dead_before(person: Resident, bench: Bench, day: date | None = None) -> Resident:
    """The old system knew the death; half of the early ones it had stopped in time."""
    pension = _pension(person)
    died = day or first_day(bench.first_period) - timedelta(days=bench.draw.between(1, 92))
    death = Death(day=died, source=bench.draw.pick(SOURCES))
    late = month_of(died) >= bench.first_period - 1 or bench.draw.share() < 0.5
    stopped = pension if late else _stopped(pension, month_of(died))
    return _with(person._replace(death=death), stopped)


def dead_and_told(
    person: Resident,
    bench: Bench,
    told: int | None = None,
    day: date | None = None,
) -> Resident:
    """A death of which a monthly match tells: ``told`` months after the first period's."""
    match = bench.first_period + (bench.draw.below(MATCHES) if told is None else told)
    complete = first_day(match) + timedelta(days=MATCH_DAY - 1)
    died = day or complete - timedelta(days=bench.draw.between(1, 45))
    source = bench.draw.pick(SOURCES[:3])
    return person._replace(death=Death(day=died, source=source, told_in=match))


# How often each happens among payees. Deaths and holds are rarer than in life: a few are enough.
SHARES: tuple[tuple[float, Change], ...] = (
    (0.0060, bad_account),
    (0.0010, no_account),
    (0.0005, expired_account),
    (0.0100, second_account),
    (0.0050, held),
    (0.0006, unverified),
    (0.0100, partial(changes, month=-4)),
    (0.0010, changes),
    (0.0010, ends),
    (0.0010, dead_before),
    (0.0036, dead_and_told),
)


def odd(person: Resident, bench: Bench) -> Resident:
    """The same person, perhaps with one oddity."""
    chance = bench.draw.share()
    if person.pension is None:
        return dead_and_told(person, bench) if chance < 0.0002 else person
    if "·" in person.name and chance > 0.5:
        return holder_variant(person, bench)
    for share, change in SHARES:
        if chance < share:
            return change(person, bench)
        chance -= share
    return person


def components_of(person: Resident) -> tuple[Component, ...]:
    """The parts of the person's pension."""
    return _pension(person).components


def with_components(person: Resident, components: tuple[Component, ...]) -> Resident:
    """The same person with other parts of the pension."""
    return _with(person, _pension(person)._replace(components=components))


def _pension(person: Resident) -> Pension:
    if person.pension is None:
        raise ValueError(f"{person.old_id} draws no pension")
    return person.pension


def _with(person: Resident, pension: Pension) -> Resident:
    return person._replace(pension=pension)


def _stopped(pension: Pension, died: int) -> Pension:
    """Ended with the month of death (死亡次月起停发)."""
    parts = [part for part in pension.components if part.start <= died]
    ended = tuple(part._replace(end=min(part.end or died + 1, died + 1)) for part in parts)
    if not ended:
        return pension
    return pension._replace(components=ended, paid_through=died)
