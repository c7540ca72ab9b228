"""Keep out of the matters of one's relatives (回避申报): declared, confirmed, ended by another.

It counts from its declaration on, confirmed or not: nobody loses a right by waiting. That it is
ended by the security administration alone is a rule of ours, as is that it is declared at all.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import IntegrityError, transaction

from backend.access.constraints import violated
from backend.access.models import Staff
from backend.audit.record import record
from backend.kernel.errors import Refusal
from backend.people.models import Person, Recusal
from backend.people.queries import entries_of, family_of
from backend.people.same_person import person_of
from backend.web.scope import whole_city

SUBJECT = "people.recusal"
TEXT_MIN, TEXT_MAX = 2, 200


class RecusalInvalid(Refusal):
    """A recusal names a person and says why (回避申报不完整)."""

    code = "recusal_invalid"


class RecusalKnown(Refusal):
    """It is declared already (已申报)."""

    code = "recusal_known"
    status = 409


class RecusalNotOpen(Refusal):
    """There is no such recusal that waits for this (没有这条待办的回避申报)."""

    code = "recusal_not_open"
    status = 409


class OwnRecusal(Refusal):
    """Nobody confirms or ends his own (本人的回避申报须由另一人办理)."""

    code = "recusal_own"
    status = 403


@transaction.atomic
def declare(
    *, staff: Staff, id_kind: str, id_number: str, name: str, relation: str, note: str
) -> Recusal:
    """Declare that one keeps out of the matters of a person, from now on.

    Raises:
        RecusalInvalid, RecusalKnown; PersonNotFound: number and name are not one person's.
    """
    _require_text(note, "说明与此人的关系")
    with whole_city():  # whoever he helps, his relatives may live anywhere
        other = person_of(kind=id_kind, number=id_number, name=name)
        if other in family_of(party_id=staff.person_id):
            raise RecusalInvalid("本人的业务本来就须回避，不用申报。")
        if not Person.objects.filter(pk=other).exists():
            raise RecusalInvalid("须回避的应是自然人。")
    try:
        with transaction.atomic():
            made = Recusal.objects.create(
                staff=staff,
                person_id=staff.person_id,
                other_id=other,
                relation=relation,
                note=note.strip(),
            )
    except IntegrityError as error:
        if violated(error) != "people_recusal_once":
            raise
        raise RecusalKnown("您已申报回避此人。") from None
    _record("people.recusal_declared", made, by=staff)
    return made


@transaction.atomic
def confirm(*, recusal_id: int, by: Staff, now: datetime) -> Recusal:
    """Put down that somebody looked at a declaration.

    Raises:
        RecusalNotOpen, OwnRecusal.
    """
    found = _open(recusal_id, by)
    if found.confirmed_at is not None:
        raise RecusalNotOpen("这条回避申报已确认。", recusal=recusal_id)
    found.confirmed_by, found.confirmed_at = by, now
    found.save(update_fields=["confirmed_by", "confirmed_at"])
    _record("people.recusal_confirmed", found, by=by)
    return found


@transaction.atomic
def end(*, recusal_id: int, reason: str, by: Staff, now: datetime) -> Recusal:
    """End a recusal that is none any more, or never was one.

    Raises:
        RecusalInvalid, RecusalNotOpen, OwnRecusal.
    """
    _require_text(reason, "终止原因")
    found = _open(recusal_id, by)
    found.ended_by, found.ended_at, found.end_reason = by, now, reason.strip()
    found.save(update_fields=["ended_by", "ended_at", "end_reason"])
    _record("people.recusal_ended", found, by=by, reason=reason.strip())
    return found


def kept_out_of(*, family: Collection[int]) -> frozenset[int]:
    """Give all entries of those of whose matters a person keeps out now; ``family``: his own."""
    with whole_city():  # of whom somebody signs for, he sees no declarations
        open_ones = Recusal.objects.filter(person_id__in=family, ended_at__isnull=True)
        others = set(open_ones.values_list("other_id", flat=True))
        return frozenset(entries_of(party_ids=others)) if others else frozenset()


def _open(recusal_id: int, by: Staff) -> Recusal:
    locked = Recusal.objects.select_for_update(of=("self",))
    found = locked.filter(pk=recusal_id, ended_at__isnull=True).first()
    if found is None:
        raise RecusalNotOpen(f"没有有效的回避申报 {recusal_id}。", recusal=recusal_id)
    if found.person_id in family_of(party_id=by.person_id):
        raise OwnRecusal("您本人的回避申报须由另一名安全管理员确认、终止。")
    return found


def _require_text(text: str, label: str) -> None:
    if not TEXT_MIN <= len(text.strip()) <= TEXT_MAX:
        raise RecusalInvalid(f"请{label}（{TEXT_MIN}至{TEXT_MAX}个字）。")


def _record(name: str, row: Recusal, *, by: Staff, **details: str) -> None:
    record(
        name=name,
        subject_kind=SUBJECT,
        subject_id=str(row.pk),
        rows=1,
        staff_id=by.pk,
        person_id=by.person_id,
        party_id=row.person_id,
        details=details,
    )
