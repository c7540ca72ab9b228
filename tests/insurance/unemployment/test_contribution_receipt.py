"""What the unemployment fund pays into another agency's fund is received by that agency's staff."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from django.test import Client

from backend.access.models import Agency
from backend.cases import acts
from backend.cases.approvals import OtherAgency
from backend.cases.content import ContentInvalid, ProposalWaits
from backend.cases.models import Case
from backend.cases.receive import receive_case
from backend.city.close_blockers import month_blockers
from backend.city.fund_steps import under_way
from backend.city.gates import arriving
from insurance.accounts.entries import balance
from insurance.accounts.models import AccountEntry
from insurance.benefits.models import Stop
from insurance.collection.books import book_ids
from insurance.collection.fund_months import months_by_fund
from insurance.collection.models import FundLine, FundList, FundReceipt
from insurance.unemployment import contribution_receipt_case
from insurance.unemployment.contribution_booking import arrive
from insurance.unemployment.contribution_invariants import broken_promises
from insurance.unemployment.contribution_receipt_case import EarlierUnderWay, PaymentReceived
from insurance.unemployment.models import Claim
from payments.ledger.models import Book, Entry, LedgerMonth
from payments.ledger.post import lines_of
from tests import builders, funds
from tests.insurance.benefits import month_builders as m
from tests.insurance.unemployment import claim_builders as z
from tests.insurance.unemployment import contribution_builders as c
from tests.insurance.unemployment.contribution_builders import DEC, JAN
from tests.insurance.unemployment.test_contribution_list import OPEN_END
from tests.payments.ledger.conftest import close

pytestmark = pytest.mark.django_db


@pytest.fixture
def fund_list() -> FundList:
    """Zhao draws; the fund paid his medical contributions of December."""
    c.drawing()
    made = c.listed()
    assert made is not None
    c.paid(made)
    return made


def booked(of: FundList) -> list[Sequence[tuple[str, int, int]]]:
    """Vouchers of the medical book about a list."""
    entries = Entry.objects.filter(source_id__startswith=f"{of.pk}/", book__scheme="310")
    return [[(x.account, x.dr_fen, x.cr_fen) for x in lines_of(entry=entry)] for entry in entries]


def credited() -> int:
    return balance(person_id=builders.zhao().pk, scheme="310")


def months_until_january() -> int:
    return months_by_fund(person_id=builders.zhao().pk, scheme="310", until=JAN)


def taken_back() -> FundList:
    """Zhao had work since December: the next list takes back what the first one paid."""
    Stop.objects.create(
        entitlement=Claim.objects.get().entitlement,
        reason="REEMPLOYED",
        valid=OPEN_END,
        case_id=1,
    )
    made = c.listed(JAN)
    assert made is not None
    c.paid(made, day="2027-01-10")
    return made


def of_nothing() -> FundList:
    """The next list takes from Zhao for December what it pays for Chen."""
    first = FundList.objects.get()
    made = FundList.objects.create(
        book=first.book, period=JAN.first_day, figures=[], policy_version="演示", line_count=2
    )
    entitlement = Claim.objects.get().entitlement_id
    for person, sign in ((builders.zhao(), -1), (builders.chen(), 1)):
        FundLine.objects.create(
            list=made, person_id=person.pk, source_id=entitlement, region="340800", scheme="310",
            month=DEC.first_day, fen=sign * c.MEDICAL, account_fen=sign * c.TO_MEDICAL,
        )  # fmt: skip
    c.paid(made, day="2027-01-10")
    return made


def received(*, at: Agency, content: dict[str, object]) -> Case:
    """A case at an agency's desk, checked as the city does."""
    clerk = builders.person(name="石玉兰")
    return receive_case(
        kind="FUND_CONTRIBUTIONS_RECEIVED",
        agency=at,
        party_id=clerk.pk,
        content=content,
        received_by=clerk.pk,
        acts=acts.registered(),
    )


def test_a_payment_to_another_agency_moves_nothing_there(fund_list: FundList) -> None:
    assert booked(fund_list) == []
    assert (credited(), months_until_january()) == (0, 0)


