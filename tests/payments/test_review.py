"""Whoever signs a batch sees how it grew out of the month before, to the fen."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange
from django.test import Client

from backend.kernel.months import Month
from backend.people.models import Person
from payments.batches import open_batches, seal
from payments.models import Batch, PayeeAccount
from payments.review import LARGEST, People, review
from tests import builders
from tests.builders import NOW
from tests.payments import payment_builders as pay
from tests.payments.payment_builders import Line

pytestmark = pytest.mark.django_db
DECEMBER = Month(2026, 12)


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def december(*lines: Line) -> Batch:
    """The batch of the same book and bank in the month that follows."""
    open_batches(period=DECEMBER, pay_date=pay.PAY_DATE, today=pay.PAY_DATE)
    batch = Batch.objects.get(period=DECEMBER.first_day, book=pay.book(), bank="NSB")
    for line in lines:
        pay.add(batch, line)
    seal(batch_ids=[batch.pk], made_by=None, now=NOW)
    batch.refresh_from_db()
    return batch


def test_before_plus_joined_less_left_and_changed_is_now() -> None:
    stays, grows, leaves, joins = (builders.person() for _ in range(4))
    pay.sealed(Line(stays), Line(grows), Line(leaves, (15_000, 0)))
    batch = december(Line(stays), Line(grows, (13_900, 6_500)), Line(joins, (9_000, 0)))

    moved = review(batch=batch).movement

    assert moved.period == Month(2026, 11)
    assert (moved.before, moved.now) == (People(3, 55_000), People(3, 49_400))
    assert (moved.joined, moved.left) == (People(1, 9_000), People(1, 15_000))
    assert (moved.changed, moved.unexplained_fen) == (People(1, 400), 0)


def test_two_lines_of_one_payee_are_one_person() -> None:
    wang = builders.wang()
    pay.sealed(Line(wang))

    moved = review(batch=december(Line(wang), Line(wang, (100, 0)))).movement

    assert (moved.now, moved.changed) == (People(1, 20_100), People(1, 100))


def test_the_first_month_has_none_before_it() -> None:
    moved = review(batch=pay.sealed()).movement

    assert (moved.period, moved.before, moved.joined) == (None, People(0, 0), People(1, 20_000))


def test_a_draft_of_the_month_before_is_not_compared_with() -> None:
    pay.draft(Line(builders.wang()))

    assert review(batch=december(Line(builders.wang()))).movement.period is None


def test_the_largest_amounts_and_changes_come_first() -> None:
    people = [builders.person() for _ in range(LARGEST + 2)]
    pay.sealed(*(Line(one) for one in people))
    batch = december(*(Line(one, (20_000 + 100 * order, 0)) for order, one in enumerate(people)))

    found = review(batch=batch)

    assert [one.fen for one in found.largest] == [20_000 + 100 * n for n in range(11, 1, -1)]
    assert [one.payee_id for one in found.largest_changes] == [p.pk for p in people[:1:-1]]
    assert (found.largest_changes[0].fen, found.largest_changes[0].before_fen) == (21_100, 20_000)


def changed_account(payee: Person, *, days: int) -> None:
    """An account that a case gave so many days before the seal."""
    PayeeAccount.objects.create(
        payee_id=payee.pk,
        bank="NSB",
        account_no=pay.ACCOUNT,
        holder_name="王秀英",
        valid=SqlRange(builders.IN_OFFICE_SINCE, None),
        case_id=900_001,
        recorded_at=NOW - timedelta(days=days),
    )


@pytest.mark.parametrize(("days", "listed"), [(29, 1), (31, 0)])
def test_whose_account_changed_within_thirty_days_is_listed(days: int, listed: int) -> None:
    wang, li = builders.wang(), builders.li()
    changed_account(wang, days=days)
    pay.account(li, account_no=pay.OTHER_ACCOUNT)  # as it was taken over: by no case

    found = review(batch=pay.sealed(Line(wang), Line(li, account_no=pay.OTHER_ACCOUNT)))

    assert found.changed_accounts_count == len(found.changed_accounts) == listed
    assert [one.payee_id for one in found.changed_accounts] == [wang.pk][:listed]


def test_what_is_seen_before_signing_is_masked(client: Client) -> None:
    changed_account(builders.wang(), days=1)
    batch = pay.sealed(Line(builders.wang()))
    client.force_login(builders.member(role="APPROVER").staff)

    shown = client.get(f"/api/v1/batches/{batch.pk}/review/").json()

    assert shown["movement"]["now"] == {"count": 1, "amount": "200.00"}
    assert shown["movement"]["period"] is None
    assert (shown["largest"][0]["holder"], shown["largest"][0]["before"]) == ("王*英", None)
    assert shown["changed_accounts"][0]["account"] == "9900***********0017"
