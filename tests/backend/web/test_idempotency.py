"""INV-17: same key and body, same answer; other body or at the same time, 409; one effect."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import ProgrammingError, connection, connections, transaction
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backend.access.models import RoleAssignment
from backend.audit.models import Act
from backend.web import idempotency, throttles
from backend.web.models import KeptAnswer
from backend.web.tasks import forget_answers
from backend.web.throttles import Limit, Per
from tests import builders
from tests.conftest import OwnDatabase

KEY = "7f3c1f2e-demo"
TRIED = 5  # so many plans the server makes anew before it keeps one


def post(client: Client, text: str = "a", *, key: str = KEY, path: str = "") -> Any:
    return client.post(
        f"/api/v1/notes/{path}",
        {"text": text},
        content_type="application/json",
        headers={"Idempotency-Key": key} if key else {},
    )


def notes() -> int:
    return Act.objects.filter(name="test.note").count()


def test_the_same_post_again_gets_the_same_answer(clerk: Client) -> None:
    first, second = post(clerk), post(clerk)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert second["Idempotent-Replayed"] == "true"
    assert notes() == 1


def test_what_is_kept_is_given_again_without_a_lock(clerk: Client) -> None:
    post(clerk)

    with CaptureQueriesContext(connection) as queries:
        answer = post(clerk)

    assert answer["Idempotent-Replayed"] == "true"
    assert not any("pg_try_advisory_xact_lock" in query["sql"] for query in queries)


def test_a_kept_answer_takes_two_statements_and_is_told_nothing_else(clerk: Client) -> None:
    post(clerk)

    with CaptureQueriesContext(connection) as queries:
        post(clerk)

    tables = ("access_staffsession", "web_callcount", "web_kept_answer_of")
    asked = [query["sql"] for query in queries]
    assert [table for sql in asked for table in tables if table in sql] == list(tables)
    assert len(asked) == 2


def test_the_server_plans_none_of_it_at_each_call(clerk: Client) -> None:
    for _ in range(TRIED + 5):
        post(clerk)

    with connection.cursor() as cursor:
        cursor.execute("SELECT statement, custom_plans, generic_plans FROM pg_prepared_statements")
        plans = {sql: (anew, kept) for sql, anew, kept in cursor.fetchall()}
    look = next(sql for sql in plans if "web_kept_answer_of" in sql and "web_callcount" in sql)
    assert plans[look][1] >= 4
    assert all(anew <= TRIED for anew, _ in plans.values()), plans


def test_an_answer_without_content_is_given_again_without_any(clerk: Client) -> None:
    first, again = (post(clerk, "silent") for _ in range(2))

    assert again["Idempotent-Replayed"] == "true"
    told = [
        (one.status_code, one.content, one.headers.get("Content-Type")) for one in (first, again)
    ]
    assert told == [(204, b"", None)] * 2


def test_what_is_kept_is_given_to_nobody_who_called_too_often(
    clerk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = (Limit("test-calls", "试用", Per.CALLER, 1, 60, frozenset()),)
    monkeypatch.setattr(throttles, "limits_of", lambda **call: limits)
    post(clerk)

    answer = post(clerk)

    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_calls")


def test_what_is_kept_is_given_to_nobody_whose_role_has_ended(clerk: Client) -> None:
    post(clerk)
    RoleAssignment.objects.update(valid=SqlRange(date(2020, 1, 1), date(2020, 2, 1)))

    answer = post(clerk)

    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")


def test_a_kept_answer_is_its_callers_even_without_the_filter(
    own_database: OwnDatabase, practising: None
) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('web_kept_answer_of(text, text)'::regprocedure)")
        (text,) = cursor.fetchone()
        cursor.execute(text.replace("k.actor = asking AND ", ""))
        assert "k.actor = asking AND " in text
    ours = _logged_in(builders.member(role="CLERK").staff)
    other = _logged_in(builders.member(role="CLERK", of=builders.chen()).staff)

    assert [post(client).status_code for client in (ours, other, ours)] == [201] * 3
    assert notes() == 2


def test_a_look_for_a_kept_answer_leaves_the_call_what_it_was(clerk: Client) -> None:
    now = "SELECT current_setting('role'), current_setting('yikatong.actor', true)"
    found = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('yikatong.actor', 'staff/7', true)")
        for statement in (now, "SELECT 1 FROM web_kept_answer_of('staff/1', 'none')", now):
            cursor.execute(statement)
            found += cursor.fetchall()

    assert found == [("none", "staff/7")] * 2


def test_who_was_first_between_look_and_lock_is_found(
    clerk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, others = idempotency._require_free, [post]

    def late(asked: Any) -> None:
        if others:
            others.pop()(clerk)
        lock(asked)

    monkeypatch.setattr(idempotency, "_require_free", late)
    answer = post(clerk)

    assert (answer.status_code, answer["Idempotent-Replayed"]) == (201, "true")
    assert notes() == 1


def test_another_body_under_the_same_key_is_refused(clerk: Client) -> None:
    post(clerk, "a")

    answer = post(clerk, "b")

    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_taken")
    assert notes() == 1


def test_another_address_under_the_same_key_is_refused(clerk: Client) -> None:
    post(clerk)

    assert post(clerk, path="again").status_code == 409


def test_another_person_may_use_the_same_key(clerk: Client) -> None:
    other = Client()
    other.force_login(builders.member(role="CLERK", of=builders.chen()).staff)

    assert [post(client).status_code for client in (clerk, other)] == [201, 201]
    assert notes() == 2


@pytest.mark.parametrize("key", ["", "a" * 101])
def test_a_post_needs_a_key(clerk: Client, key: str) -> None:
    answer = post(clerk, key=key)

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")


@pytest.mark.parametrize("text", ["refuse", "half"])
def test_a_refusal_is_not_kept_and_leaves_nothing(clerk: Client, text: str) -> None:
    assert post(clerk, text).status_code == 422

    assert (notes(), KeptAnswer.objects.count()) == (0, 0)
    assert post(clerk, "mended").status_code == 201


def test_the_same_file_is_the_same_body_whatever_the_boundary(clerk: Client) -> None:
    def upload(content: bytes, boundary: str) -> int:
        body = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="note.txt"'
            f"\r\n\r\n{content.decode()}\r\n--{boundary}--\r\n"
        )
        answer = clerk.post(
            "/api/v1/notes/upload",
            body,
            content_type=f"multipart/form-data; boundary={boundary}",
            headers={"Idempotency-Key": KEY},
        )
        return answer.status_code

    assert [upload(b"a", "one"), upload(b"a", "two"), upload(b"b", "one")] == [201, 201, 409]
    assert notes() == 1


def test_a_kept_digest_is_no_oracle_for_passwords(clerk: Client) -> None:
    post(clerk)

    first = KeptAnswer.objects.get().body_sha256
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.SECRET_KEY", "another host")
        client = Client()
        client.force_login(builders.member(role="CLERK", of=builders.chen()).staff)
        post(client)

    assert KeptAnswer.objects.exclude(body_sha256=first).count() == 1


def test_fifty_equal_posts_at_once_have_one_effect(
    own_database: OwnDatabase, practising: None
) -> None:
    staff = builders.member(role="CLERK").staff
    start = threading.Barrier(10)

    def five_posts() -> list[int]:
        client = Client()
        client.force_login(staff)
        start.wait()
        try:
            return [post(client).status_code for _ in range(5)]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        codes = [code for done in [pool.submit(five_posts) for _ in range(10)]
                 for code in done.result()]  # fmt: skip

    assert len(codes) == 50
    assert set(codes) <= {201, 409}
    assert 201 in codes
    assert (notes(), KeptAnswer.objects.count()) == (1, 1)
    assert post(_logged_in(staff)).status_code == 201


def _logged_in(staff: Any) -> Client:
    client = Client()
    client.force_login(staff)
    return client


@pytest.mark.django_db
def test_an_answer_is_forgotten_after_half_a_year_and_no_younger_one() -> None:
    for days in (1, 179, 181):
        KeptAnswer.objects.create(
            actor="staff/1", key=f"of-{days}", route="x", body_sha256="0" * 64, status=200,
            answer={}, at=timezone.now() - timedelta(days=days),
        )  # fmt: skip

    assert forget_answers() == 1
    assert set(KeptAnswer.objects.values_list("key", flat=True)) == {"of-1", "of-179"}
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        KeptAnswer.objects.all().delete()
