"""Awards of 170 are computed again when their figures become known, or others (居民待遇重算)."""

import pytest

from backend.kernel.dated import Standing
from backend.kernel.months import Month
from insurance.benefits.models import Component, Due, DueKind, Overpaid
from insurance.pension import recalculation
from insurance.pension.award_changes import compared_of
from insurance.pension.award_steps import known_to, resident_before_of, steps_of
from insurance.pension.invariants import broken_promises
from insurance.pension.models import Award, Recalculation
from insurance.pension.recalculation import AmountsMovedError, open_recalculation, waiting
from insurance.pension.recalculation_complete import RecalculationIncomplete
from insurance.pension.recalculation_statements import OF
from insurance.pension.resident_reckoning import (
    ResidentKnown,
    recalculate_resident,
)
from insurance.policy.kept_steps import read
from insurance.policy.recompute import first_wrong
from tests.insurance.benefits import month_builders as m
from tests.insurance.pension import pension_builders as p
from tests.insurance.pension import resident_recalculation_builders as r
from tests.insurance.pension import test_resident_award as desk
from tests.insurance.pension.adjusting.adjusting_builders import with_rows
from tests.insurance.pension.resident_recalculation_builders import HERE

pytestmark = pytest.mark.django_db
PEOPLE = 600
SEPTEMBER, JANUARY = Month(2026, 9), Month(2027, 1)


@pytest.fixture(autouse=True)
def _figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """210.00 in the district, 2.50 for each year above the least."""
    r.figures(monkeypatch)


def broken() -> list[str]:
    return [one.promise for one in broken_promises() if "签名" not in one.promise]


def test_a_standard_published_late_is_paid_to_who_was_awarded_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    award = desk.awarded()
    assert (waiting(), r.in_payment(award, SEPTEMBER)["BASIC"]) == ([], 21_000)

    r.figures(monkeypatch, then="228.50")
    r.recalculated()

    again = Award.objects.get(previous=award)
    assert (again.kind, again.basic_fen - award.basic_fen) == ("RECALCULATION", 1_850)
    assert r.in_payment(award, SEPTEMBER)["BASIC"] == 22_850
    assert (waiting(), broken()) == ([], [])


def test_it_is_done_once(monkeypatch: pytest.MonkeyPatch) -> None:
    desk.awarded()
    r.figures(monkeypatch, then="228.50")
    run = r.recalculated()

    assert recalculation.recalculate_chunk(run_id=run.pk, chunk=0) == 0
    assert open_recalculation(of=HERE, known_on=p.TODAY) is None
    assert Award.objects.filter(kind="RECALCULATION").count() == 1


