"""A case has its term by law; the clock stands while papers are corrected and ends with it."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, transaction

from backend.cases import decide as deciding
from backend.cases import kinds, terms
from backend.cases.models import Case, CaseTerm
from backend.cases.terms import From, TermRule, rule_of
from backend.kernel.dated import Standing, load_dated_toml
from insurance.issuing import stage_invariants
from tests import builders
from tests.backend.cases import filing_builders as ours
from tests.builders import CHINA, NOW, TODAY, Member

database = pytest.mark.django_db
IN_2025 = datetime(2025, 9, 26, 10, 0, tzinfo=CHINA)  # a Friday; Sunday the 28th is worked


@pytest.fixture
def clerk() -> Member:
    return ours.clerk()


@pytest.fixture
def reviewer() -> Member:
    return ours.reviewer()


def due(case: Case) -> date | None:
    return CaseTerm.objects.get(case=case).due_on


def all_is_well() -> bool:
    return stage_invariants.broken_promises() == []


def test_each_term_is_one_of_a_kind_that_there_is() -> None:
    known = {kind.code for kind in kinds.kinds(on=TODAY)}
    rows = terms._terms().in_force("term", TODAY)

    assert {row.text("kind") for row in rows} <= known
    assert all(rule_of(kind=row.text("kind"), region="340800", on=TODAY) for row in rows)


def test_before_its_law_there_is_no_term() -> None:
    day = date(2023, 12, 1)

    assert rule_of(kind=ours.KIND, region="340800", on=day - timedelta(days=1)) is None
    rule = rule_of(kind=ours.KIND, region="340800", on=day)
    assert rule is not None
    assert (rule.days, rule.article, rule.standing) == (10, "第二十四条", Standing.PUBLISHED)


@database
def test_the_term_begins_the_day_after_it_was_filed(clerk: Member) -> None:
    term = CaseTerm.objects.get(case=ours.filed(clerk))

    assert (term.starts_on, term.days, term.due_on) == (TODAY, 10, date(2026, 11, 19))
    assert term.said_by == "社会保险经办条例（国务院令第765号）第二十四条"
    assert term.standing == "unverified"  # no notice of holidays of 2026


@database
def test_holidays_of_a_known_year_lengthen_the_term_and_it_is_relied_on(clerk: Member) -> None:
    term = CaseTerm.objects.get(case=ours.filed(clerk, now=IN_2025))

    assert term.due_on == date(2025, 10, 16)
    assert term.standing == "published"


@database
def test_the_clock_stands_while_papers_are_corrected(clerk: Member) -> None:
    case = ours.filed(clerk)
    ours.asked(case, clerk, now=NOW + timedelta(days=4))  # Monday the 9th: two days are used

    assert due(case) is None
    assert all_is_well()
    ours.answered(case, clerk, now=NOW + timedelta(days=12))  # Tuesday the 17th

    assert due(case) == date(2026, 11, 27)  # eight more
    assert all_is_well()


@database
def test_a_term_that_runs_on_into_a_year_without_a_notice_is_not_relied_on(clerk: Member) -> None:
    case = ours.filed(clerk, now=IN_2025)
    told = ours.asked(case, clerk, now=IN_2025)
    known = CaseTerm.objects.get(case=case).standing

    ours.answered(case, clerk)

    term = CaseTerm.objects.get(case=case)
    assert (told.calendar_known, known, term.standing) == (True, "published", "unverified")


@database
def test_accepting_does_not_begin_it_anew(clerk: Member) -> None:
    case = ours.filed(clerk)

    ours.accepted(case, clerk, now=NOW + timedelta(days=6))

    assert due(case) == date(2026, 11, 19)


@database
def test_a_term_that_counts_from_acceptance_begins_then(
    clerk: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = TermRule(5, From.ACCEPTED, "演示", "第一条", Standing.CITED)
    monkeypatch.setattr(terms, "rule_of", lambda **_: rule)
    case = ours.filed(clerk)
    assert not CaseTerm.objects.filter(case=case).exists()

    ours.accepted(case, clerk, now=NOW + timedelta(days=6))  # Wednesday the 11th

    assert due(case) == date(2026, 11, 18)


@database
def test_a_case_that_is_accepted_as_it_comes_has_its_term_too() -> None:
    with_term, without = builders.case(kind=ours.KIND), builders.case(kind="STOP")

    assert CaseTerm.objects.get().case == with_term
    assert without.pk != with_term.pk


@database
def test_the_clock_ends_with_the_decision(clerk: Member, reviewer: Member) -> None:
    first, second = ours.filed(clerk), ours.filed(clerk)

    ours.declined(first, reviewer)
    ours.accepted(second, clerk)
    deciding.decide(
        case_id=second.pk,
        approve=False,
        reason="不符合条件",
        key=reviewer.key,
        role="REVIEWER",
        now=NOW,
        acts=ours.ACTS,
    )

    assert not CaseTerm.objects.filter(closed_at__isnull=True).exists()
    assert all_is_well()


@database
def test_a_term_that_ended_does_not_run_on(clerk: Member, reviewer: Member) -> None:
    case = ours.declined(ours.filed(clerk), reviewer)

    with pytest.raises(DatabaseError, match="does not run on"), transaction.atomic():
        CaseTerm.objects.filter(case=case).update(closed_at=None)
    with pytest.raises(DatabaseError), transaction.atomic():
        CaseTerm.objects.filter(case=case).update(starts_on=TODAY - timedelta(days=9))


@database
def test_the_last_day_moves_by_a_correction_alone(clerk: Member) -> None:
    case = ours.filed(clerk)
    later = TODAY + timedelta(days=300)

    assert "by a correction alone" in put_off(case, None)
    assert "by a correction alone" in put_off(case, later)
    ours.asked(case, clerk)
    assert "by a correction alone" in put_off(case, later)
    ours.answered(case, clerk)
    assert "by a correction alone" in put_off(case, later)


def put_off(case: Case, until: date | None) -> str:
    """Say by SQL when a case is due; why the database refused it."""
    with pytest.raises(DatabaseError) as refused, transaction.atomic():
        CaseTerm.objects.filter(case=case).update(due_on=until)
    return str(refused.value)


def test_what_a_city_says_goes_before_what_the_nation_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = '[[term]]\nkind = "K"\ncounts_from = "FILED"\nregion = "{}"\ndays = {}\n'
    file = tmp_path / "terms.toml"
    text = 'name = "演示"\nfrom = 2023-12-01\ndocument = "演示"\nstanding = "cited"\n'
    file.write_text(text + row.format("000000", 10) + row.format("340800", 4), encoding="utf-8")
    monkeypatch.setattr(terms, "_terms", lambda: load_dated_toml(file, key=("kind",)))

    found = [rule_of(kind="K", region=region, on=TODAY) for region in ("340802", "340100")]

    assert [rule.days for rule in found if rule] == [4, 10]
