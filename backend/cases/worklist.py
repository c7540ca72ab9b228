"""Give what is open to an owner (指派): who looks after it, nothing is decided by that."""

from collections.abc import Sequence

from django.db import models, transaction

from backend.audit.record import record
from backend.kernel.errors import Refusal

NAMED_MAX = 20  # of rows in one sentence


class RowsNotOpen(Refusal):
    """The worklist has no such open rows (清单中没有这些未了的行)."""

    code = "worklist_rows_not_open"
    status = 404


def require_open(*, of: type[models.Model], ids: Sequence[int]) -> None:
    """Refuse to assign what is settled, another agency's, or not there.

    Raises:
        RowsNotOpen.
    """
    wanted = set(ids)
    missing = sorted(wanted - {pk for pk, _ in owners(of=of, ids=ids)})
    if missing:
        named = "、".join(map(str, missing[:NAMED_MAX]))
        raise RowsNotOpen(
            f"清单中没有未了的行 {named}，请刷新后重新选择。", rows=missing[:NAMED_MAX]
        )


@transaction.atomic
def assign(
    *,
    of: type[models.Model],
    ids: Sequence[int],
    staff_id: int,
    by: int,
    name: str,
    subject_kind: str,
) -> int:
    """Let a member of staff own those of these rows that are still open; rows written.

    ``of`` has ``owner_staff_id`` and ``closed_at``; the act is recorded as ``name``.
    """
    rows = of._default_manager.filter(pk__in=ids, closed_at__isnull=True).update(
        owner_staff_id=staff_id
    )
    record(
        name=name,
        subject_kind=subject_kind,
        subject_id=",".join(map(str, sorted(ids)))[:80],
        rows=rows,
        person_id=by,
        details={"owner": staff_id},
    )
    return rows


def owners(*, of: type[models.Model], ids: Sequence[int]) -> list[tuple[int, int | None]]:
    """Give those of these rows that are still open, in order, each with the owner it has."""
    rows = of._default_manager.filter(pk__in=ids, closed_at__isnull=True).order_by("pk")
    return list(rows.values_list("pk", "owner_staff_id"))
