"""Keys open only to their owner's password and code, and are never lost for verification."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from backend.access import keys
from backend.access.credentials import CodeUsed, CredentialsWrong, prove
from backend.access.models import SigningKey, Staff
from backend.access.passwords import PasswordWeak
from backend.access.staff import deactivate
from tests import builders
from tests.builders import NOW, PASSWORD, TODAY, TOTP_SECRET

pytestmark = pytest.mark.django_db
OTHER_PASSWORD = "ling-yi-kouling-2026"
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def clerk() -> Staff:
    return builders.staff_with_password(role="CLERK", username="jingban1")


def test_password_and_code_unlock_the_key(clerk: Staff) -> None:
    key = keys.unlock(staff=clerk, password=PASSWORD, code=builders.code(), now=NOW)

    public = SigningKey.objects.get(pk=key.key_id).public_key
    signature = key.sign(b"words")
    assert keys.signature_verifies(public_key=bytes(public), signature=signature, message=b"words")
    assert key.person_id == clerk.person_id


def test_wrong_password_and_wrong_code_are_refused_alike(clerk: Staff) -> None:
    with pytest.raises(CredentialsWrong) as password_wrong:
        keys.unlock(staff=clerk, password="wrong", code=builders.code(), now=NOW)
    with pytest.raises(CredentialsWrong) as code_wrong:
        keys.unlock(staff=clerk, password=PASSWORD, code="000000", now=NOW)

    assert password_wrong.value.detail == code_wrong.value.detail
    assert password_wrong.value.facts == code_wrong.value.facts == {}


def test_a_wrong_password_does_not_use_up_the_code(clerk: Staff) -> None:
    with pytest.raises(CredentialsWrong):
        keys.unlock(staff=clerk, password="wrong", code=builders.code(), now=NOW)

    key = keys.unlock(staff=clerk, password=PASSWORD, code=builders.code(), now=NOW)
    assert key.staff_id == clerk.pk


def test_a_code_unlocks_once(clerk: Staff) -> None:
    keys.unlock(staff=clerk, password=PASSWORD, code=builders.code(), now=NOW)

    with pytest.raises(CodeUsed):
        keys.unlock(staff=clerk, password=PASSWORD, code=builders.code(), now=NOW)


def test_a_code_older_than_the_last_one_is_refused(clerk: Staff) -> None:
    keys.unlock(staff=clerk, password=PASSWORD, code=builders.code(), now=NOW)

    with pytest.raises(CodeUsed):
        keys.unlock(staff=clerk, password=PASSWORD, code=builders.code(drift=-1), now=NOW)


def test_a_used_code_with_a_wrong_password_is_a_guess(clerk: Staff) -> None:
    keys.unlock(staff=clerk, password=PASSWORD, code=builders.code(), now=NOW)

    with pytest.raises(CredentialsWrong):
        keys.unlock(staff=clerk, password="wrong", code=builders.code(), now=NOW)


def test_to_a_stranger_a_used_code_is_as_wrong_as_any(clerk: Staff) -> None:
    keys.unlock(staff=clerk, password=PASSWORD, code=builders.code(), now=NOW)

    with pytest.raises(CredentialsWrong):
        prove(username=clerk.username, password=PASSWORD, code=builders.code(), now=NOW)


def test_an_inactive_account_unlocks_nothing(clerk: Staff) -> None:
    admin = builders.member(role="SECURITY_ADMIN")
    deactivate(staff=clerk, today=TODAY, deactivated_by=admin.staff)

    with pytest.raises(CredentialsWrong):
        keys.unlock(staff=clerk, password=PASSWORD, code=builders.code(), now=NOW)


def test_a_changed_password_keeps_the_key(clerk: Staff) -> None:
    before = SigningKey.objects.get(staff=clerk)

    keys.change_password(
        staff=clerk,
        password=PASSWORD,
        new_password=OTHER_PASSWORD,
        code=builders.code(),
        now=NOW,
    )

    code = builders.code(now=LATER)
    key = keys.unlock(staff=clerk, password=OTHER_PASSWORD, code=code, now=LATER)
    assert key.key_id == before.pk


def test_a_weak_password_is_refused(clerk: Staff) -> None:
    with pytest.raises(PasswordWeak):
        keys.change_password(
            staff=clerk, password=PASSWORD, new_password="short", code=builders.code(), now=NOW
        )


def test_a_reset_makes_a_new_key_and_keeps_the_old_one(clerk: Staff) -> None:
    admin = builders.member(role="SECURITY_ADMIN")

    new = keys.reset(
        staff=clerk,
        prepared=keys.prepare(staff=clerk, password=OTHER_PASSWORD),
        totp_secret=TOTP_SECRET,
        now=NOW,
        reset_by=admin.staff,
    )

    old = SigningKey.objects.exclude(pk=new.pk).get(staff=clerk)
    assert old.retired_at == NOW == new.made_at
    assert new.retired_at is None
    assert keys.is_certified(old)


def test_nobody_resets_himself(clerk: Staff) -> None:
    with pytest.raises(keys.OwnReset):
        keys.reset(
            staff=clerk,
            prepared=keys.prepare(staff=clerk, password=OTHER_PASSWORD),
            totp_secret=TOTP_SECRET,
            now=NOW,
            reset_by=clerk,
        )


def test_a_password_put_in_by_sql_does_not_open_the_key(clerk: Staff) -> None:
    clerk.set_password(OTHER_PASSWORD)
    clerk.save()

    with pytest.raises(keys.NoKey):
        keys.unlock(staff=clerk, password=OTHER_PASSWORD, code=builders.code(), now=NOW)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE access_signingkey SET public_key = ''",
        "UPDATE access_signingkey SET person_id = person_id",
        "UPDATE access_signingkey SET certificate = ''",
        "UPDATE access_signingkey SET made_at = now()",
        "DELETE FROM access_signingkey",
    ],
)
def test_sql_cannot_change_what_a_key_is(clerk: Staff, change: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


def test_a_retired_key_does_not_come_back(clerk: Staff) -> None:
    keys.make_key(staff=clerk, password=PASSWORD, now=NOW)

    with pytest.raises(DatabaseError), transaction.atomic():
        SigningKey.objects.filter(staff=clerk).update(retired_at=None)


def test_an_unlocked_key_shows_nothing_of_itself(clerk: Staff) -> None:
    key = keys.unlock(staff=clerk, password=PASSWORD, code=builders.code(), now=NOW)

    assert "private" not in repr(key)
    assert key.private.private_bytes_raw().hex() not in repr(key)


def test_an_initial_password_signs_nothing_until_its_owner_changed_it(clerk: Staff) -> None:
    admin = builders.member(role="SECURITY_ADMIN")
    keys.reset(
        staff=clerk,
        prepared=keys.prepare(staff=clerk, password=PASSWORD),
        totp_secret=TOTP_SECRET,
        now=NOW,
        reset_by=admin.staff,
    )

    with pytest.raises(keys.PasswordInitial):
        keys.unlock(staff=clerk, password=PASSWORD, code=builders.code(), now=NOW)

    keys.change_password(
        staff=clerk,
        password=PASSWORD,
        new_password=OTHER_PASSWORD,
        code=builders.code(now=LATER),
        now=LATER,
    )
    later = LATER + timedelta(minutes=5)
    code = builders.code(now=later)
    assert keys.unlock(staff=clerk, password=OTHER_PASSWORD, code=code, now=later)
