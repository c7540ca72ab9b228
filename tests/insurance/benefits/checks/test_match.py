"""A match of data shows who lives, and leaves the others at the first step (数据比对)."""

from collections.abc import Callable
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from backend.audit.models import Act
from backend.kernel.errors import Refusal
from backend.kernel.identity import Sex
from backend.people.models import Alias, Person
from insurance.benefits.checks.files import Taken
from insurance.benefits.checks.intake import take_checks
from insurance.benefits.checks.match import FORMAT, HEADER, import_life_match
from insurance.benefits.checks.models import CheckFile, CheckStep, Proof
from insurance.benefits.checks.rules import Stage
from insurance.benefits.models import Hold
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.checks import check_builders as of
from tests.insurance.benefits.checks.check_builders import TODAY, Files

pytestmark = pytest.mark.django_db


@pytest.fixture
def match(tmp_path: Path) -> Files:
    return Files(
        tmp_path, FORMAT, HEADER, {"as_of": "2026-11-05", "source": "社保卡、就医、出行（演示）"}
    )


def told(person: Person, *, on: str = "2026-11-01", method: str = "DATA_MATCH") -> str:
    return f"CITIZEN,{of.number_of(person)},{of.name_of(person)},{on},{method}"


def imported(path: Path) -> Taken:
    return import_life_match(path=path, today=TODAY)


def test_who_was_seen_has_a_proof_and_is_not_due_any_more(match: Files) -> None:
    wang = m.entitlement()

    found = imported(match.write(told(builders.wang())))

    proof = Proof.objects.get()
    assert (proof.proven_on, proof.method, proof.file_id) == (
        date(2026, 11, 1),
        "DATA_MATCH",
        found.file.pk,
    )
    assert (found.proven, found.left, found.lines) == (1, 0, ())
    assert not of.is_due(wang)


def test_who_was_not_seen_stands_at_the_first_step(match: Files) -> None:
    m.entitlement()
    li = m.entitlement(of=builders.li())

    found = imported(match.write(told(builders.wang())))

    step = CheckStep.objects.get()
    assert (found.left, step.person_id, step.stage) == (1, li.person_id, Stage.UNMATCHED)
    assert (step.done_on, step.file_id) == (TODAY, found.file.pk)


def test_who_needs_no_proof_yet_stands_at_no_step(match: Files) -> None:
    of.proof(m.entitlement(), on=date(2026, 1, 1))

    assert imported(match.write()).left == 0


def test_whoever_proved_it_by_himself_is_told_by_the_same_file(match: Files) -> None:
    m.entitlement()

    imported(match.write(told(builders.wang(), method="SELF_SERVICE")))

    assert Proof.objects.get().method == "SELF_SERVICE"


def test_a_hold_of_who_was_seen_waits_for_a_second_person(match: Files) -> None:
    wang = m.entitlement()
    m.hold(of=wang, reason="CHECK_MISSED")

    found = imported(match.write(told(builders.wang())))

    assert found.held == 1
    assert Hold.objects.get(superseded_at=None).valid.upper is None


def test_the_same_file_again_changes_nothing(match: Files) -> None:
    m.entitlement()
    path = match.write(told(builders.wang()))
    imported(path)
    acts = Act.objects.count()

    again = imported(path)

    assert again.already
    assert (CheckFile.objects.count(), Proof.objects.count(), Act.objects.count()) == (1, 1, acts)


def test_a_later_match_adds_what_is_new(match: Files) -> None:
    wang, li = m.entitlement(), m.entitlement(of=builders.li())
    imported(match.write(told(builders.wang())))

    match.name = "life-2026-11-b"
    found = imported(match.write(told(builders.wang()), told(builders.li())))

    assert (found.proven, Proof.objects.count()) == (1, 2)
    assert not of.is_due(wang)
    assert not of.is_due(li)


def test_a_merged_entry_is_its_survivor(match: Files) -> None:
    wang = m.entitlement()
    Alias.objects.create(party_id=builders.li().pk, survivor_id=builders.wang().pk, case_id=1)

    imported(match.write(told(builders.li()).replace("李建国", "王秀英")))

    assert Proof.objects.get().person_id == wang.person_id


def test_strangers_other_names_and_the_dead_prove_nothing_and_are_listed(match: Files) -> None:
    wang = m.entitlement()
    m.death(of=wang, on=date(2026, 11, 1), confirmed=False)
    m.entitlement(of=builders.li())
    rows = [told(builders.wang()), told(builders.li()).replace("李建国", "李建设")]
    number = builders.id_number(birth_date=date(1950, 1, 1), sex=Sex.MALE)
    stranger = f"CITIZEN,{number},无此人,2026-11-01,DATA_MATCH"

    found = imported(match.write(*rows, stranger))

    assert not Proof.objects.exists()
    assert [row.line for row in found.lines] == [2, 3, 4]
    assert of.number_of(builders.wang()) not in found.lines[0].shown


@pytest.mark.parametrize(
    "row",
    [
        "{who},2026-11-06,DATA_MATCH",
        "{who},2026-13-01,DATA_MATCH",
        "{who},2026-11-01,WINDOW",
        "{who},2026-11-01,",
    ],
)
def test_a_row_that_can_not_be_refuses_the_file(match: Files, row: str) -> None:
    m.entitlement()
    who = told(builders.wang()).rsplit(",", 2)[0]

    with pytest.raises(Refusal) as caught:
        imported(match.write(told(builders.wang()), row.format(who=who)))

    assert (caught.value.code, caught.value.facts["line"]) == ("check_file_invalid", 3)
    assert (Proof.objects.count(), CheckFile.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    "damage",
    [lambda raw: raw[:-4], lambda raw: raw.replace(b"2026-11-01", b"2026-11-02")],
)
def test_a_damaged_file_is_refused_whole(match: Files, damage: Callable[[bytes], bytes]) -> None:
    m.entitlement()
    path = match.write(told(builders.wang()))
    csv = path.with_suffix(".csv")
    csv.write_bytes(damage(csv.read_bytes()))

    with pytest.raises(Refusal) as caught:
        imported(path)

    assert caught.value.code == "file_damaged"
    assert not Proof.objects.exists()


@pytest.mark.parametrize("changed", [{"as_of": "20261105x"}, {"source": ""}, {"more": 1}])
def test_a_description_that_can_not_be_read_is_refused(
    match: Files, changed: dict[str, object]
) -> None:
    match.content |= changed

    with pytest.raises(Refusal) as caught:
        imported(match.write())

    assert caught.value.code == "check_file_invalid"


def test_the_command_says_what_was_found(match: Files) -> None:
    m.entitlement()
    m.entitlement(of=builders.li())
    path, said = match.write(told(builders.wang())), StringIO()

    call_command("import_checks", path, stdout=said)

    assert "新认证1，待确认恢复0，未比对上1，须人工查看0" in said.getvalue()


def test_the_command_exits_with_two_when_it_refuses(match: Files) -> None:
    with pytest.raises(CommandError) as caught:
        call_command("import_checks", match.folder / "nothing.json")

    assert caught.value.returncode == 2


@pytest.mark.parametrize("name", ["life-2026-11", "visits-2026-11"])
def test_the_samples_of_the_documentation_can_be_taken(name: str) -> None:
    of.village(code="340802001202")

    taken = take_checks(path=Path("docs/formats/samples") / f"{name}.json", today=TODAY)

    assert taken.file.row_count == len(taken.lines)  # nobody of them is known here
