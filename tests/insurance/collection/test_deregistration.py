"""An employer goes once nothing of it is open; gaps, arrears, chosen bases over the API."""

import uuid
from datetime import date
from typing import Any

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange
from django.test import Client

from backend.access.models import Agency
from backend.kernel.months import Month
from backend.people.models import Alias
from insurance.collection.debts.deregistration import MonthsNotBilled, deregister_employer
from insurance.collection.matching.work_off import work_off
from insurance.collection.models import Deferral
from insurance.collection.rules.lines import Part
from insurance.enrolment.deregister import EmployerHasInsured, EmployerOwes
from insurance.enrolment.leave import leave
from insurance.enrolment.models import Deregistration
from tests import builders
from tests.insurance.collection import bill_builders as bills
from tests.insurance.collection import match_city as city
from tests.insurance.collection.bill_builders import NOV
from tests.insurance.collection.match_city import Came
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db
AFTER = date(2026, 12, 1)  # the last day to pay November is the 25th


@pytest.fixture(autouse=True)
def billed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Li's November in one scheme, unpaid; Chen pays alone."""
    builders.agency()
    Agency.objects.create(code="34080002", name="演示市医保局", region="340800", kind="MEDICAL")
    bills.li_works(schemes=("110",))
    bills.chen_is_flexible()
    bills.bill(NOV)
    monkeypatch.setattr("insurance.collection.api.payer_api.timezone.localdate", lambda *_: AFTER)


def li_leaves() -> None:
    leave(
        person_id=builders.li().pk, schemes=["110"], payer_id=of.employer().pk, last_month=NOV,
        today=AFTER, blockers=(),
    )  # fmt: skip


def pay() -> None:
    file = city.write_file(receipts=[Came(of.employer().pk, "110", 1_440_00, month=NOV)])
    work_off(file_id=file.pk, period=NOV, today=AFTER)


def deregister(today: date = AFTER) -> Deregistration:
    return deregister_employer(
        payer_id=of.employer().pk,
        from_month=Month(2026, 12),
        evidence="注销核准通知书 演示1号",
        today=today,
    )


def test_arrears_forbid_it() -> None:
    li_leaves()

    with pytest.raises(EmployerOwes, match=r"1440\.00"):
        deregister()
    assert not Deregistration.objects.exists()


def test_who_has_paid_and_insures_nobody_goes() -> None:
    li_leaves()
    pay()

    assert deregister().valid == of.months("2026-12")


def test_insured_people_forbid_it() -> None:
    pay()

    with pytest.raises(EmployerHasInsured):
        deregister()


def test_what_is_not_due_yet_forbids_it() -> None:
    li_leaves()

    with pytest.raises(EmployerOwes, match=r"1440\.00"):
        deregister(today=date(2026, 11, 20))


def test_what_may_be_paid_later_forbids_it() -> None:
    li_leaves()
    Deferral.objects.create(
        payer_id=of.employer().pk, scheme="110", month=NOV.first_day, fen=1_440_00,
        valid=SqlRange(date(2026, 11, 20), date(2027, 6, 1)), case_id=1,
    )  # fmt: skip

    with pytest.raises(EmployerOwes, match=r"1440\.00"):
        deregister()


def test_what_a_merged_employer_owes_forbids_it() -> None:
    li_leaves()
    survivor = of.employer(serial=2).pk
    Alias.objects.create(party_id=of.employer().pk, survivor_id=survivor, case_id=1)

    with pytest.raises(EmployerOwes, match=r"1440\.00"):
        deregister_employer(
            payer_id=survivor, from_month=Month(2026, 12), evidence="演示", today=AFTER
        )


def test_a_month_that_is_not_billed_yet_forbids_it() -> None:
    pay()
    leave(
        person_id=builders.li().pk, schemes=["110"], payer_id=of.employer().pk,
        last_month=NOV.next, today=AFTER, blockers=(),
    )  # fmt: skip

    with pytest.raises(MonthsNotBilled, match="2026-12"):
        deregister_employer(
            payer_id=of.employer().pk, from_month=Month(2027, 1), evidence="演示", today=AFTER
        )


def test_a_month_put_right_and_not_billed_again_forbids_it() -> None:
    zhao = builders.zhao().pk
    of.enrolment(person_id=zhao, valid=of.months("2026-11", "2026-12"))
    li_leaves()
    pay()

    with pytest.raises(MonthsNotBilled, match="2026-11"):
        deregister()


@pytest.fixture
def clerk(client: Client) -> Client:
    client.force_login(builders.member(role="CLERK").staff)
    return client


