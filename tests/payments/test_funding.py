"""A month's money is asked for within the budget, by three, and arrives upon that."""

import io
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, connection, transaction
from django.test import Client
from pypdf import PdfReader

from backend.cases.content import ContentInvalid, ProposalWaits
from backend.exports import tasks as export_jobs
from backend.jobs.runner import run_waiting
from backend.kernel.errors import Refusal
from payments import budgets, fund_arrivals, fund_requests, money_invariants
from payments import tasks as payment_jobs
from payments.fund_arrivals import BeyondRequest, LineOfOther, NoRequest, arrived_fen
from payments.fund_requests import BeyondBudget, RequestInvalid
from payments.funding_models import FundArrival, FundRequest
from payments.hold_statements import LineState, states
from payments.ledger.fund_papers import BookOfAnother, entry_of
from payments.ledger.reverse import reverse
from payments.money_held import hold_money
from payments.statement_models import LineMatch, MatchKind, StatementLine
from tests import builders
from tests.insurance.unemployment import claim_builders as claims
from tests.payments import funding_builders as of
from tests.payments import payment_builders as pay
from tests.payments.ledger.conftest import Books
from tests.payments.ledger.conftest import books as books  # a fixture
from tests.payments.ledger.conftest import pay as book_entry
from tests.payments.statement_builders import Month, Moved, ours, taken, text

pytestmark = pytest.mark.django_db
JOBS = (export_jobs, payment_jobs)  # registered once imported, as in a worker


@pytest.fixture(autouse=True)
def _own_folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def test_a_request_stays_within_the_budget_to_the_fen(books: Books) -> None:
    budgets.decide(of.budget(books.residents, by={"01": "1000.00", "02": "50.00"}))
    fund_requests.decide(of.request(books.residents, by={"01": "600.00", "02": "50.00"}))

    with pytest.raises(BeyondBudget, match="只余 400"):
        fund_requests.check(of.request(books.residents, document="2号", by={"01": "400.01"}))
    fund_requests.decide(of.request(books.residents, document="3号", by={"01": "400.00"}))

    assert [one.rest_fen for one in budgets.used(book_id=books.residents.pk, year=2026)] == [0, 0]


def test_each_year_has_its_own_budget_and_the_last_counts(books: Books) -> None:
    of.asked(books.residents)

    with pytest.raises(BeyondBudget):
        fund_requests.check(of.request(books.residents, document="2号", period="2027-01"))
    with pytest.raises(budgets.BudgetBelowRequests):
        budgets.check(of.budget(books.residents, document="调整", by={"01": "599.99"}))
    budgets.decide(of.budget(books.residents, document="调整", by={"01": "600.00"}))

    (used,) = budgets.used(book_id=books.residents.pk, year=2026)
    assert (used.budget_fen, used.rest_fen) == (600_00, 0)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"document": ""}, ContentInvalid),
        ({"amounts": []}, budgets.BudgetInvalid),
        ({"amounts": of.amounts({"01": "1.00"}) * 2}, budgets.BudgetInvalid),
        ({"amounts": [{"code": "1004", "amount": "1.00"}]}, budgets.BudgetInvalid),
        ({"amounts": of.amounts({"01": "0.00"})}, ContentInvalid),
        ({"batches": [{"batch": 987_654}]}, RequestInvalid),
        ({"batches": [1]}, ContentInvalid),
    ],
)
def test_a_request_that_says_too_little_is_refused(
    books: Books, changes: dict[str, object], refusal: type[Refusal]
) -> None:
    budgets.decide(of.budget(books.residents))
    case = of.request(books.residents)
    case.content = {**case.content, **changes}

    with pytest.raises(refusal):
        fund_requests.check(case)


def test_a_batch_is_asked_for_once_and_adds_up_by_item() -> None:
    batch = pay.sealed()
    book = batch.book
    budgets.decide(of.budget(book, by={"01": "139.00", "02": "200.00"}))
    both = {"01": "139.00", "02": "61.00"}
    fund_requests.decide(of.request(book, batches=(batch.pk,), by=both))

    assert list(fund_requests.expected(book=book, month=pay.PERIOD)) == []
    items = fund_requests.by_item(book=book, month=pay.PERIOD, batch_ids=[batch.pk])
    assert items == {"5001.01": 13_900, "5001.02": 6_100}
    with pytest.raises(RequestInvalid, match="已经申请过"):
        fund_requests.check(
            of.request(book, document="2号", batches=(batch.pk,), by={"02": "1.00"})
        )


def test_an_agency_asks_for_its_own_books_only(books: Books) -> None:
    case = of.request(books.residents)
    case.agency = builders.agency(code="34080002", name="演示市医保局")

    with pytest.raises(BookOfAnother):
        fund_requests.check(case)


def test_one_proposal_waits_at_a_time(books: Books) -> None:
    of.budget(books.residents)

    with pytest.raises(ProposalWaits):
        budgets.check(of.budget(books.residents, document="另一份"))


