"""The statements of the monthly run and ``assess`` agree to the fen, person by person (双算一致).

Ten thousand people over three months: first what the old system left, then a month of late facts
and bank answers, then another. ``month_facts`` is the judge.
"""

from collections import Counter
from random import Random

import pytest

from backend.kernel.money import Money
from backend.kernel.months import Month
from insurance.benefits import monthly_run
from insurance.benefits.due_steps import steps_of
from insurance.benefits.models import Due, DueKind, HoldReason, Run
from insurance.benefits.replay import find_lines
from insurance.policy.recompute import first_wrong
from payments.models import Batch, BatchKind, BatchState
from payments.replay import replay
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.month_city import Writer, paid_on, people
from tests.insurance.benefits.month_facts import Decided, decide, found
from tests.insurance.benefits.month_kept import set_offs_are_decided
from tests.insurance.benefits.month_late import Late, bank_answers, clock, rows

pytestmark = pytest.mark.django_db
PEOPLE, LATER_PEOPLE, SET_OFFS, PAID_ON, SEED = 10_000, 300, 120, 20, 340_800
EXPLAINED = 60  # of each kind of due in each month
LOOK_BACK_TO = Month(2026, 4)  # no fact drawn here reaches back further
KINDS = {1: "regular", 2: "difference", 3: "kept"}
FROM_THE_START = ("regular", "difference", "kept", "overpaid", "line")
REASONS = tuple(HoldReason.values)


@pytest.fixture(autouse=True)
def _several_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monthly_run, "CHUNK_SIZE", 3_000)


def run_and_judge(period: Month, random: Random) -> dict[int, Decided]:
    """Compute a month while facts go on being recorded, and hold it against the judge."""
    run = m.opened(period)
    Late(period=period, random=random).happen(share=0.5)
    for chunk in range(len(run.parameters["chunks"])):
        monthly_run.run_chunk(run_id=run.id, chunk=chunk)
    done = found(run=run)
    assert disagreements(run, done) == []
    monthly_run.seal_run(period=period, now=m.now(period))
    assert unexplained(run, random) == []
    return done


def unexplained(run: Run, random: Random) -> list[int]:
    """Of some dues of each kind, those whose steps do not give their amount."""
    found = []
    for kind in DueKind:
        dues = list(Due.objects.filter(run_period=run.period, kind=kind).order_by("due_ref"))
        for due in random.sample(dues, min(len(dues), EXPLAINED)):
            steps = steps_of(due=due)
            if first_wrong(steps=steps) or steps[-1].result != str(Money(due.fen)):
                found.append(due.due_ref)
    return found


def disagreements(run: Run, done: dict[int, Decided]) -> list[tuple[int, Decided, Decided]]:
    """The first few whose month was not what the facts say."""
    due = decide(run=run, since=LOOK_BACK_TO)
    assert set(done) <= set(due)
    pairs = ((e, decided, done.get(e, Decided())) for e, decided in due.items())
    return [pair for pair in pairs if pair[1] != pair[2]][:3]


def what_happened(done: dict[int, Decided]) -> Counter[str]:
    """How often each thing happened, so that nothing is proven on an empty street."""
    count: Counter[str] = Counter()
    for decided in done.values():
        for kind, _, _ in decided.dues:
            count[KINDS[kind]] += 1
        count["cancelled"] += len(decided.cancelled)
        count["overpaid"] += len(decided.overpaid)
        for key, where in decided.placed.items():
            count[where if where in REASONS else "line"] += 1
            count["carried"] += key not in decided.dues
    return count


def test_three_months_of_ten_thousand_people_agree_with_the_pure_functions() -> None:
    random = Random(SEED)
    writer = Writer(first_id=1, random=random)
    drawn = people(count=PEOPLE, random=random)
    for one in drawn[::PAID_ON]:
        paid_on(one, random)
    writer.write(drawn, earlier=clock(), moment=clock())
    set_offs_are_decided(count=SET_OFFS, random=random)

    first = what_happened(run_and_judge(m.NOVEMBER, random))
    bank_answers(period=m.NOVEMBER, random=random)
    Late(period=m.DECEMBER, random=random).happen()
    writer.write(people(count=LATER_PEOPLE, random=random), earlier=clock(), moment=clock())
    second = what_happened(run_and_judge(m.DECEMBER, random))
    bank_answers(period=m.DECEMBER, random=random)
    third = what_happened(run_and_judge(m.JANUARY, random))

    assert min(first[name] for name in (*FROM_THE_START, *REASONS)) >= 20
    assert min(second[name] for name in (*FROM_THE_START, *REASONS, "cancelled", "carried")) >= 20
    assert min(third[name] for name in (*FROM_THE_START, *REASONS, "cancelled", "carried")) >= 20
    assert replayed_otherwise() == []


def replayed_otherwise() -> list[str]:
    """Batches of all months that are not the same when they are found again at the end."""
    batches = Batch.objects.filter(kind=BatchKind.REGULAR, state=BatchState.SEALED).order_by("id")
    assert len({batch.period for batch in batches}) == 3
    found = ((one, replay(batch=one, lines=find_lines(batch=one))) for one in batches)
    return [f"{one.no} {anew.difference}" for one, anew in found if not anew.agrees_with(one)]


def test_a_month_without_news_owes_only_itself() -> None:
    random = Random(SEED + 1)
    Writer(first_id=1, random=random).write(
        people(count=500, random=random), earlier=clock(), moment=clock()
    )
    m.sealed(m.NOVEMBER)

    m.sealed(m.DECEMBER)

    assert rows(
        "SELECT count(*) FROM benefits_runchange c JOIN benefits_run r ON r.id = c.run_id "
        "WHERE r.period = %s",
        m.DECEMBER.first_day,
    ) == [(0,)]
    assert rows(
        "SELECT DISTINCT kind, for_month FROM benefits_due WHERE run_period = %s",
        m.DECEMBER.first_day,
    ) == [(1, m.DECEMBER.first_day)]
