"""Measure the yearly interest (测年度计息): ours, by hand and a bare floor, each in a fresh clone.

Every account has five openings and twelve contributions a year. The first year opens with nothing:
the openings arrive in its January. The next opens with what the run before it left.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connections
from django.utils import timezone

from backend.city.bench.benchmark import Benchmark, Tell
from backend.city.bench.meter import Meter, session_of
from backend.city.bench.month import Figures, figures_of
from backend.city.bench.place import TAKEN, Place
from backend.jobs.runner import run_waiting
from insurance.accounts import tasks
from insurance.accounts.yearly_interest import chunk_keys, close_year, open_year

HANDLERS = tasks  # imported so that its jobs can be done here
SCHEME, REGION = "110", "340800"
FIRST, NEXT = 2025, 2026
STEPS = {FIRST: "first", NEXT: "next"}
LABELS = {"first": "首年计息", "next": "次年计息"}
WHO = {"ours": "interest-ours", "by_hand": "interest-by-hand", "bare": "interest-bare"}
AIM_BY_HAND, AIM_GROWTH = 1.3, 1.15
RATE = "0.015"

FILL = """
INSERT INTO people_party (kind) SELECT 'PERSON' FROM generate_series(1, %(accounts)s);
INSERT INTO people_person (party_id, birth_date, sex, nation, district)
SELECT id, date '1980-01-01', 1, '01', '340802' FROM people_party;
INSERT INTO accounts_accountentry
    (person_id, scheme, kind, part, for_month, arrival_month, fen, source, source_id)
SELECT id, '110', 'OPENING', 'PERSON', make_date(y, 12, 1), date '2025-01-01',
    100000 + (id * 7919 + y) %% 400000, 'BASELINE', 1
FROM people_party, generate_series(2020, 2024) y;
INSERT INTO accounts_accountentry
    (person_id, scheme, kind, part, for_month, arrival_month, fen, source, source_id)
SELECT id, '110', 'CREDIT', 'PERSON', m::date, m::date, 40000 + (id * 104729) %% 60000,
    'ALLOCATION', id * 32 + extract(month FROM m)::int + 12 * (extract(year FROM m)::int - 2025)
FROM generate_series(timestamp '2025-01-01', timestamp '2026-12-01', interval '1 month') m,
    people_party;
"""
# Someone must have opened the year before anybody writes its interest.
RUN = """
INSERT INTO accounts_interestrun (scheme, year, interim, ratio, ratio_of_year, parameter, document,
    authority, standing, policy_version, openings_id, chunks, state)
VALUES ('110', %(year)s, false, %(rate)s, %(year)s, '', '', '', 'demo', '', %(before)s, '[]',
    'OPEN')
RETURNING id
"""
DONE = "UPDATE accounts_interestrun SET state = 'DONE' WHERE id = %s"
OPENINGS = {
    FIRST: """SELECT person_id, sum(fen) AS opening FROM accounts_accountentry
        WHERE scheme = '110' AND arrival_month < %(first)s GROUP BY person_id""",
    NEXT: """SELECT person_id, closing_fen AS opening FROM accounts_yearclose
        WHERE run_id = %(before)s""",
}
YEAR = """
WITH o AS ({openings}), y AS (
    SELECT person_id, sum(fen) AS moved,
        sum(fen * (13 - extract(month FROM arrival_month)::int)) AS product
    FROM accounts_accountentry
    WHERE scheme = '110' AND arrival_month >= %(first)s AND arrival_month < %(after)s
        AND kind NOT IN ('INTEREST', 'TRUE_UP')
    GROUP BY person_id),
i AS MATERIALIZED (
    SELECT person_id, coalesce(opening, 0) AS opening, coalesce(moved, 0) AS moved,
        12 * coalesce(opening, 0) + coalesce(product, 0) AS product,
        round((12 * coalesce(opening, 0) + coalesce(product, 0)) * %(rate)s / 12)::bigint AS due
    FROM o FULL JOIN y USING (person_id)),
e AS (
    INSERT INTO {entry}
        (person_id, scheme, kind, part, for_month, arrival_month, fen, source, source_id)
    SELECT person_id, '110', 'INTEREST', 'WHOLE', %(last)s, %(after)s, due, 'RUN', %(run)s
    FROM i WHERE due <> 0)
INSERT INTO {close} (run_id, person_id, opening_fen, moved_fen, product_fen, interest_fen,
    closing_fen, ratio)
SELECT %(run)s, person_id, opening, moved, product, due, opening + moved + due, %(rate)s FROM i
"""
BARE = """
CREATE TABLE bare_entry (LIKE accounts_accountentry INCLUDING DEFAULTS INCLUDING IDENTITY
    INCLUDING INDEXES);
