"""What was missing came on the day on which it was taken in, whoever writes it (补正日期)."""

import json
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.utils import timezone

from backend.cases.models import Case, Correction
from backend.privacy.classes import FieldClass, fields
from tests.backend.cases import filing_builders as ours
from tests.conftest import OwnDatabase


def corrected(**row: object) -> None:
    """Answer past the act."""
    with transaction.atomic():
        Correction.objects.update(answered_by=1, **row)


def waiting() -> Case:
    """Asked for what is missing, a while ago."""
    then = timezone.now() - timedelta(days=30)
    case = ours.filed(ours.clerk(), now=then)
    ours.asked(case, ours.clerk(), now=then)
    return case


@pytest.mark.django_db
def test_nothing_comes_before_it_was_asked_for() -> None:
    waiting()
    now = timezone.now()

    with pytest.raises(DatabaseError, match="taken in"):
        corrected(answered_at=now, answered_on=timezone.localdate(now) - timedelta(days=31))


@pytest.mark.parametrize("late", [timedelta(days=-20), timedelta(days=1), timedelta(hours=-2)])
def test_sql_neither_sets_it_back_nor_puts_it_off(
    own_database: OwnDatabase, late: timedelta
) -> None:
    waiting()
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE deployment SET kind = 'LIVE'")
    now = timezone.now()

    with pytest.raises(DatabaseError, match="taken in"):
        corrected(answered_at=now + late, answered_on=timezone.localdate(now + late))
    with pytest.raises(DatabaseError, match="taken in"):
        corrected(answered_at=now, answered_on=timezone.localdate(now) + timedelta(days=1))
    corrected(answered_at=now, answered_on=timezone.localdate(now))

    assert Correction.objects.get().answered_on == timezone.localdate(now)


@pytest.mark.django_db
def test_the_database_knows_whom_a_content_names() -> None:
    keys = sorted(key for key, one in fields().keys.items() if one is FieldClass.PERSON)
    deep = {key: [{"rows": [{key: number}]}, number + 1000] for number, key in enumerate(keys)}

    with connection.cursor() as cursor:
        cursor.execute("SELECT cases_named_in(%s::jsonb)", [json.dumps(deep)])
        found = {row[0] for row in cursor.fetchall()}

    assert found == {*range(len(keys)), *range(1000, 1000 + len(keys))}
