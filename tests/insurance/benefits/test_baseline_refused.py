"""A damaged or disagreeing baseline is refused whole, with line and reason (不予接管)."""

from collections.abc import Callable
from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client

from backend.access.models import Agency
from backend.access.trusted_keys import OtherKeys
from backend.audit.models import Act
from backend.feeds.refused import RefusedRow
from backend.kernel.errors import Refusal
from backend.people.models import Party
from insurance.benefits.baseline import take_over as act
from insurance.benefits.baseline.manifest import FORMAT
from insurance.benefits.models import Baseline
from payments.ledger.books import ensure_books
from payments.ledger.models import Book
from tests import builders
from tests.insurance.benefits.baseline_files import (
    CHEN,
    LI,
    TRUSTED,
    WANG,
    BaselineFiles,
    signatures,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _agency() -> None:
    builders.agency()


def refusal_of(
    baseline: BaselineFiles, trusted: dict[str, str] = TRUSTED
) -> tuple[Refusal, list[RefusedRow]]:
    refused: list[RefusedRow] = []
    with pytest.raises(Refusal) as caught:
        act.take_over(folder=baseline.folder, trusted=trusted, refused=refused)
    for model in (Baseline, Party, Book, Act):
        assert not model._default_manager.exists(), "nothing may be stored"
    return caught.value, refused


def code_of(baseline: BaselineFiles) -> str:
    return refusal_of(baseline)[0].code


def test_a_changed_manifest_is_refused(baseline: BaselineFiles) -> None:
    manifest = baseline.write().manifest()
    manifest["totals"][0]["fen"] = 2
    baseline.save(manifest)

    assert code_of(baseline) == "baseline_digest_wrong"


def test_a_changed_manifest_with_a_new_digest_is_refused(baseline: BaselineFiles) -> None:
    manifest = baseline.write().manifest()
    other = BaselineFiles(baseline.folder, changes={"source_system": "别的系统(演示)"})
    other.write()
    baseline.save({**other.manifest(), "signatures": manifest["signatures"]})

    assert code_of(baseline) == "baseline_signature_wrong"


def test_swapped_signatures_are_refused(baseline: BaselineFiles) -> None:
    manifest = baseline.write().manifest()
    one, two = manifest["signatures"]
    one["signature"], two["signature"] = two["signature"], one["signature"]
    baseline.save(manifest)

    assert code_of(baseline) == "baseline_signature_wrong"


def test_one_side_alone_is_refused(baseline: BaselineFiles) -> None:
    manifest = baseline.write().manifest()
    one = manifest["signatures"][0]
    baseline.save({**manifest, "signatures": [one, one]})

    assert code_of(baseline) == "baseline_signature_wrong"


def test_keys_that_are_not_trusted_are_refused(baseline: BaselineFiles) -> None:
    baseline.write()
    swapped = {"SOURCE": TRUSTED["BUREAU"], "BUREAU": TRUSTED["SOURCE"]}

    refusal, _ = refusal_of(baseline, trusted=swapped)

    assert refusal.code == "baseline_signature_wrong"


@pytest.mark.parametrize("text", ["", "[]", "{", "null", '{"format": "yikatong-baseline/1"}'])
def test_an_unreadable_manifest_is_refused(baseline: BaselineFiles, text: str) -> None:
    baseline.write()
    (baseline.folder / "manifest.json").write_text(text)

    assert code_of(baseline) == "baseline_manifest_invalid"


def test_a_missing_folder_is_refused(baseline: BaselineFiles) -> None:
    assert code_of(baseline) == "baseline_manifest_invalid"


def test_an_altered_byte_is_refused(baseline: BaselineFiles) -> None:
    baseline.write().replace("components", b"200.00", b"201.00")

    refusal, _ = refusal_of(baseline)

    assert (refusal.code, refusal.facts["file"]) == ("file_damaged", "components.csv")


def test_an_altered_number_is_named_by_its_line(baseline: BaselineFiles) -> None:
    baseline.write().replace("persons", WANG.encode(), WANG[:-2].encode() + b"00")

    refusal, (row,) = refusal_of(baseline)

    assert refusal.facts == {"file": "persons.csv", "line": 2}
    assert (row.line, row.column) == (2, "id_number")


def test_a_truncated_file_is_refused(baseline: BaselineFiles) -> None:
    raw = baseline.write().path("accounts").read_bytes()
    baseline.path("accounts").write_bytes(raw[:-10])

    refusal, _ = refusal_of(baseline)

    assert refusal.facts == {"file": "accounts.csv", "line": 4}
    assert "截断" in refusal.detail


def test_a_file_cut_between_lines_is_refused(baseline: BaselineFiles) -> None:
    lines = baseline.write().path("holds").read_bytes().splitlines(keepends=True)
    baseline.path("holds").write_bytes(b"".join(lines[:-1]))

    refusal, _ = refusal_of(baseline)

    assert "清单上是1行" in refusal.detail


def test_a_missing_file_is_refused(baseline: BaselineFiles) -> None:
    baseline.write().path("deaths").unlink()

    assert code_of(baseline) == "file_damaged"


def bom(raw: bytes) -> bytes:
    return b"\xef\xbb\xbf" + raw


def crlf(raw: bytes) -> bytes:
    return raw.replace(b"\n", b"\r\n")


def gbk(raw: bytes) -> bytes:
    return raw.decode().encode("gb18030")


def nul(raw: bytes) -> bytes:
    return raw.replace(b",NSB,", b",NSB\0,", 1)


def extra_column(raw: bytes) -> bytes:
    return raw.replace(b",NSB,", b",NSB,,", 1)


def other_header(raw: bytes) -> bytes:
    return raw.replace(b"account_no", b"account", 1)


def open_quote(raw: bytes) -> bytes:
    return raw.replace(b",NSB,", b',"NSB,', 1)


def over_long(raw: bytes) -> bytes:
    return raw.replace(b",NSB,", b",NSB" + b"x" * 5000 + b",", 1)


def endless(raw: bytes) -> bytes:
    return raw + b"x" * 2_000_000


def blank_line(raw: bytes) -> bytes:
    return raw.replace(b"\nP1,CSB", b"\n\nP1,CSB", 1)


@pytest.mark.parametrize(
    ("damage", "line"),
    [
        (bom, 1),
        (crlf, 1),
        (gbk, 2),
        (nul, 2),
        (extra_column, 2),
        (other_header, 1),
        (open_quote, 2),
        (over_long, 2),
        (endless, 5),
        (blank_line, 3),
    ],
)
def test_an_unreadable_file_is_refused_even_when_signed(
    baseline: BaselineFiles, damage: Callable[[bytes], bytes], line: int
) -> None:
    path = baseline.write().path("accounts")
    path.write_bytes(damage(path.read_bytes()))
    baseline.sign()

    refusal, _ = refusal_of(baseline)

    assert refusal.code == "file_damaged"
    assert refusal.facts == {"file": "accounts.csv", "line": line}


def test_a_wrong_total_is_refused(baseline: BaselineFiles) -> None:
    baseline.totals[3]["fen"] += 1

    refusal, _ = refusal_of(baseline.write())

    assert refusal.code == "baseline_totals_differ"
    assert "170/340800/BASIC 清单1人20001分，可接收1人20000分" in refusal.detail


def test_a_total_of_nothing_is_refused(baseline: BaselineFiles) -> None:
    baseline.totals.append({**baseline.totals[0], "component": "ADJUSTMENT"})

    assert code_of(baseline.write()) == "baseline_totals_differ"


BAD_ROWS = [
    ("persons", WANG, WANG[:-1] + "?", 2, "id_number"),
    ("persons", WANG, LI, 2, "birth_date"),
    ("persons", "1958-03-12", "1958-03-13", 2, "birth_date"),
    ("persons", ",2,01,", ",1,01,", 2, "sex"),
    ("persons", ",2,01,", ",2,99,", 2, "nation"),
    ("persons", "王秀英", "王7", 2, "name"),
    ("persons", ",V1", ",V9", 2, "village"),
    ("persons", "P2,", "P1,", 2, "old_id"),
    ("entitlements", "P1-170,P1", "P1-170,P9", 2, "person"),
    ("entitlements", "P2-110,P2", "P1-170,P2", 2, "old_id"),
    ("entitlements", ",170,", ",120,", 2, "scheme"),
    ("entitlements", "2018-04", "2018-13", 2, "start_month"),
    ("entitlements", "2026-10", "2026-11", 2, "paid_through"),
    ("entitlements", "2026-10,385", "2026-10,38.5", 3, "paid_months"),
    ("entitlements", "2026-10,385", "2026-10,-1", 3, "paid_months"),
    ("entitlements", "2026-10,385", "2026-10,721", 3, "paid_months"),
    ("entitlements", "2026-10,385", "2026-10,0385", 3, "paid_months"),
    ("components", "P1-170,BASIC", "P9-170,BASIC", 2, "entitlement"),
    ("components", "P1-170,BASIC", "P1-170,TRANSITIONAL", 2, "component"),
    ("components", "P1-170,BASIC", "P1-170,BONUS", 2, "component"),
    ("components", "P1-170,ACCOUNT", "P1-170,BASIC", 2, "entitlement"),
    ("components", "2025-01,2026-12", "2025-01,2025-01", 5, "to_month"),
    ("components", "200.00", "200", 2, "amount"),
    ("components", "200.00", "0.00", 2, "amount"),
    ("components", "200.00", "-200.00", 2, "amount"),
    ("components", "200.00", "2e2", 2, "amount"),
    ("components", "200.00", "２００.00", 2, "amount"),
    ("components", "200.00", "99999999999999999999.00", 2, "amount"),
    ("components", "200.00,BASELINE", "200.00,GUESS", 2, "standing"),
]


@pytest.mark.parametrize(("file", "old", "new", "line", "column"), BAD_ROWS)
def test_a_bad_row_of_a_payee_is_named_and_nothing_is_taken(
    baseline: BaselineFiles, file: str, old: str, new: str, line: int, column: str
) -> None:
    baseline.write().replace(file, old.encode(), new.encode())
    baseline.sign()

    refusal, refused = refusal_of(baseline)

    assert refusal.code == "baseline_totals_differ"
    assert (refused[0].file, refused[0].line, refused[0].column) == (f"{file}.csv", line, column)


SPARE_ROWS = [
    ("persons", CHEN, WANG, 4, "birth_date"),
    ("accounts", ",NSB,", ",XYZ,", 2, "bank"),
    ("accounts", "王秀英,2026", "　 ,2026", 3, "holder_name"),
    ("accounts", "9900020000000000002", "6222-0213-07", 3, "account_no"),
    ("accounts", "9900020000000000002", "9" * 33, 3, "account_no"),
    ("accounts", "P2,NSB", "P9,NSB", 4, "person"),
    ("accounts", "买买提•李", "买\u200b提", 4, "holder_name"),
    ("accounts", "买买提•李", "李" * 61, 4, "holder_name"),
    ("accounts", "9900010000000000003", "99=1", 4, "account_no"),
    ("accounts", "2026-11-01\n", "2017-11-01\n", 2, "to_date"),
    ("deaths", "P2,2026-10-31", "P3,2026-11-01", 2, "death_date"),
    ("deaths", "P2,2026-10-31", "P3,1966-12-30", 2, "death_date"),
    ("organisations", "91340826MA00006564", "91340826MA00006565", 3, "credit_code"),
    ("organisations", ",EMPLOYER,", ",VILLAGE,", 3, "credit_code"),
]


@pytest.mark.parametrize(("file", "old", "new", "line", "column"), SPARE_ROWS)
def test_a_bad_row_that_no_total_needs_is_left_out_and_reported(
    baseline: BaselineFiles, file: str, old: str, new: str, line: int, column: str
) -> None:
    baseline.write().replace(file, old.encode(), new.encode())
    baseline.sign()
    refused: list[RefusedRow] = []

    taken = act.take_over(folder=baseline.folder, trusted=TRUSTED, refused=refused)

    assert not taken.already
    assert (refused[0].file, refused[0].line, refused[0].column) == (f"{file}.csv", line, column)


HOLDING_ROWS = [
    ("holds", "CHECK_MISSED", "DIED", 2, "reason"),
    ("holds", "P1-170", "P7-170", 2, "entitlement"),
    ("holds", "逾期", "逾\u0007期", 2, "note"),
    ("holds", "逾期", "逾\u2028期", 2, "note"),
    ("deaths", "2026-10-31", "2026-11-01", 2, "death_date"),
    ("deaths", "2026-10-31", "1950-06-30", 2, "death_date"),
    ("deaths", "2026-10-31", "2026-02-30", 2, "death_date"),
    ("deaths", "P2", "P9", 2, "person"),
]


@pytest.mark.parametrize(("file", "old", "new", "line", "column"), HOLDING_ROWS)
def test_nothing_is_taken_when_a_hold_or_a_payees_death_can_not_be(
    baseline: BaselineFiles, file: str, old: str, new: str, line: int, column: str
) -> None:
    baseline.write().replace(file, old.encode(), new.encode())
    baseline.sign()

    refusal, refused = refusal_of(baseline)

    assert refusal.code == "baseline_hold_or_death_refused"
    assert refusal.facts == {"file": f"{file}.csv", "line": line}
    assert refused[0].column == column


def test_a_death_told_twice_refuses_everything(baseline: BaselineFiles) -> None:
    baseline.rows["deaths"].append("P2,2026-10-30,OFFICE")

    refusal, refused = refusal_of(baseline.write())

    assert refusal.code == "baseline_hold_or_death_refused"
    assert [row.line for row in refused] == [2, 3]


def test_a_death_counts_when_only_an_unreadable_entitlement_names_the_person(
    baseline: BaselineFiles,
) -> None:
    baseline.rows["entitlements"].append("P3-170,P3,170,2026-12,2026-11,")
    baseline.rows["deaths"].append("P3,2026-02-30,POLICE")

    assert code_of(baseline.write()) == "baseline_hold_or_death_refused"


def test_a_scheme_without_a_book_is_refused(
    baseline: BaselineFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    def only_residents(*, agency: Agency, on: date) -> tuple[Book, ...]:
        return tuple(book for book in ensure_books(agency=agency, on=on) if book.scheme == "170")

    monkeypatch.setattr(act, "ensure_books", only_residents)

    refusal, _ = refusal_of(baseline.write())

    assert refusal.code == "baseline_scheme_without_book"
    assert "110" in refusal.detail


def test_too_many_bad_rows_are_no_roll(
    baseline: BaselineFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.feeds.copying.REFUSED_MAX", 1)
    baseline.rows["accounts"] = [row.replace("9900", "==") for row in baseline.rows["accounts"]]

    refusal, _ = refusal_of(baseline.write())

    assert refusal.code == "baseline_too_many_rows_refused"
    assert refusal.facts == {"file": "accounts.csv", "line": 2}


def test_real_people_do_not_go_into_a_demo_database(baseline: BaselineFiles) -> None:
    baseline.changes = {"demo": False}

    assert code_of(baseline.write()) == "baseline_wrong_deployment"


def test_a_region_without_agency_is_refused(baseline: BaselineFiles) -> None:
    baseline.changes = {"region": "340700"}

    assert code_of(baseline.write()) == "baseline_agency_missing"
    assert Agency.objects.count() == 1


def test_signatures_over_another_digest_are_refused(baseline: BaselineFiles) -> None:
    manifest = baseline.write().manifest()
    baseline.save({**manifest, "signatures": signatures("0" * 64)})

    assert code_of(baseline) == "baseline_signature_wrong"


def test_what_was_left_out_is_kept_and_shown_masked(
    baseline: BaselineFiles, client: Client
) -> None:
    baseline.rows["persons"].append("P4,陈桂芳,CITIZEN,34080219661231002X,1966-12-31,2,01,340802,")
    taken = act.take_over(folder=baseline.write().folder, trusted=TRUSTED, refused=[]).baseline
    client.force_login(builders.member(role="FINANCE").staff)

    (row,) = client.get(f"/api/v1/baselines/{taken.pk}/refused/?file=persons.csv").json()["results"]

    assert (row["line"], row["column"]) == (5, "id_number")
    assert "19661231" not in row["shown"]
    assert client.get(f"/api/v1/baselines/{taken.pk}/").json()["digest"] == taken.digest
    assert client.get("/api/v1/baselines/999/refused/").status_code == 404


def test_what_other_keys_signed_is_refused_once_keys_are_pinned(baseline: BaselineFiles) -> None:
    act.take_over(folder=baseline.write().folder, trusted=TRUSTED, refused=[])
    other = {side: Ed25519PrivateKey.generate() for side in TRUSTED}
    baseline.changes = {"extracted_at": "2026-10-30T18:00:00+08:00"}
    baseline.sign()
    content = baseline.manifest()
    content["signatures"] = [
        {
            "side": side,
            "public_key": key.public_key().public_bytes_raw().hex(),
            "signature": key.sign(f"{FORMAT}\n{content['digest']}".encode()).hex(),
        }
        for side, key in other.items()
    ]
    baseline.save(content)
    trusted = {one["side"]: one["public_key"] for one in content["signatures"]}

    with pytest.raises(OtherKeys):
        act.take_over(folder=baseline.folder, trusted=trusted, refused=[])

    assert Baseline.objects.count() == 1