def ask(client: Client, *, pk: int = 0, **changes: str) -> Any:
    body = {"month": "2026-12", "evidence": "注销核准通知书 演示1号", **changes}
    return client.post(
        f"/api/v1/employers/{pk or of.employer().pk}/deregister",
        body,
        content_type="application/json",
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )


def test_the_api_says_what_is_owed(clerk: Client) -> None:
    li_leaves()

    answer = ask(clerk)
    assert (answer.status_code, answer.json()["code"]) == (422, "employer_owes")
    shown = clerk.get(f"/api/v1/employers/{of.employer().pk}/arrears/").json()

    assert (shown["arrears"], shown["deferred"], shown["on"]) == ("1440.00", "0.00", "2026-12-01")
    assert shown["months"] == [
        {
            "scheme": "110",
            "month": "2026-11",
            "late_fee": False,
            "billed": "1440.00",
            "matched": "0.00",
            "deferred": "0.00",
            "not_yet_due": "0.00",
            "arrears": "1440.00",
        }
    ]
    assert clerk.get("/api/v1/employers/987654321/arrears/").status_code == 404


def test_the_api_deregisters_who_owes_nothing(clerk: Client) -> None:
    li_leaves()
    pay()

    answer = ask(clerk)

    assert (answer.status_code, answer.json()["from_month"]) == (201, "2026-12")
    assert ask(clerk).json()["code"] == "employer_gone"
    assert ask(clerk, pk=987654321).status_code == 404


def test_only_clerks_deregister(client: Client) -> None:
    client.force_login(builders.member(role="REVIEWER").staff)

    assert ask(client).status_code == 403


def test_gaps_of_a_person_are_read(clerk: Client) -> None:
    rows = clerk.get(f"/api/v1/persons/{builders.chen().pk}/gaps/").json()

    assert {(row["scheme"], row["month"], row["state"]) for row in rows} == {
        ("110", "2026-11", "OPEN"),
        ("310", "2026-11", "OPEN"),
    }
    assert rows[0]["pay_by"] == "2026-12-31"
    assert clerk.get(f"/api/v1/persons/{builders.li().pk}/gaps/").json() == []
    assert clerk.get("/api/v1/persons/987654321/gaps/").status_code == 404


def choose(client: Client, *, of: Any = None, match: str = "", **changes: str) -> Any:
    path = f"/api/v1/persons/{(of or builders.chen()).pk}/chosen-base"
    seen = match or client.get(path)["ETag"]
    return client.post(
        path,
        {"month": "2026-12", "base": "5500.00", **changes},
        content_type="application/json",
        headers={"Idempotency-Key": uuid.uuid4().hex, "If-Match": seen},
    )


def test_a_base_chosen_by_another_since_is_not_chosen_over(clerk: Client) -> None:
    path = f"/api/v1/persons/{builders.chen().pk}/chosen-base"
    seen = clerk.get(path)["ETag"]
    choose(clerk, match=seen)

    answer = choose(clerk, match=seen, base="6000.00")

    assert (answer.status_code, answer.json()["code"]) == (412, "record_changed")
    assert answer.json()["current"]["wages"][-1]["monthly"] == "5500.00"
    assert answer.json()["current"] == clerk.get(path).json()


def test_who_pays_alone_chooses_a_base_and_is_billed_by_it(clerk: Client) -> None:
    answer = choose(clerk)

    assert answer.status_code == 200, answer.json()
    shown = answer.json()
    assert (shown["monthly"], shown["from_month"]) == ("5500.00", "2026-12")
    assert (shown["wage_source"], shown["confirmed"]) == ("CHOSEN", True)
    assert choose(clerk).json()["id"] == shown["id"], "choosing twice changes nothing"
    bills.bill(Month(2026, 12))
    assert bills.fen_of(month=Month(2026, 12), part=Part.PERSON) == 480_00 + 1_100_00


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"base": "1.00"}, "collection_choice_out_of_bounds"),
        ({"base": "99999.00"}, "collection_choice_out_of_bounds"),
        ({"month": "2026-08"}, "collection_choice_too_late"),
        ({"month": "2027-02"}, "enrolment_too_far_ahead"),
    ],
)
def test_a_choice_out_of_bounds_is_refused(
    clerk: Client, changes: dict[str, str], code: str
) -> None:
    answer = choose(clerk, **changes)

    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_only_who_pays_alone_chooses(clerk: Client) -> None:
    answer = choose(clerk, of=builders.li())

    assert answer.json()["code"] == "enrolment_not_enrolled"
