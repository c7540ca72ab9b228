"""Measure a yearly declaration of wages (测年度工资申报): read, checked and stored, whole.

One employer declares for all of its people, whose wages of the year before are known. Reading is
done by a confined process, whose memory is counted by itself.
"""

import json
import os
import resource
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.db import connection, connections
from django.utils import timezone

from backend.city.bench.benchmark import Benchmark, Tell
from backend.city.bench.meter import Meter, session_of
from backend.city.bench.month import Figures, figures_of
from backend.city.bench.place import TAKEN, Place
from backend.city.bench.report import commit, machine
from backend.feeds.refused import RefusedRow
from backend.kernel.identity import IdKind, Sex, credit_check, id_check_digit, organisation_check
from backend.kernel.names import search_form
from insurance.enrolment import wage_declaration
from insurance.enrolment.wage_declaration import take_wages
from insurance.enrolment.wage_layout import WageHead
from insurance.enrolment.wage_template import WageLine, write_wages

FILE = "wages.xlsx"
READ, CHECK, STORE, READER, WHOLE = "read", "check", "store", "reader", "whole"
LABELS = {READ: "读取（受限进程）", CHECK: "核对", STORE: "入库", WHOLE: "合计"}
AIM_SECONDS, AIM_MB = 10, 512
YEAR, TODAY = 2026, date(2026, 1, 15)
EMPLOYER, FIRST_PERSON = 1, 2
EMPLOYER_NAME, ORGANISATION = "安庆演示测速有限公司", "MA000099"
SURNAMES = "王李张刘陈杨黄赵吴周"
FIRST_BIRTH, BIRTHS_A_DAY = date(1970, 1, 1), 100

TOLD = "CREATE TEMP TABLE told (id bigint, name text, search_name text, number text, born date)"
COPY = "COPY told FROM STDIN"
FILL = """
INSERT INTO people_party (id, kind) OVERRIDING SYSTEM VALUE
SELECT id, CASE id WHEN 1 THEN 'EMPLOYER' ELSE 'PERSON' END FROM told;
INSERT INTO people_organisation (party_id, district) VALUES (1, '340802');
INSERT INTO people_person (party_id, birth_date, sex, nation, district)
SELECT id, born, 1, '01', '340802' FROM told WHERE id > 1;
INSERT INTO people_partyname (party_id, name, search_name, valid)
SELECT id, name, search_name, '[2000-01-01,)' FROM told;
INSERT INTO people_partyidentifier (party_id, kind, number, valid)
SELECT id, CASE id WHEN 1 THEN 'CREDIT_CODE' ELSE 'CITIZEN' END, number, '[2000-01-01,)' FROM told;
INSERT INTO enrolment_enrolment (person_id, scheme, kind, payer_id, district, valid, source,
    source_id)
SELECT id, scheme, 'EMPLOYED', 1, '340802', '[2020-01-01,)', 'BASELINE', 1
FROM told CROSS JOIN (VALUES ('110'), ('210'), ('310')) s (scheme) WHERE id > 1;
INSERT INTO enrolment_wage (person_id, payer_id, monthly_fen, confirmed, wage_source, valid, source,
    source_id)
SELECT id, 1, 500000, true, 'DECLARED', '[2025-01-01,)', 'BASELINE', 1 FROM told WHERE id > 1;
"""


class DeclarationRefusedError(Exception):
    """The benchmark's declaration was not taken: its seconds would be worth nothing."""


@dataclass
class Measured:
    """All that was measured with a number of rows; one entry for each repetition."""

    rows: int
    file_bytes: int
    runs: list[Figures] = field(default_factory=list)
    load: list[float] = field(default_factory=list)

    def seconds(self, step: str) -> float:
        """Of the best of all repetitions."""
        best = min(self.runs, key=_whole)
        return _whole(best) if step == WHOLE else best[step]["seconds"]

    def peak_mb(self, step: str) -> float:
        """The most memory of our process in a step; of the reader while it reads."""
        steps = (READ, CHECK, STORE) if step == WHOLE else (step,)
        return max(run[one]["peak_mb"] for run in self.runs for one in steps)


def measure(*, place: Place, rows: int, repeat: int, tell: Tell) -> Measured:
    """Write the register and a declaration, and take it in ``repeat`` times from there."""
    tell(f"▶ {rows} 人：生成")
    city = place.var / "city"
    city.mkdir(exist_ok=True)
    place.prepare()
    figures_of("wages-fill", "--rows", str(rows), place=place, database=TAKEN, city=city)
    place.settle()
    measured = Measured(rows=rows, file_bytes=(city / FILE).stat().st_size)
    for round_no in range(1, repeat + 1):
        tell(f"▶ 第 {round_no} 轮")
        measured.load.append(round(os.getloadavg()[0], 2))
        database = place.clone()
        place.rest()
        measured.runs.append(figures_of("wages-take", place=place, database=database, city=city))
    measured.load.append(round(os.getloadavg()[0], 2))
    return measured


