"""What stands in an address is known, stands once, is of its kind, or is refused."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import resolve
from drf_spectacular.settings import spectacular_settings

from backend.web.asked import known_to
from tests import builders

NOTES = "/api/v1/notes/"


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_filter_that_is_misspelt_is_not_passed_over(clerk: Client) -> None:
    answer = clerk.get(f"{NOTES}?subject=7")

    assert refused(answer) == (400, "query_unknown")
    assert answer.json()["detail"] == (
        "没有“subject”这个查询条件。可用的有：cursor、loud、page_size、party_id、rows、since、subject_id。"
    )
    assert answer.json()["filter"] == "subject"


def test_a_route_without_filters_says_so(clerk: Client) -> None:
    answer = clerk.get(f"{NOTES}one?format=xml")

    assert answer.json()["detail"] == "没有“format”这个查询条件。此接口没有查询条件。"


def test_an_act_takes_no_filters(clerk: Client) -> None:
    assert refused(clerk.post(f"{NOTES}?subject_id=7")) == (400, "query_unknown")


def test_a_filter_stands_once(clerk: Client) -> None:
    assert refused(clerk.get(f"{NOTES}?rows=1&rows=2")) == (400, "query_doubled")


@pytest.mark.parametrize("query", ["subject_id=%FF", "%C0%80=1", "subject_id=%ED%A0%80"])
def test_a_query_is_utf_8(clerk: Client, query: str) -> None:
    assert refused(clerk.get(f"{NOTES}?{query}")) == (400, "query_unreadable")


def test_a_query_holds_what_a_database_keeps(clerk: Client) -> None:
    assert refused(clerk.get(f"{NOTES}?subject_id=a%00")) == (400, "query_unreadable")


@pytest.mark.parametrize("value", ["yes", "TRUE", "2", ""])
def test_a_flag_is_yes_or_no(clerk: Client, value: str) -> None:
    assert refused(clerk.get(NOTES, {"loud": value})) == (400, "query_invalid")


@pytest.mark.parametrize("value", ["-1", "1.0", "1e3", "１", "9" * 19, ""])
def test_a_number_is_whole(clerk: Client, value: str) -> None:
    assert refused(clerk.get(NOTES, {"since": value})) == (400, "query_invalid")


@pytest.mark.parametrize("value", ["x", "1.5", "1e50", "1e999999999", "9" * 19, "９" * 5000])
def test_a_filter_by_a_number_takes_no_other(clerk: Client, value: str) -> None:
    assert refused(clerk.get(NOTES, {"rows": value})) == (400, "invalid")


@pytest.mark.parametrize("value", ["yes", "TRUE", "2", "null"])
def test_a_filter_by_a_flag_takes_no_other(db: None, value: str) -> None:
    client = Client()
    client.force_login(builders.member(role="CLERK").staff)

    answer = client.get("/api/v1/enrolment-files/", {"accepted": value})

    assert refused(answer) == (400, "invalid")
    assert answer.json()["errors"] == {"accepted": ["应为 true 或 false。"]}


def test_a_flag_by_its_other_name_counts(clerk: Client) -> None:
    assert {clerk.get(NOTES, {"loud": value}).status_code for value in ("true", "1", "0")} == {200}


@pytest.mark.parametrize("path", [f"{2**63}/a", f"{10**40}/a", "1/a%00b"])
def test_no_row_has_such_a_number_or_name(clerk: Client, path: str) -> None:
    assert clerk.get(f"{NOTES}1/a").status_code == 200
    assert refused(clerk.get(f"{NOTES}{path}")) == (404, "not_found")


@pytest.mark.django_db
def test_what_a_route_takes_is_what_the_schema_says() -> None:
    paths = spectacular_settings.DEFAULT_GENERATOR_CLASS().get_schema()["paths"]
    told, known = {}, {}
    for path, methods in paths.items():
        view: Any = getattr(resolve(re.sub(r"\{[^}]*\}", "1", path)).func, "view_class", None)
        for method, operation in methods.items():
            parameters = operation.get("parameters", [])
            told[method, path] = {one["name"] for one in parameters if one["in"] == "query"}
            known[method, path] = set(known_to(view(), method.upper()))

    assert known == told
