"""The demo city's files: the same for the same seed, complete, and nothing in them to refuse."""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.management import CommandError, call_command

from backend.city.make.city import make_city
from backend.kernel.identity import IdKind, credit_code, identifier
from backend.kernel.months import Month
from backend.kernel.names import person_name, same_name

NOVEMBER = Month(2026, 11)
PEOPLE = 2000


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("city")
    make_city(folder=folder, people=PEOPLE, seed=1, first_period=NOVEMBER)
    return folder


def rows(city: Path, name: str) -> Iterator[dict[str, str]]:
    with (city / "baseline" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_makes_the_same_bytes(city: Path, tmp_path: Path) -> None:
    make_city(folder=tmp_path, people=PEOPLE, seed=1, first_period=NOVEMBER)

    assert digests(tmp_path) == digests(city)


def test_another_seed_makes_another_city(city: Path, tmp_path: Path) -> None:
    make_city(folder=tmp_path, people=PEOPLE, seed=2, first_period=NOVEMBER)

    ours, theirs = digests(city), digests(tmp_path)
    assert ours.keys() == theirs.keys()
    assert ours["baseline/persons.csv"] != theirs["baseline/persons.csv"]
    assert ours["keys.json"] != theirs["keys.json"]


def test_the_manifest_tells_rows_and_digests_of_all_seven_files(city: Path) -> None:
    files = read_json(city / "baseline" / "manifest.json")["files"]

    assert [file["name"] for file in files] == [
        "organisations.csv",
        "persons.csv",
        "entitlements.csv",
        "components.csv",
        "accounts.csv",
        "holds.csv",
        "deaths.csv",
    ]
    for file in files:
        content = (city / "baseline" / file["name"]).read_bytes()
        assert file["sha256"] == sha256(content).hexdigest()
        assert file["rows"] == content.count(b"\n") - 1


def test_the_totals_are_those_of_the_components_in_force(city: Path) -> None:
    people: Counter[tuple[str, str]] = Counter()
    fen: Counter[tuple[str, str]] = Counter()
    for part in rows(city, "components"):
        if part["from_month"] <= "2026-11" < (part["to_month"] or "9999-12"):
            key = part["entitlement"][-3:], part["component"]
            people[key] += 1
            fen[key] += int(part["amount"].replace(".", ""))

    totals = read_json(city / "baseline" / "manifest.json")["totals"]
    told = {(t["scheme"], t["component"]): (t["people"], t["fen"]) for t in totals}

    assert told == {key: (people[key], fen[key]) for key in people}
    assert {(t["scheme"], t["pool_region"]) for t in totals} == {
        ("110", "340000"),
        ("170", "340800"),
    }


def test_both_sides_signed_the_manifest(city: Path) -> None:
    manifest = read_json(city / "baseline" / "manifest.json")
    trusted = {key["side"]: key["public_key"] for key in read_json(city / "keys.json")["keys"]}
    signed = {key: manifest[key] for key in manifest if key not in ("digest", "signatures")}
    text = json.dumps(signed, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    digest = sha256(text.encode()).hexdigest()

    assert manifest["digest"] == digest
    for signature in manifest["signatures"]:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(trusted.pop(signature["side"])))
        key.verify(bytes.fromhex(signature["signature"]), f"yikatong-baseline/1\n{digest}".encode())
    assert trusted == {}


def test_every_number_is_valid_and_given_once(city: Path) -> None:
    seen = set()
    for person in rows(city, "persons"):
        paper = identifier(IdKind(person["id_kind"]), person["id_number"], NOVEMBER.first_day)
        assert paper.number == person["id_number"]
        assert str(paper.birth_date or person["birth_date"]) == person["birth_date"]
        assert str(int(paper.sex or person["sex"])) == person["sex"]
        seen.add(paper.number)

    assert len(seen) == PEOPLE


def test_every_name_is_spelt_as_we_keep_it_and_fits_a_bank_file(city: Path) -> None:
    names = {person["old_id"]: person["name"] for person in rows(city, "persons")}
    for name in names.values():
        assert person_name(name) == name
        assert name.encode("gb18030").decode("gb18030") == name
    for account in rows(city, "accounts"):
        assert same_name(account["holder_name"], names[account["person"]])
        assert len(account["holder_name"].encode("gb18030")) <= 120


def test_employers_have_credit_codes_and_villages_twelve_digits(city: Path) -> None:
    organisations = list(rows(city, "organisations"))

    assert len({organisation["name"] for organisation in organisations}) == len(organisations)
    for organisation in organisations:
        if organisation["kind"] == "VILLAGE":
            assert not organisation["credit_code"]
            assert len(organisation["district"]) == 12
        else:
            assert credit_code(organisation["credit_code"]) == organisation["credit_code"]


def test_components_and_accounts_never_overlap(city: Path) -> None:
    spans: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for part in rows(city, "components"):
        span = part["from_month"], part["to_month"] or "9999-12"
        spans.setdefault((part["entitlement"], part["component"]), []).append(span)
    for account in rows(city, "accounts"):
        days = account["from_date"], account["to_date"] or "9999-12-31"
        spans.setdefault((account["person"],), []).append(days)

    for found in spans.values():
        found.sort()
        assert all(start < end for start, end in found)
        assert all(first[1] <= second[0] for first, second in pairwise(found))


def test_the_proportions_are_those_of_the_city(city: Path) -> None:
    birth = {person["old_id"]: person["birth_date"] for person in rows(city, "persons")}
    old = sum(born < "1966-11-01" for born in birth.values())
    schemes = Counter(e["scheme"] for e in rows(city, "entitlements"))

    assert 0.20 < old / PEOPLE < 0.30
    assert schemes["170"] > 2 * schemes["110"] > 0


def test_the_bank_will_return_a_few(city: Path) -> None:
    markers = Counter(account["account_no"][6:9] for account in rows(city, "accounts"))

    assert all(markers[bad] >= 1 for bad in ("995", "996", "997", "998", "999"))
    assert sum(markers[bad] for bad in markers if bad >= "995") < PEOPLE * 0.02


def test_a_death_is_told_once_and_not_before_it_happened(city: Path) -> None:
    numbers = {person["id_number"]: person["old_id"] for person in rows(city, "persons")}
    told = {death["person"] for death in rows(city, "deaths")}
    for month in ("2026-11", "2026-12", "2027-01"):
        described = read_json(city / "months" / month / f"deaths-{month}.json")
        content = (city / "months" / month / f"deaths-{month}.csv").read_bytes()
        found = list(csv.DictReader(content.decode().splitlines()))
        assert (described["rows"], described["sha256"]) == (
            len(found),
            sha256(content).hexdigest(),
        )
        known = {numbers[row["id_number"]] for row in found if row["id_number"] in numbers}
        assert all(row["death_date"] <= described["as_of"] for row in found)
        assert len(known) == len(found) - 2  # two whom the roll does not know
        assert not known & told
        told |= known


def test_staff_are_residents_without_a_pension(city: Path) -> None:
    staff = read_json(city / "office.json")["staff"]
    residents = {p["old_id"]: (p["name"], p["id_number"]) for p in rows(city, "persons")}
    payees = {entitlement["person"] for entitlement in rows(city, "entitlements")}

    roles = {
        agency: Counter(r for m in staff if m["agency"] == agency for r in m["roles"])
        for agency in ("34080001", "34080002")
    }
    assert roles["34080001"] == {
        "CLERK": 2,
        "REVIEWER": 2,
        "APPROVER": 2,
        "FINANCE": 1,
        "CASHIER": 1,
        "SUPERVISOR": 1,
        "SYSTEM_ADMIN": 1,
        "SECURITY_ADMIN": 2,
        "AUDIT_ADMIN": 1,
    }
    assert roles["34080002"] == dict.fromkeys(
        ("CLERK", "REVIEWER", "FINANCE", "APPROVER", "CASHIER"), 1
    )
    assert len({member["person"] for member in staff}) == len(staff)
    for member in staff:
        assert residents[member["person"]] == (member["name"], member["id_number"])
        assert member["person"] not in payees


def test_for_speed_tests_everybody_draws_a_pension(tmp_path: Path) -> None:
    make_city(folder=tmp_path, people=500, seed=1, first_period=NOVEMBER, payees_only=True)

    assert len(list(rows(tmp_path, "entitlements"))) == 500


def test_a_city_of_other_people_is_not_overwritten(tmp_path: Path) -> None:
    call_command("make_city", people=20, folder=tmp_path)
    before = digests(tmp_path)

    call_command("make_city", people=20, folder=tmp_path)
    with pytest.raises(CommandError, match="20人"):
        call_command("make_city", people=30, folder=tmp_path)

    assert digests(tmp_path) == before
    call_command("make_city", people=30, folder=tmp_path, fresh=True)
    assert read_json(tmp_path / "city.json")["people"] == 30
