"""Without an earlier amount an undeclared employer owes what was fixed, until it declares."""

import pytest
from django.test import Client

from backend.cases.content import ContentInvalid
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from insurance.collection.bills.undeclared_employers import (
    NotUndeclared,
    lift_undeclared,
    note_undeclared,
)
from insurance.collection.cases.fixed_amount import LastTotalKnown, check, decide
from insurance.collection.models import BillRun, FixedAmount, NotBilled
from insurance.collection.rules.lines import Part
from tests import builders
from tests.insurance.collection import bill_builders as b
from tests.insurance.collection import case_builders as cases
from tests.insurance.collection.bill_builders import DEC, JAN, NOV
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _new_employer() -> None:
    """It never declared a month."""
    b.li_works(schemes=("110",))
    note_undeclared(
        payer_id=of.employer().pk, from_month=NOV, reason="限期补报通知", today=cases.TODAY
    )


def asked(**changes: object) -> Case:
    content: dict[str, object] = {
        "scheme": "110",
        "month": "2026-11",
        "amount": "1500.00",
        "document": "缴费额核定表 演示1号：职工1人，经营正常",
    }
    return cases.decided(
        kind="COLLECTION_FIXED_AMOUNT", party_id=of.employer().pk, content={**content, **changes}
    )


def left_out(run: BillRun) -> set[tuple[str, object]]:
    rows = NotBilled.objects.filter(run=run)
    return set(rows.values_list("scheme", "month"))


def estimates() -> dict[object, int]:
    return {key.month: fen for key, fen in b.sums().items() if key.part is Part.ESTIMATE}


def test_a_month_that_was_left_out_is_tried_again_by_the_next_run() -> None:
    first = b.bill(NOV)
    second = b.bill(DEC)
    assert left_out(first["EMPLOYERS"]) == {("110", NOV.first_day)}
    assert left_out(second["EMPLOYERS"]) == {("110", NOV.first_day), ("110", DEC.first_day)}

    assert check(asked()) == 0
    assert decide(asked()) == 1
    third = b.bill(JAN)

    assert estimates() == {NOV: 1500_00, DEC: 1500_00, JAN: 1500_00}
    assert left_out(third["EMPLOYERS"]) == set()


def test_another_amount_counts_from_its_month_on_and_is_billed_by_difference() -> None:
    decide(asked())
    b.bill(NOV)
    b.bill(DEC)

    assert decide(asked(month="2026-12", amount="1800.00")) == 3
    b.bill(JAN)

    assert estimates() == {NOV: 1500_00, DEC: 1800_00, JAN: 1800_00}


def test_the_roster_takes_its_place() -> None:
    decide(asked())
    b.bill(NOV)
    lift_undeclared(payer_id=of.employer().pk, until_month=NOV, today=cases.TODAY)

    b.bill(DEC)

    assert estimates() == {}
    assert b.fen_of(month=NOV, part=Part.EMPLOYER) == 960_00


def test_a_case_fixes_an_amount_once() -> None:
    case = asked()
    decide(case)

    assert decide(case) == 0
    assert FixedAmount.objects.count() == 1


def test_where_there_is_an_earlier_amount_the_law_fixes_this_one() -> None:
    lift_undeclared(payer_id=of.employer().pk, until_month=NOV, today=cases.TODAY)
    b.bill(NOV)
    note_undeclared(payer_id=of.employer().pk, from_month=DEC, reason="未报", today=cases.TODAY)

    for act in (check, decide):
        with pytest.raises(LastTotalKnown, match="2026-11"):
            act(asked(month="2026-12"))


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"month": "2026-10"}, NotUndeclared),
        ({"scheme": "170"}, ContentInvalid),
        ({"amount": "0.00"}, ContentInvalid),
        ({"document": ""}, ContentInvalid),
    ],
)
def test_what_can_not_be_fixed_is_refused(
    changes: dict[str, object], refusal: type[Refusal]
) -> None:
    for act in (check, decide):
        with pytest.raises(refusal):
            act(asked(**changes))


def test_what_still_waits_is_listed_with_its_reason_and_owner(client: Client) -> None:
    client.force_login(builders.member(role="CLERK").staff)
    b.on_roll(chosen_fen=250_00)
    b.bill(NOV)
    b.bill(DEC)

    rows = client.get("/api/v1/not-billed/", {"open": "true"}).json()["results"]

    assert {(row["scheme"], row["month"], row["owner_role"]) for row in rows} == {
        ("110", "2026-11", "CLERK"),
        ("110", "2026-12", "CLERK"),
        ("170", "2026-01", "CLERK"),
    }
    (grade,) = [row for row in rows if row["scheme"] == "170"]
    assert (grade["person_name"], grade["reason"]) == ("王*英", "没有这个缴费档次，须更正名册")
    everything = client.get("/api/v1/not-billed/").json()["results"]
    assert len(everything) == 5


def listed(client: Client, path: str, **query: str | int) -> list[dict[str, object]]:
    client.force_login(builders.member(role="FINANCE").staff)
    answer = client.get(f"/api/v1/{path}", query)
    assert answer.status_code == 200, answer.json()
    rows: list[dict[str, object]] = answer.json()["results"]
    return rows


def test_what_was_fixed_is_listed_as_it_counts_in_a_month(client: Client) -> None:
    decide(asked())
    later = asked(month="2026-12", amount="1800.00")
    decide(later)

    (row,) = listed(client, "fixed-amounts/", month="2026-12", payer_id=of.employer().pk)

    assert (row["payer_name"], row["scheme"]) == ("演示商贸1号有限公司", "110")
    assert (row["amount"], row["case_id"]) == ("1800.00", later.pk)
    assert (row["from_month"], row["until_month"]) == ("2026-12", None)
    assert [r["amount"] for r in listed(client, "fixed-amounts/")] == ["1800.00", "1500.00"]


def test_amounts_that_were_superseded_are_listed_as_history(client: Client) -> None:
    decide(asked())
    decide(asked(amount="1800.00"))

    assert [r["amount"] for r in listed(client, "fixed-amounts/", scheme="110")] == ["1800.00"]
    history = listed(client, "fixed-amounts/", history="1")
    assert [row["amount"] for row in history] == ["1800.00", "1500.00"]
    assert history[1]["superseded_at"] is not None


def test_a_long_list_comes_by_pages(client: Client) -> None:
    for month in (NOV, DEC, JAN):
        decide(asked(month=str(month)))

    client.force_login(builders.member(role="APPROVER").staff)
    first = client.get("/api/v1/fixed-amounts/", {"page_size": "2"}).json()
    second = client.get(first["next"]).json()

    months = [row["from_month"] for page in (first, second) for row in page["results"]]
    assert (months, second["next"]) == (["2027-01", "2026-12", "2026-11"], None)


def test_who_does_not_declare_is_listed_until_it_does(client: Client) -> None:
    (row,) = listed(client, "undeclared-employers/")
    assert (row["payer_name"], row["from_month"], row["until_month"], row["reason"]) == (
        *("演示商贸1号有限公司", "2026-11", None),
        "限期补报通知",
    )

    lift_undeclared(payer_id=of.employer().pk, until_month=DEC, today=cases.TODAY)

    assert len(listed(client, "undeclared-employers/", month="2026-11")) == 1
    assert listed(client, "undeclared-employers/", month="2026-12") == []
