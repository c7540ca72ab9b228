"""A list is paid by the agency that keeps the fund; what stays with it arrives at once."""

from collections.abc import Sequence

import pytest
from django.db.models import Sum
from django.test import Client

from backend.cases.content import ContentInvalid, ProposalWaits
from backend.kernel.months import Month
from insurance.accounts.models import AccountEntry
from insurance.collection.models import FundLine, FundList, FundPayment
from insurance.pension.paid_months import history_of
from insurance.unemployment import contribution_case
from insurance.unemployment.contribution_case import ListPaid
from insurance.unemployment.contribution_invariants import broken_promises, promises
from payments.ledger.models import Entry, Posting
from payments.ledger.post import lines_of
from tests import builders, funds
from tests.insurance.benefits import month_builders as m
from tests.insurance.unemployment import claim_builders as z
from tests.insurance.unemployment import contribution_builders as c
from tests.insurance.unemployment.contribution_builders import DEC, JAN

pytestmark = pytest.mark.django_db


@pytest.fixture
def fund_list() -> FundList:
    """Tao draws less than a year from the statutory age: medical and pension for December."""
    c.drawing(of=c.near_retirement())
    made = c.listed()
    assert made is not None
    return made


def vouchers(of: FundList) -> list[tuple[str, Sequence[tuple[str, int, int]]]]:
    entries = Entry.objects.filter(source_id__startswith=f"{of.pk}/").order_by("pk")
    return [
        (entry.book.scheme, [(x.account, x.dr_fen, x.cr_fen) for x in lines_of(entry=entry)])
        for entry in entries
    ]


def test_what_stays_with_the_agency_arrives_at_once_and_the_rest_is_under_way(
    fund_list: FundList,
) -> None:
    c.paid(fund_list)

    assert vouchers(fund_list) == [
        ("210", [("5001.05", c.PENSION, 0), ("1004", 0, c.PENSION)]),
        ("210", [("5001.02", c.MEDICAL, 0), ("1004", 0, c.MEDICAL)]),
        ("110", [("1003", c.PENSION, 0), ("4001", 0, c.PENSION)]),
    ]
    assert (c.under_way(fund_list).into.scheme, c.under_way(fund_list).fen) == ("310", c.MEDICAL)


def test_the_account_part_of_what_stays_is_credited(fund_list: FundList) -> None:
    case = c.paid(fund_list)

    entered = AccountEntry.objects.filter(source="CASE", source_id=case.pk)
    assert [(row.scheme, row.fen, row.for_month) for row in entered] == [
        ("110", c.TO_PENSION, DEC.first_day)
    ]


def test_a_paid_month_counts_for_the_pension_on_the_least_base(fund_list: FundList) -> None:
    def history() -> list[tuple[Month, int]]:
        tao = c.near_retirement().pk
        found = history_of(
            person_id=tao, since=DEC, until=JAN, region="340800", on=c.IN_DECEMBER.date()
        )
        return [(one.month, one.base_fen) for one in found.paid]

    assert history() == []
    c.paid(fund_list)
    assert history() == [(DEC, 435_400)]


def test_a_list_is_paid_once(fund_list: FundList) -> None:
    c.paid(fund_list)

    with pytest.raises(ListPaid):
        c.paid(fund_list)


def test_two_cases_do_not_wait_to_pay_the_same_list(fund_list: FundList) -> None:
    contribution_case.check(c.payment(fund_list))

    with pytest.raises(ProposalWaits):
        contribution_case.check(c.payment(fund_list))


@pytest.mark.parametrize("day", ["2026-11-30", "2027-01-01", "昨天"])
def test_a_list_is_paid_on_a_day_that_can_be(fund_list: FundList, day: str) -> None:
    with pytest.raises(ContentInvalid):
        contribution_case.check(c.payment(fund_list, day=day))


def test_a_list_that_is_not_there_is_not_paid(fund_list: FundList) -> None:
    with pytest.raises(ContentInvalid):
        contribution_case.check(c.payment(fund_list, list=fund_list.pk + 1))


def test_signed_by_three_the_promises_hold() -> None:
    signed()

    assert broken_promises() == []
    assert len(promises()) == 8


def test_a_payment_that_does_not_agree_with_its_voucher_is_found() -> None:
    fund_list = signed()
    line = FundLine.objects.get(list=fund_list)
    FundLine.objects.create(
        list=fund_list,
        person_id=builders.li().pk,
        source_id=line.source_id,
        region=line.region,
        scheme=line.scheme,
        month=line.month,
        fen=100,
        account_fen=50,
    )

    broken = {one.promise for one in broken_promises()}

    assert any("等于付款" in promise for promise in broken)
    assert any("是某份名册的标准" in promise for promise in broken)


def test_lists_and_lines_are_shown_with_their_steps() -> None:
    fund_list = signed()
    client = Client()
    client.force_login(builders.member(role="FINANCE").staff)

    (shown,) = client.get("/api/v1/unemployment/contribution-lists/").json()["results"]
    (line,) = client.get(f"/api/v1/unemployment/contribution-lines/?list={fund_list.pk}").json()[
        "results"
    ]

    assert shown["payments"][0]["amount"] == "365.74"
    assert shown["payments"][0]["receipt"] is None
    assert (line["person_name"], line["amount"]) == ("赵*强", "365.74")
    assert line["steps"][-1]["result"] == "365.74"


def signed() -> FundList:
    """Zhao's December, computed by the monthly run and paid through all hands."""
    c.drawing()
    for period in (m.NOVEMBER, m.DECEMBER):
        m.sealed(period)
    made = c.listed()
    assert made is not None
    content = {"list": made.pk, "day": "2026-12-15", "document": "演示付款1号"}
    funds.fund(made.book_id, c.MEDICAL)
    z.through_hands(kind="FUND_CONTRIBUTIONS", content=content, on=c.IN_DECEMBER)
    assert FundPayment.objects.aggregate(fen=Sum("fen"))["fen"] == c.MEDICAL
    assert Posting.objects.filter(entry__rule="fund.contribution.paid").exists()
    return made
