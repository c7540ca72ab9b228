"""What bodies name (内容所指): of each route that acts on something its body names, a body for it.

``NAMED`` are those that name what an agency keeps: there is one's own, another agency's, and what
is not there at all. ``NEW`` name what is not there before; what all agencies share: ``shared.py``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.test import Client
from django.utils import timezone

from backend.access.models import Staff, Terminal
from backend.cases.archive.models import Archived, Loan, Volume
from backend.cases.models import Case, CaseTerm, Objection
from backend.cases.worklist_api import AssignView
from backend.people.models import Person
from backend.people.queries import sights
from insurance.benefits.models import Entitlement
from insurance.unemployment.models import JobEndReport
from payments.accounts_api import ProposeAccount
from payments.ledger.models import LedgerMonth
from payments.models import Batch, Discrepancy
from tests import builders
from tests.backend.web.bodies import REASON, Body

NO_DIGEST = "0" * 64
STEPS = {"REVIEWER": "CHECK", "APPROVER": "APPROVE", "CASHIER": "SEND"}  # of a batch, by role


@dataclass(frozen=True)
class Named:
    """How a body names something: ``found`` is one that is there, ``body`` names it by its key."""

    rows: type[Any]
    found: Callable[[Mapping[str, Mapping[str, Any]]], int]
    body: Callable[[int, str], Body]  # its key; the role of whoever sends


def _of(route: str) -> Callable[[Mapping[str, Mapping[str, Any]]], int]:
    return lambda there: int(there[route]["pk"])


def _latest(rows: type[Any], **such: Any) -> Callable[[Mapping[str, Mapping[str, Any]]], int]:
    return lambda there: int(rows.objects.filter(**such).latest("pk").pk)


def _assigned(pk: int, role: str) -> Body:
    return {"rows": [pk], "staff": Staff.objects.filter(is_active=True).order_by("pk")[0].pk}


def _at_kiosk(pk: int, role: str) -> Body:
    wang = builders.wang().pk
    sight = sights(party_ids=[wang], on=timezone.localdate())[wang]
    return {"terminal": pk, "id_number": sight.number, "name": sight.name}


NAMED: Mapping[str, Named] = {
    "archive-cases": Named(
        Case,
        lambda there: int(Archived.objects.latest("pk").case_id),
        lambda pk, role: {"cases": [pk]},
    ),
    "archive-loans": Named(
        Volume,
        lambda there: int(Loan.objects.get(pk=there["archive-return"]["pk"]).volume_id),
        lambda pk, role: {
            "volume": pk,
            "borrower": "市审计局",
            "purpose": "审计",
            "due_on": str(timezone.localdate()),
        },
    ),
    "batch-sign": Named(
        Batch,
        _of("batch-one"),
        lambda pk, role: {
            "step": STEPS.get(role, "CHECK"),
            "batches": [{"id": pk, "digest": NO_DIGEST}],
        },
    ),
    **{
        f"batch-{word}": Named(
            Batch,
            _of("batch-one"),
            lambda pk, role: {
                "step": STEPS.get(role, "CHECK"),
                "batches": [{"id": pk, "digest": NO_DIGEST}],
                **REASON,
            },
        )
        for word in ("refuse", "lift")
    },
    "case-decide": Named(
        Case,
        _of("case-one"),
        lambda pk, role: {"role": role, "cases": [pk], "approve": False, **REASON},
    ),
    "case-receive": Named(
        Entitlement,
        _latest(Entitlement),
        lambda pk, role: {
            "kind": "HOLD",
            "party": _payee(pk),
            "content": {
                "entitlement": pk,
                "reason": "SUSPENDED",
                "from_month": "2027-03",
                "note": "待核实（演示）",
            },
        },
    ),
    "case-term-assign": Named(CaseTerm, _latest(CaseTerm, closed_at=None), _assigned),
    "citizen-session-open": Named(
        Terminal, _latest(Terminal, profile="KIOSK", revoked_at=None), _at_kiosk
    ),
    "discrepancy-assign": Named(Discrepancy, _of("discrepancy-propose"), _assigned),
    "ledger-months-close": Named(
        LedgerMonth,
        _of("ledger-month-one"),
        lambda pk, role: {"months": [{"id": pk, "digest": NO_DIGEST}]},
    ),
    "objection-assign": Named(Objection, _latest(Objection, closed_at=None), _assigned),
    "unemployment-registration-list": Named(
        JobEndReport,
        _latest(JobEndReport),
        lambda pk, role: {"job_end": pk, "registered_on": "2026-11-05", "seeks_work": True},
    ),
}
# They receive other kinds of cases than the one sent here.
NOT_BY = {("case-receive", "VILLAGE"), ("case-receive", "FINANCE"), ("case-file", "FINANCE")}
# Whole files; whoever is logged in, himself; what is not there before; what an agent hands in for
# the employer of his role.
NEW = {
    *("account-check-answers", "account-corrections", "bank-statement-list", "check-file-list"),
    "death-matches",
    *("enrolment-files", "notice-call-backs", "return-files", "tax-files", "wage-declarations"),
    *("card-session-challenge", "card-session-open", "citizen-session-end", "staff-login"),
    *("staff-logout", "staff-password", "terminal-enrol", "terminal-heartbeat", "recusal-list"),
    *("employer-filing-list", "employer-filing-wages"),
    *("export-list", "organisation-list", "person-list", "run-seal"),
}
# Their rows come by the money of a month: own and foreign ones in the tests beside.
MADE_ELSEWHERE: Mapping[str, str] = {
    "open-item-assign": "tests/payments/test_open_items.py",
    "suspense-assign": "tests/insurance/collection/test_api.py",
    "contribution-finding-assign": "tests/insurance/collection/test_findings.py",
}


def seen(client: Client, *, view: Any, path: str, pk: int) -> dict[str, str]:
    """What a worklist, or an account's change, is told of what was seen of it."""
    if view is ProposeAccount:
        answer = client.get(f"/api/v1/accounts/of/{pk}/")
        return {"If-Match": answer.headers.get("ETag", "none")}
    if not issubclass(view, AssignView):
        return {}
    answer = client.get(path, {"rows": str(pk)})
    return {"If-Match": answer["ETag"]} if "ETag" in answer else {}


def _payee(entitlement: int) -> int:
    found = Entitlement.objects.filter(pk=entitlement).first()
    return found.person_id if found else Person.objects.order_by("pk")[0].pk
