"""A death match is evidence for the seal when two persons vouch for it (死亡比对的确认)."""

import json
from datetime import date
from pathlib import Path

import pytest
from django.conf import LazySettings

from backend.cases.decide import SamePerson, WrongState, decide, review
from backend.cases.decided import truly_decided
from backend.cases.models import Case
from backend.people import deaths
from backend.people.models import Death
from insurance.benefits.death_match import import_death_match
from insurance.benefits.death_match_file import kept_folder
from payments.models import SealCondition
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.death_match_files import MatchFiles, files_in, told, wang

pytestmark = pytest.mark.django_db


@pytest.fixture
def match(tmp_path: Path, settings: LazySettings) -> MatchFiles:
    return files_in(tmp_path, settings)


def decide_alone(case: Case, by: builders.Member) -> Case:
    return decide(
        case_id=case.pk,
        approve=True,
        reason="",
        key=by.key,
        role="REVIEWER",
        now=builders.NOW,
        acts={"DEATH": deaths.confirm},
    )


def test_what_came_into_the_folder_is_confirmed_by_two_persons(match: MatchFiles) -> None:
    import_death_match(path=match.write(told(wang()[1])))
    case, clerk = Case.objects.get(), builders.member(role="CLERK")
    reviewer = builders.member(role="REVIEWER")

    with pytest.raises(WrongState, match="另一人审核"):
        decide_alone(case, reviewer)
    assert not Death.objects.get(superseded_at=None).confirmed

    review(case_id=case.pk, key=clerk.key, role="CLERK", now=builders.NOW)
    decide_alone(case, reviewer)
    assert Death.objects.get(superseded_at=None).confirmed
    assert truly_decided(case_ids=[case.pk]) == {case.pk}


def test_who_reviewed_a_death_of_a_match_does_not_confirm_it(match: MatchFiles) -> None:
    import_death_match(path=match.write(told(wang()[1])))
    case, reviewer = Case.objects.get(), builders.member(role="REVIEWER")
    review(case_id=case.pk, key=reviewer.key, role="REVIEWER", now=builders.NOW)

    with pytest.raises(SamePerson):
        decide_alone(case, reviewer)


def test_who_handed_a_match_in_confirms_none_of_its_deaths(match: MatchFiles) -> None:
    reviewer = builders.member(role="REVIEWER")
    path = match.write(told(wang()[1]))
    import_death_match(path=path, received_by=reviewer.staff.person_id)
    case = Case.objects.get(kind="DEATH")

    with pytest.raises(SamePerson):
        decide_alone(case, reviewer)

    decide_alone(case, builders.member(role="REVIEWER"))
    assert Death.objects.get(superseded_at=None).confirmed


def test_the_file_is_kept_and_is_no_evidence_before_two_persons_vouch_for_it(
    match: MatchFiles,
) -> None:
    path = match.write()

    taken = import_death_match(path=path).match

    assert not SealCondition.objects.exists()
    kept = kept_folder() / f"{taken.sha256}.csv"
    assert kept.read_bytes() == path.with_suffix(".csv").read_bytes()

    m.confirmed(taken)

    condition = SealCondition.objects.get()
    assert (condition.kind, condition.period) == ("DEATH_MATCH", date(2026, 11, 1))
    assert condition.as_of == date(2026, 11, 5)
    assert condition.evidence_sha256 == json.loads(path.read_text())["sha256"]


def test_who_hands_in_what_came_by_itself_vouches_for_it(match: MatchFiles) -> None:
    path, clerk = match.write(), builders.member(role="CLERK").staff
    taken = import_death_match(path=path).match
    assert not Case.objects.exists()

    for _ in range(2):
        assert import_death_match(path=path, received_by=clerk.person_id).already

    case = Case.objects.get()
    assert (case.kind, case.received_by) == ("DEATH_MATCH", clerk.person_id)
    assert case.content["match"] == taken.pk
