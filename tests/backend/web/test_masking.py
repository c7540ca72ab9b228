"""Lists mask name, ID number and account: whoever may read all of them sees none in full."""

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import Client

from backend.access.models import Role, Staff
from backend.kernel.identity import Sex
from backend.people import queries
from payments.models import PayeeAccount
from tests import builders
from tests.backend.web.routes import ROUTES, methods_of

pytestmark = pytest.mark.django_db
ACCOUNT = "9900011000000000017"
NAME = "王秀英"
LISTS = [
    address for address, _, view in ROUTES if "GET" in methods_of(view) and "/1" not in address
]


@pytest.mark.parametrize("address", LISTS)
def test_a_list_shows_nobody_in_full(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wang = builders.wang()
    number = builders.id_number(birth_date=wang.birth_date, sex=Sex.FEMALE, serial=301)
    assert queries.party_by_number(number=number, kind="CITIZEN") == wang.pk
    PayeeAccount.objects.create(
        payee_id=wang.pk, bank="NSB", account_no=ACCOUNT, holder_name=NAME,
        valid=DateRange(builders.IN_OFFICE_SINCE),
    )  # fmt: skip
    builders.case(party=wang, content={"account_no": ACCOUNT, "holder_name": NAME})
    monkeypatch.setattr(Staff, "roles_on", lambda self, *, day: frozenset(Role.values))
    client = Client()
    client.force_login(builders.member(role="SUPERVISOR").staff)

    answer = client.get(address, {"name": NAME, "number": number})

    shown = answer.content.decode()
    assert answer.status_code in (200, 400), shown
    assert number not in shown
    assert ACCOUNT not in shown
    assert NAME not in shown
