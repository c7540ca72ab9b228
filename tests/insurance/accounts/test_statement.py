"""The statement of rights: opening, credits, interest with its steps, payouts, closing."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from backend.kernel.months import Month
from backend.people.models import Alias
from insurance.accounts import yearly_interest
from insurance.accounts.models import EntryKind
from insurance.accounts.statement import NoAccount, Statement, accounts_of, statement_of
from insurance.accounts.yearly_interest import close_year, open_year, run_chunk
from tests import builders
from tests.insurance.accounts import account_builders as of
from tests.insurance.accounts.account_facts import rate

pytestmark = pytest.mark.django_db
API = "/api/v1/personal-accounts/"


@pytest.fixture
def clerk(client: Client) -> Client:
    client.force_login(builders.member(role="CLERK").staff)
    return client


def closed(year: int = 2025) -> None:
    run = open_year(scheme="110", year=year, region="340800", today=date(year + 1, 7, 1), demo=True)
    run_chunk(run_id=run.pk, chunk=0)
    close_year(run_id=run.pk, now=timezone.now())


def wang_s(year: int) -> Statement:
    return statement_of(person_id=builders.wang().pk, scheme="110", year=year)


def two_years() -> None:
    """10,000.00 in January 2025; in 2026 1,000.00 more and a pension of 500.00."""
    wang = builders.wang().pk
    of.entry(person_id=wang, month="2025-01", fen=1_000_000)
    closed(2025)
    of.entry(person_id=wang, month="2026-03", fen=100_000)
    of.entry(person_id=wang, month="2026-11", kind=EntryKind.PAYOUT, fen=-50_000)


def test_a_year_opens_with_what_the_last_one_left() -> None:
    two_years()

    first, second = wang_s(2025), wang_s(2026)

    assert (first.opening_fen, first.interest_fen, first.closing_fen) == (0, 15_000, 1_015_000)
    assert second.opening_fen == first.closing_fen
    assert (second.paid_out_fen, second.closing_fen) == (50_000, 1_065_000)


def test_every_line_has_its_month_and_its_source() -> None:
    two_years()

    (credit,) = wang_s(2026).credits

    assert (credit.for_month, credit.fen, credit.source) == (Month(2026, 3), 100_000, "ALLOCATION")
    assert [(total.part, total.fen) for total in wang_s(2026).credited] == [("PERSON", 100_000)]


def test_interest_is_shown_with_the_rate_it_was_closed_by() -> None:
    two_years()

    product, interest, *_ = wang_s(2025).steps

    assert (product.result, interest.result) == ("120000.00", "150.00")
    assert ("记账利率", "0.015000") in interest.inputs
    assert not wang_s(2025).interim


def test_a_year_not_closed_or_closed_by_an_interim_rate_is_marked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    two_years()
    assert wang_s(2026).interim
    assert wang_s(2026).steps == ()
    interim = rate("0.015", year=2026, of_year=2025)
    monkeypatch.setattr(yearly_interest, "rate_of_year", lambda **_: interim)

    closed(2026)

    assert wang_s(2026).interim
    assert "先按 2025 年的预计" in wang_s(2026).steps[1].sentence


def test_nobody_has_a_statement_without_an_account() -> None:
    two_years()

    for person_id, scheme, year in (
        (builders.li().pk, "110", 2026),
        (builders.wang().pk, "310", 2026),
        (builders.wang().pk, "110", 2024),
    ):
        with pytest.raises(NoAccount):
            statement_of(person_id=person_id, scheme=scheme, year=year)


def test_a_person_s_accounts_are_also_those_merged_into_the_person() -> None:
    wang, li = builders.wang().pk, builders.li().pk
    of.entry(person_id=wang, month="2025-01", fen=100)
    of.entry(person_id=li, month="2025-02", fen=30, scheme="310")
    Alias.objects.create(party_id=li, survivor_id=wang, case_id=1)

    for one in (wang, li):
        held = accounts_of(person_id=one)
        assert sorted((h.person_id, h.scheme, h.balance_fen) for h in held) == sorted(
            [(wang, "110", 100), (li, "310", 30)]
        )


def test_staff_read_a_statement_masked(clerk: Client) -> None:
    two_years()

    answer: dict[str, Any] = clerk.get(f"{API}{builders.wang().pk}/110/statements/2025").json()

    assert (answer["opening"], answer["interest"], answer["closing"]) == (
        "0.00",
        "150.00",
        "10150.00",
    )
    assert answer["name"] == "王*英"
    assert "********" in answer["number"]
    assert [(step["name"], step["result"]) for step in answer["steps"]] == [
        ("月积数", "120000.00"),
        ("利息", "150.00"),
        ("本次记入", "150.00"),
        ("年末余额", "10150.00"),
    ]
    assert answer["steps"][1]["rounding"] == "四舍五入到分"
    assert "年利率 1.5%" in answer["steps"][1]["sentence"]
    assert answer["steps"][1]["article"] == "人社部发〔2017〕31号（全国000000，转引）"


def test_staff_list_accounts_and_entries(clerk: Client) -> None:
    two_years()
    wang = builders.wang().pk

    (held,) = clerk.get(API, {"person": wang}).json()
    page = clerk.get(f"{API}entries/", {"person": wang, "page_size": 2}).json()

    assert (held["balance"], held["last_month"]) == ("10650.00", "2026-11")
    assert [row["amount"] for row in page["results"]] == ["-500.00", "1000.00"]
    assert len(clerk.get(page["next"]).json()["results"]) == 2


def test_accounts_are_looked_up_by_person(clerk: Client) -> None:
    answer = clerk.get(API)

    assert (answer.status_code, answer.json()["code"]) == (400, "account_person_missing")


@pytest.mark.parametrize("person", ["", "x", "１", "-1", "9" * 19])
def test_a_person_is_named_by_number(clerk: Client, person: str) -> None:
    answer = clerk.get(API, {"person": person})

    assert (answer.status_code, answer.json()["code"]) == (400, "query_invalid")


@pytest.mark.parametrize("rest", ["1/110/statements/2025", f"{10**30}/110/statements/{10**30}"])
def test_what_is_not_there_is_not_found(clerk: Client, rest: str) -> None:
    assert clerk.get(API + rest).status_code == 404