def test_received_it_is_booked_and_credited_and_the_month_counts(fund_list: FundList) -> None:
    case = c.arrived(fund_list)

    assert booked(fund_list) == [[("1003", c.MEDICAL, 0), ("4001", 0, c.MEDICAL)]]
    entered = AccountEntry.objects.get(source="CASE", source_id=case.pk)
    assert (entered.scheme, entered.fen, entered.for_month) == ("310", c.TO_MEDICAL, DEC.first_day)
    assert months_until_january() == 1


def test_received_twice_changes_nothing(fund_list: FundList) -> None:
    payment = c.under_way(fund_list)
    c.arrived(fund_list)

    with pytest.raises(PaymentReceived):
        contribution_receipt_case.check(c.arrival(payment))
    with pytest.raises(PaymentReceived):
        contribution_receipt_case.decide(c.arrival(payment))

    assert (len(booked(fund_list)), credited()) == (1, c.TO_MEDICAL)


def test_two_cases_do_not_wait_to_receive_the_same_payment(fund_list: FundList) -> None:
    payment = c.under_way(fund_list)
    contribution_receipt_case.check(c.arrival(payment))

    with pytest.raises(ProposalWaits):
        contribution_receipt_case.check(c.arrival(payment))


@pytest.mark.parametrize("day", ["2026-12-14", "2027-01-01", "昨天"])
def test_a_payment_arrives_on_a_day_that_can_be(fund_list: FundList, day: str) -> None:
    with pytest.raises(ContentInvalid):
        contribution_receipt_case.check(c.arrival(c.under_way(fund_list), day=day))


def test_the_agency_that_paid_does_not_receive_for_another(fund_list: FundList) -> None:
    with pytest.raises(ContentInvalid):
        contribution_receipt_case.check(c.arrival(c.under_way(fund_list), at=builders.agency()))


def test_staff_of_the_pension_agency_can_not_sign_it(fund_list: FundList) -> None:
    case = c.arrival(c.under_way(fund_list))

    with pytest.raises(OtherAgency):
        z.decided(case, on=c.IN_DECEMBER, roles=("REVIEWER",))

    assert booked(fund_list) == []


def test_what_arrives_after_the_month_was_closed_is_booked_on_the_first_open_day(
    fund_list: FundList,
) -> None:
    LedgerMonth.objects.create(book=c.under_way(fund_list).into, month=DEC.first_day)
    close(c.under_way(fund_list).into, DEC.first_day)

    c.arrived(fund_list)

    receipt = FundReceipt.objects.get()
    assert receipt.received is not None
    assert (f"{receipt.received_on}", f"{receipt.received.business_date}") == (
        "2026-12-16",
        "2027-01-01",
    )


def test_what_is_taken_back_is_red_and_leaves_the_account(fund_list: FundList) -> None:
    c.arrived(fund_list)
    second = taken_back()
    assert credited() == c.TO_MEDICAL

    c.arrived(second, day="2027-01-11")

    assert booked(second) == [[("1003", -c.MEDICAL, 0), ("4001", 0, -c.MEDICAL)]]
    assert (credited(), months_until_january()) == (0, 0)


def test_what_is_given_back_may_leave_before_it_is_back(fund_list: FundList) -> None:
    c.arrived(fund_list)

    c.arrived(taken_back(), day="2027-01-08")

    assert credited() == 0


def test_what_is_taken_back_waits_for_what_it_takes_back(fund_list: FundList) -> None:
    second = taken_back()

    for act in (contribution_receipt_case.check, contribution_receipt_case.decide):
        with pytest.raises(EarlierUnderWay):
            act(c.arrival(c.under_way(second), day="2027-01-11"))

    c.arrived(fund_list)
    c.arrived(second, day="2027-01-11")
    assert credited() == 0


def test_what_comes_to_nothing_arrives_without_a_paper(fund_list: FundList) -> None:
    c.arrived(fund_list)

    nothing = of_nothing()

    receipt = FundReceipt.objects.get(payment__list=nothing)
    assert (receipt.received, receipt.case_id) == (None, receipt.payment.case_id)
    assert (credited(), balance(person_id=builders.chen().pk, scheme="310")) == (0, c.TO_MEDICAL)
    assert "代缴:付款、到账各由账套所属机构的业务件登记" not in {
        one.promise for one in broken_promises()
    }


