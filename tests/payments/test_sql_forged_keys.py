"""Who was told an initial password signs nothing with the key that is kept sealed under it.

The application reads ``access_staffreset`` and every key, whoever retired it: with SQL as its role,
and the password that he was told, an administrator opens them.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import DatabaseError, IntegrityError, transaction

from backend.access import administer, keys, sealing
from backend.access.models import Role, SigningKey, Staff, StaffReset
from backend.access.staff import create_staff, grant_role
from backend.access.totp import code_at, step_of
from backend.cases import approvals
from backend.cases.models import Approval
from backend.city import secret_invariants
from backend.kernel.months import DateRange
from payments.models import Batch
from payments.signing import (
    APPROVE,
    CHECK,
    SEND,
    SignatureMissing,
    SigningStep,
    verify_signatures,
)
from tests import builders
from tests.builders import IN_OFFICE_SINCE, NOW, PASSWORD, TOTP_SECRET
from tests.payments import payment_builders as pay

pytestmark = pytest.mark.django_db
OWN_PASSWORD = "benren-xin-kouling-77"
CHANGED = NOW + timedelta(minutes=5)


@dataclass(frozen=True)
class Told:
    """What was told of an account, and the key that is kept of it."""

    owner: Staff
    password: str
    totp_secret: bytes
    sealed: bytes

    def opened(self) -> Ed25519PrivateKey:
        """What whoever was told the password opens."""
        about = f"signing key {self.owner.pk}"
        raw = sealing.open_under_password(sealed=self.sealed, password=self.password, about=about)
        return Ed25519PrivateKey.from_private_bytes(raw)

    def change(self, *, to: str = OWN_PASSWORD, now: datetime = CHANGED) -> None:
        """The owner changes the password that others were told."""
        code = code_at(secret=self.totp_secret, step=step_of(now=now))
        keys.change_password(
            staff=self.owner, password=self.password, new_password=to, code=code, now=now
        )


def reset(role: Role, name: str) -> Told:
    """An account that two administrators have reset."""
    of = builders.person(name=name)
    owner = builders.staff_with_password(role=role, username=f"own-{role.lower()}", of=of)
    asker, other = builders.administrator(), builders.administrator(role="SYSTEM_ADMIN")
    asked = administer.reset(of=owner, by=builders.administering(asker), now=NOW)
    confirmed = administer.confirm_reset(of=owner, by=builders.administering(other), now=NOW)
    sealed = StaffReset.objects.values_list("private_sealed", flat=True).get(staff=owner)
    assert asked.password
    assert confirmed.totp_secret
    return Told(owner, asked.password, confirmed.totp_secret, bytes(sealed))


def set_up(role: Role, name: str) -> Told:
    """An account that the file of a live office opened."""
    owner = create_staff(
        username=f"own-{role.lower()}",
        person_id=builders.person(name=name).pk,
        agency=builders.agency(),
        hall=None,
        password=PASSWORD,
        totp_secret=TOTP_SECRET,
        now=NOW,
        password_initial=True,
    )
    grant_role(
        staff=owner,
        role=role,
        level="LEADER" if role == "APPROVER" else "",
        valid=DateRange(IN_OFFICE_SINCE),
        granted_by=None,
    )
    sealed = SigningKey.objects.values_list("private_sealed", flat=True).get(staff=owner)
    return Told(owner, PASSWORD, TOTP_SECRET, bytes(sealed))


def unsigned(batch: Batch, step: SigningStep, told: Told, *, by: SigningKey) -> Approval:
    return Approval(
        subject_kind="payments.batch",
        subject_id=batch.pk,
        step=step.name,
        digest=batch.digest,
        staff_id=told.owner.pk,
        person_id=told.owner.person_id,
        role=step.role,
        key=by,
        signed_at=by.made_at + timedelta(seconds=1),
    )


def forged(batch: Batch, step: SigningStep, told: Told, *, by: SigningKey) -> None:
    """Sign a step in the owner's name with what the told password opens."""
    approval = unsigned(batch, step, told, by=by)
    approval.signature = told.opened().sign(approvals.signed_bytes(approval))
    with transaction.atomic():
        approval.save()


def live_of(told: Told) -> SigningKey:
    return SigningKey.objects.get(staff=told.owner, retired_at=None)


