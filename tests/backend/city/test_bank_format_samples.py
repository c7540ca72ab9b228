"""The samples beside the pages on file formats are what the programs read and write."""

import csv
import json
from hashlib import sha256

import pytest

from backend.city.make.office import OTHER_POSTS, POSTS
from tests.backend.city.bank_builders import ROOT, Exchange, file_name, read_return
from tests.backend.city.office_sample import SAMPLE, sample

FORMATS = ROOT / "docs" / "formats"
SAMPLES = FORMATS / "samples"
RETURNS = {"NSB": "HP340800NSB00000001_01.txt", "CSB": "RES_CSB_340800_00000001_01.dat"}


@pytest.fixture(params=sorted(RETURNS))
def bank(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_bank_answers_the_sample_with_the_sample(
    bank: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    exchange = Exchange(folder=tmp_path_factory.mktemp(bank), bank=bank)
    name = file_name(bank, 1)
    exchange.put(name, (SAMPLES / name).read_bytes())

    exchange.work()

    answer = (SAMPLES / RETURNS[bank]).read_bytes()
    assert (exchange.outbox / RETURNS[bank]).read_bytes() == answer
    assert len(read_return(bank, answer)) == 5


def test_the_sample_baseline_is_what_its_manifest_says() -> None:
    manifest = json.loads((SAMPLES / "baseline" / "manifest.json").read_text(encoding="utf-8"))

    for file in manifest["files"]:
        content = (SAMPLES / "baseline" / file["name"]).read_bytes()
        assert file["sha256"] == sha256(content).hexdigest()


def test_the_sample_office_is_what_the_demo_city_writes() -> None:
    kept = SAMPLE.read_bytes()

    assert kept == sample()
    listed = {member["username"] for member in json.loads(kept)["staff"]}
    assert listed == {post.username for post in (*POSTS, *OTHER_POSTS)}


def test_the_corrections_answer_the_returned_list() -> None:
    refs = [
        [row["ref"] for row in csv.DictReader((SAMPLES / name).read_text("utf-8").splitlines())]
        for name in ("returned-2026-11.csv", "corrections.csv")
    ]

    assert refs[0] == refs[1]


def test_every_page_shows_columns_that_the_samples_have() -> None:
    page = (FORMATS / "baseline.md").read_text(encoding="utf-8")

    for path in (SAMPLES / "baseline").glob("*.csv"):
        header = path.read_text(encoding="utf-8").splitlines()[0]
        assert f"`{header}`" in page
