"""The hall in time (大厅的一天): who asks what when, whatever became of what was asked before.

Each station repeats the same ten seconds: a clerk serves one visitor at the desk, and lets another
use the kiosk. All begin somewhere in them, so requests come evenly. Each has an instant at which it
is due, and its latency counts from there: one that waits for a slow answer to an earlier one has
waited.
"""

import asyncio
import random
import secrets
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import ceil, inf
from typing import Protocol

from backend.access.totp import STEP_SECONDS, code_at, secret_from_text, step_of
from backend.city.bench.hall import asks
from backend.city.bench.hall.asks import Answer, Ask, Verdict, judge
from backend.city.bench.hall.machine import Machine
from backend.city.bench.hall.plan import Plan, Station, Visitor

CYCLE_SECONDS, ASKS_A_CYCLE = 10.0, 14
LOG_IN_AT_ONCE = 4
SAMPLES_MAX = 10


class Line(Protocol):
    """How a machine's requests come to the server."""

    async def exchange(self, ask: Ask) -> Answer:
        """Give the answer, or raise OSError or EOFError."""


class Clock(Protocol):
    """The time, in seconds from somewhere."""

    def now(self) -> float:
        """Give it."""

    async def until(self, instant: float) -> None:
        """Come back then, or at once when it is past."""


class LoopClock:
    """The clock of the event loop."""

    def now(self) -> float:
        """Give it."""
        return asyncio.get_running_loop().time()

    async def until(self, instant: float) -> None:
        """Sleep."""
        await asyncio.sleep(max(0.0, instant - self.now()))


class ClerkNotLetInError(Exception):
    """A clerk of the benchmark could not log in: nothing would be measured."""


@dataclass
class Tally:
    """What became of all requests; latencies (seconds) of those that were due in the time that
    counts."""

    latencies: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    samples: list[str] = field(default_factory=list)  # of what went wrong: the first few

    def note(self, ask: Ask, verdict: Verdict, told: str) -> None:
        """Count a verdict."""
        self.verdicts[verdict] += 1
        if verdict is not Verdict.RIGHT and len(self.samples) < SAMPLES_MAX:
            self.samples.append(f"{ask.route} {verdict.value} {told}")


@dataclass
class Hall:
    """Stations that are open from ``opened_at`` to ``closes_at``; what is due from
    ``counts_from`` on is measured."""

    plan: Plan
    connect: Callable[[Machine], Line]
    clock: Clock
    opened_at: float = 0.0
    counts_from: float = 0.0
    closes_at: float = inf
    tally: Tally = field(default_factory=Tally)

    def __post_init__(self) -> None:
        self._clerks = asyncio.Semaphore(LOG_IN_AT_ONCE)
        self._places = [_Place(self, station) for station in self.plan.stations]

    async def log_in(self) -> None:
        """Let all clerks sit down.

        Raises:
            ClerkNotLetInError.
        """
        async with asyncio.TaskGroup() as group:
            for place in self._places:
                group.create_task(place.log_in())

    async def serve(self) -> None:
        """Serve until the hall closes."""
        async with asyncio.TaskGroup() as group:
            for number, place in enumerate(self._places):
                group.create_task(place.serve(random.Random(number)))


