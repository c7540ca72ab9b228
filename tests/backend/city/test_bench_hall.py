"""The load of the benchmark finds out what is wrong, late or missing; its clock is the test's."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backend.access.keys import signature_verifies
from backend.city.bench.hall import asks, traffic
from backend.city.bench.hall.asks import Answer, Ask, Verdict, judge
from backend.city.bench.hall.machine import Machine
from backend.city.bench.hall.percentiles import percentile_ms
from backend.city.bench.hall.plan import Plan, Station, Visitor
from backend.city.bench.hall.traffic import ASKS_A_CYCLE, CYCLE_SECONDS, Hall, Tally
from backend.kernel import signed_request
from backend.kernel.money import Money
from backend.kernel.signed_request import Asked

DESK, KIOSK = (Ed25519PrivateKey.generate().private_bytes_raw().hex() for _ in range(2))
STATION = Station(DESK, KIOSK, 7, username="bench1", password="x", totp_secret="A" * 32)
WANG = Visitor(1, "340802196001010017", "王演示", "110", 123456, (5000, 700))
LI = Visitor(2, "340802196001010033", "李演示", "170", 654321, (6000,))
VISITORS = {visitor.person_id: visitor for visitor in (WANG, LI)}
CYCLES = 3


@dataclass
class Leaps:
    """A clock that is where it is wanted at once."""

    instant: float = 0.0

    def now(self) -> float:
        return self.instant

    async def until(self, instant: float) -> None:
        self.instant = max(self.instant, instant)
        await asyncio.sleep(0)


@dataclass
class Server:
    """Answers what is true, unless something is planted."""

    clock: Leaps = field(default_factory=Leaps)
    planted: Callable[[Ask, Any], Any] = lambda ask, content: content
    seconds: dict[str, float] = field(default_factory=dict)  # that an answer takes, by route
    away: str = ""  # the route whose connection breaks
    guest: int = 0
    waiting: bool = False

    async def exchange(self, ask: Ask) -> Answer:
        if ask.route == self.away:
            raise ConnectionResetError
        self.clock.instant += self.seconds.get(ask.route, 0.0)
        content = self.planted(ask, self._content(ask))
        body = b"" if content is None else json.dumps(content).encode()
        return Answer(ask.status, {}, body)

    def _content(self, ask: Ask) -> Any:
        told = json.loads(ask.body or b"{}")
        if ask.route == "citizen-session-open":
            self.guest = next(v.person_id for v in VISITORS.values() if v.name == told["name"])
            self.waiting = True
            return {"person_id": self.guest, "terminal": told["terminal"]}
        if ask.route == "terminal-heartbeat":
            waiting, self.waiting = self.waiting, False
            found = {"key": "k", "person_id": self.guest}
            return {"citizen_session": found if waiting else None}
        if ask.route == "citizen-session-end":
            return None
        return self._of_person(ask)

    def _of_person(self, ask: Ask) -> Any:
        asked = parse_qs(ask.query)
        if ask.route == "person-list":
            (found,) = (v for v in VISITORS.values() if [v.number] == asked["number"])
            return {"results": [{"party_id": found.person_id}]}
        if ask.route == "person-one":
            found = VISITORS[int(ask.path.split("/")[-2])]
            return {
                "party_id": found.person_id,
                "names": [{"value": found.name}],
                "numbers": [{"value": found.number}],
            }
        (number,) = asked.get("person") or asked["payee_id"]
        return self._listed(ask.route, VISITORS[int(number)])

    def _listed(self, route: str, found: Visitor) -> Any:
        parts = [{"amount": str(Money(fen))} for fen in found.component_fen]
        rows: dict[str, list[dict[str, Any]]] = {
            "entitlement-list": [{"person": found.person_id, "components": parts}],
            "due-list": [{"payee_id": found.person_id}],
            "person-looks": [{"looked_at": f"/api/v1/persons/{found.person_id}/"}],
        }
        if route == "personal-accounts":
            balance = str(Money(found.balance_fen))
            told = {"person_id": found.person_id, "scheme": found.scheme, "balance": balance}
            return [told]
        return {"results": rows[route]}


def served(server: Server) -> Tally:
    """Keep a hall of one station open for some cycles."""
    hall = Hall(
        Plan((STATION,), (WANG, LI)),
        connect=lambda machine: server,
        clock=server.clock,
        closes_at=(CYCLES + 1) * CYCLE_SECONDS,
    )
    asyncio.run(hall.serve())
    return hall.tally


def test_every_request_of_the_schedule_is_asked_and_judged() -> None:
    tally = served(Server())

    assert tally.verdicts[Verdict.RIGHT] >= CYCLES * ASKS_A_CYCLE
    assert tally.verdicts[Verdict.WRONG] == tally.verdicts[Verdict.ERROR] == 0, tally.samples


def test_the_answer_about_another_person_is_counted_as_wrong() -> None:
    planted: list[Ask] = []

    def plant(ask: Ask, content: Any) -> Any:
        if ask.route == "personal-accounts" and not planted:
            planted.append(ask)
            content[0]["balance"] = "0.01"
        return content

    tally = served(Server(planted=plant))

    assert tally.verdicts[Verdict.WRONG] == 1
    assert tally.samples == ["personal-accounts WRONG 200 "]


def test_a_broken_connection_is_an_error_and_the_others_are_asked() -> None:
    tally = served(Server(away="person-looks"))

    assert tally.verdicts[Verdict.ERROR] >= CYCLES
    assert tally.verdicts[Verdict.RIGHT] >= CYCLES * (ASKS_A_CYCLE - 1)


def test_what_is_due_during_a_slow_answer_is_late_from_then_on() -> None:
    tally = served(Server(seconds={"person-list": 3.0}))

    assert min(tally.latencies["person-list"]) >= 3.0
    assert min(tally.latencies["person-one"]) >= 1.0  # due two seconds after


def test_what_was_due_before_it_counts_is_judged_but_not_timed() -> None:
    server = Server()
    hall = Hall(
        Plan((STATION,), (WANG, LI)),
        connect=lambda machine: server,
        clock=server.clock,
        counts_from=2 * CYCLE_SECONDS,
        closes_at=2 * CYCLE_SECONDS,
    )

    asyncio.run(hall.serve())

    assert hall.tally.verdicts[Verdict.RIGHT] > 0
    assert not hall.tally.latencies


@pytest.mark.parametrize(
    "content",
    [
        [],
        [{"person_id": 2, "scheme": "110", "balance": "1234.56"}],
        [{"person_id": 1, "scheme": "110", "balance": "1234.57"}],
        {"results": []},
        None,
    ],
)
def test_what_is_not_true_of_the_person_is_wrong(content: Any) -> None:
    answer = Answer(200, {}, json.dumps(content).encode())

    assert judge(ask=asks.accounts(WANG), answer=answer) is Verdict.WRONG


def test_a_refusal_is_an_error_whatever_it_says() -> None:
    answer = Answer(429, {}, b'{"code": "too_many_calls"}')

    assert judge(ask=asks.accounts(WANG), answer=answer) is Verdict.ERROR


def test_what_a_machine_signs_verifies() -> None:
    machine = Machine.of(KIOSK)
    machine.session = "k" * 43
    ask = asks.accounts(WANG)

    headers = machine.headers(ask, at_second=1_764_000_000)

    asked = Asked("GET", ask.path, ask.query, headers[signed_request.DIGEST], machine.session)
    claim = signed_request.claim_of(asked, headers)
    assert claim is not None
    assert signature_verifies(
        public_key=machine.public_key, signature=claim.signature, message=claim.message
    )


def test_a_percentile_is_a_latency_that_somebody_had() -> None:
    seconds = [0.004, 0.001, 0.003, 0.002]

    assert [percentile_ms(seconds, percent) for percent in (50, 75, 99)] == [2.0, 3.0, 4.0]
    assert percentile_ms([], 50) == 0.0


def test_so_many_stations_ask_at_least_as_often_as_is_wanted() -> None:
    stations = traffic.stations_for(rate=200)

    assert stations * ASKS_A_CYCLE >= 200 * CYCLE_SECONDS
    assert (stations - 1) * ASKS_A_CYCLE < 200 * CYCLE_SECONDS
