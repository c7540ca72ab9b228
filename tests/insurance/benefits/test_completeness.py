"""What was lost or altered after it was computed does not get through the seal (INV-04).

Each of the cast has one fate in December: Wang is still held, Li is owed a difference, Zhao has
died meanwhile and Chen had died before November was paid. All damage is done as the owner, and the
record of the chunk is made to agree with it: only a count from the facts can tell.
"""

from dataclasses import dataclass
from datetime import date

import pytest
from django.db import connections

from backend.kernel.months import Month
from insurance.benefits import monthly_run
from insurance.benefits.completeness import RunIncomplete
from insurance.benefits.models import Cancelled, Due, Entitlement, Held, Overpaid, RunState
from payments.models import Batch
from tests import builders
from tests.conftest import OwnDatabase
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.month_builders import DECEMBER, NOVEMBER

TABLES = (
    *("benefits_due", "benefits_held", "benefits_cancelled", "benefits_overpaid"),
    *("benefits_runchunk", "payments_attempt"),
)
REGULAR, DIFFERENCE, PAID = 1, 2, 8
RAISE_FEN = 2_000


@dataclass(frozen=True)
class December:
    """The computed month: pensions and the dues in question."""

    wang: Entitlement
    li: Entitlement
    zhao: Entitlement
    chen: Entitlement

    @property
    def held(self) -> int:
        """Wang's November, held again."""
        return due_ref(self.wang, NOVEMBER, REGULAR)

    @property
    def difference(self) -> int:
        """What Li is owed for November on top."""
        return due_ref(self.li, NOVEMBER, DIFFERENCE)

    @property
    def cancelled(self) -> int:
        """Zhao's November, never paid."""
        return due_ref(self.zhao, NOVEMBER, REGULAR)


@pytest.fixture
def december(own_database: OwnDatabase) -> December:
    """November is sealed; December is computed and not sealed."""
    cast = (builders.wang(), builders.li(), builders.zhao(), builders.chen())
    place = December(*(m.entitlement(of=person) for person in cast))
    m.hold(of=place.wang)
    m.hold(of=place.zhao)
    m.sealed()
    m.answered(m.line(place.chen), PAID)
    m.raise_basic(of=place.li, to_fen=22_000 + RAISE_FEN, since=NOVEMBER)
    m.death(of=place.zhao, on=date(2026, 10, 31))
    m.death(of=place.chen, on=date(2026, 10, 31))
    m.computed(DECEMBER)
    return place


def due_ref(of: Entitlement, for_month: Month, kind: int) -> int:
    return Due.objects.get(entitlement=of, for_month=for_month.first_day, kind=kind).due_ref


def seal() -> monthly_run.SealedRun:
    return monthly_run.seal_run(period=DECEMBER, now=m.now(DECEMBER))


def as_owner(*statements: str) -> None:
    """What only the owner can do, and only with the triggers off."""
    with connections["owner"].cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            cursor.execute(statement)
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def chunk_says(*, dues: int = 0, fen: int = 0) -> str:
    """Let the chunk have computed so much more."""
    period = DECEMBER.first_day
    return (
        f"UPDATE benefits_runchunk SET due_count = due_count + {dues}, due_fen = due_fen + {fen} "
        f"WHERE run_id = (SELECT id FROM benefits_run WHERE period = '{period}')"
    )


def a_line_for(ref: int) -> str:
    """Put a due into a batch."""
    batch = Batch.objects.filter(period=DECEMBER.first_day, kind="REGULAR").first()
    assert batch is not None
    return (
        "INSERT INTO payments_attempt (due_ref, n, batch_id, chunk, payee_id, fen, parts, "
        f"account_no, holder_name) SELECT due_ref, 1, {batch.id}, 0, payee_id, fen, parts, '1', "
        f"'王' FROM benefits_due WHERE due_ref = {ref}"
    )


def test_each_of_the_cast_has_its_fate_and_the_month_is_sealed(december: December) -> None:
    assert Held.objects.filter(run_period=DECEMBER.first_day, due=december.held).exists()
    assert Cancelled.objects.get().due_id == december.cancelled
    assert Overpaid.objects.get().fen == m.PENSION_FEN
    assert m.line(december.li, for_month=DECEMBER)

    assert seal().run.state == RunState.SEALED


def test_a_carried_due_that_is_not_held_again_blocks_the_seal(december: December) -> None:
    as_owner(
        f"DELETE FROM benefits_held WHERE due_ref = {december.held} "
        f"AND run_period = '{DECEMBER.first_day}'",
        chunk_says(dues=-1, fen=-m.PENSION_FEN),
    )

    with pytest.raises(RunIncomplete, match=f"应发 {december.held} "):
        seal()


def test_a_carried_due_that_is_held_and_paid_blocks_the_seal(december: December) -> None:
    as_owner(a_line_for(december.held))

    with pytest.raises(RunIncomplete, match=f"应发 {december.held} "):
        seal()


