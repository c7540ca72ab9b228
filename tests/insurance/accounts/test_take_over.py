"""Accounts of the old system, by year: taken over signed and in agreement, or not at all."""

import json
from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from backend.feeds.refused import RefusedRow
from backend.feeds.signed import canonical
from backend.kernel.errors import Refusal
from backend.kernel.identity import Sex
from insurance.accounts.baseline import HEADER, check
from insurance.accounts.entries import balance
from insurance.accounts.invariants import broken_promises
from insurance.accounts.models import AccountBaseline, AccountEntry
from insurance.accounts.statement import statement_of
from insurance.accounts.take_over import FORMAT, read_manifest, take_over
from tests import builders
from tests.backend.city.bank_builders import ROOT
from tests.insurance.accounts import account_builders as of
from tests.insurance.benefits.baseline_files import KEYS, TRUSTED
from tests.insurance.enrolment.feed_files import number_of

pytestmark = pytest.mark.django_db
SAMPLES = ROOT / "docs" / "formats" / "samples"
TOTALS = [
    {"scheme": "110", "people": 1, "fen": 1_500_000},
    {"scheme": "170", "people": 1, "fen": 30_000},
]


def default_rows() -> list[str]:
    """Li has 15,000.00 of three years in 110, Wang 300.00 in 170."""
    li, wang = number_of(builders.li().pk), number_of(builders.wang().pk)
    return [
        f"CITIZEN,{li},110,EMPLOYER,2005,1000.00",
        f"CITIZEN,{li},110,PERSON,2005,4000.00",
        f"CITIZEN,{li},110,PERSON,2024,10000.00",
        f"CITIZEN,{wang},170,SUBSIDY,2023,300.00",
    ]


def write(folder: Path, rows: Sequence[str] | None = None, **changes: Any) -> Path:
    """Write the file and the signed manifest; give the folder."""
    lines = default_rows() if rows is None else rows
    text = "".join(f"{line}\n" for line in (",".join(HEADER), *lines))
    (folder / "balances.csv").write_text(text)
    described = {
        "name": "balances.csv",
        "rows": len(lines),
        "sha256": sha256(text.encode()).hexdigest(),
    }
    content = {
        "format": FORMAT,
        "source_system": "演示原系统",
        "region": "340800",
        "extracted_at": "2026-10-31T18:00:00+08:00",
        "first_year": 2025,
        "demo": True,
        "files": [described],
        "totals": TOTALS,
    } | changes
    digest = sha256(canonical(content)).hexdigest()
    signatures = [
        {
            "side": side,
            "name": "演示",
            "public_key": TRUSTED[side],
            "signature": key.sign(f"{FORMAT}\n{digest}".encode()).hex(),
        }
        for side, key in KEYS.items()
    ]
    signed = {**content, "digest": digest, "signatures": signatures}
    (folder / "manifest.json").write_text(json.dumps(signed, ensure_ascii=False))
    return folder


def take(folder: Path) -> tuple[Any, list[RefusedRow]]:
    refused: list[RefusedRow] = []
    return take_over(folder=folder, trusted=TRUSTED, refused=refused), refused


def refusal_of(folder: Path) -> str:
    with pytest.raises(Refusal) as refused:
        take(folder)
    return refused.value.code


def test_what_was_in_the_accounts_is_in_them(tmp_path: Path) -> None:
    taken, refused = take(write(tmp_path))

    assert (taken.rows, refused) == (4, [])
    assert balance(person_id=builders.li().pk, scheme="110") == 1_500_000
    entry = AccountEntry.objects.get(part="EMPLOYER")
    assert (entry.for_month, entry.arrival_month) == (date(2005, 12, 1), date(2025, 1, 1))
    assert broken_promises() == []


def test_it_bears_interest_from_the_first_year_on(tmp_path: Path) -> None:
    take(write(tmp_path))

    call_command("account_interest", 2025, scheme="110", region="340800")

    year = statement_of(person_id=builders.li().pk, scheme="110", year=2025)
    assert (year.interest_fen, year.closing_fen) == (22_500, 1_522_500)
    with pytest.raises(CommandError):
        call_command("account_interest", 2024, scheme="110", region="340800")


def test_the_same_folder_twice_changes_nothing(tmp_path: Path) -> None:
    first, _ = take(write(tmp_path))
    again, _ = take(tmp_path)

    assert (again.baseline, again.already) == (first.baseline, True)
    assert (AccountEntry.objects.count(), AccountBaseline.objects.count()) == (4, 1)


