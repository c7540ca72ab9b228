"""Something behind each address with a name or number in it (演示对象): there, and not there.

``OWN`` says for each such route what is put there at once; what many steps bring about is made in
``through_steps``. Of what stands in ``MADE_ELSEWHERE`` the tests here ask only for what is not
there; what is there is asked for in the tests named beside.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange
from django.utils import timezone

from backend.access.models import AskedRole, Delegation, DelegationKind, Profile, Staff
from backend.kernel.identity import Sex
from backend.notices.models import Notice
from backend.people.models import Recusal
from cards.models import Card
from insurance.enrolment.filing_models import EmployerFiling
from insurance.enrolment.models import Enrolment
from tests import builders
from tests.backend.access.terminal_builders import machine
from tests.backend.cases import material_builders as material
from tests.backend.notices.notice_builders import told
from tests.backend.web import through_steps
from tests.cards.card_builders import card
from tests.insurance.accounts.account_builders import entry
from tests.insurance.benefits.month_builders import office
from tests.insurance.enrolment import enrolment_builders as enrolled
from tests.insurance.enrolment import filing_builders
from tests.insurance.issuing import issuing_builders
from tests.payments import payment_builders as paid

NUMBER, WORD = 2**40, "nothing"  # nobody's
Where = Mapping[str, Any]


def _person() -> Where:
    return {"pk": builders.wang().pk}


def _told_person() -> Where:
    issuing_builders.configured()
    return _person()


def _employer() -> Where:
    return {"pk": enrolled.employer().pk}


def _filing() -> Where:
    return {"pk": (EmployerFiling.objects.first() or filing_builders.waiting()).pk}


def _enrolment() -> Where:
    found = Enrolment.objects.first()
    return {"pk": (found or enrolled.enrolment()).pk}


def _card() -> Where:
    return {"pk": (Card.objects.first() or card()).pk}


def _case() -> Where:
    born = date(1971, 5, 20)
    number = builders.id_number(birth_date=born, sex=Sex.FEMALE, serial=399)
    receives = builders.person(name="石玉兰", birth_date=born, sex=Sex.FEMALE, number=number)
    return {"pk": builders.case(received_by=receives.pk).pk}


def _staff() -> Where:
    return {"pk": _member().pk}


def _staff_role() -> Where:
    member = _member()
    return {"pk": member.pk, "role": member.roleassignment_set.get().pk}


def _asked_role() -> Where:
    today, number = timezone.localdate(), AskedRole.objects.count()
    member = builders.member(role="VILLAGE", username=f"asked{number}").staff  # one waits at a time
    asked = AskedRole(
        staff=member,
        role="CLERK",
        valid=SqlRange(today, None),
        asked_by=builders.administrator(),
        asked_at=timezone.now(),
    )
    asked.certify()
    asked.save()
    return {"pk": member.pk, "asked": asked.pk}


def _member() -> Staff:
    found = Staff.objects.filter(username="somebody").first()
    return found or builders.member(role="VILLAGE", username="somebody").staff


def _notice() -> Where:
    told(builders.wang())
    return {"pk": Notice.objects.latest("pk").pk}


def _delegation() -> Where:
    return {"pk": (Delegation.objects.first() or _proposed()).pk}


def _proposed() -> Delegation:
    leader, deputy = builders.member(role="APPROVER").staff, _member()
    today = timezone.localdate()
    return Delegation.objects.create(
        kind=DelegationKind.DEPUTY,
        agency=deputy.agency,
        role="APPROVER",
        level="LEADER",
        staff=deputy,
        acting_for=leader,
        valid=SqlRange(today, today + timedelta(days=9)),
        reason="演示",
        document="演示",
        digest="0" * 64,
        proposed_by=leader,
        proposed_at=timezone.now(),
    )


def _recusal() -> Where:
    staff = _member()
    made, _ = Recusal.objects.get_or_create(
        staff=staff, person_id=staff.person_id, other=builders.wang(), relation="KIN", note="表兄"
    )
    return {"pk": made.pk}


def _account_of_book() -> Where:
    book = paid.book()
    return {"pk": book.pk, "code": book.account_set.order_by("code")[0].code}


def _baseline() -> Where:
    return {"pk": office().baseline.pk}


OWN: Mapping[str, Callable[[], Where]] = {
    "month-one": lambda: {"period": "2026-11"},
    "terminal-revoke": lambda: {"pk": machine(profile=Profile.KIOSK).row.pk},
    "card-loss": _card,
    "person-one": _person,
    "person-report": _told_person,
    "account-of-payee": _person,
    "chosen-base": _person,
    "person-gaps": _person,
    "enrolment-certificate": _person,
    "adjustments-of-person": lambda: {"person_id": builders.wang().pk, "year": 2026},
    "statement-one": lambda: {"person_id": entry().person_id, "scheme": "110", "year": 2025},
    "staff-one": _staff,
    "staff-roles": _staff,
    "staff-role-confirm": _asked_role,
    "staff-role-withdraw": _asked_role,
    "staff-role-end": _staff_role,
    "staff-role-end-at-once": _staff_role,
    "staff-reset": _staff,
    "staff-reset-confirm": _staff,
    "staff-deactivate": _staff,
    "delegation-confirm": _delegation,
    "delegation-revoke": _delegation,
    "recusal-confirm": _recusal,
    "recusal-end": _recusal,
    "case-one": _case,
    "case-stages": _case,
    "case-correction": _case,
    "case-corrected": _case,
    "case-accept": _case,
    "case-decline": _case,
    "case-review": _case,
    "case-close": _case,
    "case-materials": _case,
    "material-file": lambda: {"pk": material.of(builders.case()).pk},
    "notice-step": _notice,
    "employer-one": _employer,
    "employer-arrears": _employer,
    "employer-deregister": _employer,
    "employer-roster": _employer,
    "employer-filing-one": _filing,
    "employer-filing-take": _filing,
    "employer-filing-decline": _filing,
    "enrolment-one": _enrolment,
    "enrolment-correct": _enrolment,
    "baseline-one": _baseline,
    "baseline-refused": _baseline,
    "book-balances": lambda: {"pk": paid.book().pk},
    "book-general-ledger": _account_of_book,
    "book-detailed-ledger": _account_of_book,
    "book-day-book": _account_of_book,
    "book-balance-sheet": lambda: {"pk": paid.book().pk},
    "book-income-statement": lambda: {"pk": paid.book().pk},
    "book-year-end": lambda: {"pk": paid.book().pk},
}
MADE_ELSEWHERE: Mapping[str, str] = {
    "export-fetch": "tests/backend/exports/test_export.py",  # only who asked for it, and once
    **dict.fromkeys(
        ("book-bank-balance", "book-bank-balance-make", "book-bank-balance-check"),
        "tests/payments/test_balance_table.py",
    ),
    "bank-statement-lines": "tests/payments/test_balance_table.py",
    "book-funding": "tests/payments/test_funding.py",
}


def everything() -> dict[str, Where]:
    """One object behind each address, in the database of the caller."""
    return {**through_steps.made(), **{name: make() for name, make in OWN.items()}}


# What a look at what is there must be told besides.
ASKED: Mapping[str, str] = {
    "book-balances": "month=2026-11",
    "book-detailed-ledger": "month=2026-11",
    "book-day-book": "month=2026-11",
    "book-balance-sheet": "month=2026-11",
    "book-income-statement": "month=2026-11",
    "person-report": "purpose=核对",
    "material-file": "purpose=核对",
}
