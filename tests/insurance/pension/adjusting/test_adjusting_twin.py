"""The statement of an adjustment and the pure rules agree to the fen, person by person (双算一致).

Ten thousand people by a plan like that of 2022, fewer by those of other years; then all kinds of
things become known, and the follow-up agrees again. ``adjusting_facts`` is the judge.
"""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest

from insurance.pension.adjusting import adjusting_run
from insurance.pension.adjusting.adjusting_run import Asked
from insurance.pension.adjusting.models import Kind
from tests.insurance.benefits.month_late import clock
from tests.insurance.pension.adjusting import adjusting_builders as a
from tests.insurance.pension.adjusting.adjusting_builders import JANUARY, RAISE, YEARLY
from tests.insurance.pension.adjusting.adjusting_city import people, write
from tests.insurance.pension.adjusting.adjusting_facts import (
    Decided,
    Facts,
    expected,
    given_by,
    said_by_runs,
)
from tests.insurance.pension.adjusting.adjusting_late import happen

pytestmark = pytest.mark.django_db
PEOPLE, FEWER, SEED = 10_000, 2_500, 340_800
REASONS = ("DIED", "IN_PRISON", "STOPPED", "NO_PENSION", "MONTHS_UNKNOWN")


@pytest.fixture(autouse=True)
def _several_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adjusting_run, "CHUNK_SIZE", 3_000)


def city(count: int) -> Random:
    random = Random(SEED)
    write(people(count=count, random=random), at=clock() - timedelta(days=30))
    return random


def adjust_and_judge(asked: Asked) -> dict[int, Decided]:
    """Adjust, and hold every row and every month's amounts against the judge."""
    before = Facts(since=asked.since)
    a.adjusted(asked, case_id=a.BY_CASE + len(asked.kind))
    said = said_by_runs(kind=asked.kind)
    assert differing(before.decide(kind=asked.kind, given={}), said) == []
    after, given = Facts(since=asked.since), given_by(said)
    for number, *_ in before.entitlements:
        wanted = expected(
            before=before.amounts[number],
            kind=asked.kind,
            given=given.get(number, (0, 0)),
            since=asked.since,
        )
        assert {month: after.amounts[number].of(month) for month in wanted} == wanted, number
    return said


def differing(
    decided: dict[int, Decided], said: dict[int, Decided]
) -> list[tuple[int, Decided | None, Decided | None]]:
    """The first few of whom judge and rows say different things."""
    pairs = [(n, decided.get(n), said.get(n)) for n in sorted(decided.keys() | said.keys())]
    return [pair for pair in pairs if pair[1] != pair[2]][:3]


def count_of(said: dict[int, Decided]) -> Counter[str]:
    """How often each thing was said, so that nothing is proven on an empty street."""
    return Counter(one.said.left_out.name if one.said.left_out else "" for one in said.values())


def test_ten_thousand_people_and_what_becomes_known_of_them_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    a.plan(monkeypatch)
    a.standards(monkeypatch, d340803=235, d340811=210)
    a.extra_standards(monkeypatch, d340803=4, d340822=2)
    random = city(PEOPLE)

    yearly, basic = adjust_and_judge(YEARLY), adjust_and_judge(RAISE)
    happen(random=random)
    followed = a.followed()

    for asked in (YEARLY, RAISE):
        said = said_by_runs(kind=asked.kind)
        assert (
            differing(Facts(since=JANUARY).decide(kind=asked.kind, given=given_by(said)), said)
            == []
        )
    assert min(count_of(yearly)[reason] for reason in ("", *REASONS)) >= 20
    assert sum(one.said.supplement_fen > 0 for one in basic.values()) >= 200
    assert min(count_of(basic)[reason] for reason in ("", "DIED", "IN_PRISON", "NO_PENSION")) >= 10
    assert [run.kind for run in followed] == [Kind.YEARLY, Kind.BASIC]
    assert all(run.row_set.count() >= 20 for run in followed)
    assert sum(run.row_set.count() for run in followed) < PEOPLE // 4


PLANS: tuple[tuple[tuple[str, ...], dict[str, object]], ...] = (
    (  # like 2021
        ("up_to_15_years", "per_year_from_16th", "linked_rounding", "part_year"),
        {"per_year": 2, "share_of_pension": Decimal("0.01")},
    ),
    (  # like 2024
        ("linked_rounding", "part_year"),
        {"top_up_on_reaching": {"70": 140, "80": 280, "85": 390}},
    ),
)


@pytest.mark.parametrize(("without", "changes"), PLANS)
def test_by_the_plans_of_other_years(
    monkeypatch: pytest.MonkeyPatch, without: tuple[str, ...], changes: dict[str, object]
) -> None:
    a.plan(monkeypatch, without=without, **changes)  # type: ignore[arg-type]
    city(FEWER)

    said = count_of(adjust_and_judge(YEARLY))

    assert min(said[""], said["PLAN_INCOMPLETE"]) >= 20
