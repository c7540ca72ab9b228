"""A bureau is set up from its file, once, for persons of the register."""

import json
from base64 import b32encode
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from backend.access import keys, roles
from backend.access.models import Agency, Hall, SigningKey, Staff
from backend.access.security_admins import SecurityAdminsTooFew
from backend.audit.models import Act
from backend.city.office import (
    DemoOffice,
    OfficeInvalid,
    OfficeStaffed,
    SetUp,
    StaffPersonMissing,
    set_up_office,
)
from backend.kernel.identity import Sex
from backend.people import queries
from backend.people.models import Person
from insurance.issuing.models import OfficeFacts
from tests import builders
from tests.builders import NOW, PASSWORD, TODAY, TOTP_SECRET

pytestmark = pytest.mark.django_db


def member(username: str, role: str, person: Person) -> dict[str, Any]:
    sight = queries.sights(party_ids=[person.pk], on=TODAY)[person.pk]
    return {
        "username": username,
        "name": sight.name,
        "id_kind": sight.number_kind,
        "id_number": sight.number,
        "agency": "34080001",
        "hall": "3408000101",
        "roles": [role],
        "password": PASSWORD,
        "totp_secret": b32encode(TOTP_SECRET).decode(),
    }


def described(**changes: Any) -> dict[str, Any]:
    return {
        "format": "yikatong-office/1",
        "demo": True,
        "agencies": [
            {
                "code": "34080001",
                "name": "演示机构",
                "region": "340800",
                "kind": "PENSION",
                "schemes": ["110", "170"],
            }
        ],
        "halls": [
            {
                "code": "3408000101",
                "name": "演示大厅",
                "agency": "34080001",
                "district": "340802",
            }
        ],
        "staff": [
            {**member("clerk1", "CLERK", builders.li()), **changes},
            member("security1", "SECURITY_ADMIN", builders.zhao()),
            member("security2", "SECURITY_ADMIN", builders.chen()),
        ],
    }


def written(folder: Path, content: Any) -> Path:
    path = folder / "office.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_staff_of_the_file_can_sign(tmp_path: Path) -> None:
    made = set_up_office(path=written(tmp_path, described()), now=NOW)

    staff = Staff.objects.get(username="clerk1")
    assert made == SetUp(agencies=1, halls=1, staff=3, roles=3)
    assert roles.roles_of(staff=staff, on=TODAY) == {"CLERK"}
    assert keys.unlock(staff=staff, password=PASSWORD, code=builders.code(), now=NOW).key_id


def test_one_security_administrator_alone_is_no_office(tmp_path: Path) -> None:
    office = described()
    office["staff"].pop()

    with pytest.raises(SecurityAdminsTooFew, match="只剩1名"):
        set_up_office(path=written(tmp_path, office), now=NOW)

    assert not Staff.objects.exists()


def test_staff_of_a_live_office_sign_with_a_key_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.city.office.is_demo", lambda: False)

    set_up_office(path=written(tmp_path, {**described(), "demo": False}), now=NOW)

    assert set(Staff.objects.values_list("password_initial", flat=True)) == {True}
    assert set(SigningKey.objects.values_list("initial", flat=True)) == {True}


def test_a_second_set_up_changes_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, described())
    set_up_office(path=path, now=NOW)
    acts = Act.objects.count()

    assert set_up_office(path=path, now=NOW) == SetUp()

    counts = [model.objects.count() for model in (Agency, Hall, Staff, SigningKey)]
    assert counts == [1, 1, 3, 3]
    assert Act.objects.count() == acts


def test_where_somebody_works_one_person_alone_grants_no_roles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.city.office.is_demo", lambda: False)
    live = {**described(), "demo": False}
    assert set_up_office(path=written(tmp_path, live), now=NOW).staff == 3
    again = {**live, "staff": [{**live["staff"][0], "roles": ["REVIEWER"]}]}

    with pytest.raises(OfficeStaffed, match="不能再用文件开通"):
        set_up_office(path=written(tmp_path, again), now=NOW)

    staff = Staff.objects.get(username="clerk1")
    assert roles.roles_of(staff=staff, on=TODAY) == {"CLERK"}