def test_what_rises_after_the_first_month_is_decided_by_a_case(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """基础养老金标准调整 is for who draws already; nothing is computed again."""
    desk.awarded()

    r.figures(monkeypatch, then="228.50", since=JANUARY.first_day)

    assert waiting() == []


def test_the_months_since_are_paid_as_differences(monkeypatch: pytest.MonkeyPatch) -> None:
    award = desk.awarded()
    m.account(of=award.person_id)
    m.sealed(m.NOVEMBER)
    r.figures(monkeypatch, then="228.50")
    r.recalculated()

    m.sealed(m.DECEMBER)

    more = Due.objects.filter(entitlement=award.entitlement_id, kind=DueKind.DIFFERENCE)
    of_december = more.filter(run_period=m.DECEMBER.first_day)
    assert list(of_december.values_list("fen", flat=True)) == [1_850] * 3


def test_a_standard_that_was_too_high_is_found_overpaid(monkeypatch: pytest.MonkeyPatch) -> None:
    award = desk.awarded()
    m.account(of=award.person_id)
    m.sealed(m.NOVEMBER)
    r.figures(monkeypatch, basic="205")
    r.recalculated()

    m.sealed(m.DECEMBER)

    assert set(Overpaid.objects.values_list("fen", flat=True)) == {500}


def test_what_a_raise_added_since_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    award = desk.awarded()
    m.raise_basic(of=award.entitlement, to_fen=23_000, since=JANUARY)

    r.figures(monkeypatch, then="228.50")
    r.recalculated()

    found = [r.in_payment(award, month)["BASIC"] for month in (SEPTEMBER, JANUARY)]
    assert found == [22_850, 24_850]
    assert broken() == []


@pytest.mark.parametrize(("years", "more_fen"), [(17, 500), (15, 0)])
def test_another_amount_for_each_year_reaches_whom_the_place_adds_it(
    monkeypatch: pytest.MonkeyPatch, years: int, more_fen: int
) -> None:
    """17 years: two above the least, 5.00 instead of 2.50 for each."""
    award = desk.awarded(earlier_years=years, earlier_until=2025)
    before = r.in_payment(award, SEPTEMBER).get("EXTRA_YEARS", 0)

    r.figures(monkeypatch, extra="5.00")
    if more_fen:
        r.recalculated()

    assert r.in_payment(award, SEPTEMBER).get("EXTRA_YEARS", 0) - before == more_fen
    assert waiting() == []


def test_who_was_awarded_without_the_extra_amount_has_it_once_it_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """17 years, awarded when a clerk's word decided: two above the least, 2.50 for each."""
    (award,) = r.awarded([r.resident(paid_years=17, awarded_extra=False)])
    r.figures(monkeypatch, extra="")
    assert waiting() == []

    r.figures(monkeypatch)
    r.recalculated()

    again = Award.objects.get(previous=award)
    assert (r.in_payment(award, SEPTEMBER)["EXTRA_YEARS"], again.extra_fen) == (500, 500)
    assert first_wrong(steps=steps_of(award=again)) is None
    assert (waiting(), broken()) == ([], [])


def test_nobody_loses_what_a_place_no_longer_states(monkeypatch: pytest.MonkeyPatch) -> None:
    desk.awarded(earlier_years=17, earlier_until=2025)

    r.figures(monkeypatch, extra="")

    assert waiting() == []


@pytest.mark.parametrize(("years", "reached"), [(15, True), (17, False)])
def test_an_invented_amount_for_each_year_holds_up_nobody_without_such_years_in_a_live_database(
    monkeypatch: pytest.MonkeyPatch, years: int, reached: bool
) -> None:
    award = desk.awarded(earlier_years=years, earlier_until=2025)
    r.live(monkeypatch)

    r.figures(monkeypatch, then="228.50", extra_standing=Standing.DEMO)
    if reached:
        r.recalculated()

    assert r.in_payment(award, SEPTEMBER)["BASIC"] == (22_850 if reached else 21_000)
    assert (waiting(), broken()) == ([], [])


def test_where_no_amount_is_known_any_more_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    desk.awarded()

    with_rows(monkeypatch, r.BASIC)

    assert waiting() == []


def test_an_account_is_topped_up_once_its_rate_is_announced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    r.rate(monkeypatch, 2025)
    before = r.awarded(r.generated(people=200, seed=3))
    waits = [award for award in before if award.account_years]
    assert waits
    assert waiting() == []

    r.rate(monkeypatch, 2025, 2026)
    r.recalculated()

    assert not Award.objects.filter(previous__in=waits, account_years__isnull=False).exists()
    assert (waiting(), broken()) == ([], [])


def test_a_figure_that_is_verified_lifts_the_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    r.figures(monkeypatch, standing=Standing.DEMO)
    award = desk.awarded()
    assert award.standing == "demo"

    r.figures(monkeypatch)
    r.recalculated()

    again = Award.objects.get(previous=award)
    marks = Component.objects.filter(superseded_at=None).values_list("standing", flat=True)
    assert (again.total_fen, again.standing) == (award.total_fen, "unverified")
    assert set(marks) == {"DEMO"}  # in a demonstration


def test_the_steps_say_what_it_was_and_the_paper_why(monkeypatch: pytest.MonkeyPatch) -> None:
    award = desk.awarded()
    r.figures(monkeypatch, then="228.50")
    r.recalculated()
    again = Award.objects.get(previous=award)

    steps, compared = steps_of(award=again), compared_of(award=again)

    assert first_wrong(steps=steps) is None
    assert steps[-1].sentence == (
        "按基础养老金标准重算，每月比原来核定的多 18.50 元，从2026年9月起算。"
    )
    assert compared is not None
    assert "当地基础养老金标准为每月228.50元" in compared.because


@pytest.mark.parametrize("extra", ["3.01", ""])
def test_many_are_what_the_rule_gives_one_by_one(
    monkeypatch: pytest.MonkeyPatch, extra: str
) -> None:
    """Some were awarded without the extra amount that their years bring."""
    r.rate(monkeypatch, 2025)
    before = r.awarded(r.generated(people=PEOPLE, seed=7))
    monkeypatch.setattr(recalculation, "CHUNK_SIZE", 100)
    r.rate(monkeypatch, 2025, 2026)
    r.figures(monkeypatch, then="228.50", extra=extra)

    run = r.recalculated()

    after = {award.previous_id: award for award in Award.objects.filter(recalculation=run)}
    changed = 0
    for one in before:
        if one.extra_fen and not extra:  # nobody loses what is no longer stated
            assert one.pk not in after
            continue
        known = known_to(run.pk, Month.of(one.retirement_month))
        assert isinstance(known, ResidentKnown)
        of = resident_before_of(award=one, steps=read(rows=one.steps or []))
        wanted = recalculate_resident(before=of, known=known)
        due = wanted.award
        amounts = (due.basic_fen, due.account_fen, due.extra_fen, wanted.standing.value)
        if one.pk not in after:  # it comes to what it was
            assert amounts == (one.basic_fen, one.account_fen, one.extra_fen, one.standing)
            assert one.account_years is None
            continue
        found = after[one.pk]
        changed += 1
        assert (found.basic_fen, found.account_fen, found.extra_fen, found.standing) == amounts
        assert found.balance_fen == due.facts.account_fen
        assert steps_of(award=found) == wanted.steps
    assert PEOPLE // 4 < changed < PEOPLE
    assert len(run.chunks) > 1
    rows = Component.objects.filter(superseded_at=None)
    last = [after.get(one.pk, one) for one in before]
    assert sorted(rows.values_list("entitlement_id", "component", "fen")) == sorted(
        (one.entitlement_id, name, fen) for one in last for name, fen in one.parts.items()
    )
    assert (waiting(), broken()) == ([], [])


def opened(patch: pytest.MonkeyPatch) -> Recalculation:
    desk.awarded()
    r.figures(patch, then="228.50")
    run = open_recalculation(of=HERE, known_on=p.TODAY)
    assert run is not None
    return run


def test_an_amount_that_was_not_written_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    run = opened(monkeypatch)
    sql = OF["170"]
    wrong = sql.COMPUTE.replace("FROM closed WHERE fen > 0", "FROM closed WHERE fen > 99999")
    monkeypatch.setattr(sql, "COMPUTE", wrong)

    with pytest.raises(RecalculationIncomplete, match="BASIC"):
        recalculation.recalculate_chunk(run_id=run.pk, chunk=0)


def test_who_changes_an_amount_meanwhile_makes_the_chunk_begin_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = opened(monkeypatch)
    sql = OF["170"]
    wrong = sql.COMPUTE.replace("    WHERE $reached\n", "    WHERE $reached AND false\n")
    monkeypatch.setattr(sql, "COMPUTE", wrong)

    with pytest.raises(AmountsMovedError):
        recalculation.recalculate_chunk(run_id=run.pk, chunk=0)