@pytest.mark.parametrize(
    "totals",
    [TOTALS[:1], [TOTALS[0], {**TOTALS[1], "fen": 1}], [{**TOTALS[0], "people": 2}, TOTALS[1]]],
)
def test_other_totals_take_nothing(tmp_path: Path, totals: list[dict[str, Any]]) -> None:
    assert refusal_of(write(tmp_path, totals=totals)) == "account_totals_differ"
    assert not AccountEntry.objects.exists()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"demo": False}, "baseline_wrong_deployment"),
        ({"format": "yikatong-baseline/1"}, "baseline_manifest_invalid"),
        ({"first_year": "2025"}, "baseline_manifest_invalid"),
        ({"first_year": 1900}, "baseline_manifest_invalid"),
        ({"files": []}, "baseline_manifest_invalid"),
        ({"totals": [*TOTALS, TOTALS[0]]}, "baseline_manifest_invalid"),
    ],
)
def test_another_manifest_is_none(tmp_path: Path, changes: dict[str, Any], code: str) -> None:
    assert refusal_of(write(tmp_path, **changes)) == code


def test_a_changed_file_is_damaged(tmp_path: Path) -> None:
    path = write(tmp_path) / "balances.csv"
    path.write_text(path.read_text().replace("4000.00", "4000.01"))

    assert refusal_of(tmp_path) == "file_damaged"


def test_a_year_that_was_closed_here_is_not_taken_over(tmp_path: Path) -> None:
    of.open_run(year=2025)

    assert refusal_of(write(tmp_path)) == "account_year_closed"


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        (",110,", ",210,", "scheme"),
        (",PERSON,", ",OTHER,", "part"),
        (",2005,", ",1989,", "year"),
        (",2005,", ",2025,", "year"),
        (",5.00", ",0.00", "amount"),
        (",5.00", ",-5.00", "amount"),
        ("CITIZEN", "LICENCE", "id_kind"),
    ],
)
def test_a_row_that_can_not_be_is_left_out(tmp_path: Path, old: str, new: str, column: str) -> None:
    row = f"CITIZEN,{number_of(builders.zhao().pk)},110,PERSON,2005,5.00"

    _, refused = take(write(tmp_path, [*default_rows(), row.replace(old, new)]))

    assert [(row.line, row.column) for row in refused] == [(6, column)]


def test_strangers_and_accounts_that_are_here_are_left_out(tmp_path: Path) -> None:
    stranger = builders.id_number(birth_date=date(1980, 1, 1), sex=Sex.MALE)
    of.entry(person_id=builders.zhao().pk, month="2025-03")
    rows = [
        *default_rows(),
        f"CITIZEN,{stranger},110,PERSON,2020,1.00",
        f"CITIZEN,{number_of(builders.zhao().pk)},110,PERSON,2020,1.00",
    ]

    _, refused = take(write(tmp_path, rows))

    assert [(row.line, row.reason) for row in refused] == [
        (6, "库中没有这个人。"),
        (7, "本系统中已有这个账户。"),
    ]
    assert stranger not in refused[0].shown


def test_of_a_double_no_row_is_taken(tmp_path: Path) -> None:
    zhao = f"CITIZEN,{number_of(builders.zhao().pk)},110,PERSON,2020"

    _, refused = take(write(tmp_path, [*default_rows(), f"{zhao},1.00", f"{zhao},2.00"]))

    assert [row.line for row in refused] == [6, 7]


def test_the_command_takes_over_and_reports(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = {"keys": [{"side": side, "public_key": key} for side, key in TRUSTED.items()]}
    trust = tmp_path / "keys.json"
    trust.write_text(json.dumps(keys))
    folder = str(write(tmp_path))

    call_command("take_over_accounts", folder, trust=trust, report=tmp_path / "refused.csv")
    assert "账户明细4" in capsys.readouterr().out
    call_command("take_over_accounts", folder, trust=trust)
    assert "未再写入" in capsys.readouterr().out
    write(tmp_path, demo=False)
    with pytest.raises(CommandError) as refused:
        call_command("take_over_accounts", folder, trust=trust)

    assert refused.value.returncode == 2


def test_the_sample_is_signed_and_every_row_stands_alone() -> None:
    keys = json.loads((SAMPLES / "keys.json").read_text("utf-8"))["keys"]
    page = (SAMPLES.parent / "account-baseline.md").read_text("utf-8")

    manifest = read_manifest(
        folder=SAMPLES / "account-baseline",
        trusted={key["side"]: key["public_key"] for key in keys},
    )

    (signed,) = manifest.files
    text = (SAMPLES / "account-baseline" / signed.name).read_text("utf-8")
    header, *rows = text.splitlines()
    assert len(rows) == signed.rows
    assert f"`{header}`" in page
    checked = [check(row.split(",")) for row in rows]
    fen = sum(int(row[-1]) for row in checked)
    assert fen == sum(fen for _, fen in manifest.totals.values())
