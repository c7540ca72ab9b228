"""The API in one process (进程内): balance queries against a bare view, and kept answers.

What a machine signs beforehand is not counted; all that the server does with it is.
"""

import io
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.utils import timezone

from backend.access.citizens import digest_of
from backend.access.models import CitizenSession, Staff
from backend.access.totp import code_at, secret_from_text, step_of
from backend.city.bench.api_bare import SCRIPTS, BareHandler, Script, recorded
from backend.city.bench.hall import asks
from backend.city.bench.hall.asks import Answer, Ask, Verdict, judge
from backend.city.bench.hall.machine import Machine
from backend.city.bench.hall.percentiles import percentile_ms
from backend.city.bench.hall.plan import FILE, Plan, Station, Visitor, read_plan
from backend.city.bench.hall.wire import HOST, cookies_of
from backend.kernel import signed_request

OURS, BARE, REPLAY = "ours", "bare", "replay"
BLOCKS, CALLS = 20, 25  # of a round: so many calls of one, then of the other
KIOSKS_MAX, DESKS_MAX = 50, 20
Handler = Callable[[dict[str, Any], Callable[..., Any]], Any]


class AnswerWrongError(Exception):
    """A call of the benchmark was not answered as it must be: its speed would be worth nothing."""


@dataclass
class Inside:
    """Seconds of every call, and the statements of one."""

    seconds: dict[str, list[float]] = field(
        default_factory=lambda: {who: [] for who in (OURS, BARE, REPLAY)}
    )
    statements: dict[str, int] = field(default_factory=dict)

    def figures(self) -> dict[str, dict[str, float]]:
        """As a table shows it."""
        return {
            who: {
                "calls": len(some),
                "statements": self.statements[who],
                "p50_ms": round(percentile_ms(some, 50), 2),
                "p99_ms": round(percentile_ms(some, 99), 2),
                "per_second": round(len(some) / sum(some), 1),
            }
            for who, some in self.seconds.items()
        }


def measure_inside(*, city: Path, rounds: int) -> Inside:
    """Ask for balances of one and the other in turn, then have kept answers given again."""
    plan, measured = read_plan(path=city / FILE), Inside()
    ours, bare = WSGIHandler(), BareHandler()
    kiosks = list(_kiosks(plan))
    for machine, visitor in kiosks:
        script = _script(ours, machine, visitor)
    measured.statements[OURS] = measured.statements[BARE] = len(script.statements)
    for _ in range(rounds * BLOCKS):
        for who, handler in ((OURS, ours), (BARE, bare)):
            for number in range(CALLS):
                machine, visitor = kiosks[(len(measured.seconds[who]) + number) % len(kiosks)]
                measured.seconds[who].append(_right(handler, machine, asks.accounts(visitor))[0])
    CitizenSession.objects.filter(ended_at=None).update(ended_at=timezone.now())
    _replay(ours, plan, measured, rounds)
    return measured


def _kiosks(plan: Plan) -> Iterator[tuple[Machine, Visitor]]:
    """Machines in which the card of somebody lies, and stays."""
    for station, visitor in zip(plan.stations[:KIOSKS_MAX], plan.visitors, strict=False):
        now = timezone.now()
        machine = Machine.of(station.kiosk_key)
        machine.session = secrets.token_urlsafe()
        CitizenSession.objects.create(
            digest=digest_of(key=machine.session),
            terminal_id=station.kiosk_id,
            person_id=visitor.person_id,
            clerk=Staff.objects.get(username=station.username),
            opened_at=now,
            fetched_at=now,
            active_at=now,
            present_at=now + timedelta(hours=1),
        )
        yield machine, visitor


def _script(handler: Handler, machine: Machine, visitor: Visitor) -> Script:
    """What our own call runs, for the bare view to do the same."""
    ask = asks.accounts(visitor)
    headers = machine.headers(ask, at_second=_now())
    stated = signed_request.INPUT_FORM.fullmatch(headers[signed_request.INPUT])
    assert stated is not None
    script = SCRIPTS[machine.public_key] = Script(stated["nonce"], timezone.now())
    with recorded(script):
        _, answer = _call(handler, ask, headers)
    _require_right(ask, answer)
    return script


def _replay(handler: Handler, plan: Plan, measured: Inside, rounds: int) -> None:
    desks = []
    for station in plan.stations[:DESKS_MAX]:
        desk = _logged_in(handler, station)
        key = secrets.token_hex()
        ask = asks.enter_village(name=f"演示测速村{key[:8]}", key=key)
        _, first = _right(handler, desk, ask)
        desks.append((desk, ask, first.content))
    script = Script("", timezone.now())
    with recorded(script):
        _right(handler, *desks[0][:2])
    measured.statements[REPLAY] = len(script.statements)
    for number in range(rounds * BLOCKS * CALLS):
        desk, ask, content = desks[number % len(desks)]
        seconds, answer = _right(handler, desk, ask)
        if (answer.headers.get("idempotent-replayed"), answer.content) != ("true", content):
            raise AnswerWrongError("not the kept answer")
        measured.seconds[REPLAY].append(seconds)


def _logged_in(handler: Handler, station: Station) -> Machine:
    desk = Machine.of(station.desk_key)
    code = code_at(
        secret=secret_from_text(station.totp_secret), step=step_of(now=datetime.now(UTC))
    )
    for ask in (asks.token(), asks.log_in(station=station, code=code)):
        desk.keep(_right(handler, desk, ask)[1])
    return desk


def _right(handler: Handler, machine: Machine, ask: Ask) -> tuple[float, Answer]:
    seconds, answer = _call(handler, ask, machine.headers(ask, at_second=_now()))
    _require_right(ask, answer)
    return seconds, answer


def _require_right(ask: Ask, answer: Answer) -> None:
    if judge(ask=ask, answer=answer) is not Verdict.RIGHT:
        raise AnswerWrongError(f"{ask.route}: {answer.status}")


def _call(handler: Handler, ask: Ask, headers: dict[str, str]) -> tuple[float, Answer]:
    """Hand a request over as the web server does; the seconds until its answer is closed."""
    environ, told = _environ(ask, headers), []
    began = time.perf_counter()
    response = handler(environ, lambda status, named, *_: told.extend([status, named]))
    body = b"".join(response)
    response.close()
    seconds = time.perf_counter() - began
    status, named = told
    return seconds, Answer(
        status=int(status.split()[0]),
        cookies=cookies_of([value for name, value in named if name == "Set-Cookie"]),
        body=body,
        headers={name.lower(): value for name, value in named},
    )


def _environ(ask: Ask, headers: dict[str, str]) -> dict[str, Any]:
    named = {name.upper().replace("-", "_"): value for name, value in headers.items()}
    return {
        "REQUEST_METHOD": ask.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": ask.path,
        "QUERY_STRING": ask.query,
        "SERVER_NAME": HOST,
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": HOST,
        "HTTP_HOST": HOST,
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(ask.body),
        "wsgi.errors": io.StringIO(),
        "CONTENT_TYPE": named.pop("CONTENT_TYPE", ""),
        "CONTENT_LENGTH": named.pop("CONTENT_LENGTH", ""),
        **{f"HTTP_{name}": value for name, value in named.items()},
    }


def _now() -> int:
    return int(time.time())
