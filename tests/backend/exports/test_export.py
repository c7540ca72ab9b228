"""An export is asked for with a purpose, written by a job, marked, fetched once by its asker."""

import csv
import io
import resource
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks

from backend.access.models import Staff
from backend.audit.models import Act
from backend.database_roles import DESK
from backend.exports import export, pages
from backend.exports.forms import ExportedForm, FormAsked, exported_forms
from backend.exports.lists import exported_lists
from backend.exports.models import Export, HandOver, Outcome
from backend.exports.sheet import safe, write_sheet
from backend.exports.tasks import forget
from backend.jobs.models import Job
from backend.jobs.runner import run_waiting
from backend.web.policy import allowed_roles
from backend.web.scope import TOLD_NOW
from tests import builders
from tests.backend.web.routes import ROUTES

pytestmark = pytest.mark.django_db
EXPORTS = "/api/v1/exports/"
NAME, ACCOUNT = "王秀英", "9900011000000000017"


@pytest.fixture(autouse=True)
def var(settings: Settings, tmp_path: Path) -> Path:
    settings.VAR_DIR = tmp_path
    return tmp_path


@pytest.fixture
def clerk() -> Staff:
    return builders.member(role="CLERK").staff


def browser(staff: Staff) -> Client:
    client = Client()
    client.force_login(staff)
    return client


def ask(client: Client, **changes: Any) -> Any:
    body = {"list": "case-list", "filters": {}, "purpose": "月度核对", **changes}
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    return client.post(EXPORTS, body, content_type="application/json", headers=headers)


def written(client: Client, **changes: Any) -> dict[str, Any]:
    """Ask, let the job do its work, look."""
    made = ask(client, **changes).json()
    run_waiting(keys=[f"export/{made['id']}"])
    (row,) = [row for row in client.get(EXPORTS).json()["results"] if row["id"] == made["id"]]
    return dict(row)


def fetch(client: Client, export_id: int) -> Any:
    answer: Any = client.post(f"{EXPORTS}{export_id}/fetch")
    if answer.streaming:
        answer.whole = b"".join(answer.streaming_content).decode()
    return answer


def content(answer: Any) -> list[list[str]]:
    assert answer.whole.startswith("\ufeff")
    return list(csv.reader(io.StringIO(answer.whole[1:])))


def test_a_list_comes_out_as_it_is_shown_and_says_whose_it_is(clerk: Staff) -> None:
    case = builders.case(content={"account_no": ACCOUNT, "holder_name": NAME})
    client = browser(clerk)

    row = written(client)
    lines = content(fetch(client, row["id"]))

    columns = list(exported_lists()["case-list"].columns.values())
    assert f"导出编号 {row['id']}，{clerk.username} 于 " in lines[0][0]
    assert lines[1] == ["用途：月度核对。筛选条件：无。"]
    assert lines[3] == [*columns, "导出编号", "导出人", "导出时间"]
    told = dict(zip(lines[3], lines[4], strict=True))
    assert (told["编号"], told["当事人"]) == (str(case.pk), "王*英")
    assert (told["导出编号"], told["导出人"]) == (str(row["id"]), clerk.username)
    assert lines[5] == ["合计 1 行"]
    assert row["rows"] == 1


