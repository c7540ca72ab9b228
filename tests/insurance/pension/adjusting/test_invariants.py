"""The promises of adjustments hold on what was decided, and find what SQL put in (不变量)."""

from datetime import date

import pytest
from django.db import connections, transaction

from backend.cases.decide import decide, review
from backend.city import amount_invariants as amounts
from insurance.pension.adjusting import cases
from insurance.pension.adjusting.invariants import (
    BY_PLACE,
    DECIDED,
    RULE,
    broken_promises,
    promises,
)
from insurance.pension.adjusting.models import Run
from tests import builders
from tests.conftest import OwnDatabase
from tests.insurance.benefits import month_builders as m
from tests.insurance.pension.adjusting import adjusting_builders as a
from tests.insurance.pension.adjusting.adjusting_builders import JANUARY, retired

ACTS = {
    "PENSION_ADJUSTMENT": cases.decide_yearly,
    "BASIC_PENSION_RAISE": cases.decide_basic,
    "PAID_MONTHS": cases.decide_months,
}
WRITTEN = "调整:每条有增减的明细都写入了待遇项目"
LAST = "调整:依据调整业务件的待遇项目等于最后一条明细"
CHUNKS = "调整:每批次的明细等于各分块之和"
TOTALS = "调整:封存时的汇总等于明细"

# What breaks, on which table the triggers are switched off, and how.
TAMPERINGS = (
    (
        LAST,
        "benefits_component",
        """UPDATE benefits_component SET fen = fen + 1 WHERE component = 'ADJUSTMENT'
            AND superseded_at IS NULL AND valid @> '2027-01-01'::date""",
    ),
    (
        WRITTEN,
        "benefits_component",
        "DELETE FROM benefits_component WHERE component = 'BASIC' AND case_id IS NOT NULL",
    ),
    (
        LAST,
        "benefits_component",
        """INSERT INTO benefits_component
            (entitlement_id, component, fen, standing, valid, case_id)
        SELECT max(e.id), 'AGE_SUPPLEMENT', 100000, 'CITED', '[2027-01-01,)', min(n.case_id)
        FROM benefits_entitlement e, adjusting_run n""",
    ),
    (
        RULE,
        "adjusting_row",
        "UPDATE adjusting_row SET linked_fen = linked_fen + 1 WHERE left_out = ''",
    ),
    (RULE, "adjusting_row", "UPDATE adjusting_row SET paid_months = 480"),
    (
        BY_PLACE,
        "adjusting_row",
        "UPDATE adjusting_row SET district = '310115' WHERE district <> ''",
    ),
    (CHUNKS, "adjusting_row", "DELETE FROM adjusting_row WHERE left_out <> ''"),
    (
        TOTALS,
        "adjusting_row",
        "UPDATE adjusting_row SET fixed_fen = fixed_fen + 1 WHERE left_out = ''",
    ),
    (TOTALS, "adjusting_run", "UPDATE adjusting_run SET summary = summary || '{\"adjusted\": 9}'"),
    (DECIDED, "cases_case", "UPDATE cases_case SET decided_by = received_by + 999"),
)


@pytest.fixture(autouse=True)
def _figures(monkeypatch: pytest.MonkeyPatch) -> None:
    a.plan(monkeypatch)
    a.standards(monkeypatch)


def signed(*, kind: str, content: dict[str, object]) -> None:
    """Two people sign, in the spring of 2027."""
    now = builders.NOW.replace(year=2027, month=3)
    case = builders.case(kind=kind, content=content)
    reviewer, approver = builders.member(role="REVIEWER"), builders.member(role="APPROVER")
    review(case_id=case.pk, key=reviewer.key, role="REVIEWER", now=now)
    decide(
        case_id=case.pk,
        approve=True,
        reason="",
        key=approver.key,
        role="APPROVER",
        now=now,
        acts=ACTS,
    )
    a.followed()


def history() -> None:
    """Both kinds of adjustment; then months are found, and a stop, and all is followed up."""
    wang = retired(paid_months=None)
    retired(of=a.born(1956))
    stopped = retired(of=a.born(1950))
    m.entitlement(of=a.born(1949))
    signed(kind="PENSION_ADJUSTMENT", content=a.YEARLY_CASE)
    signed(kind="BASIC_PENSION_RAISE", content=a.RAISE_CASE)
    m.stop(of=stopped, since=JANUARY)
    months = {"entitlement": wang.pk, "paid_months": 365, "document": "演示台账"}
    signed(kind="PAID_MONTHS", content=months)
    m.death(of=wang, on=date(2027, 2, 1))
    a.followed(a.MARCH.next)
    assert Run.objects.count() == 3


@pytest.mark.django_db
def test_nothing_is_broken_when_all_is_well() -> None:
    history()

    assert broken_promises() == []
    assert len(set(promises())) == len(promises()) == 8


@pytest.mark.django_db
def test_the_case_of_an_adjustment_writes_amounts_of_those_whom_it_lists_only() -> None:
    history()
    case_id = Run.objects.filter(kind="YEARLY").order_by("pk")[0].case_id
    assert amounts.broken_promises() == []

    stranger = m.entitlement(of=builders.chen())
    m.component(of=stranger, name="ADJUSTMENT", fen=1, start=JANUARY, case_id=case_id)

    assert {row.promise for row in amounts.broken_promises()} == {amounts.RESTS}


@pytest.mark.django_db
def test_what_others_change_afterwards_breaks_nothing() -> None:
    wang = retired()
    signed(kind="PENSION_ADJUSTMENT", content=a.YEARLY_CASE)
    m.raise_basic(of=wang, to_fen=9_000_00, since=m.LONG_AGO)
    (own,) = wang.component_set.filter(component="ADJUSTMENT", superseded_at=None, fen=418_00)
    m.supersede(own)

    assert broken_promises() == []


@pytest.mark.django_db
def test_a_run_that_nobody_signed_is_found() -> None:
    retired()
    a.adjusted(a.YEARLY, case_id=builders.case().pk)

    assert {row.promise for row in broken_promises()} == {DECIDED}


def test_it_finds_what_an_owner_tampered_with(own_database: OwnDatabase) -> None:
    history()
    assert broken_promises() == []

    missed = [
        (promise, act)
        for promise, table, act in TAMPERINGS
        if promise not in broken_by(table=table, act=act)
    ]

    assert missed == []


class Undone(Exception):  # noqa: N818 - rolls a tampering back
    """Take it back."""


def broken_by(*, table: str, act: str) -> set[str]:
    """Which promises are found broken once the owner did this; and undo it."""
    found: set[str] = set()
    owner, default = connections["owner"], connections["default"]
    try:
        with transaction.atomic(using="owner"), owner.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(act)
            connections["default"] = owner
            found = {row.promise for row in broken_promises()}
            raise Undone
    except Undone:
        return found
    finally:
        connections["default"] = default
