"""Enrolments and wages of the old system: taken over signed and in agreement, or not at all."""

import json
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from backend.feeds.refused import RefusedRow
from backend.feeds.signed import canonical
from backend.kernel.errors import Refusal
from backend.kernel.identity import Sex
from insurance.enrolment import baseline, invariants, queries, store
from insurance.enrolment.models import Enrolment, EnrolmentBaseline, Wage
from insurance.enrolment.take_over import FORMAT, EnrolmentTotalsDiffer, read_manifest, take_over
from tests import builders
from tests.backend.city.bank_builders import ROOT
from tests.insurance.benefits.baseline_files import KEYS, TRUSTED
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.enrolment.enrolled import ENROLLED
from tests.insurance.enrolment.enrolment_builders import NOV
from tests.insurance.enrolment.feed_files import number_of

pytestmark = pytest.mark.django_db
SAMPLES = ROOT / "docs" / "formats" / "samples"


DECLARED = """
SELECT DISTINCT person_id, payer_id, %(month)s::date AS from_month, %(fen)s::bigint AS monthly_fen,
    true AS confirmed, 'DECLARED' AS wage_source, 'DESK' AS source, NULL::bigint AS source_id,
    NULL::bigint AS case_id FROM enrolment_wage
"""


@pytest.fixture(autouse=True)
def register() -> None:
    of.employer()
    of.village()


def li() -> str:
    return number_of(builders.li().pk)


def chen() -> str:
    return number_of(builders.chen().pk)


def default_enrolments() -> list[str]:
    """Li works on 6,000 yuan, Chen is a resident."""
    return [
        f"CITIZEN,{li()},110,EMPLOYED,{of.credit_code()},340802,2020-01,",
        f"CITIZEN,{li()},310,EMPLOYED,{of.credit_code()},340802,2020-01,2026-11",
        f"CITIZEN,{chen()},170,RESIDENT,{of.VILLAGE},340802,2015-01,",
    ]


def default_wages() -> list[str]:
    return [f"CITIZEN,{li()},{of.credit_code()},2025-07,,6000.00,1"]


TOTALS = [
    {"scheme": "110", "kind": "EMPLOYED", "people": 1, "wage_fen": 600_000},
    {"scheme": "170", "kind": "RESIDENT", "people": 1, "wage_fen": 0},
]


