"""Builders for what employers hand in (单位申报样例): Zhao joins the company, Li leaves it."""

import csv
import io
from hashlib import sha256
from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from backend.access.models import Staff
from backend.people.models import Person
from insurance.enrolment.filing_models import EmployerFiling, FilingKind
from insurance.enrolment.roster import HEADER
from tests import builders
from tests.insurance.enrolment.feed_files import number_of

PATH = "/api/v1/employer-filings/"


def agent(*, employer_id: int | None = None) -> Client:
    """The agent of the company, or of another employer, logged in."""
    client = Client()
    username = f"agent-{uuid4().hex[:6]}"
    client.force_login(
        builders.staff_with_password(
            role="EMPLOYER_AGENT", username=username, of=_keeper(), employer_id=employer_id
        )
    )
    return client


def clerk(*, of: Staff | None = None) -> Client:
    """A clerk of the bureau, logged in."""
    client = Client()
    client.force_login(of or builders.member(role="CLERK").staff)
    return client


def joiner(**other: object) -> dict[str, object]:
    """Zhao joins in November on 5,000 yuan."""
    return {
        "change": "JOIN", "id_number": number_of(builders.zhao().pk), "name": "赵志强",
        "schemes": ["110", "210", "310"], "month": "2026-11", "wage": "5000.00",
    } | other  # fmt: skip


def leaver(**other: object) -> dict[str, object]:
    """Li leaves with November."""
    return {
        "change": "LEAVE", "id_number": number_of(builders.li().pk), "name": "李建国",
        "schemes": ["110"], "month": "2026-11",
    } | other  # fmt: skip


def hand_in(
    client: Client, *changes: dict[str, object], proof: dict[str, str] | None = None
) -> Any:
    """What the API answers whoever hands these in, with his password and code if none are said."""
    return client.post(
        PATH,
        {"changes": list(changes), **(builders.proof_of(client) if proof is None else proof)},
        content_type="application/json",
        headers={"Idempotency-Key": uuid4().hex},
    )


def hand_in_sheet(client: Client, content: bytes) -> Any:
    """What the API answers whoever hands in a declaration of wages."""
    sheet = SimpleUploadedFile("wages.xlsx", content)
    body = {"file": sheet, **builders.proof_of(client)}
    return client.post(f"{PATH}wages", body, headers={"Idempotency-Key": uuid4().hex})


def acted(client: Client, filing: int, act: str, **body: object) -> Any:
    """What the API answers a clerk who takes or declines a filing."""
    return client.post(
        f"{PATH}{filing}/{act}",
        body,
        content_type="application/json",
        headers={"Idempotency-Key": uuid4().hex},
    )


def waiting() -> EmployerFiling:
    """A leaver whom the company's agent handed in, straight into the table."""
    text = io.StringIO()
    row = ["LEAVE", "CITIZEN", number_of(builders.li().pk), "李建国", builders.credit_code(), "110"]
    csv.writer(text, lineterminator="\n").writerows([HEADER, [*row, "2026-11", ""]])
    content = text.getvalue().encode()
    return EmployerFiling.objects.create(
        employer_id=builders.employer().pk,
        agency=builders.agency(),
        kind=FilingKind.ROSTER,
        content=content,
        sha256=sha256(content).hexdigest(),
        row_count=1,
        handed_in_by=_keeper().pk,
    )


def _keeper() -> Person:
    """Keeps the company's books."""
    return builders.person(name="查明德")
