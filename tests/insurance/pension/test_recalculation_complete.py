"""A recalculation ends only when it is whole (重算完整性)."""

import pytest

from insurance.pension import recalculation
from insurance.pension import recalculation_sql as sql
from insurance.pension.models import Award, Recalculation
from insurance.pension.recalculation import (
    AmountsMovedError,
    Waiting,
    open_recalculation,
    recalculate_chunk,
)
from insurance.pension.recalculation_complete import RecalculationIncomplete
from tests.insurance.pension import pension_builders as p
from tests.insurance.pension import recalculation_builders as r

pytestmark = pytest.mark.django_db
HERE = Waiting("340800", 2026)
A_MONTH_LATER = """CASE c.component WHEN 'BASIC'
    THEN daterange((lower(c.valid) + interval '1 month')::date, NULL) ELSE c.valid END"""


@pytest.fixture
def awards(monkeypatch: pytest.MonkeyPatch) -> list[Award]:
    """Four interim awards, in two chunks."""
    monkeypatch.setattr(recalculation, "CHUNK_SIZE", 2)
    return r.awarded(people=r.generated(people=4, seed=11))


def opened(patch: pytest.MonkeyPatch) -> Recalculation:
    """The base is published; chunks compute by what the run keeps."""
    with patch.context() as published:
        p.publish_base(published, fen=r.BASE_FEN)
        run = open_recalculation(of=HERE, known_on=p.TODAY)
    assert run is not None
    return run


def awards_of(run: Recalculation) -> int:
    return Award.objects.filter(recalculation=run).count()


def test_it_ends_with_the_last_chunk(awards: list[Award], monkeypatch: pytest.MonkeyPatch) -> None:
    run = opened(monkeypatch)

    recalculate_chunk(run_id=run.pk, chunk=1)
    run.refresh_from_db()
    assert run.state == "OPEN"
    recalculate_chunk(run_id=run.pk, chunk=0)
    run.refresh_from_db()

    assert (run.state, awards_of(run)) == ("DONE", 4)


def test_an_award_that_was_passed_over_is_named(
    awards: list[Award], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, forgotten, second, last = (award.pk for award in awards)
    ranges = [(first, first, 1), (second, last, 2)]
    monkeypatch.setattr(recalculation, "_ranges", lambda *_: ranges)
    run = opened(monkeypatch)
    recalculate_chunk(run_id=run.pk, chunk=0)

    with pytest.raises(RecalculationIncomplete, match=f"核定 {forgotten} 应重算"):
        recalculate_chunk(run_id=run.pk, chunk=1)


def test_what_was_awarded_since_waits_for_the_next(
    awards: list[Award], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = opened(monkeypatch)
    r.awarded(people=r.generated(people=1, seed=12))

    for chunk in range(len(run.chunks)):
        recalculate_chunk(run_id=run.pk, chunk=chunk)

    run.refresh_from_db()
    assert (run.state, awards_of(run)) == ("DONE", 4)
    assert recalculation.waiting() == [HERE]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("FROM closed WHERE new_fen > 0", "FROM closed WHERE component <> 'BASIC'"),
        ("<> (x.new_fen, t.mark)", "<> (x.new_fen, t.mark) AND c.component <> 'BASIC'"),
        ("c.case_id, c.valid,", f"c.case_id, {A_MONTH_LATER} AS valid,"),
    ],
    ids=["gave way for nothing", "did not give way", "came in other months"],
)
def test_an_amount_that_was_not_written_is_named(
    awards: list[Award], monkeypatch: pytest.MonkeyPatch, right: str, wrong: str
) -> None:
    assert right in sql.COMPUTE
    monkeypatch.setattr(sql, "COMPUTE", sql.COMPUTE.replace(right, wrong))
    run = opened(monkeypatch)
    recalculate_chunk(run_id=run.pk, chunk=0)

    with pytest.raises(RecalculationIncomplete, match="的 BASIC 应为"):
        recalculate_chunk(run_id=run.pk, chunk=1)


def test_an_amount_that_somebody_changes_meanwhile_makes_a_chunk_begin_again(
    awards: list[Award], monkeypatch: pytest.MonkeyPatch
) -> None:
    right, wrong = "FROM standing s\n    WHERE", "FROM standing s\n    WHERE false AND"
    assert right in sql.COMPUTE
    monkeypatch.setattr(sql, "COMPUTE", sql.COMPUTE.replace(right, wrong))
    run = opened(monkeypatch)

    with pytest.raises(AmountsMovedError):
        recalculate_chunk(run_id=run.pk, chunk=0)
