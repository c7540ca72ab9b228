"""Money against the tax bureau's own declarations: what the pure sentence finds, with an owner."""

from datetime import date
from itertools import product
from typing import Any

import pytest

from backend.kernel.months import Month
from backend.people.models import Alias
from insurance.collection.models import BillMode, BillRunKind, Finding, TaxFile
from insurance.collection.rules.declared_money import MoneyFinding, money_finding
from insurance.collection.tax.compare import compare_declarations
from insurance.collection.tax.compare_money import compare_money
from tests import builders
from tests.insurance.collection import match_city as city
from tests.insurance.collection import tax_world as world
from tests.insurance.collection.match_city import Came
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db
NOV, DEC = world.NOV, world.NOV.next
DUE = date(2026, 11, 30)  # after the last day to pay, the 25th
DECLARED = 144_000


def billed(*, mode: BillMode = BillMode.DECLARED) -> None:
    """Li is insured through the company."""
    run = world.run()
    world.line(run, person_id=builders.li().pk, fen=DECLARED)
    world.bills(world.done(run), mode=mode)


def declared(*fens: int, serial: int = 1, payer_id: int | None = 0) -> None:
    """The company declares Li at the tax bureau."""
    payer = of.employer().pk if payer_id == 0 else payer_id
    lines = [
        world.declared(payer_id=payer, person_id=builders.li().pk, name="李建国", fen=fen)
        for fen in fens
    ]
    world.declare(world.declarations_file(serial=serial), lines)


def came(fen: int, *, period: Month = NOV, **changes: object) -> TaxFile:
    """Money of the company comes in for November."""
    facts = {"payer_id": of.employer().pk, "scheme": "110", "fen": fen, "month": NOV, **changes}
    return city.write_file(receipts=[Came(**facts)], period=period)


def compare(today: date = DUE) -> dict[str, int]:
    return compare_money(period=NOV, today=today)


def found() -> list[tuple[str, int, int]]:
    rows = Finding.objects.filter(closed_at__isnull=True).order_by("id")
    return [(row.kind, row.declared_fen, row.received_fen) for row in rows]


def test_what_was_declared_and_came_in_agrees() -> None:
    billed()
    declared(DECLARED)
    came(100_000)
    came(44_000)

    assert compare() == {"AGREED": 1, "written": 0, "gone": 0}


@pytest.mark.parametrize(
    ("fens", "money", "kind"),
    [
        ([DECLARED], 0, "DECLARED_NOT_PAID"),
        ([], DECLARED, "PAID_NOT_DECLARED"),
        ([DECLARED], 100_000, "PAID_OTHER_AMOUNT"),
        ([DECLARED], 150_000, "PAID_OTHER_AMOUNT"),
    ],
)
def test_what_differs_is_finances(fens: list[int], money: int, kind: str) -> None:
    billed()
    declared(*fens)
    if money:
        came(money)

    assert compare()["written"] == 1

    assert found() == [(kind, sum(fens), money)]
    row = Finding.objects.get()
    assert (row.owner_role, row.payer_id) == ("FINANCE", of.employer().pk)
    assert compare()["written"] == 0


def test_what_may_still_be_paid_in_time_is_no_finding() -> None:
    billed()
    declared(DECLARED)

    assert compare(today=date(2026, 11, 25))["written"] == 0
    assert compare(today=date(2026, 11, 26))["written"] == 1


@pytest.mark.parametrize("months_later", [0, 1, 5])
def test_money_that_comes_later_closes_the_finding(months_later: int) -> None:
    billed()
    declared(DECLARED)
    compare()
    told = NOV.plus(months_later)

    file = came(DECLARED, period=told)

    assert compare_money(period=told, today=told.last_day) == {
        "AGREED": 1,
        "written": 0,
        "gone": 1,
    }
    row = Finding.objects.get()
    assert (row.decision, row.gone_file) == (Finding.GONE, file)


def test_money_of_a_month_that_nobody_declared_is_a_finding_until_it_is_declared() -> None:
    billed()
    came(DECLARED)

    assert compare()["written"] == 1

    assert found() == [("PAID_NOT_DECLARED", 0, DECLARED)]
    declared(DECLARED)
    assert (compare()["gone"], found()) == (1, [])
    assert Finding.objects.get().gone_file == TaxFile.objects.get(kind="DECLARATIONS")


