"""Every act sent twice, under two keys within a minute: the second has no second effect.

Whoever clicks again is told what the first became, or that it is done.
"""

import json
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.conf import settings as django
from django.test import Client

from backend.web import policy
from insurance.enrolment.models import Kind
from tests import builders
from tests.backend.web import named
from tests.backend.web.bodies import BODIES, SIGNED
from tests.backend.web.named import NAMED, Named
from tests.backend.web.shared import SHARED
from tests.backend.web.walk import CELLS, JSON, ROUTES, STAFF, Route, There, member, proof_asked
from tests.insurance.enrolment import enrolment_builders as enrolled

pytestmark = pytest.mark.django_db
NAMING: Mapping[str, Named] = {**NAMED, **SHARED}
BY_NAME = {route.name: route for route in ROUTES}
# Acts on money, insurance and cases that are sent here.
SENT = {
    *("account-propose", "card-loss", "case-decide", "case-file", "case-receive", "check-holds"),
    *("chosen-base", "discrepancy-propose", "employer-deregister", "employer-filing-decline"),
    *("employer-filing-take", "enrolment-correct", "enrolment-join", "enrolment-leave"),
    *("job-end-list", "month-one", "transfer-list", "transfer-steps"),
    "unemployment-registration-list",
}
SIGNED_THERE = "tests/backend/cases/test_double_click.py"
BALANCED_THERE = "tests/payments/test_balance_table.py"
# Files, whose bytes are their key, and what the city of these tests is not ready for.
ELSEWHERE: Mapping[str, str] = {
    **dict.fromkeys(("batch-sign", "ledger-months-close", "run-seal"), SIGNED_THERE),
    **dict.fromkeys(("batch-refuse", "batch-lift"), "tests/payments/test_refusing.py"),
    **dict.fromkeys(("case-accept", "case-decline"), "tests/backend/cases/test_filing.py"),
    "case-review": "tests/backend/cases/test_decide.py",
    "book-year-end": "tests/payments/ledger/test_year_end.py",
    "account-check-answers": "tests/payments/test_account_checks.py",
    "account-corrections": "tests/payments/test_corrections.py",
    "check-file-list": "tests/insurance/benefits/checks/test_match.py",
    "death-matches": "tests/insurance/benefits/test_death_match.py",
    "employer-filing-list": "tests/insurance/enrolment/test_filings.py",
    "employer-filing-wages": "tests/insurance/enrolment/test_filings.py",
    "enrolment-files": "tests/insurance/enrolment/test_api.py",
    "return-files": "tests/payments/test_api.py",
    **dict.fromkeys(
        ("book-bank-balance", "book-bank-balance-make", "book-bank-balance-check"), BALANCED_THERE
    ),
    "bank-statement-list": "tests/payments/test_take_statement.py",
    "tax-files": "tests/insurance/collection/test_tax_api.py",
    "unemployment-registration-end": "tests/insurance/unemployment/test_registration.py",
    "wage-declarations": "tests/insurance/enrolment/test_wages_api.py",
}
# Who may enter, what is told, kept or lent: no money comes of it.
NO_MONEY = {
    *("batch-opened", "open-item-assign"),
    *("archive-cases", "archive-loans", "archive-return", "card-session-challenge"),
    *("card-session-open", "case-close", "case-corrected", "case-correction", "case-materials"),
    *("case-term-assign", "check-contacts", "citizen-session-end", "citizen-session-open"),
    *("contribution-finding-assign", "delegation-confirm", "delegation-list"),
    *("delegation-revoke", "discrepancy-assign", "export-fetch", "export-list", "job-requeue"),
    *("mandate-end", "notice-call-backs", "notice-step", "objection-assign"),
    *("organisation-list", "paper-deliver", "person-list", "staff-deactivate", "staff-list"),
    *("recusal-confirm", "recusal-end", "recusal-list"),
    *("staff-login", "staff-logout", "staff-password", "staff-reset", "staff-reset-confirm"),
    *("staff-role-confirm", "staff-role-end", "staff-role-withdraw", "staff-roles"),
    *("suspense-assign", "terminal-codes", "terminal-enrol", "terminal-heartbeat"),
    *("staff-role-end-at-once", "terminal-revoke"),
}
# Where the version that somebody saw is told.
SHOWN_AT = {"chosen-base": "chosen-base", "enrolment-correct": "enrolment-one"}