def test_halls_are_added_where_somebody_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.city.office.is_demo", lambda: False)
    live = {**described(), "demo": False}
    set_up_office(path=written(tmp_path, live), now=NOW)
    live["halls"].append({**live["halls"][0], "code": "3408000102"})

    made = set_up_office(path=written(tmp_path, live), now=NOW, with_staff=False)

    assert made == SetUp(halls=1)


def told(**changes: Any) -> dict[str, Any]:
    office = described()
    facts = {
        "from": "2026-01-01",
        "place": "演示路1号",
        "reviewing_body": "演示市人民政府",
        "court": "演示区人民法院",
    }
    office["agencies"][0]["papers"] = [{**facts, **changes}]
    return office


def test_what_an_agencys_papers_name_is_set_up_once(tmp_path: Path) -> None:
    for _ in range(2):
        set_up_office(path=written(tmp_path, told()), now=NOW)

    facts = OfficeFacts.objects.get()
    assert (facts.agency.code, facts.court) == ("34080001", "演示区人民法院")


def with_county(**told: str) -> dict[str, Any]:
    content = described()
    (city,) = content["agencies"]
    return {**content, "agencies": [{**city, "code": "34082801", "name": "演示县", **told}, city]}


def test_which_agency_helps_another_is_told_once(tmp_path: Path) -> None:
    set_up_office(path=written(tmp_path, with_county()), now=NOW)
    set_up_office(path=written(tmp_path, with_county(parent="34080001")), now=NOW)

    county = Agency.objects.get(code="34082801")
    assert county.parent == Agency.objects.get(code="34080001")


@pytest.mark.parametrize("parent", ["34082801", "99999999"])
def test_an_agency_is_helped_by_another_that_there_is(tmp_path: Path, parent: str) -> None:
    with pytest.raises(OfficeInvalid, match="上级机构"):
        set_up_office(path=written(tmp_path, with_county(parent=parent)), now=NOW)


def test_a_day_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OfficeInvalid, match="不是日期"):
        set_up_office(path=written(tmp_path, told(**{"from": "2026-13-01"})), now=NOW)


def test_a_new_role_in_the_file_is_granted(tmp_path: Path) -> None:
    set_up_office(path=written(tmp_path, described()), now=NOW)

    more = written(tmp_path, described(roles=["CLERK", "VILLAGE"]))

    assert set_up_office(path=more, now=NOW) == SetUp(roles=1)


def test_staff_are_persons_of_the_register(tmp_path: Path) -> None:
    number = builders.id_number(birth_date=builders.wang().birth_date, sex=Sex.MALE)
    path = written(tmp_path, described(id_number=number))

    with pytest.raises(StaffPersonMissing):
        set_up_office(path=path, now=NOW)


def test_a_user_name_does_not_change_hands(tmp_path: Path) -> None:
    set_up_office(path=written(tmp_path, described()), now=NOW)
    wang = queries.sights(party_ids=[builders.wang().pk], on=TODAY)[builders.wang().pk]

    with pytest.raises(OfficeInvalid):
        set_up_office(path=written(tmp_path, described(id_number=wang.number)), now=NOW)


def test_a_demonstrations_staff_do_not_enter_a_live_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.city.office.is_demo", lambda: False)

    with pytest.raises(DemoOffice):
        set_up_office(path=written(tmp_path, described()), now=NOW)


@pytest.mark.parametrize("content", [[], {}, {"format": "yikatong-office/1"}])
def test_another_file_is_refused(tmp_path: Path, content: object) -> None:
    with pytest.raises(OfficeInvalid):
        set_up_office(path=written(tmp_path, content), now=NOW)


def test_the_command_tells_what_was_new(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("set_up_office", office=written(tmp_path, described()))

    assert "人员3名" in capsys.readouterr().out


def test_the_command_fails_in_plain_words(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="读不了"):
        call_command("set_up_office", office=tmp_path / "missing.json")