def test_it_is_fetched_once(
    clerk: Staff, var: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    client = browser(clerk)
    row = written(client)
    assert [path.stat().st_mode & 0o777 for path in (var / "exports").iterdir()] == [0o600]

    with django_capture_on_commit_callbacks(execute=True):
        assert fetch(client, row["id"]).status_code == 200
    answer = fetch(client, row["id"])

    assert (answer.status_code, answer.json()["code"]) == (410, "export_gone")
    assert list((var / "exports").iterdir()) == []


def test_nobody_else_fetches_it(clerk: Staff) -> None:
    row = written(browser(clerk))
    other = browser(builders.member(role="CLERK", of=builders.chen()).staff)

    assert fetch(other, row["id"]).status_code == 404
    assert other.get(EXPORTS).json()["results"] == []


def test_those_who_supervise_see_what_was_taken_out_and_fetch_nothing(clerk: Staff) -> None:
    row = written(browser(clerk))
    supervisor = browser(builders.member(role="SUPERVISOR", of=builders.chen()).staff)

    (seen,) = supervisor.get(EXPORTS).json()["results"]

    assert (seen["staff"], seen["purpose"]) == (clerk.pk, "月度核对")
    assert fetch(supervisor, row["id"]).status_code == 404


def test_each_step_is_on_record(clerk: Staff) -> None:
    row = written(browser(clerk), filters={"state": "RECEIVED"})
    fetch(browser(clerk), row["id"])

    acts = Act.objects.filter(subject_kind="exports.export").order_by("id")
    assert [act.name for act in acts] == ["exports.asked", "exports.written", "exports.fetched"]
    assert {act.staff_id for act in acts} == {clerk.pk}
    assert acts[0].details["filters"] == {"state": "RECEIVED"}
    assert acts[1].details["sha256"] == row["sha256"] == acts[2].details["sha256"]


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"list": "person-list"}, 400, "invalid"),
        ({"purpose": ""}, 400, "invalid"),
        ({"filters": {"stat": "RECEIVED"}}, 400, "query_unknown"),
        ({"filters": {"state": {}}}, 400, "invalid"),
        ({"list": "act-list"}, 403, "export_not_permitted"),
    ],
)
def test_what_is_not_to_be_exported_is_refused(
    clerk: Staff, changes: dict[str, Any], status: int, code: str
) -> None:
    answer = ask(browser(clerk), **changes)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Export.objects.exists()


def test_a_filter_that_the_list_refuses_is_told_at_the_end(clerk: Staff) -> None:
    row = written(browser(clerk), filters={"state": "NONE"})

    assert (row["refused_code"], row["rows"]) == ("export_list_refused", 0)
    answer = fetch(browser(clerk), row["id"])
    assert (answer.status_code, answer.json()["code"]) == (409, "export_not_ready")


def test_who_lost_the_role_since_gets_nothing(clerk: Staff, var: Path) -> None:
    made = ask(browser(clerk)).json()
    Staff.objects.filter(pk=clerk.pk).update(is_active=False)

    run_waiting(keys=[f"export/{made['id']}"])

    assert Outcome.objects.get().code == "export_not_permitted"
    assert not (var / "exports").exists()


def test_who_lost_the_role_after_it_was_written_does_not_fetch_it(var: Path) -> None:
    supervisor, today = builders.member(role="SUPERVISOR").staff, timezone.localdate()
    row = written(browser(supervisor), list="act-list")
    (held,) = supervisor.roleassignment_set.all()
    held.valid = type(held.valid)(held.valid.lower, today)
    held.certify()
    builders.assign(supervisor, "CLERK", since=today)

    answer = fetch(browser(supervisor), row["id"])

    assert (answer.status_code, answer.json()["code"]) == (403, "export_not_permitted")
    assert (var / "exports" / f"{row['id']}.csv").exists()
    assert not HandOver.objects.exists()


