"""As an employer's agent through the API: who is insured here, who comes and goes, what is owed.

Li works at the company, Zhao comes in November, Chen works elsewhere.
"""

from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from backend.kernel.identity import IdKind
from backend.kernel.months import Month
from insurance.collection.models import Bill
from insurance.enrolment import assess
from insurance.enrolment.wage_layout import WageHead
from insurance.enrolment.wage_template import WageLine
from tests import builders
from tests.flows import stories
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.enrolment import filing_builders as filed
from tests.insurance.enrolment.wage_builders import LI_NUMBER, declaration

NOVEMBER = Month(2026, 11)
FIRM = WageHead(employer_name="安庆演示机械有限公司", credit_code=of.credit_code(), year=2026)
SIX_THOUSAND = WageLine("李建国", IdKind.CITIZEN, LI_NUMBER, 72_000_00, 12, True)


def log_in(username: str) -> Client:
    """A browser in which somebody typed name, password and code."""
    client = Client()
    proof = {"password": builders.PASSWORD, "code": builders.code(now=timezone.now())}
    answer = client.post(
        "/api/v1/staff/login", {"username": username, **proof}, content_type="application/json"
    )
    assert answer.status_code == 200
    return client


def seen(client: Client, path: str, **query: str) -> Any:
    answer = client.get(f"/api/v1/{path}", query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def names(client: Client, company: int, **query: str) -> set[str]:
    rows = seen(client, f"employers/{company}/roster/", **query)["results"]
    return {row["name"] for row in rows}


@pytest.mark.django_db
@time_machine.travel("2026-11-05T04:00:00Z")
def test_the_story_of_an_employers_agent(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    stories.open_agencies()
    company = of.employer(name=FIRM.employer_name).pk
    other = of.employer(serial=2).pk
    for scheme in ("110", "210", "310"):
        of.enrolment(scheme=scheme, valid=of.months("2026-01"))
    of.wage(fen=500_000, valid=of.months("2026-01"))
    of.enrolment(person_id=builders.chen().pk, payer_id=other, valid=of.months("2026-01"))
    of.wage(person_id=builders.chen().pk, payer_id=other, valid=of.months("2026-01"))
    builders.staff_with_password(
        role="EMPLOYER_AGENT", username="danwei1", of=builders.person(name="查明德")
    )
    clerk = filed.clerk()

    # She logs in, and is told for whom she reports and whom it insures.
    agent = log_in("danwei1")
    assert seen(agent, "staff/me")["employer"] == company
    assert names(agent, company) == {"李*国"}

    # A joiner and a leaver: handed in is not insured.
    first = filed.hand_in(agent, filed.joiner(), filed.leaver(schemes=["210"])).json()
    assert first["state_label"] == "待受理"
    assert names(agent, company) == {"李*国"}

    # The clerk finds it, looks at it and takes it.
    (waits,) = seen(clerk, "employer-filings/", state="HANDED_IN")["results"]
    shown = seen(clerk, f"employer-filings/{waits['id']}/")
    assert [(row["change"], row["name"]) for row in shown["changes"]] == [
        ("JOIN", "赵*强"),
        ("LEAVE", "李*国"),
    ]
    assert filed.acted(clerk, waits["id"], "take").json()["state_label"] == "已办理"
    assert names(agent, company) == {"李*国", "赵*强"}
    assert names(agent, company, month="2026-12", scheme="210") == {"赵*强"}

    # A name that is misspelt comes back with its reason.
    wrong = filed.hand_in(agent, filed.leaver(name="李建")).json()
    filed.acted(clerk, wrong["id"], "take")
    (back,) = seen(agent, "employer-filings/", state="REFUSED")["results"]
    assert back["refused"][0]["reason"] == assess.NameDiffers.words

    # The wages of the year: Li earns 6,000.
    sheet = filed.hand_in_sheet(agent, declaration(SIX_THOUSAND, head=FIRM)).json()
    assert filed.acted(clerk, sheet["id"], "take").json()["state_label"] == "已办理"
    rows = seen(agent, f"employers/{company}/roster/", scheme="110")["results"]
    assert {row["name"]: row["wage"] for row in rows} == {"李*国": "6000.00", "赵*强": "5000.00"}

    # November is billed: she sees the bill, of what it is made and that it is not overdue.
    stories.bill(period=NOVEMBER, today=builders.TODAY)
    (bill,) = seen(agent, "bills/", scheme="110", month="2026-11-01")["results"]
    assert bill["amount"] == "2640.00"  # 8 % and 16 % of 6,000 and of 5,000
    lines = seen(agent, f"bills/{bill['id']}/lines/")["results"]
    assert {line["person_name"] for line in lines} == {"李*国", "赵*强"}
    key = seen(agent, f"bill-keys/{lines[0]['key_id']}/")
    assert key["owed"] == key["still_open"] == lines[0]["amount"]
    assert seen(agent, f"employers/{company}/arrears/")["arrears"] == "0.00"

    # Of another employer nothing is there.
    foreign = Bill.objects.filter(payer_id=other).latest("pk").pk
    for path in (
        f"employers/{other}/roster/",
        f"employers/{other}/arrears/",
        f"bills/{foreign}/",
        f"bills/{foreign}/lines/",
    ):
        assert agent.get(f"/api/v1/{path}").status_code == 404, path
    assert agent.get(f"/api/v1/persons/{builders.chen().pk}/").status_code == 403
