"""What people decided in collection rests on cases that they truly signed, or is found."""

from typing import Any

import pytest
from django.db import connections
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.cases.decide import decide, review
from insurance.collection.case_invariants import broken_promises, promises
from insurance.collection.cases import defer, findings
from insurance.collection.models import BillRunKind, Deferral, Finding, FindingKind, FixedAmount
from payments.ledger import fund_papers
from payments.ledger.books import ensure_books
from tests import builders
from tests.conftest import OwnDatabase
from tests.insurance.collection import match_city as city
from tests.insurance.collection.case_builders import DECIDED_AT, waiting
from tests.insurance.collection.match_city import P

PAYER = city.FIRST_PAYER
ACTS = {
    "COLLECTION_DEFERRAL": defer.decide,
    "COLLECTION_FINDING": findings.decide,
    "FUND_PAPER": fund_papers.decide,
}


def decided(kind: str, content: dict[str, Any], *, reviewed: bool = False) -> None:
    """Somebody received it, others sign it."""
    case = waiting(kind=kind, party_id=PAYER, content=content)
    if reviewed:
        reviewer = builders.member(role="REVIEWER", of=builders.chen())
        review(case_id=case.pk, key=reviewer.key, role=reviewer.role, now=DECIDED_AT)
    decider = builders.member(role="APPROVER" if reviewed else "REVIEWER")
    decide(
        case_id=case.pk, approve=True, reason="", key=decider.key, role=decider.role,
        now=DECIDED_AT, acts=ACTS,
    )  # fmt: skip


def finding(*, declared_fen: int = 1) -> Finding:
    return Finding.objects.create(
        period=city.NOV.first_day, kind=FindingKind.DUPLICATE, scheme="110",
        month=city.NOV.first_day, declared_fen=declared_fen, registered_fen=0, owner_role="CLERK",
    )  # fmt: skip


def a_day_of_decisions() -> None:
    """A deferral, a finding, a paper: each received by one and signed by others."""
    city.write_parties(payers=1)
    own = city.owing(
        payer_id=PAYER, person_id=city.FIRST_PERSON, scheme="110", month=city.NOV, part=P.PERSON,
        fen=100_00,
    )  # fmt: skip
    city.write_lines(run=city.open_run(), lines=[own])
    months = {"from_month": "2026-11", "last_month": "2026-11"}
    days = {"from_date": "2026-12-01", "until_date": "2027-03-31"}
    grant = {"change": "GRANT", "scheme": "110", "document": "演示〔2026〕1号"}
    decided("COLLECTION_DEFERRAL", {**grant, **months, **days}, reviewed=True)
    settled = {"decision": "REFUND_AT_TAX", "follow_up": "税务退库 演示1号"}
    decided("COLLECTION_FINDING", {"finding": finding().pk, **settled})
    book = ensure_books(agency=builders.agency(), on=builders.TODAY)[0]
    paper = {"paper": "INTEREST_RECEIVED", "day": "2026-11-30", "document": "利息单 演示1号"}
    decided("FUND_PAPER", {**paper, "book": book.pk, "amount": "12.34"})


@pytest.mark.django_db
def test_nothing_is_broken_when_all_is_well() -> None:
    a_day_of_decisions()

    assert broken_promises() == []
    assert len(promises()) == 1


@pytest.mark.django_db
def test_what_rests_on_no_case_or_on_another_is_found() -> None:
    a_day_of_decisions()
    Finding.objects.filter(pk=finding(declared_fen=2).pk).update(
        decision="REFUND_AT_TAX", case_id=Deferral.objects.get().case_id, closed_at=DECIDED_AT
    )

    (one,) = broken_promises()
    assert "COLLECTION_DEFERRAL" in one.found


def test_a_case_that_was_only_put_down_as_decided_is_found(own_database: OwnDatabase) -> None:
    a_day_of_decisions()

    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE cases_approval DISABLE TRIGGER USER")
        cursor.execute("UPDATE cases_approval SET signature = '' WHERE step = 'DECIDE'")

    assert len(broken_promises()) == 3


@pytest.mark.django_db
@pytest.mark.parametrize("kind", [BillRunKind.TOP_UP, BillRunKind.YEAR_TOP_UP])
def test_a_top_up_that_nobody_decided_is_found(kind: BillRunKind) -> None:
    city.open_run(kind=kind)

    (one,) = broken_promises()
    assert (one.expected, one.found) == ("已签名办结的 COLLECTION_TOP_UP", "无")


@pytest.mark.django_db
def test_an_amount_that_nobody_decided_is_found() -> None:
    city.write_parties(payers=1)
    FixedAmount.objects.create(
        payer_id=PAYER, scheme="110", fen=1, document="演示", case_id=7,
        valid=SqlRange(city.NOV.first_day, None),
    )  # fmt: skip

    (one,) = broken_promises()
    assert one.expected == "已签名办结的 COLLECTION_FIXED_AMOUNT"


@pytest.mark.django_db
def test_a_fee_that_nobody_settled_is_found() -> None:
    city.open_run(kind=BillRunKind.LATE_FEE)
    assert broken_promises() == []

    city.open_run(kind=BillRunKind.LATE_FEE, case_id=7)

    (one,) = broken_promises()
    assert one.expected == "已签名办结的 COLLECTION_LATE_FEE"