def test_a_list_that_is_too_long_is_refused_whole(
    clerk: Staff, var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        builders.case()
    short = {"case-list": replace(exported_lists()["case-list"], rows_max=2)}
    monkeypatch.setattr(export, "exported_lists", lambda: short)

    row = written(browser(clerk))

    assert (row["refused_code"], row["rows"]) == ("export_too_long", 0)
    assert row["refused_detail"] == "清单超过 2 行，请缩小范围后重新申请。"
    assert not list((var / "exports").glob("*.csv"))


def test_pages_follow_each_other_to_the_end(clerk: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [builders.case().pk for _ in range(5)]
    monkeypatch.setattr(pages, "PAGE_MAX", 2)

    found = [row["id"] for page in pages.pages(route="case-list", filters={}, staff=clerk)
             for row in page]  # fmt: skip

    assert found == sorted(cases, reverse=True)


def test_a_day_has_an_end(clerk: Staff) -> None:
    now = timezone.now()
    for _ in range(export.EXPORTS_A_DAY):
        export.ask(staff=clerk, route="case-list", filters={}, purpose="核对", now=now)

    with pytest.raises(export.TooManyExports):
        export.ask(staff=clerk, route="case-list", filters={}, purpose="核对", now=now)
    later = now + timedelta(days=1, seconds=1)
    export.ask(staff=clerk, route="case-list", filters={}, purpose="核对", now=later)


def test_a_file_that_nobody_fetched_goes_after_its_days(clerk: Staff, var: Path) -> None:
    row = written(browser(clerk))
    assert forget() == 0

    made = Export.objects.get(pk=row["id"])
    assert export.forget(now=made.until) == 1

    assert list((var / "exports").iterdir()) == []
    assert Act.objects.filter(name="exports.expired", subject_id=str(made.pk)).exists()


def test_it_is_written_once_whatever_becomes_of_the_worker(clerk: Staff) -> None:
    made = ask(browser(clerk)).json()

    first, second = (export.write(export_id=made["id"]) for _ in range(2))

    assert first == second
    assert Job.objects.get().kind == export.JOB


@pytest.mark.parametrize(
    ("model", "field"), [(Export, "purpose"), (Outcome, "detail"), (HandOver, "place")]
)
def test_what_was_taken_out_stays_on_record(clerk: Staff, model: type[Any], field: str) -> None:
    row = written(browser(clerk))
    fetch(browser(clerk), row["id"])

    with pytest.raises(DatabaseError), transaction.atomic():
        model.objects.update(**{field: "anders"})
    with pytest.raises(DatabaseError), transaction.atomic():
        model.objects.all().delete()


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1+1", "-1+1", "@SUM(1)", "\t=1", "＝1"])
def test_no_cell_is_a_formula(name: str) -> None:
    assert safe(name) == f"'{name}"


@pytest.mark.parametrize("text", ["王秀英", "-12.50", "12.50", "a=b", "", "𠮷·买买提"])
def test_what_is_no_formula_stays_as_it_is(text: str) -> None:
    assert safe(text) == text


def test_a_million_rows_need_no_memory(tmp_path: Path) -> None:
    def rows() -> Iterator[Mapping[str, Any]]:
        for n in range(1_000_000):
            yield {"id": n}

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with (tmp_path / "long.csv").open("w", newline="", encoding="utf-8") as to:
        count = write_sheet(to=to, head=[], columns={"id": "编号"}, rows=rows(), marks=("1",) * 3)

    assert count == 1_000_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # kB


@pytest.mark.parametrize("form", exported_forms().values(), ids=lambda form: form.route)
def test_a_form_is_written_within_the_scope_of_whoever_asked(
    form: ExportedForm, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff = builders.member(role=min(form.roles)).staff
    seen: list[dict[str, str]] = []

    def write(*, to: IO[bytes], asked: FormAsked) -> int:
        seen.append(told_now())
        return 1

    monkeypatch.setattr(export, "writer_of", {form.route: write}.__getitem__)
    asked = {"list": form.route, "filters": dict.fromkeys(form.filters, "1")}

    assert written(browser(staff), **asked)["rows"] == 1

    (told,) = seen
    assert told["role"] == DESK
    assert told["yikatong.actor"] == staff.actor
    assert told["yikatong.agency"] == str(staff.agency_id)
    assert told_now()["role"] == "none"


def told_now() -> dict[str, str]:
    with connection.cursor() as cursor:
        names = ["role", "yikatong.actor", "yikatong.agency"]
        cursor.execute(TOLD_NOW, [names])
        return dict(cursor.fetchall())


def test_lists_and_columns_are_those_that_there_are() -> None:
    views = {name: view for _, name, view in ROUTES}
    for route, one in exported_lists().items():
        shown = set(views[route].serializer_class().fields)
        assert set(one.columns) <= shown, route
        assert allowed_roles(route=route, method="GET")
