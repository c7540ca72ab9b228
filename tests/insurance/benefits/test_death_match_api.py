"""A death match is handed in, and looked at, over the API (死亡比对接口)."""

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from backend.access.models import Agency
from backend.audit.models import Act
from backend.cases.models import Case
from insurance.benefits.death_match import import_death_match
from insurance.benefits.models import DeathMatch
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.baseline_files import CHEN, LI, WANG
from tests.insurance.benefits.death_match_files import MatchFiles, files_in, told, wang
from tests.insurance.benefits.month_builders import NOVEMBER

pytestmark = pytest.mark.django_db


@pytest.fixture
def match(tmp_path: Path, settings: LazySettings) -> MatchFiles:
    return files_in(tmp_path, settings)


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