def test_what_arrives_names_its_request_and_is_no_more(books: Books) -> None:
    request = of.asked(books.residents)
    case = of.arrival(request, "400.00")
    fund_arrivals.decide(case)

    with pytest.raises(NoRequest):
        fund_arrivals.check(of.arrival(request, "1.00", request=None, document="2号"))
    with pytest.raises(BeyondRequest, match="还有 200"):
        fund_arrivals.check(of.arrival(request, "200.01", document="3号"))
    assert fund_arrivals.decide(case) == 0  # once more, the same
    assert arrived_fen(request=request) == 400_00
    assert hold_money(book_ids=[books.residents.pk]) == {books.residents.pk: 400_00}


def test_an_arrival_that_is_taken_back_may_come_again(books: Books) -> None:
    request = of.asked(books.residents)
    case = of.arrival(request)
    fund_arrivals.decide(case)
    entry = entry_of(case_id=case.pk)
    assert entry is not None

    reverse(entry_id=entry.pk, business_date=of.DAY, reason="记错", reversed_by=None)

    assert arrived_fen(request=request) == 0
    assert fund_arrivals.decide(of.arrival(request)) == 1
    assert arrived_fen(request=request) == 600_00


def test_it_is_booked_from_the_banks_line(books: Books, tmp_path: Path) -> None:
    ours(books.residents)
    lines = (Moved(600_00, of.DAY, summary="财政拨款"), Moved(600_00, of.DAY, summary="财政拨款"))
    taken(tmp_path, text(Month(lines)))
    first, second = StatementLine.objects.order_by("seq")
    budgets.decide(of.budget(books.residents, by={"01": "2000.00"}))
    request = of.asked(books.residents, by={"01": "1200.00"})

    assert fund_arrivals.decide(of.arrival(request, line=second.pk)) == 2

    assert LineMatch.objects.get().kind == MatchKind.BOOKED
    known = states(book_id=books.residents.pk, code="1004")
    assert (known[first.pk], known[second.pk]) == (LineState.BANK_RECEIVED, LineState.MATCHED)
    for changes in ({"line": second.pk}, {"line": first.pk, "day": "2026-11-04"}):
        with pytest.raises(LineOfOther):
            fund_arrivals.check(of.arrival(request, document=str(changes), **changes))


def test_the_database_keeps_request_and_arrival_within_their_bounds(books: Books) -> None:
    request = of.asked(books.residents)
    fund_arrivals.decide(of.arrival(request))
    book_entry(books.residents, -5)  # a voucher that is no arrival
    more = (
        (
            "INSERT INTO payments_fundrequestline (request_id, code, fen)"
            f" VALUES ({request.pk}, '5001.02', 1)"
        ),
        (
            "INSERT INTO payments_fundbudget (book_id, year, document, case_id)"
            f" VALUES ({books.residents.pk}, 2026, 'x', 1); SET CONSTRAINTS ALL IMMEDIATE"
        ),
        (
            "INSERT INTO payments_fundarrival (entry_id, request_id, case_id)"
            f" SELECT id, {request.pk}, 1 FROM ledger_entry WHERE rule <> 'funding.arrived'"
        ),
    )

    for statement in more:
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_three_hands_at_the_api_and_the_paper(client: Client) -> None:
    batch = pay.sealed()
    book = batch.book
    claims.decided(of.budget(book, by={"01": "500.00", "02": "100.00"}), roles=("APPROVER",))
    both = {"01": "300.00", "02": "100.00"}
    claims.decided(of.request(book, batches=(batch.pk,), by=both))
    request = FundRequest.objects.get()
    client.force_login(builders.member(role="FINANCE").staff)

    told: Any = client.get(f"/api/v1/books/{book.pk}/funding/?month=2026-11").json()
    (row,) = client.get("/api/v1/fund-requests/").json()["results"]
    (budget,) = client.get("/api/v1/fund-budgets/?year=2026").json()["results"]
    said = printed(client, request)

    assert [one["rest"] for one in told["accounts"]] == ["200.00", "0.00"]
    assert (told["expected"], row["batches"]) == ([], [batch.pk])
    assert (row["amount"], row["arrived"]) == ("400.00", "0.00")
    assert [one["amount"] for one in budget["lines"]] == ["500.00", "100.00"]
    for part in ("用款申请", "400.00元", "500.000.00300.00200.00139.00", batch.no, "编制", "审批"):
        assert part in said, (part, said)
    assert money_invariants.broken_promises() == []


def printed(client: Client, request: FundRequest) -> str:
    """What the exported paper says, without spaces."""
    asked = {
        "list": "fund-request-paper",
        "filters": {"request": str(request.pk)},
        "purpose": "报送财政",
    }
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    export = client.post(
        "/api/v1/exports/", asked, content_type="application/json", headers=headers
    ).json()["id"]
    run_waiting(keys=[f"export/{export}"])
    answer: Any = client.post(f"/api/v1/exports/{export}/fetch")
    pdf = PdfReader(io.BytesIO(b"".join(answer.streaming_content)))
    return "".join("".join(page.extract_text() for page in pdf.pages).split())


def test_what_nobody_decided_is_seen(books: Books) -> None:
    request = of.asked(books.residents)
    fund_arrivals.decide(of.arrival(request))

    broken = {one.promise for one in money_invariants.broken_promises()}

    assert money_invariants.DECIDED in broken
    assert FundArrival.objects.count() == 1