CREATE TABLE bare_close (LIKE accounts_yearclose INCLUDING INDEXES)
"""


@dataclass
class Measured:
    """All that was measured with a number of accounts; one entry for each repetition."""

    accounts: int
    runs: dict[str, list[Figures]] = field(default_factory=lambda: {who: [] for who in WHO})

    def best(self, who: str, step: str) -> float:
        """The best of all repetitions, in seconds."""
        return min(run[step]["seconds"] for run in self.runs[who])

    def rows(self, who: str) -> int:
        """How many accounts were closed in the second year."""
        return int(self.runs[who][0][STEPS[NEXT]]["rows"])


def measure(*, place: Place, accounts: int, repeat: int, tell: Tell) -> Measured:
    """Fill a database with accounts, and close two years ``repeat`` times from there."""
    tell(f"▶ {accounts} 个账户：生成")
    place.prepare()
    wanted = ("--accounts", str(accounts))
    figures_of("interest-fill", *wanted, place=place, database=TAKEN, city=place.var)
    place.settle()
    measured = Measured(accounts=accounts)
    for round_no in range(1, repeat + 1):
        tell(f"▶ 第 {round_no} 轮")
        for who, act in WHO.items():
            database = place.clone()
            place.rest()
            figures = figures_of(act, place=place, database=database, city=place.var)
            measured.runs[who].append(figures)
    return measured


def fill(*, accounts: int) -> Meter:
    """Write the persons and their entries."""
    meter, cursor = _begin()
    with meter.step("fill", rows=accounts), cursor:
        cursor.execute(FILL, {"accounts": accounts})
    return meter


def ours() -> Meter:
    """Close both years as the command does: open, jobs, close."""
    meter = Meter(session=session_of(connections["default"]))
    for year, step in STEPS.items():
        with meter.step(step):
            run = open_year(
                scheme=SCHEME, year=year, region=REGION, today=date(year + 1, 1, 15), demo=True
            )
            run_waiting(keys=chunk_keys(run=run))
            done = close_year(run_id=run.pk, now=timezone.now())
        meter.spent[step].rows = (done.summary or {})["accounts"]
    return meter


def by_hand() -> Meter:
    """One statement for each year into the same tables, with all that they promise."""
    return _in_one_statement(entry="accounts_accountentry", close="accounts_yearclose")


def on_bare_tables() -> Meter:
    """The same rows without checks and triggers, only with the indexes."""
    return _in_one_statement(entry="bare_entry", close="bare_close")


def _in_one_statement(*, entry: str, close: str) -> Meter:
    meter, cursor = _begin()
    with cursor:
        cursor.execute(BARE)
        before = None
        for year, step in STEPS.items():
            values = {"year": year, "rate": RATE, "before": before}
            cursor.execute(RUN, values)
            (run,) = cursor.fetchone()
            months = {
                "first": date(year, 1, 1), "last": date(year, 12, 1), "after": date(year + 1, 1, 1),
            }  # fmt: skip
            openings = OPENINGS[year].replace("accounts_yearclose", close)
            statement = YEAR.format(openings=openings, entry=entry, close=close)
            with meter.step(step):
                cursor.execute(statement.replace("%(rate)s", RATE), values | months | {"run": run})
            meter.spent[step].rows = cursor.rowcount
            cursor.execute(DONE, [run])
            cursor.execute(f"ANALYZE {close}")
            before = run
    return meter


def _begin() -> tuple[Meter, Any]:
    connection = connections["owner"]
    meter = Meter(session=session_of(connection))
    return meter, connection.cursor()


def lines_of(*, measured: Measured) -> Iterator[str]:
    """The table of one number of accounts."""
    yield ""
    yield f"{measured.accounts:,} 个账户，{len(measured.runs['ours'])} 轮取最好"
    yield "| 步骤 | 本系统 秒 | 账户/秒 | 手写 秒 | ÷ 手写 | 下限 秒 | ÷ 下限 |"
    yield "|---|---|---|---|---|---|---|"
    for step, label in LABELS.items():
        mine, hand, bare = (measured.best(who, step) for who in WHO)
        yield (
            f"| {label} | {mine:.2f} | {measured.accounts / mine:,.0f} | {hand:.2f} "
            f"| {mine / hand:.2f} | {bare:.2f} | {mine / bare:.2f} |"
        )
    yield f"目标：÷ 手写 ≤ {AIM_BY_HAND}"


def growth_lines(*, small: Measured, large: Measured) -> Iterator[str]:
    """How much more ours grows than the floor when there are more accounts."""
    yield ""
    yield f"增长：{large.accounts:,} ÷ {small.accounts:,} 个账户"
    for step, label in LABELS.items():
        mine = large.best("ours", step) / small.best("ours", step)
        bare = large.best("bare", step) / small.best("bare", step)
        yield f"| {label} | {mine:.2f} | {bare:.2f} | {mine / bare:.2f} |"
    yield f"目标：本系统 ÷ 下限 ≤ {AIM_GROWTH}"


def summary(*, all_measured: list[Measured], today: date) -> dict[str, Any]:
    """Everything that was printed, as figures."""
    return {
        "date": today.isoformat(),
        "runs": [
            {
                "accounts": measured.accounts,
                "rows": {who: measured.rows(who) for who in WHO},
                "steps": {step: {who: measured.best(who, step) for who in WHO} for step in LABELS},
            }
            for measured in all_measured
        ],
    }


def _run(place: Place, sizes: Sequence[int], repeat: int, tell: Tell) -> Iterator[str]:
    found = [measure(place=place, accounts=n, repeat=repeat, tell=tell) for n in sizes]
    for measured in found:
        yield from lines_of(measured=measured)
    if len(found) > 1:
        yield from growth_lines(small=found[0], large=found[-1])
    yield json.dumps(summary(all_measured=found, today=timezone.localdate()))


BENCHMARK = Benchmark(
    name="interest",
    about="个人账户年度计息",
    option="accounts",
    counted="个人账户数",
    size=100_000,
    growth=(100_000, 1_000_000),
    run=_run,
    parts={
        "interest-fill": lambda given: fill(accounts=given["accounts"]),
        "interest-ours": lambda _: ours(),
        "interest-by-hand": lambda _: by_hand(),
        "interest-bare": lambda _: on_bare_tables(),
    },
)