def fill(*, rows: int, city: Path) -> Meter:
    """Write the employer with its people into the database, and its declaration beside it."""
    owner = connections["owner"]
    meter = Meter(session=session_of(owner))
    code = f"91340802{ORGANISATION}{organisation_check(ORGANISATION)}"
    head = WageHead(EMPLOYER_NAME, code + credit_check(code), YEAR)
    employer = (EMPLOYER, head.employer_name, search_form(head.employer_name), head.credit_code)
    with meter.step("fill", rows=rows), owner.cursor() as cursor:
        cursor.execute(TOLD)
        with cursor.copy(COPY) as copy:
            copy.write_row((*employer, FIRST_BIRTH))
            for place in range(rows):
                name, number, born = _person(place)
                copy.write_row((FIRST_PERSON + place, name, search_form(name), number, born))
        cursor.execute(FILL)
        with (city / FILE).open("wb") as file:
            write_wages(file=file, head=head, lines=map(_line, range(rows)))
    return meter


def take(*, city: Path) -> Meter:
    """Take the declaration in.

    Raises:
        DeclarationRefusedError.
    """
    meter = Meter(session=session_of(connection))
    refused: list[RefusedRow] = []
    with (
        meter.inside(READ, of=wage_declaration, function="read_wage_file"),
        meter.inside(STORE, of=wage_declaration, function="_store"),
        meter.step(CHECK),
    ):
        file = take_wages(path=city / FILE, today=TODAY, refused=refused)
    if not file.accepted:
        raise DeclarationRefusedError(f"{file.code}: {file.detail}")
    with meter.step(READER, rows=file.row_count or 0):
        pass
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    meter.spent[READER].peak_mb = most / 1024
    return meter


def _person(place: int) -> tuple[str, str, date]:
    """An invented person's name, number and birth date."""
    born = FIRST_BIRTH + timedelta(days=place // BIRTHS_A_DAY)
    serial = 2 * (place % BIRTHS_A_DAY) + Sex.MALE.value
    digits = f"340802{born:%Y%m%d}{serial:03d}"
    given = chr(0x4E00 + place % 5000) + chr(0x4E00 + place // 5000)
    return SURNAMES[place % 10] + given, digits + id_check_digit(digits), born


def _line(place: int) -> WageLine:
    name, number, _ = _person(place)
    yearly_fen = 50_000_00 + place * 7919 % 20_000_000
    return WageLine(name, IdKind.CITIZEN, number, yearly_fen, 12, place % 50 > 0)


def _whole(run: Figures) -> float:
    return sum(run[step]["seconds"] for step in (READ, CHECK, STORE))


def lines_of(*, measured: Measured) -> Iterator[str]:
    """The table of one number of rows."""
    yield ""
    yield (
        f"一份 {measured.rows:,} 人的年度工资申报（xlsx，{measured.file_bytes / 2**20:.1f} MB），"
        f"{len(measured.runs)} 轮取最好，系统负载 {measured.load}"
    )
    yield "| 步骤 | 秒 | 人/秒 | 峰值 MB |"
    yield "|---|---|---|---|"
    for step, label in LABELS.items():
        seconds = measured.seconds(step)
        yield (
            f"| {label} | {seconds:.2f} | {measured.rows / seconds:,.0f} "
            f"| {measured.peak_mb(step):.0f} |"
        )
    yield f"受限进程峰值 {measured.peak_mb(READER):.0f} MB"
    yield f"目标：合计 ≤ {AIM_SECONDS} 秒，每个进程 ≤ {AIM_MB} MB"


def summary(*, all_measured: Sequence[Measured], today: date) -> dict[str, Any]:
    """Everything that was printed, as figures."""
    return {
        "date": today.isoformat(),
        "commit": commit(),
        "machine": machine(),
        "runs": [
            {
                "rows": measured.rows,
                "taken": int(measured.runs[0][READER]["rows"]),
                "load": measured.load,
                "seconds": {step: round(measured.seconds(step), 3) for step in LABELS},
                "peak_mb": {step: measured.peak_mb(step) for step in (*LABELS, READER)},
            }
            for measured in all_measured
        ],
    }


def _run(place: Place, sizes: Sequence[int], repeat: int, tell: Tell) -> Iterator[str]:
    found = [measure(place=place, rows=n, repeat=repeat, tell=tell) for n in sizes]
    for measured in found:
        yield from lines_of(measured=measured)
    yield json.dumps(summary(all_measured=found, today=timezone.localdate()), ensure_ascii=False)


BENCHMARK = Benchmark(
    name="wages",
    about="一份年度工资申报",
    option="rows",
    counted="申报的人数",
    size=100_000,
    growth=(),
    run=_run,
    parts={
        "wages-fill": lambda given: fill(rows=given["rows"], city=given["city"]),
        "wages-take": lambda given: take(city=given["city"]),
    },
)