def write(
    folder: Path,
    enrolments: Sequence[str] | None = None,
    wages: Sequence[str] | None = None,
    **changes: Any,
) -> Path:
    """Write both files and the signed manifest; give the folder."""
    rows = {
        "enrolments": default_enrolments() if enrolments is None else enrolments,
        "wages": default_wages() if wages is None else wages,
    }
    files = []
    for name, lines in rows.items():
        header = ",".join(baseline.HEADERS[name])
        text = "".join(f"{line}\n" for line in (header, *lines))
        (folder / f"{name}.csv").write_text(text)
        digest = sha256(text.encode()).hexdigest()
        files.append({"name": f"{name}.csv", "rows": len(lines), "sha256": digest})
    content = {
        "format": FORMAT,
        "source_system": "演示原系统",
        "region": "340800",
        "extracted_at": "2026-10-31T18:00:00+08:00",
        "first_period": "2026-11",
        "demo": True,
        "files": files,
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
    assert not Enrolment.objects.exists()
    return refused.value.code


def test_who_was_insured_is_insured(tmp_path: Path) -> None:
    taken, refused = take(write(tmp_path))

    assert (dict(taken.rows), refused) == ({"enrolment_enrolment": 3, "enrolment_wage": 1}, [])
    with connection.cursor() as cursor:
        values = {"month": NOV.first_day, "known_at": queries.known_now()}
        cursor.execute(
            f"SELECT person_id, scheme, payer_id, wage_fen FROM ({ENROLLED}) e ORDER BY scheme",
            values,
        )
        rows = cursor.fetchall()
    assert rows == [
        (builders.li().pk, "110", of.employer().pk, 600_000),
        (builders.chen().pk, "170", of.village().pk, None),
    ]
    assert invariants.broken_promises() == []


GHOSTS = {
    "enrolment": """
        INSERT INTO enrolment_enrolment
            (person_id, scheme, kind, payer_id, district, valid, source, source_id)
        SELECT person_id, '210', kind, payer_id, district, valid, source, source_id
        FROM enrolment_enrolment WHERE scheme = '110'
        """,
    "wage": """
        INSERT INTO enrolment_wage (person_id, payer_id, monthly_fen, confirmed, wage_source,
            valid, recorded_at, source, source_id)
        SELECT person_id, payer_id, 900000, true, wage_source, '[2025-01-01,2025-07-01)',
            recorded_at, source, source_id FROM enrolment_wage
        """,
    "rest of a wage that nobody replaced": """
        INSERT INTO enrolment_wage (person_id, payer_id, monthly_fen, confirmed, wage_source,
            valid, recorded_at, source, source_id)
        SELECT person_id, payer_id, monthly_fen, confirmed, wage_source,
            '[2024-07-01,2025-07-01)', recorded_at, source, source_id FROM enrolment_wage
        """,
}


@pytest.mark.parametrize("statement", GHOSTS.values(), ids=GHOSTS)
def test_a_row_put_beside_the_signed_baseline_is_found(tmp_path: Path, statement: str) -> None:
    taken, _ = take(write(tmp_path))

    with connection.cursor() as cursor:
        cursor.execute(statement)

    (broken,) = invariants.broken_promises()
    assert broken.promise == "每份参保基线的参保关系、缴费工资与接管时的笔数相同"
    assert broken.subject.startswith(f"基线 {taken.baseline.pk} ")


def test_a_baseline_put_in_by_sql_is_found() -> None:
    EnrolmentBaseline.objects.create(digest="0" * 64, manifest={})

    (broken,) = invariants.broken_promises()

    assert broken.promise == "每份参保基线恰有一条接管记录"


def test_what_is_left_of_a_wage_stays_with_its_baseline(tmp_path: Path) -> None:
    take(write(tmp_path))

    for fen, month in ((650_000, "2026-07-01"), (700_000, "2025-12-01")):
        with connection.cursor() as cursor:
            store.set_wages(cursor=cursor, select=DECLARED, parameters={"fen": fen, "month": month})

    assert Wage.objects.filter(source="BASELINE").count() > 1
    assert invariants.broken_promises() == []


def test_the_same_folder_twice_changes_nothing(tmp_path: Path) -> None:
    first, _ = take(write(tmp_path))
    again, _ = take(tmp_path)

    assert (again.baseline, again.already) == (first.baseline, True)
    assert (Enrolment.objects.count(), EnrolmentBaseline.objects.count()) == (3, 1)


def test_a_row_that_does_not_count_is_left_out_and_named(tmp_path: Path) -> None:
    stranger = builders.id_number(birth_date=builders.li().birth_date, sex=Sex.MALE)
    rows = [
        *default_enrolments(),
        f"CITIZEN,{stranger},110,EMPLOYED,{of.credit_code()},340802,2020-01,2021-01",
    ]

    _, refused = take(write(tmp_path, rows))

    assert [(row.file, row.line, row.column) for row in refused] == [
        ("enrolments.csv", 5, "id_number")
    ]
    assert stranger not in refused[0].shown


@pytest.mark.parametrize(
    "changes",
    [
        {"first_period": "2026-10"},
        {"totals": TOTALS[:1]},
        {"totals": [{**TOTALS[0], "people": 2}, TOTALS[1]]},
        {"totals": [{**TOTALS[0], "wage_fen": 1}, TOTALS[1]]},
    ],
)
def test_other_totals_take_nothing(tmp_path: Path, changes: dict[str, Any]) -> None:
    assert refusal_of(write(tmp_path, **changes)) == "enrolment_totals_differ"


def test_invented_people_stay_in_the_demo(tmp_path: Path) -> None:
    assert refusal_of(write(tmp_path, demo=False)) == "baseline_wrong_deployment"


@pytest.mark.parametrize("changes", [{"format": "yikatong-baseline/1"}, {"files": []}])
def test_another_manifest_is_none(tmp_path: Path, changes: dict[str, Any]) -> None:
    assert refusal_of(write(tmp_path, **changes)) == "baseline_manifest_invalid"


def test_a_changed_file_is_damaged(tmp_path: Path) -> None:
    path = write(tmp_path) / "wages.csv"
    path.write_text(path.read_text().replace("6000.00", "7000.00"))

    assert refusal_of(tmp_path) == "file_damaged"


def employed(*, start: str = "2020-01", end: str = "2021-01", payer: str = "") -> str:
    return f"CITIZEN,{li()},210,EMPLOYED,{payer or of.credit_code()},340802,{start},{end}"


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (lambda: employed().replace(",210,", ",170,"), "scheme"),
        (lambda: employed().replace("EMPLOYED", "SELF"), "kind"),
        (lambda: employed(payer=of.VILLAGE), "payer"),
        (lambda: employed(payer=of.credit_code(serial=99)), "payer"),
        (lambda: f"CITIZEN,{li()},110,FLEXIBLE,{of.VILLAGE},340802,2020-01,2020-02", "payer"),
        (lambda: f"CITIZEN,{li()},110,EMPLOYED,,340802,2020-01,2020-02", "payer"),
        (lambda: employed().replace(",340802,", ",3408,"), "district"),
        (lambda: employed(end="2020-01"), "to_month"),
        (lambda: employed(start="1985-06"), "from_month"),
        (lambda: employed().replace(",210,", ",110,"), "id_number"),
    ],
)
def test_a_row_that_can_not_be_is_left_out(tmp_path: Path, row: Any, column: str) -> None:
    rows = [*default_enrolments(), row()]
    refused: list[RefusedRow] = []

    with suppress(EnrolmentTotalsDiffer):  # the double takes Li's own row along
        take_over(folder=write(tmp_path, rows), trusted=TRUSTED, refused=refused)

    assert {row.column for row in refused} == {column}


