"""A month's death match holds pay and opens cases, of whom it names (死亡比对)."""

from datetime import date
from pathlib import Path

import pytest
from django.conf import LazySettings

from backend.audit.models import Act
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.identity import Sex
from backend.people import deaths
from backend.people.models import Death
from insurance.benefits.death_match import FALSE_BEFORE, import_death_match
from insurance.benefits.models import Cancelled, Claim, DeathMatch, Overpaid, Stop
from payments.ledger.models import Entry, MemoEntry
from payments.models import Attempt
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.baseline_files import CHEN, LI, WANG
from tests.insurance.benefits.death_match_files import MatchFiles, files_in, told, wang
from tests.insurance.benefits.month_builders import DECEMBER, NOVEMBER

pytestmark = pytest.mark.django_db


@pytest.fixture
def match(tmp_path: Path, settings: LazySettings) -> MatchFiles:
    return files_in(tmp_path, settings)


def test_a_told_death_is_reported_and_waits_for_two_people(match: MatchFiles) -> None:
    person_id, number = wang()

    found = import_death_match(path=match.write(told(number)))

    death, case = Death.objects.get(), Case.objects.get()
    assert (found.told, found.reported, found.listed) == (1, 1, ())
    assert (death.person_id, death.death_date) == (person_id, date(2026, 10, 20))
    assert not death.confirmed
    assert (case.kind, case.party_id, case.received_by) == ("DEATH", person_id, None)
    assert death.case_id == case.pk


def test_the_case_can_confirm_what_was_reported(match: MatchFiles) -> None:
    _, number = wang()
    import_death_match(path=match.write(told(number)))

    deaths.confirm(Case.objects.get())

    assert Death.objects.get(superseded_at=None).confirmed


def test_a_match_holds_and_ends_nothing_and_moves_no_money(match: MatchFiles) -> None:
    pension = m.entitlement()
    taken = import_death_match(path=match.write(told(wang()[1], died="2026-09-20"))).match
    m.confirmed(taken)

    m.sealed(NOVEMBER)
    m.sealed(DECEMBER)

    assert [m.held_reasons(pension, month) for month in (NOVEMBER, DECEMBER)] == [
        ["DIED"],
        ["DIED", "DIED"],
    ]
    for written in (Stop, Overpaid, Cancelled, Claim, Attempt, Entry, MemoEntry):
        assert not written.objects.exists()


def test_the_same_file_again_changes_nothing(match: MatchFiles) -> None:
    path = match.write(told(wang()[1]))
    import_death_match(path=path)
    acts = Act.objects.count()

    again = import_death_match(path=path)

    assert again.already
    assert (Case.objects.count(), Death.objects.count()) == (1, 1)
    assert Act.objects.count() == acts


def test_a_corrected_file_adds_only_what_is_new(match: MatchFiles) -> None:
    _, number = wang()
    import_death_match(path=match.write(told(number)))
    builders.person(name="陈桂芳", birth_date=date(1966, 12, 31), sex=Sex.FEMALE, number=CHEN)

    again = import_death_match(path=match.write(told(number), told(CHEN, "陈桂芳")))

    assert (again.reported, again.known_dead) == (1, 1)
    assert DeathMatch.objects.count() == 2


def test_a_report_that_two_people_refused_is_not_made_again(match: MatchFiles) -> None:
    _, number = wang()
    import_death_match(path=match.write(told(number)))
    deaths.withdraw(Case.objects.get())

    again = import_death_match(path=match.write(told(number), told(CHEN)))

    assert again.reported == 0
    assert not Death.objects.filter(superseded_at=None).exists()


