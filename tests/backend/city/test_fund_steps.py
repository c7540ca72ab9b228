"""Between seal and close a month lists what one fund pays into another, once (代缴)."""

import base64
import json
from pathlib import Path

import pytest
from django.conf import LazySettings

from backend.access.models import Agency, Staff
from backend.cases.models import Case
from backend.city import demo_funding
from backend.city.demo_month import DemoMonth
from backend.city.demo_staff import DemoOffice
from backend.city.fund_steps import (
    list_by_fund,
    under_way,
    unpaid_lists,
    unproposed_arrivals,
    unproposed_lists,
)
from backend.city.gates import Gate
from insurance.collection.models import FundPayment
from payments import money_invariants
from payments.ledger.balances import trial_balance
from payments.ledger.models import Entry
from payments.ledger.post import lines_of
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.month_builders import DECEMBER, JANUARY, NOVEMBER
from tests.insurance.unemployment import contribution_builders as c

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def drawing() -> None:
    c.drawing()
    m.sealed(NOVEMBER)


def test_a_month_that_is_not_sealed_lists_nothing() -> None:
    assert list_by_fund(period=DECEMBER, tell=print) == []


def test_a_sealed_month_is_listed_once_and_told() -> None:
    m.sealed(DECEMBER)
    told: list[str] = []

    list_by_fund(period=DECEMBER, tell=told.append)
    list_by_fund(period=DECEMBER, tell=told.append)

    assert told == ["▶ 失业保险基金代缴名册：1 笔"]
    assert len(unpaid_lists(period=DECEMBER)) == 1


def test_a_list_that_is_paid_waits_no_more() -> None:
    m.sealed(DECEMBER)
    (made,) = list_by_fund(period=DECEMBER, tell=print)

    c.paid(made)

    assert unpaid_lists(period=DECEMBER) == []


def test_in_a_demonstration_its_staff_pay_the_list_through_the_api(
    settings: LazySettings, tmp_path: Path
) -> None:
    settings.VAR_DIR = tmp_path
    _office(tmp_path / "city")
    m.sealed(DECEMBER)
    list_by_fund(period=DECEMBER, tell=print)
    demo = DemoMonth(period=DECEMBER, lying=False, erring=False, tell=print)

    assert demo.act(Gate("CONTRIBUTIONS", "财务", ""))

    assert FundPayment.objects.get().fen == c.MEDICAL
    assert under_way(period=DECEMBER) == []
    receipt = Case.objects.get(pk=FundPayment.objects.get().receipt.case_id)
    assert {receipt.received_by, receipt.decided_by} == _persons_of("34080002")
    assert unpaid_lists(period=DECEMBER) == []
    book = FundPayment.objects.get().list.book_id
    rows = trial_balance(book_id=book, month=DECEMBER.first_day)
    left = {row.code: row.closing_fen for row in rows if row.code in ("1003", "1004")}
    assert left["1003"] == 0
    assert left["1004"] >= 0
    assert money_invariants.broken_promises() == []


def test_an_arrival_that_an_interrupted_call_proposed_is_only_signed(
    settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.VAR_DIR = tmp_path
    _office(tmp_path / "city")
    office = DemoOffice(office=tmp_path / "city" / "office.json")
    book = m.office().employees.pk
    needs, day = {book: 12_345_67}, DECEMBER.first_day
    sign = demo_funding._Agency._sign
    with monkeypatch.context() as killed:
        killed.setattr(
            demo_funding._Agency,
            "_sign",
            lambda of, kind: 0 if kind == "FUND_PAPER" else sign(of, kind),
        )
        assert demo_funding.fund(office=office, needs=needs, day=day) == 0

    assert demo_funding.fund(office=office, needs=needs, day=day) == 2  # the grant before it
    assert demo_funding.fund(office=office, needs=needs, day=day) == 0

    (entry,) = Entry.objects.filter(rule="funding.arrived", book=book)
    assert {line.dr_fen for line in lines_of(entry=entry)} == {20_000_00, 0}


def test_what_is_under_way_waits_until_it_is_received() -> None:
    m.sealed(DECEMBER)
    (made,) = list_by_fund(period=DECEMBER, tell=print)
    c.paid(made)
    (payment,) = under_way(period=DECEMBER)
    assert unproposed_arrivals(period=DECEMBER) == under_way(period=JANUARY) == [payment]

    c.arrival(payment)
    assert unproposed_arrivals(period=DECEMBER) == []

    c.arrived(made)
    assert under_way(period=JANUARY) == []


def test_what_is_proposed_is_not_proposed_again() -> None:
    m.sealed(DECEMBER)
    (made,) = list_by_fund(period=DECEMBER, tell=print)
    assert unproposed_lists(period=DECEMBER) == [made]

    c.payment(made)

    assert unproposed_lists(period=DECEMBER) == []


def _persons_of(agency: str) -> set[int]:
    return set(Staff.objects.filter(agency__code=agency).values_list("person_id", flat=True))


def _office(folder: Path) -> None:
    """Three members of staff of one agency and two of the other, who log in as people do."""
    posts = [
        ("34080001", "FINANCE", "胡静"),
        ("34080001", "REVIEWER", "查明德"),
        ("34080001", "APPROVER", "方卫东"),
        ("34080002", "FINANCE", "操慧敏"),
        ("34080002", "REVIEWER", "石玉兰"),
    ]
    for agency, role, name in posts:
        builders.staff_with_password(
            role=role,
            username=f"{agency}-{role}",
            of=builders.person(name=name),
            at=Agency.objects.get(code=agency),
        )
    secret = base64.b32encode(builders.TOTP_SECRET).decode()
    staff = [
        {
            "username": f"{agency}-{role}",
            "password": builders.PASSWORD,
            "totp_secret": secret,
            "roles": [role],
            "agency": agency,
        }
        for agency, role, _ in posts
    ]
    folder.mkdir(parents=True)
    (folder / "office.json").write_text(json.dumps({"staff": staff}), encoding="utf-8")
