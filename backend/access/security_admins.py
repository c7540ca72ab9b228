"""Two security administrators stay (安全管理员至少两名).

They alone ask for a reset, and never for their own: one who lost his authenticator needs another.
"""

from datetime import date

from backend.access.models import Role, RoleAssignment, Staff
from backend.kernel.errors import Refusal

LEAST = 2


class SecurityAdminsTooFew(Refusal):
    """Fewer than two would be left to ask for each other's reset (安全管理员不足两名)."""

    code = "security_admins_too_few"


def require_two(*, today: date, besides: Staff | None = None) -> None:
    """Refuse what leaves fewer than two ``besides`` the one who goes. Who holds the role until some
    day is not counted: he goes by himself. The caller's transaction keeps them as they are.

    Raises:
        SecurityAdminsTooFew.
    """
    rows = RoleAssignment.objects.select_for_update(of=("self",)).filter(
        role=Role.SECURITY_ADMIN,
        delegation=None,
        ended_at=None,
        valid__contains=today,
        valid__upper_inf=True,
        staff__is_active=True,
    )
    counted = [row for row in rows.order_by("pk") if row.counts]
    left = {row.person_id for row in counted if besides is None or row.staff_id != besides.pk}
    if len(left) < LEAST:
        raise SecurityAdminsTooFew(
            "至少须有两名岗位没有终止日的安全管理员：其中一人丢失口令器，只有另一人能提出重置。"
            f"现在只剩{len(left)}名，请先再设一名。",
            left=len(left),
        )