def test_what_comes_to_nothing_waits_for_its_turn_and_for_nobody(fund_list: FundList) -> None:
    nothing = of_nothing()
    assert not FundReceipt.objects.filter(payment__list=nothing).exists()
    assert [one.list_id for one in under_way(period=JAN)] == [fund_list.pk]

    c.arrived(fund_list)

    assert FundReceipt.objects.get(payment__list=nothing).received_on == date(2027, 1, 10)
    assert (credited(), balance(person_id=builders.chen().pk, scheme="310")) == (0, c.TO_MEDICAL)


def test_what_left_the_account_meanwhile_is_not_taken_back_twice(fund_list: FundList) -> None:
    case = c.arrived(fund_list)
    AccountEntry.objects.create(
        person_id=builders.zhao().pk,
        scheme="310",
        kind="LUMP_SUM",
        part="WHOLE",
        for_month=DEC.first_day,
        arrival_month=DEC.first_day,
        fen=-c.TO_MEDICAL + 10,
        source="CASE",
        source_id=case.pk,
    )

    c.arrived(taken_back(), day="2027-01-11")

    assert credited() == 0


def test_until_it_is_received_a_payment_is_shown_under_way(fund_list: FundList) -> None:
    client = Client()
    client.force_login(builders.member(role="FINANCE", at=c.medical()).staff)

    def shown() -> list[dict[str, Any]]:
        path = "/api/v1/unemployment/contribution-payments/?under_way=true"
        return list(client.get(path).json()["results"])

    (row,) = shown()
    assert (row["period"], row["scheme"], row["amount"]) == ("2026-12", "310", "365.74")
    assert (row["into"], row["receipt"]) == (Book.objects.get(scheme="310").pk, None)

    c.arrived(fund_list)
    assert shown() == []


def test_a_month_names_who_has_to_receive_what_is_under_way(fund_list: FundList) -> None:
    gate = arriving(period=JAN)

    assert gate is not None
    assert (gate.step, "1 笔在途，须由演示市医保局" in gate.detail) == ("CONTRIBUTIONS", True)
    c.arrived(fund_list)
    assert arriving(period=JAN) is None


def test_no_book_stays_open_for_the_work_of_another_agency() -> None:
    c.drawing()
    made = c.listed()
    assert made is not None
    books = book_ids(on=c.IN_DECEMBER.date())

    def waits(scheme: str) -> bool:
        told = month_blockers(book_id=books[scheme], month=DEC.first_day)
        return any("代缴" in one for one in told)

    assert (waits("210"), waits("110"), waits("310")) == (True, True, False)

    c.paid(made)
    assert (waits("210"), waits("110"), waits("310")) == (False, False, False)


def test_signed_by_both_agencies_the_promises_hold() -> None:
    through_all_hands()

    assert broken_promises() == []


def test_an_arrival_that_another_agency_booked_is_found(fund_list: FundList) -> None:
    payment = c.under_way(fund_list)
    case = Case.objects.get(pk=payment.case_id)

    arrive(case=case, payment=payment, day=payment.paid_on, document="演示")

    assert "代缴:付款、到账各由账套所属机构的业务件登记" in {
        one.promise for one in broken_promises()
    }


def test_a_receipt_of_another_amount_is_found(fund_list: FundList) -> None:
    payment = c.under_way(fund_list)
    FundReceipt.objects.create(
        payment=payment, received_on=payment.paid_on, document="演示", case_id=payment.case_id
    )

    broken = {one.promise for one in broken_promises()}

    assert "代缴:付出的等于收款账套到账的,没有到账的在途" in broken
    assert "代缴:记入个人账户的等于名册所列" in broken


def through_all_hands() -> FundList:
    """Zhao's December, paid by three of one agency and received by two of the other."""
    c.drawing()
    for period in (m.NOVEMBER, m.DECEMBER):
        m.sealed(period)
    made = c.listed()
    assert made is not None
    content = {"list": made.pk, "day": "2026-12-15", "document": "演示付款1号"}
    funds.fund(made.book_id, c.MEDICAL)
    z.through_hands(kind="FUND_CONTRIBUTIONS", content=content, on=c.IN_DECEMBER)
    case = received(
        at=c.medical(),
        content={"payment": c.under_way(made).pk, "day": "2026-12-16", "document": "演示到账1号"},
    )
    z.decided(case, on=c.IN_DECEMBER, roles=("REVIEWER",), at=c.medical())
    return made
