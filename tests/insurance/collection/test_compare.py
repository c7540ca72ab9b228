"""Declarations against the register, in SQL: what the pure comparison finds, with an owner."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.db import connection

from backend.audit.models import Act
from backend.kernel.months import Month
from backend.people.models import Alias
from insurance.collection.models import BillLine, BillMode, BillRun, DeclaredLine, Finding, LinePart
from insurance.collection.rules import declared as pure
from insurance.collection.tax.compare import MonthNotBegun, compare_declarations
from tests import builders
from tests.insurance.collection import tax_world as world
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db
TODAY, NOV = builders.TODAY, world.NOV
NAMES = ("王秀英", "李建国", "赵志强", "陈桂芳")


def compare() -> dict[str, int]:
    return compare_declarations(period=NOV, today=TODAY)


def li_is_billed(*, mode: BillMode = BillMode.DECLARED) -> int:
    """Li's own 480 yuan and the company's 960."""
    run = world.run()
    world.line(run, person_id=builders.li().pk, fen=48_000)
    world.line(run, person_id=builders.li().pk, fen=96_000, part=LinePart.EMPLOYER)
    world.line(run, person_id=None, fen=1, part=LinePart.ROUNDING)
    world.bills(world.done(run), mode=mode)
    return int(builders.li().pk)


def li_is_declared(*fens: int, serial: int = 1) -> None:
    lines = [
        world.declared(
            payer_id=of.employer().pk, person_id=builders.li().pk, name="李建国", fen=fen
        )
        for fen in fens
    ]
    world.declare(world.declarations_file(serial=serial), lines)


def open_findings() -> list[tuple[str, str, int, int]]:
    rows = Finding.objects.filter(closed_at__isnull=True).order_by("id")
    return [(r.kind, r.owner_role, r.declared_fen, r.registered_fen) for r in rows]


def test_own_and_employers_share_are_declared_as_one_amount() -> None:
    li_is_billed()
    li_is_declared(144_000)

    assert compare() == {"files": 1, "AGREED": 1, "written": 0, "gone": 0}


def test_what_differs_has_an_owner() -> None:
    li_is_billed()
    li_is_declared(143_999, 143_999)

    assert compare()["written"] == 2
    assert open_findings() == [
        ("OTHER_AMOUNT", "CLERK", 143_999, 144_000),
        ("DUPLICATE", "FINANCE", 143_999, 0),
    ]
    assert Act.objects.get(name="collection.declarations_compared").rows == 2


def test_comparing_again_writes_nothing() -> None:
    li_is_billed()
    li_is_declared(1)
    compare()
    acts = Act.objects.count()

    again = compare()

    assert (again["written"], again["gone"], Act.objects.count()) == (0, 0, acts)


def test_without_a_file_nobody_is_said_not_to_have_paid() -> None:
    li_is_billed()

    assert compare() == {"files": 0, "written": 0, "gone": 0}


def test_who_is_assessed_by_us_need_not_declare() -> None:
    li_is_billed(mode=BillMode.ASSESSED)
    world.declarations_file()

    assert compare()["written"] == 0


def test_a_late_file_closes_what_it_puts_right() -> None:
    li_is_billed()
    li_is_declared(100_000)
    compare()

    li_is_declared(44_000, serial=2)

    assert compare() == {"files": 2, "AGREED": 1, "written": 0, "gone": 1}
    assert Finding.objects.get().decision == Finding.GONE


def test_a_finding_that_is_gone_may_come_again() -> None:
    li_is_billed()
    world.declarations_file()
    compare()
    Finding.objects.update(decision=Finding.GONE, closed_at=world.NOW)

    assert compare()["written"] == 1
    assert open_findings() == [("NOT_DECLARED", "CLERK", 0, 144_000)]


def test_what_people_settled_stays_settled() -> None:
    li_is_billed()
    li_is_declared(1)
    compare()
    Finding.objects.update(decision="ACCEPTED", closed_at=world.NOW)

    assert compare()["written"] == 0


def test_what_people_are_deciding_is_left_to_them() -> None:
    li_is_billed()
    li_is_declared(100_000)
    compare()
    Finding.objects.update(case_id=1)
    li_is_declared(44_000, serial=2)

    assert compare()["gone"] == 0


def test_a_month_to_come_is_not_compared() -> None:
    with pytest.raises(MonthNotBegun):
        compare_declarations(period=NOV.next, today=TODAY)


@dataclass(frozen=True)
class World:
    """What was written, as the pure comparison takes it."""

    declared: list[pure.Declared]
    registered: list[pure.Registered]
    groups: int


Found = tuple[str, int | None, str, str, Month, int | None, int | None, int, int]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_sql_finds_what_the_pure_comparison_finds(seed: int) -> None:
    made = generated(random.Random(seed))

    counts = compare()

    found = pure.compare(declared=made.declared, registered=made.registered)
    expected = Counter(_told(one) for one in found if one.kind is not pure.FindingKind.AGREED)
    assert Counter(_written()) == expected
    by_kind = Counter(one.kind.name for one in found)
    assert {kind: counts.get(kind, 0) for kind in by_kind} == dict(by_kind)
    assert made.groups >= 200
    assert len(by_kind) == len(pure.FindingKind)


def generated(chance: random.Random) -> World:
    """Hundreds of employers and schemes; amounts that tie, add up, or miss by a fen."""
    payers, silent, strangers = world.employers(100), world.employers(5), [None, None]
    run, file = world.run(), world.declarations_file()
    registered: list[pure.Registered] = []
    lines: list[DeclaredLine] = []
    for payer in (*payers, *silent, *strangers):
        names = [chance.choice(NAMES) for _ in range(6)]
        staff = world.people(names)
        merged = merged_away(chance, staff[0])
        for scheme in ("110", "310"):
            if payer is not None:
                registered += bill(chance, run, payer, scheme, staff, names)
            if payer not in silent:
                lines += declarations(chance, payer, scheme, [*staff, merged, None], names)
    world.bills(world.done(run), mode=BillMode.DECLARED)
    chance.shuffle(lines)
    world.declare(file, lines)
    survivors = dict(Alias.objects.values_list("party_id", "survivor_id"))
    return World([_pure(one, survivors) for one in lines], registered, 2 * len(payers))


def merged_away(chance: random.Random, survivor: int) -> int:
    (twin,) = world.people([chance.choice(NAMES)])
    Alias.objects.create(party_id=twin, survivor_id=survivor, case_id=1)
    return twin


def bill(
    chance: random.Random,
    run: BillRun,
    payer: int,
    scheme: str,
    staff: list[int],
    names: list[str],
) -> Iterator[pure.Registered]:
    billed = [pair for pair in zip(staff, names, strict=True) if chance.random() < 0.6]
    rows: list[BillLine] = []
    for person, name in billed:
        fens = (50, chance.choice((50, 100)))
        yield pure.Registered(len(rows), payer, person, name, scheme, NOV, sum(fens))
        for part, fen in zip((LinePart.PERSON, LinePart.EMPLOYER), fens, strict=True):
            one = BillLine(run=run, payer_id=payer, person_id=person, scheme=scheme)
            one.month, one.part, one.fen = NOV.first_day, part, fen
            rows.append(one)
    for row, number in zip(rows, world.numbers(len(rows)), strict=True):
        row.id = row.key_id = number
    BillLine.objects.bulk_create(rows)


def declarations(
    chance: random.Random,
    payer: int | None,
    scheme: str,
    persons: list[int | None],
    names: list[str],
) -> Iterator[DeclaredLine]:
    for person, own in zip(persons, (*names, names[0], names[1]), strict=True):
        for _ in range(chance.choice((0, 0, 1, 1, 1, 2, 3))):
            yield world.declared(
                payer_id=payer,
                payer_number="" if payer else chance.choice("AB"),
                person_id=person,
                name=own if chance.random() < 0.8 else chance.choice(NAMES),
                scheme=scheme,
                fen=chance.choice((49, 50, 50, 75, 99, 100, 100, 101, 150)),
            )


def _pure(one: DeclaredLine, survivors: dict[int, int]) -> pure.Declared:
    person = one.person_id
    return pure.Declared(
        line=one.pk,
        payer_id=one.payer_id,
        person_id=None if person is None else survivors.get(person, person),
        name=one.search_name,
        scheme=one.scheme,
        month=NOV,
        fen=one.fen,
        payer_number="" if one.payer_id else one.payer_number,
    )


def _told(one: pure.Finding) -> Found:
    about = one.registered[0] if one.registered else one.declared[0]
    first = one.declared[0] if one.declared else None
    return (
        one.kind.name,
        about.payer_id,
        first.payer_number if first else "",
        about.scheme,
        about.month,
        None if one.kind is pure.FindingKind.NOT_DECLARED else about.person_id,
        first.line if first else None,
        sum(line.fen for line in one.declared),
        sum(own.fen for own in one.registered),
    )


def _written() -> Iterator[Found]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT kind, payer_id, payer_number, scheme, month, person_id, declared_id,
                declared_fen, registered_fen FROM collection_finding"""
        )
        for row in cursor.fetchall():
            yield (*row[:4], Month.of(row[4]), *row[5:])
