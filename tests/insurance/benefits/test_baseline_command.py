"""``take_over`` at the terminal: the demo city's files, the report, the exit codes (接管命令)."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from backend.city.make.city import make_city
from backend.feeds.refused import REFUSED
from backend.kernel.months import Month
from insurance.benefits.models import Baseline
from tests import builders
from tests.insurance.benefits.baseline_files import TRUSTED, BaselineFiles

pytestmark = pytest.mark.django_db

TOTALS = """
SELECT e.scheme, b.pool_region, c.component, count(DISTINCT e.person_id), sum(c.fen)::bigint
FROM benefits_component c JOIN benefits_entitlement e ON e.id = c.entitlement_id
JOIN ledger_book b ON b.id = e.book_id
WHERE c.superseded_at IS NULL AND c.valid @> '2026-11-01'::date
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


@pytest.fixture(autouse=True)
def _agency() -> None:
    builders.agency()


def keys(folder: Path) -> Path:
    path = folder / "keys.json"
    listed = [{"side": side, "public_key": key} for side, key in TRUSTED.items()]
    path.write_text(json.dumps({"format": "yikatong-keys/1", "keys": listed}))
    return path


def test_the_demo_city_is_taken_with_exactly_its_totals(tmp_path: Path) -> None:
    make_city(folder=tmp_path, people=300, seed=3, first_period=Month(2026, 11))
    said = StringIO()

    call_command("take_over", tmp_path / "baseline", trust=tmp_path / "keys.json", stdout=said)

    manifest = json.loads((tmp_path / "baseline" / "manifest.json").read_text(encoding="utf-8"))
    with connection.cursor() as cursor:
        cursor.execute(TOTALS)
        assert cursor.fetchall() == [tuple(total.values()) for total in manifest["totals"]]
    assert "未接收0行" in said.getvalue()


def test_a_second_call_says_so(baseline: BaselineFiles) -> None:
    trust, said = keys(baseline.write().folder), StringIO()
    call_command("take_over", baseline.folder, trust=trust, stdout=StringIO())

    call_command("take_over", baseline.folder, trust=trust, stdout=said)

    assert "已于" in said.getvalue()
    assert Baseline.objects.count() == 1


def test_a_refusal_exits_with_two_and_names_the_rows(baseline: BaselineFiles) -> None:
    baseline.rows["persons"][0] = baseline.rows["persons"][0].replace("王秀英", "=王秀英")
    trust, report = keys(baseline.write().folder), baseline.folder / "report.csv"

    with pytest.raises(CommandError) as caught:
        call_command("take_over", baseline.folder, trust=trust, report=report)

    first, second = report.read_text(encoding="utf-8").splitlines()[:2]
    assert caught.value.returncode == REFUSED
    assert "baseline_totals_differ" in str(caught.value)
    assert first == "文件,行,列,值(已遮蔽),原因,代码"
    assert second.startswith("persons.csv,2,name,'=**英,")


def test_one_key_for_both_sides_is_no_trust(baseline: BaselineFiles) -> None:
    trust = keys(baseline.write().folder)
    trust.write_text(trust.read_text().replace(TRUSTED["BUREAU"], TRUSTED["SOURCE"]))

    with pytest.raises(CommandError, match="各一个不同的公钥"):
        call_command("take_over", baseline.folder, trust=trust)


def test_a_second_call_leaves_the_report_of_the_first(baseline: BaselineFiles) -> None:
    baseline.rows["accounts"].append("P3,NSB,?,陈桂芳,2020-01-01,")
    trust, report = keys(baseline.write().folder), baseline.folder / "report.csv"
    call_command("take_over", baseline.folder, trust=trust, report=report, stdout=StringIO())
    first = report.read_bytes()

    call_command("take_over", baseline.folder, trust=trust, report=report, stdout=StringIO())

    assert b"accounts.csv,5," in first
    assert report.read_bytes() == first