def test_a_wage_needs_an_enrolment_and_no_other_wage(tmp_path: Path) -> None:
    other = of.employer(serial=2)
    wages = [
        *default_wages(),
        f"CITIZEN,{li()},{of.credit_code(serial=2)},2025-07,,1.00,1",
        f"CITIZEN,{chen()},{of.VILLAGE},2025-07,,1.00,1",
    ]

    _, refused = take(write(tmp_path, wages=wages))

    assert [row.line for row in refused] == [3, 4]
    assert not Wage.objects.filter(payer=other.pk).exists()


def test_who_is_enrolled_here_already_is_left_out(tmp_path: Path) -> None:
    of.enrolment(scheme="310", valid=of.months("2019-01", "2020-02"))

    _, refused = take(write(tmp_path))

    assert [(row.line, row.reason[-9:]) for row in refused] == [(3, "系统中已有同期的。")]


def test_too_many_bad_rows_are_no_roll(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.feeds.copying.REFUSED_MAX", 1)
    rows = [employed(payer=of.credit_code(serial=99), start=f"20{n}-01", end="") for n in (10, 20)]

    assert refusal_of(write(tmp_path, rows)) == "enrolment_too_many_rows_refused"


def test_the_command_takes_over_and_reports(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = {"keys": [{"side": side, "public_key": key} for side, key in TRUSTED.items()]}
    trust, report = tmp_path / "keys.json", tmp_path / "refused.csv"
    trust.write_text(json.dumps(keys))
    folder = str(write(tmp_path))

    call_command("take_over_enrolment", folder, trust=trust, report=report)
    assert "参保关系3，缴费工资1" in capsys.readouterr().out
    call_command("take_over_enrolment", folder, trust=trust)
    assert "未再写入" in capsys.readouterr().out
    write(tmp_path, demo=False)
    with pytest.raises(CommandError) as refused:
        call_command("take_over_enrolment", folder, trust=trust)

    assert refused.value.returncode == 2


def test_the_sample_is_signed_and_every_row_stands_alone() -> None:
    folder = SAMPLES / "enrolment-baseline"
    keys = json.loads((SAMPLES / "keys.json").read_text("utf-8"))["keys"]
    page = (SAMPLES.parent / "enrolment-baseline.md").read_text("utf-8")

    manifest = read_manifest(
        folder=folder, trusted={key["side"]: key["public_key"] for key in keys}
    )

    for signed in manifest.files:
        header, *rows = (folder / signed.name).read_text("utf-8").splitlines()
        assert len(rows) == signed.rows
        assert f"`{header}`" in page
        check = baseline.CHECKS[signed.name.removesuffix(".csv")]
        assert all(check(row.split(",")) for row in rows)
