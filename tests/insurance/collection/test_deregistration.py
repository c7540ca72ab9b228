"""An employer goes once it owes nothing and insures nobody; gaps and arrears over the API."""

import uuid
from datetime import date
from typing import Any

import pytest
from django.test import Client

from backend.access.models import Agency
from backend.kernel.months import Month
from insurance.collection.deregistration import deregister_employer
from insurance.collection.work_off import work_off
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
    monkeypatch.setattr("insurance.collection.payer_api.timezone.localdate", lambda *_: AFTER)


def li_leaves() -> None:
    leave(
        person_id=builders.li().pk, schemes=["110"], payer_id=of.employer().pk, last_month=NOV,
        today=AFTER,
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