def test_part_of_the_money_puts_another_finding_in_the_place_of_the_first() -> None:
    billed()
    declared(DECLARED)
    compare()
    file = came(100_000, period=DEC)

    assert compare_money(period=DEC, today=DEC.last_day)["gone"] == 1

    assert found() == [("PAID_OTHER_AMOUNT", DECLARED, 100_000)]
    assert Finding.objects.get(decision=Finding.GONE).gone_file == file


def test_what_was_taken_over_was_declared_to_the_old_system() -> None:
    run = world.run(BillRunKind.TAKEN_OVER, period=NOV.previous)
    world.line(run, person_id=builders.li().pk, fen=DECLARED, month=NOV.previous)
    world.bills(world.done(run), mode=BillMode.DECLARED)
    came(DECLARED, month=NOV.previous)

    assert compare()["written"] == 0


def test_what_two_people_settled_stays_settled() -> None:
    billed()
    declared(DECLARED)
    compare()
    row = Finding.objects.get()
    row.decision, row.case_id, row.closed_at = "DECLARATION_RIGHT", 1, builders.NOW
    row.save(update_fields=["decision", "case_id", "closed_at"])

    assert compare()["written"] == 0


def test_each_comparison_leaves_the_findings_of_the_other() -> None:
    billed()
    declared(1)
    compare_declarations(period=NOV, today=DUE)
    compare()

    assert compare_declarations(period=NOV, today=DUE)["gone"] == compare()["gone"] == 0
    assert [kind for kind, *_ in found()] == ["OTHER_AMOUNT", "DECLARED_NOT_PAID"]


@pytest.mark.parametrize(
    "changes", [{"late_fee": True}, {"month": None}, {"fiscal": True}, {"payer_id": None}]
)
def test_money_of_another_kind_is_held_against_no_declaration(changes: dict[str, Any]) -> None:
    billed()
    declared()
    came(DECLARED, **changes)

    assert compare()["written"] == 0


def test_who_is_assessed_by_us_need_not_declare() -> None:
    billed(mode=BillMode.ASSESSED)
    declared()
    came(DECLARED)

    assert compare()["written"] == 0


def test_a_merged_employer_declares_and_pays_as_its_survivor() -> None:
    billed()
    other = of.employer(serial=2).pk
    declared(DECLARED, payer_id=other)
    compare(today=DEC.first_day)  # nobody billed it: due at the end of the month
    came(DECLARED)
    Alias.objects.create(party_id=other, survivor_id=of.employer().pk, case_id=1)

    assert compare() == {"AGREED": 1, "written": 0, "gone": 1}
    assert found() == []


def test_each_month_stands_in_the_period_that_told_of_it_first() -> None:
    billed()
    declared(DECLARED)
    came(1_00, period=DEC)

    assert compare_money(period=DEC, today=DEC.last_day)["written"] == 1
    assert Finding.objects.get().period == NOV.first_day
    assert compare()["written"] == 0


def test_sql_says_what_the_pure_sentence_says() -> None:
    amounts = (0, 100_00, 200_00)
    told = [one for one in product(amounts, amounts, (False, True)) if any(one[:2])]
    for n, (declares, pays, due) in enumerate(told, 1):
        company = of.employer(serial=10 + n).pk
        run = world.run()
        world.line(run, person_id=builders.li().pk, fen=1, payer_id=company)
        pay_by = NOV.first_day if due else DUE
        world.bills(world.done(run), mode=BillMode.DECLARED, pay_by=pay_by)
        if declares:
            declared(declares, serial=n, payer_id=company)
        else:
            world.declarations_file(serial=n)
        if pays:
            came(pays, payer_id=company)
        compare()
        wanted = money_finding(declared_fen=declares, received_fen=pays, is_due=due)
        rows = Finding.objects.filter(payer_id=company, closed_at__isnull=True)
        kinds = [MoneyFinding[row.kind] for row in rows]
        assert kinds == ([] if wanted is None else [wanted])
