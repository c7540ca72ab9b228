"""Prove that roles are as they were given (岗位): the table of exclusions, and each certificate."""

from collections.abc import Iterator

from django.utils import timezone

from backend.access.exclusions import exclusions
from backend.access.models import RoleAssignment, RoleConflict
from payments.ledger.invariants import Broken

TABLE = "INV-08 数据库守住的不相容岗位与岗位表一致"
CERTIFIED = "INV-08 岗位任职有本系统的任职证明"


def broken_promises() -> list[Broken]:
    """Run every check; an empty list is the proof."""
    return [*_unlike_the_table(), *_uncertified()]


def promises() -> list[str]:
    """The names of all checks."""
    return [TABLE, CERTIFIED]


def _unlike_the_table() -> Iterator[Broken]:
    held: dict[str, set[str]] = {}
    for pair, role in RoleConflict.objects.values_list("pair", "role"):
        held.setdefault(pair, set()).add(role)
    found = {frozenset(roles) for roles in held.values()}
    wanted = {one.roles for one in exclusions(on=timezone.localdate())}
    for roles in sorted(map(sorted, found ^ wanted)):
        pair = "、".join(roles)
        here, there = (
            ("只在岗位表", "数据库") if frozenset(roles) in wanted else ("只在数据库", "岗位表")
        )
        yield Broken(TABLE, pair, f"{there}也有", here)


def _uncertified() -> Iterator[Broken]:
    for one in RoleAssignment.objects.order_by("pk").iterator():
        if not one.counts:
            yield Broken(CERTIFIED, f"任职 {one.pk}", "有效", f"{one.role} 的任职证明缺失或无效")
