"""Which roles somebody holds on a day (岗位任职)."""

from datetime import date

from backend.access.models import Role, Staff, rank
from backend.kernel.errors import Refusal


class RoleMissing(Refusal):
    """The member of staff does not hold this role on this day (当日没有该岗位)."""

    code = "role_missing"
    status = 403


def roles_of(*, staff: Staff, on: date) -> frozenset[str]:
    """Give the roles that an account in use holds on a day."""
    return staff.roles_on(day=on) if staff.is_active else frozenset()


def level_of(*, staff: Staff, on: date) -> str:
    """Give how much an approver may approve on a day; empty for everybody else."""
    return max((one.level for one in staff.assignments_on(day=on)), key=rank, default="")


def require_role(*, staff_id: int, role: str, on: date) -> str:
    """Give the level at which a role is held on a day; empty for all but approvers.

    Raises:
        RoleMissing: naming the role.
    """
    held = Staff(pk=staff_id).assignments_on(day=on)
    levels = [one.level for one in held if one.role == role]
    if not levels:
        label = Role(role).label if role in Role.values else role
        raise RoleMissing(f"您在 {on} 没有“{label}”岗位。", role=role)
    return max(levels, key=rank)
