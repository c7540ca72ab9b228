"""Of one role for one account and one reach one waits for its second person at a time."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from backend.access.asked_roles import WAITS
from backend.access.models import AskedRole, Staff
from backend.audit.models import Act
from tests import builders
from tests.at_once import at_once
from tests.conftest import OwnDatabase
from tests.side_by_side import side_by_side

PLANTED = """
INSERT INTO access_askedrole (staff_id, role, level, valid, asked_by_id, asked_at, employer_id)
VALUES (%s, %s, '', '[2026-01-01,)', %s, %s, %s)
"""


def ask(by: Staff, account: Staff, **other: object) -> Any:
    client = Client()
    client.force_login(by)
    today = str(timezone.localdate())
    return client.post(
        f"/api/v1/staff/{account.pk}/roles/",
        {**builders.proof_of(client), "role": "VILLAGE", "from_date": today, **other},
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )


def plant(account: Staff, by: Staff, *, role: str = "VILLAGE", later: timedelta | None = None,
          employer: int | None = None) -> None:  # fmt: skip
    at = timezone.now() + (later or timedelta())
    with connection.cursor() as cursor:
        cursor.execute(PLANTED, [account.pk, role, by.pk, at, employer])


def clerk() -> Staff:
    return builders.staff_with_password(role="CLERK", username="jingban1")


def test_whoever_asks_twice_is_told_of_the_first(db: None) -> None:
    account, asker = clerk(), builders.administrator()
    first = ask(asker, account).json()

    second = ask(asker, account, from_date="2031-01-01")

    assert (second.status_code, second.json()["code"]) == (409, "role_already_asked")
    assert f"{asker.username} 于 " in second.json()["detail"]
    assert f"（编号 {first['id']}）" in second.json()["detail"]
    assert AskedRole.objects.count() == 1


@pytest.mark.parametrize(("after", "status"), [(-timedelta(seconds=1), 409), (timedelta(), 202)])
def test_what_waited_for_a_day_may_be_asked_for_again(
    db: None, after: timedelta, status: int
) -> None:
    with time_machine.travel("2026-11-20T02:00:00Z", tick=False) as clock:
        account = clerk()
        assert ask(builders.administrator(), account).status_code == 202

        clock.shift(WAITS + after)

        assert ask(builders.administrator(), account).status_code == status


def test_what_sql_asked_for_stands_in_nobodys_way(db: None) -> None:
    account, asker = clerk(), builders.administrator()
    plant(account, asker)
    plant(account, asker, later=WAITS * 3)

    answer = ask(asker, account)

    assert answer.status_code == 202
    taken_back = Act.objects.filter(name="access.role_ask_withdrawn").values_list("staff_id")
    assert list(taken_back) == [(asker.pk,), (asker.pk,)]


def test_by_sql_one_waits_too(db: None) -> None:
    account, asker = clerk(), builders.administrator()
    plant(account, asker)
    plant(account, asker, role="CARD_MAKER")
    plant(account, asker, role="EMPLOYER_AGENT", employer=1)
    plant(account, asker, role="EMPLOYER_AGENT", employer=2)
    plant(account, asker, later=WAITS)

    for again in ({}, {"role": "EMPLOYER_AGENT", "employer": 1}, {"later": WAITS / 2}):
        refused = pytest.raises(IntegrityError, match="access_role_asked_once")
        with refused, transaction.atomic():
            plant(account, asker, **again)


def test_of_two_asks_at_once_one_waits(own_database: OwnDatabase) -> None:
    account = clerk()
    askers = [builders.administrator(), builders.administrator()]

    answers = at_once(*(partial(ask, asker, account) for asker in askers))

    assert sorted(one.status_code for one in answers) == [202, 409]
    assert AskedRole.objects.count() == 1


def test_of_two_connections_that_ask_by_sql_the_second_is_refused(
    own_database: OwnDatabase,
) -> None:
    account, asker = clerk(), builders.administrator()
    refused: list[str] = []

    def second() -> None:
        try:
            with transaction.atomic():
                plant(account, asker)
        except IntegrityError as error:
            refused.append(str(error))

    side_by_side([partial(plant, account, asker), lambda: None], [second])

    assert len(refused) == 1
    assert "access_role_asked_once" in refused[0]
    assert AskedRole.objects.count() == 1
