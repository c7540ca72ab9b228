"""Who took each stage of a batch, and when (批次经过): the ribbon with names and times."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from backend.cases.models import Approval
from backend.people.queries import sights
from payments.models import Batch, BatchState, Discrepancy, DiscrepancyKind, ReturnFile
from payments.signing import SUBJECT
from payments.stages import Mark, Place, Stage, place_of, ribbon


@dataclass(frozen=True)
class Passage:
    """A stage of one batch: its mark, who took it, when, and what there is to say of it."""

    stage: Stage
    mark: Mark
    by: str = ""
    at: datetime | None = None
    note: str = ""


@dataclass(frozen=True)
class _Taken:
    person_id: int | None = None
    at: datetime | None = None
    note: str = ""


def all_answered(batch: Batch) -> bool:
    """Whether the bank has spoken of every line: none is open as silent."""
    silent = Discrepancy.objects.filter(
        batch=batch, kind=DiscrepancyKind.SILENT, closed_at__isnull=True
    )
    return not silent.exists()


def place(batch: Batch) -> Place:
    """Give the stage at which a batch stands."""
    answered = batch.state == BatchState.RETURNED and all_answered(batch)
    return place_of(state=batch.state, all_answered=answered)


def passages(*, batch: Batch) -> tuple[Passage, ...]:
    """Give the eight stages; who signs an official act does so under his name, in full."""
    taken = _taken(batch)
    people = {one.person_id for one in taken.values() if one.person_id is not None}
    names = sights(party_ids=people, on=timezone.localdate())
    nobody = _Taken()
    found = []
    for one in ribbon(state=batch.state, all_answered=all_answered(batch)):
        told = taken.get(one.stage, nobody)
        name = names[told.person_id].name if told.person_id is not None else ""
        found.append(Passage(one.stage, one.mark, name, told.at, told.note))
    return tuple(found)


def _taken(batch: Batch) -> Mapping[Stage, _Taken]:
    taken = {
        Stage.SEAL: _Taken(batch.made_by, batch.sealed_at, "" if batch.made_by else "月度发放"),
        Stage.ARCHIVE: _Taken(at=batch.closed_at),
    }
    for signed in Approval.objects.filter(subject_kind=SUBJECT, subject_id=batch.pk):
        taken[Stage(signed.step)] = _Taken(signed.person_id, signed.signed_at)
    if batch.state == BatchState.SENDING:
        sender = taken.get(Stage.SEND, _Taken())
        taken[Stage.SEND] = _Taken(sender.person_id, sender.at, Mark.DOUBT.label)
    files = ReturnFile.objects.filter(batch=batch, accepted=True).order_by("part")
    if last := files.last():
        taken[Stage.RETURN] = _Taken(last.received_by, last.received_at, f"{len(files)} 份")
        rows = Discrepancy.objects.filter(batch=batch).values_list("closed_at", flat=True)
        closed = sum(closed_at is not None for closed_at in rows)
        taken[Stage.COMPARE] = _Taken(note=f"{closed} / {len(rows)} 条已了结")
        if left := len(rows) - closed:
            taken[Stage.SETTLE] = _Taken(note=f"还差 {left} 条")
    return taken
