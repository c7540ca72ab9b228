"""A month's death match holds pay, opens cases, and is evidence for the seal (死亡比对)."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from io import StringIO
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client

from backend.access.models import Agency
from backend.audit.models import Act
from backend.cases.decide import SamePerson, WrongState, decide, review
from backend.cases.decided import truly_decided
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.identity import Sex
from backend.people import deaths, queries
from backend.people.models import Death
from insurance.benefits.death_match import FALSE_BEFORE, FORMAT, import_death_match
from insurance.benefits.death_match_file import HEADER, kept_folder
from insurance.benefits.models import Cancelled, Claim, DeathMatch, Overpaid, Stop
from payments.ledger.models import Entry, MemoEntry
from payments.models import Attempt, SealCondition
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.baseline_files import CHEN, LI, WANG
from tests.insurance.benefits.month_builders import DECEMBER, NOVEMBER

pytestmark = pytest.mark.django_db


@dataclass
class MatchFiles:
    """A match to be written."""

    folder: Path
    month: str = "2026-11"
    as_of: str = "2026-11-05"

    def write(self, *rows: str) -> Path:
        """Write both files; give the description's path."""
        text = "".join(f"{row}\n" for row in (",".join(HEADER), *rows))
        csv = self.folder / f"deaths-{self.month}.csv"
        csv.write_text(text, encoding="utf-8")
        return self.describe(csv, len(rows))

    def describe(self, csv: Path, rows: int) -> Path:
        """Describe what the CSV holds now."""
        path = csv.with_suffix(".json")
        content = {
            "format": FORMAT,
            "month": self.month,
            "as_of": self.as_of,
            "source": "公安、民政比对(演示)",
            "rows": rows,
            "sha256": sha256(csv.read_bytes()).hexdigest(),
        }
        path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        return path


@pytest.fixture
def match(tmp_path: Path, settings: LazySettings) -> MatchFiles:
    settings.VAR_DIR = tmp_path / "var"
    builders.agency()
    return MatchFiles(tmp_path)


def told(number: str, name: str = "王秀英", died: str = "2026-10-20") -> str:
    return f"CITIZEN,{number},{name},{died},POLICE"


def wang() -> tuple[int, str]:
    person = builders.wang()
    sight = queries.sights(party_ids=[person.pk], on=builders.TODAY)[person.pk]
    return person.pk, sight.number


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


def truncated(raw: bytes) -> bytes:
    return raw[:-5]


def altered(raw: bytes) -> bytes:
    return raw.replace(b"2026-10-20", b"2026-10-21")


def doubled(raw: bytes) -> bytes:
    return raw + raw.splitlines(keepends=True)[-1]


def gb18030(raw: bytes) -> bytes:
    return raw.decode().encode("gb18030")


@pytest.mark.parametrize("damage", [truncated, altered, doubled, gb18030])
def test_a_damaged_file_is_refused_whole(
    match: MatchFiles, damage: Callable[[bytes], bytes]
) -> None:
    path = match.write(told(wang()[1]))
    csv = path.with_suffix(".csv")
    csv.write_bytes(damage(csv.read_bytes()))

    with pytest.raises(Refusal) as caught:
        import_death_match(path=path)

    assert caught.value.code == "file_damaged"
    assert not DeathMatch.objects.exists()
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    "row",
    [
        told(WANG, died="2026-11-06"),
        told(WANG, died="20261101"),
        f"CITIZEN,{WANG},王秀英,2026-10-20,RUMOUR",
        f"LIBRARY,{WANG},王秀英,2026-10-20,POLICE",
    ],
)
def test_a_row_that_can_not_be_refuses_the_file(match: MatchFiles, row: str) -> None:
    with pytest.raises(Refusal) as caught:
        import_death_match(path=match.write(told(wang()[1]), row))

    assert caught.value.facts == {"file": "deaths-2026-11.csv", "line": 3}
    assert not Death.objects.exists()


def test_the_command_says_what_was_found(match: MatchFiles) -> None:
    path, said = match.write(told(wang()[1]), told(LI)), StringIO()

    call_command("import_death_match", path, stdout=said)

    assert "新立案1，原已登记0，须人工查看1" in said.getvalue()


def test_the_command_exits_with_two_when_it_refuses(match: MatchFiles) -> None:
    with pytest.raises(CommandError) as caught:
        call_command("import_death_match", match.folder / "nothing.json")

    assert caught.value.returncode == 2


def test_a_second_call_leaves_the_report_of_the_first(match: MatchFiles) -> None:
    path, report = match.write(told(LI)), match.folder / "report.csv"
    call_command("import_death_match", path, report=report, stdout=StringIO())
    first = report.read_bytes()

    call_command("import_death_match", path, report=report, stdout=StringIO())

    assert b"deaths-2026-11.csv,2," in first
    assert report.read_bytes() == first


def test_a_clerk_hands_a_match_in_over_the_api(match: MatchFiles, client: Client) -> None:
    clerk = builders.member(role="CLERK").staff
    client.force_login(clerk)
    _, number = wang()
    path = match.write(told(number))

    def hand_in() -> dict[str, object]:
        with path.open("rb") as said, path.with_suffix(".csv").open("rb") as rows:
            answer = client.post("/api/v1/death-matches/", {"description": said, "file": rows})
        assert answer.status_code == 201, answer.content
        taken: dict[str, object] = answer.json()
        return taken

    assert (hand_in()["reported"], hand_in()["already"]) == (1, True)
    assert Act.objects.filter(name="benefits.death_match_uploaded").count() == 1
    assert {case.received_by for case in Case.objects.all()} == {clerk.person_id}
    assert sorted(Case.objects.values_list("kind", flat=True)) == ["DEATH", "DEATH_MATCH"]


def test_a_match_is_shown_beside_the_one_of_the_month_before(
    match: MatchFiles, client: Client
) -> None:
    m.unconfirmed_match(NOVEMBER.previous, lines=[told(LI), told(CHEN)])
    m.confirmed(import_death_match(path=match.write(told(wang()[1]))).match)
    client.force_login(builders.member(role="REVIEWER").staff)

    (row,) = client.get("/api/v1/death-matches/?period=2026-11-01").json()["results"]

    assert (row["rows"], row["rows_before"], row["reported"]) == (1, 2, 1)
    assert row["confirmed"] is True
    (condition,) = client.get("/api/v1/seal-conditions/?period=2026-11-01").json()["results"]
    assert condition["case_id"] == Case.objects.get(kind="DEATH_MATCH").pk


def test_another_body_hands_in_no_match(match: MatchFiles, client: Client) -> None:
    medical = Agency.objects.create(
        code="34080002", name="演示市医保局", region="340800", kind="MEDICAL"
    )
    client.force_login(builders.member(role="CLERK", at=medical).staff)
    path = match.write(told(WANG))

    with path.open("rb") as said, path.with_suffix(".csv").open("rb") as rows:
        answer = client.post("/api/v1/death-matches/", {"description": said, "file": rows})

    assert (answer.status_code, answer.json()["code"]) == (403, "case_other_body")
    assert not DeathMatch.objects.exists()


def test_a_match_that_is_damaged_is_refused_over_the_api(match: MatchFiles, client: Client) -> None:
    client.force_login(builders.member(role="CLERK").staff)
    path = match.write(told(WANG))

    with path.open("rb") as said:
        answer = client.post(
            "/api/v1/death-matches/", {"description": said, "file": SimpleUploadedFile("x", b"x")}
        )

    assert answer.status_code == 422
    assert not DeathMatch.objects.exists()