@pytest.mark.parametrize("confirmed", [True, False])
def test_a_report_that_was_false_is_listed_in_later_months_and_holds_nobody(
    match: MatchFiles, *, confirmed: bool
) -> None:
    """Refused, or confirmed and withdrawn: whoever lives is not held again each month."""
    _, number = wang()
    import_death_match(path=match.write(told(number)))
    case = Case.objects.get()
    if confirmed:
        deaths.confirm(case)
        case.content["death_case_id"] = case.pk
    deaths.withdraw(case)
    match.month, match.as_of = "2026-12", "2026-12-05"

    again = import_death_match(path=match.write(told(number)))

    assert (again.reported, again.known_dead, Case.objects.count()) == (0, 0, 1)
    assert [row.reason for row in again.listed] == [FALSE_BEFORE]
    assert not Death.objects.filter(superseded_at=None).exists()


@pytest.mark.parametrize("other", ["2026-11-20,POLICE", "2026-10-20,CIVIL_AFFAIRS"])
def test_another_day_or_source_is_another_report(match: MatchFiles, other: str) -> None:
    _, number = wang()
    import_death_match(path=match.write(told(number)))
    deaths.withdraw(Case.objects.get())
    match.month, match.as_of = "2026-12", "2026-12-05"

    again = import_death_match(path=match.write(told(number), f"CITIZEN,{number},王秀英,{other}"))

    assert (again.reported, [row.reason for row in again.listed]) == (1, [FALSE_BEFORE])


def test_strangers_are_counted_and_listed_masked(match: MatchFiles) -> None:
    found = import_death_match(path=match.write(told(WANG), told(LI)))

    assert found.reported == 0
    assert [row.line for row in found.listed] == [2, 3]
    assert WANG not in found.listed[0].shown


def test_a_number_that_nobody_can_have_is_listed(match: MatchFiles) -> None:
    found = import_death_match(path=match.write(told(WANG[:-1] + "?")))

    assert [row.line for row in found.listed] == [2]


def test_another_name_is_held_and_listed(match: MatchFiles) -> None:
    found = import_death_match(path=match.write(told(wang()[1], "周小梅")))

    assert found.reported == 1
    assert "姓名不同" in found.listed[0].reason


def test_the_same_person_twice_is_one_death(match: MatchFiles) -> None:
    _, number = wang()

    found = import_death_match(path=match.write(told(number), told(number)))

    assert (found.reported, found.known_dead) == (1, 1)


def test_of_two_dates_the_earlier_counts_and_both_are_listed(match: MatchFiles) -> None:
    _, number = wang()
    later, earlier = told(number, died="2026-10-20"), told(number, died="2026-09-30")

    found = import_death_match(path=match.write(later, earlier))

    assert Death.objects.get().death_date == date(2026, 9, 30)
    assert (found.reported, found.known_dead) == (1, 1)
    assert [row.line for row in found.listed] == [2, 3]
    assert "2026-09-30" in found.listed[0].reason


def test_a_date_before_birth_is_not_the_earlier_one(match: MatchFiles) -> None:
    _, number = wang()

    found = import_death_match(path=match.write(told(number, died="1950-01-01"), told(number)))

    assert Death.objects.get().death_date == date(2026, 10, 20)
    assert [row.line for row in found.listed] == [2]


@pytest.mark.parametrize("as_of", ["2026-10-01", "2026-12-31"])
def test_a_match_is_made_about_its_month(match: MatchFiles, as_of: str) -> None:
    match.as_of = as_of

    assert import_death_match(path=match.write()).told == 0


@pytest.mark.parametrize("as_of", ["2026-09-30", "2027-01-01", "2036-11-05", "0001-01-01"])
def test_a_match_of_another_time_is_refused(match: MatchFiles, as_of: str) -> None:
    match.as_of = as_of

    with pytest.raises(Refusal) as caught:
        import_death_match(path=match.write())

    assert caught.value.code == "death_match_invalid"
    assert not DeathMatch.objects.exists()


def test_a_death_before_birth_is_listed_only(match: MatchFiles) -> None:
    found = import_death_match(path=match.write(told(wang()[1], died="1950-01-01")))

    assert (found.reported, len(found.listed)) == (0, 1)
