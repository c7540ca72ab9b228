"""Entries are appended set-wise, once for each source, and never otherwise than before."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from backend.access.constraints import violated
from insurance.accounts.entries import EntryDiffers, append, balance
from insurance.accounts.models import AccountEntry, EntryKind, EntrySource
from tests import builders
from tests.insurance.accounts import account_builders as of

pytestmark = pytest.mark.django_db

SELECT = """
SELECT p.person_id, '110', 'PERSON', %(month)s::date, %(arrival)s::date, %(fen)s + p.n, p.n
FROM unnest(%(people)s::bigint[]) WITH ORDINALITY AS p (person_id, n)
"""


def credit(*, people: list[int] | None = None, **changes: Any) -> int:
    """Credit 480.00 and some fen to Li and Zhao."""
    values = {
        "people": people or [builders.li().pk, builders.zhao().pk],
        "month": of.first("2025-03"),
        "arrival": of.first("2025-03"),
        "fen": 48_000,
    }
    return append(
        select=SELECT,
        parameters=values | changes,
        kind=EntryKind.CREDIT,
        source=EntrySource.ALLOCATION,
    )


def test_what_a_select_gives_is_credited() -> None:
    assert credit() == 2
    assert balance(person_id=builders.li().pk, scheme="110") == 48_001
    assert balance(person_id=builders.zhao().pk, scheme="110") == 48_002


def test_crediting_again_writes_nothing() -> None:
    credit()

    assert credit() == 0
    assert balance(person_id=builders.li().pk, scheme="110") == 48_001


def test_what_is_new_among_what_is_there_is_added() -> None:
    people = [builders.li().pk, builders.zhao().pk]
    credit(people=people[:1])

    assert credit(people=people) == 1


@pytest.mark.parametrize("change", [{"fen": 48_001}, {"arrival": of.first("2025-04")}])
def test_the_same_source_otherwise_is_refused_whole(change: dict[str, Any]) -> None:
    people = [builders.li().pk, builders.zhao().pk]
    credit(people=people[:1])

    with pytest.raises(EntryDiffers):
        credit(people=people, **change)

    assert AccountEntry.objects.count() == 1


def test_a_withdrawal_beyond_the_balance_is_refused_whole() -> None:
    credit()

    with pytest.raises(IntegrityError) as no, transaction.atomic():
        append(
            select=SELECT.replace("'PERSON'", "'WHOLE'"),
            parameters={
                "people": [builders.li().pk, builders.zhao().pk],
                "month": of.first("2025-04"),
                "arrival": of.first("2025-04"),
                "fen": -48_003,
            },
            kind=EntryKind.REFUND,
            source=EntrySource.ALLOCATION,
        )

    assert violated(no.value) == "accounts_never_negative"
