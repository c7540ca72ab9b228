"""An employer's agent sees what his employer owes, also where no query asks whose it is."""

from typing import Any

import pytest
import time_machine
from django.db.models.functions import Now
from django.test import Client

from backend.kernel.money import Money
from insurance.collection.models import Bill, BillLine
from insurance.enrolment.models import Enrolment
from tests import builders
from tests.backend.access.scope_world import called_by
from tests.insurance.collection import bill_builders
from tests.insurance.enrolment import enrolment_builders as enrolled

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> int:
    """Li works at the company, Chen at another; both are billed."""
    bill_builders.li_works()
    chen, other = builders.chen().pk, builders.employer(serial=2).pk
    enrolled.enrolment(person_id=chen, payer_id=other, valid=enrolled.months("2026-01"))
    enrolled.wage(person_id=chen, payer_id=other, valid=enrolled.months("2026-01"))
    bill_builders.bill()
    own = int(builders.employer().pk)
    assert set(Bill.objects.values_list("payer_id", flat=True)) == {own, other}
    return own


@pytest.fixture
def agent() -> Client:
    return logged_in("EMPLOYER_AGENT")


def logged_in(role: str) -> Client:
    client = Client()
    client.force_login(builders.member(role=role).staff)
    return client


def payers(client: Client) -> set[int]:
    rows: list[dict[str, Any]] = client.get("/api/v1/bills/").json()["results"]
    return {row["payer_id"] for row in rows}


def test_without_the_filter_of_the_list_a_foreign_bill_stays_hidden(
    company: int, agent: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert payers(agent) == {company}

    monkeypatch.setattr("insurance.collection.api.bills_api.own_entries", lambda *, request: None)

    assert payers(agent) == {company}


@pytest.mark.parametrize("model", [Bill, BillLine])
def test_a_query_without_any_filter_brings_his_employers_alone(
    company: int, model: type[Bill] | type[BillLine]
) -> None:
    with called_by(actor="staff/1", employer=str(company)):
        assert set(model._default_manager.values_list("payer_id", flat=True)) == {company}


def test_of_a_bill_line_of_who_left_the_name_is_not_told(company: int, agent: Client) -> None:
    line = BillLine.objects.filter(payer_id=company, person_id=builders.li().pk).latest("pk")
    before = agent.get(f"/api/v1/bill-keys/{line.key_id}/").json()["lines"][0]["person_name"]
    Enrolment.objects.filter(payer=company).update(superseded_at=Now())

    after = agent.get(f"/api/v1/bill-keys/{line.key_id}/").json()["lines"][0]["person_name"]

    assert (before, after) == ("李*国", "")


@time_machine.travel("2026-12-01T04:00:00Z")
def test_of_what_is_overdue_he_is_told_month_by_month_as_a_clerk_is(company: int) -> None:
    path = f"/api/v1/employers/{company}/arrears/"
    told, clerks = (logged_in(role).get(path).json() for role in ("EMPLOYER_AGENT", "CLERK"))

    assert told == clerks
    assert [(row["month"], row["scheme"], row["late_fee"]) for row in told["months"]] == [
        ("2026-11", scheme, False) for scheme in bill_builders.SCHEMES
    ]
    assert all(row["arrears"] == row["billed"] != "0.00" for row in told["months"])
    fens = [Money.yuan(row["arrears"]).fen for row in told["months"]]
    assert sum(fens) == Money.yuan(told["arrears"]).fen