def rows() -> dict[str, int]:
    """How many rows there are of money, insurance and cases, by table."""
    parts = ("payments.", "insurance.", "backend.cases.", "backend.sensitive.", "cards.")
    return {
        model._meta.db_table: model._default_manager.count()
        for model in apps.get_models()
        if model.__module__.startswith(parts)
    }


def caller(route: Route) -> str:
    """The first role that acts so."""
    allowed = policy.allowed_roles(route=route.name, method="POST")
    return next(
        role for role in STAFF if role in allowed and (route.name, role) not in named.NOT_BY
    )


class Clicks:
    """One and the same act, as often as somebody clicks."""

    def __init__(self, route: Route, there: There) -> None:
        self.route, self.role, self.client = route, caller(route), Client()
        self.client.force_login(member(self.role, at=None, of=None))
        what = NAMING.get(route.name)
        self.pk = what.found(there) if what else 0
        where = {} if what else there[route.name]
        if route.name in POSSIBLE:
            where = {"pk": POSSIBLE[route.name]()}
        self.path = route.address(where)
        self.body = dict(what.body(self.pk, self.role) if what else BODIES[route.name])
        if route.name in SIGNED:
            self.body["role"] = self.role
        self.seen = named.seen(self.client, view=route.view, path=self.path, pk=self.pk)
        if route.name in SHOWN_AT:
            shown = self.client.get(BY_NAME[SHOWN_AT[route.name]].address(where))
            self.seen = {"If-Match": shown["ETag"]}

    def click(self) -> Any:
        """Under a key of its own, with the proof typed anew where it is asked for."""
        proof = builders.proof_of(self.client) if proof_asked(self.route) else {}
        return self.client.post(
            self.path,
            json.dumps({**self.body, **proof}),
            content_type=JSON,
            headers={"Idempotency-Key": uuid4().hex, **self.seen},
        )


def _flexible() -> int:
    """Who pays alone, and has a base to choose."""
    person = builders.person(name="江守义", birth_date=date(1984, 2, 3))
    enrolled.enrolment(person_id=person.pk, kind=Kind.FLEXIBLE, valid=enrolled.months("2026-01"))
    return int(person.pk)


def _joined_lately() -> int:
    person = builders.person(name="江守仁", birth_date=date(1984, 2, 4))
    since = enrolled.months("2026-11")
    return int(enrolled.enrolment(person_id=person.pk, valid=since).pk)


# What the act is possible on, where what stands in the city is not.
POSSIBLE: Mapping[str, Callable[[], int]] = {
    "chosen-base": _flexible,
    "employer-deregister": lambda: int(builders.employer(serial=7).pk),
    "enrolment-correct": _joined_lately,
}


def test_every_act_is_sent_twice_somewhere_or_moves_no_money() -> None:
    parts = (SENT, set(ELSEWHERE), NO_MONEY)
    posts = {route.name for route, method in CELLS if method == "POST"}

    assert set.union(*parts) == posts
    assert sum(map(len, parts)) == len(posts)
    assert all((Path(django.BASE_DIR) / place).exists() for place in ELSEWHERE.values())


@pytest.mark.parametrize("name", sorted(SENT))
def test_a_second_click_has_no_second_effect(name: str, there: There) -> None:
    clicks = Clicks(BY_NAME[name], there)

    first, after_first = clicks.click(), rows()
    second = clicks.click()

    assert rows() == after_first
    assert first.status_code < 300, first.content.decode()
    assert 400 <= second.status_code < 500 or second.content == first.content