class _Place:
    """A station: the two machines with their lines."""

    def __init__(self, hall: Hall, station: Station) -> None:
        self._hall = hall
        self._station = station
        self._desk, self._kiosk = Machine.of(station.desk_key), Machine.of(station.kiosk_key)
        self._desk_line, self._kiosk_line = hall.connect(self._desk), hall.connect(self._kiosk)

    async def log_in(self) -> None:
        """As a clerk does whose code was used a moment ago: wait for the next."""
        async with self._hall._clerks:
            self._desk.keep(await self._desk_line.exchange(asks.token()))
            for _ in range(2):
                ask = asks.log_in(station=self._station, code=self._code())
                answer = await self._desk_line.exchange(ask)
                if judge(ask=ask, answer=answer) is Verdict.RIGHT:
                    self._desk.keep(answer)
                    return
                await asyncio.sleep(STEP_SECONDS - time.time() % STEP_SECONDS)
        raise ClerkNotLetInError(f"{answer.status} {_code_of(answer)}")

    async def serve(self, chance: random.Random) -> None:
        """Repeat the ten seconds."""
        begin = self._hall.opened_at + chance.random() * CYCLE_SECONDS
        while begin < self._hall.closes_at:
            visitor, guest = chance.sample(self._hall.plan.visitors, 2)
            key = secrets.token_hex()
            opened = asyncio.create_task(
                self._ask(
                    *(self._desk_line, begin),
                    asks.open_session(visitor=guest, kiosk_id=self._station.kiosk_id, key=key),
                )
            )
            await asyncio.gather(
                self._at_desk(begin, visitor, after=opened),
                self._at_kiosk(begin, guest, after=opened),
            )
            begin += CYCLE_SECONDS

    async def _at_desk(
        self, begin: float, visitor: Visitor, *, after: asyncio.Task[Answer | None]
    ) -> None:
        await after
        for offset, ask in at_desk(visitor):
            await self._ask(self._desk_line, begin + offset, ask)

    async def _at_kiosk(
        self, begin: float, guest: Visitor, *, after: asyncio.Task[Answer | None]
    ) -> None:
        await after  # the clerk says so
        self._kiosk.session = ""
        fetched = await self._ask(self._kiosk_line, begin + 1.0, asks.fetch_session(guest))
        told = fetched.content["citizen_session"] if fetched else None
        self._kiosk.session = told["key"] if told else ""
        for offset, ask in at_kiosk(guest):
            await self._ask(self._kiosk_line, begin + offset, ask)

    async def _ask(self, line: Line, due: float, ask: Ask) -> Answer | None:
        """Ask when it is due; the answer, if it has the status that it must have."""
        hall = self._hall
        await hall.clock.until(due)
        if due >= hall.closes_at:
            return None
        answer, told = None, ""
        try:
            answer = await line.exchange(ask)
        except (OSError, EOFError) as error:
            told = type(error).__name__
        if due >= hall.counts_from:
            hall.tally.latencies[ask.route].append(hall.clock.now() - due)
        if answer is None:
            hall.tally.note(ask, Verdict.ERROR, told)
            return None
        verdict = judge(ask=ask, answer=answer)
        hall.tally.note(ask, verdict, f"{answer.status} {_code_of(answer)}")
        return None if verdict is Verdict.ERROR else answer

    def _code(self) -> str:
        step = step_of(now=datetime.now(UTC))
        return code_at(secret=secret_from_text(self._station.totp_secret), step=step)


def at_desk(visitor: Visitor) -> Sequence[tuple[float, Ask]]:
    """What a clerk asks about a visitor, and when, after he let somebody use the kiosk."""
    return (
        (2.0, asks.search(visitor)),
        (4.0, asks.person(visitor)),
        (6.0, asks.accounts(visitor)),
        (7.0, asks.entitlements(visitor)),
        (8.0, asks.dues(visitor)),
    )


def at_kiosk(guest: Visitor) -> Sequence[tuple[float, Ask]]:
    """What a citizen asks at a kiosk that has heard of him, with its heartbeats between."""
    return (
        (1.5, asks.accounts(guest)),
        (3.0, asks.beat()),
        (4.0, asks.entitlements(guest)),
        (5.0, asks.beat()),
        (6.0, asks.looks(guest)),
        (7.0, asks.beat()),
        (8.5, asks.end_session()),
    )


def stations_for(*, rate: int) -> int:
    """How many stations make so many requests a second, or a little more."""
    return ceil(rate * CYCLE_SECONDS / ASKS_A_CYCLE)


def _code_of(answer: Answer) -> str:
    """The code of a refusal; nothing about anybody."""
    try:
        return str(answer.content["code"])
    except (ValueError, LookupError, TypeError):
        return ""