def kept_of(told: Told) -> SigningKey:
    public = told.opened().public_key().public_bytes_raw()
    return SigningKey.objects.get(staff=told.owner, public_key=public)


Given = Callable[[Role, str], Told]


@pytest.mark.parametrize("given", [reset, set_up])
def test_three_keys_that_an_administrator_opens_sign_no_batch(given: Given) -> None:
    batch = pay.sealed()
    for step, name in zip((CHECK, APPROVE, SEND), ("江大一", "江大二", "江大三"), strict=True):
        told = given(step.role, name)
        told.change()

        forged(batch, step, told, by=live_of(told))
        setattr(batch, step.person_field, told.owner.person_id)

    for step in (CHECK, APPROVE, SEND):
        with pytest.raises(SignatureMissing, match=step.label):
            verify_signatures(batches=[batch], steps=(step,))


@pytest.mark.parametrize("given", [reset, set_up])
def test_a_key_that_others_open_signs_nothing_before_the_change_or_after(given: Given) -> None:
    batch, told = pay.sealed(), given(Role.REVIEWER, "江大一")
    with pytest.raises(DatabaseError, match="initial password signs nothing"):
        forged(batch, CHECK, told, by=kept_of(told))
    Staff.objects.filter(pk=told.owner.pk).update(password_initial=False)

    code = code_at(secret=told.totp_secret, step=step_of(now=NOW))
    with pytest.raises(keys.PasswordInitial):
        keys.unlock(staff=told.owner, password=told.password, code=code, now=NOW)

    told.change()
    with pytest.raises(DatabaseError, match="initial password signs nothing"):
        forged(batch, CHECK, told, by=kept_of(told))


def test_what_such_a_key_signed_does_not_verify() -> None:
    told = reset(Role.REVIEWER, "江大一")
    approval = unsigned(pay.sealed(), CHECK, told, by=kept_of(told))
    approval.signature = told.opened().sign(approvals.signed_bytes(approval))

    assert not approvals.verify(approval)
    approval.key.initial = False  # as if somebody had written it so
    assert not approvals.verify(approval)


def test_such_a_key_does_not_come_in_again_as_another() -> None:
    told = reset(Role.REVIEWER, "江大一")
    told.change()
    again = kept_of(told)
    again.pk, again.initial, again.retired_at = None, False, CHANGED + timedelta(days=9)

    with pytest.raises(IntegrityError, match="access_signingkey_once"), transaction.atomic():
        again.save(force_insert=True)


def test_the_change_takes_the_key_that_this_host_made_and_no_other() -> None:
    told = reset(Role.REVIEWER, "江大一")
    told.change()
    live = live_of(told)
    live.private_sealed = told.sealed
    live.save(update_fields=["private_sealed"])
    told.owner.password = StaffReset.objects.get(staff=told.owner).password
    told.owner.password_initial = True
    told.owner.save(update_fields=["password", "password_initial"])

    with pytest.raises(keys.NoKey):
        told.change(now=CHANGED + timedelta(minutes=5))


@pytest.mark.parametrize("given", [reset, set_up])
def test_an_initial_password_is_never_ones_own(given: Given) -> None:
    told = given(Role.REVIEWER, "江大一")
    with pytest.raises(keys.PasswordKnown):
        told.change(to=told.password)
    told.change()

    own = replace(told, password=OWN_PASSWORD)
    later = CHANGED + timedelta(minutes=5)
    for known in (told.password, OWN_PASSWORD):
        with pytest.raises(keys.PasswordKnown):
            own.change(to=known, now=later)


def test_a_live_key_that_others_open_is_named() -> None:
    told = reset(Role.REVIEWER, "江大一")
    assert secret_invariants.broken_promises() == []
    Staff.objects.filter(pk=told.owner.pk).update(password_initial=False)
    assert [one.found for one in secret_invariants.broken_promises()] == ["仍是初始密码下的"]
    told.change()
    assert secret_invariants.broken_promises() == []

    builders.member(role="CLERK", of=builders.person(name="江大二"))
    kept = StaffReset.objects.get()
    kept.pk, kept.certificate = None, None
    kept.public_key = SigningKey.objects.get(staff__username__startswith="clerk-").public_key
    kept.confirmed_by = kept.confirmed_at = None
    kept.save(force_insert=True)

    (broken,) = secret_invariants.broken_promises()
    assert broken.promise == "INV-10 签名密钥只有本人的密码能打开"