def test_a_carried_due_that_is_held_and_cancelled_blocks_the_seal(december: December) -> None:
    as_owner(
        f"INSERT INTO benefits_held (run_period, due_ref, reason) "
        f"VALUES ('{DECEMBER.first_day}', {december.cancelled}, 'DIED')",
        chunk_says(dues=1, fen=m.PENSION_FEN),
    )

    with pytest.raises(RunIncomplete, match=f"应发 {december.cancelled} "):
        seal()


def test_a_line_for_what_was_not_due_blocks_the_seal(december: December) -> None:
    as_owner(f"UPDATE payments_attempt SET due_ref = 1 WHERE due_ref = {december.difference}")

    with pytest.raises(RunIncomplete, match="应发 1 没有恰好入批"):
        seal()


def test_a_line_of_another_amount_blocks_the_seal(december: December) -> None:
    as_owner(
        "UPDATE payments_attempt SET fen = fen - 1, parts[1] = parts[1] - 1 "
        f"WHERE due_ref = {december.difference}"
    )

    with pytest.raises(RunIncomplete, match=f"应发 {december.difference} "):
        seal()


def test_a_fen_of_one_person_can_not_go_to_another(december: December) -> None:
    wang, li = (due_ref(who, DECEMBER, REGULAR) for who in (december.wang, december.li))
    as_owner(
        *(
            f"UPDATE {table} SET fen = fen + 1, parts[1] = parts[1] + 1 WHERE due_ref = {li}"
            for table in ("payments_attempt", "benefits_due")
        ),
        f"UPDATE benefits_due SET fen = fen - 1, parts[1] = parts[1] - 1 WHERE due_ref = {wang}",
    )

    wanted = f"待遇 {december.wang.id} 当月应发 25150 分，计发 25149 分"
    with pytest.raises(RunIncomplete, match=wanted):
        seal()


def test_nothing_is_due_to_the_dead(december: December) -> None:
    as_owner(
        "INSERT INTO benefits_due (due_ref, entitlement_id, payee_id, kind, for_month, run_period,"
        f" fen, parts) VALUES (1, {december.zhao.id}, {december.zhao.person_id}, {REGULAR}, "
        f"'{DECEMBER.first_day}', '{DECEMBER.first_day}', {m.PENSION_FEN}, '{{{m.PENSION_FEN}}}')",
        a_line_for(1),
        chunk_says(dues=1, fen=m.PENSION_FEN),
    )

    with pytest.raises(RunIncomplete, match=f"待遇 {december.zhao.id} 当月应发"):
        seal()


def test_a_lost_difference_blocks_the_seal(december: December) -> None:
    as_owner(
        f"DELETE FROM payments_attempt WHERE due_ref = {december.difference}",
        f"DELETE FROM benefits_due WHERE due_ref = {december.difference}",
        chunk_says(dues=-1, fen=-RAISE_FEN),
    )

    with pytest.raises(RunIncomplete, match=f"待遇 {december.li.id} 以往月份"):
        seal()


def test_a_difference_of_another_amount_blocks_the_seal(december: December) -> None:
    as_owner(
        *(
            f"UPDATE {table} SET fen = fen + 1, parts[1] = parts[1] + 1 "
            f"WHERE due_ref = {december.difference}"
            for table in ("payments_attempt", "benefits_due")
        ),
        chunk_says(fen=1),
    )

    with pytest.raises(RunIncomplete, match=f"待遇 {december.li.id} 以往月份") as refused:
        seal()

    assert refused.value.facts == {"book": december.li.book_id, "entitlement": december.li.id}


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM benefits_overpaid",
        "UPDATE benefits_overpaid SET fen = fen - 1, parts[1] = parts[1] - 1",
    ],
)
def test_what_is_to_be_given_back_can_not_get_lost(december: December, damage: str) -> None:
    as_owner(damage)

    with pytest.raises(RunIncomplete, match=f"待遇 {december.chen.id} 以往月份"):
        seal()


def test_a_cancelled_due_can_not_come_back(december: December) -> None:
    as_owner(
        "DELETE FROM benefits_cancelled",
        f"INSERT INTO benefits_held (run_period, due_ref, reason) "
        f"VALUES ('{DECEMBER.first_day}', {december.cancelled}, 'DIED')",
        chunk_says(dues=1, fen=m.PENSION_FEN),
    )

    with pytest.raises(RunIncomplete, match=f"待遇 {december.zhao.id} 以往月份"):
        seal()


def test_a_due_that_no_chunk_computed_blocks_the_seal(december: December) -> None:
    """Forged for somebody whose past months are not computed again."""
    as_owner(
        "INSERT INTO benefits_due (due_ref, entitlement_id, payee_id, kind, for_month, run_period,"
        f" fen, parts) VALUES (1, {december.wang.id}, {december.wang.person_id}, {DIFFERENCE}, "
        f"'{NOVEMBER.first_day}', '{DECEMBER.first_day}', 5, '{{5}}')",
        a_line_for(1),
    )

    with pytest.raises(RunIncomplete, match="分块计得"):
        seal()
