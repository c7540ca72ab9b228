"""Who works in the browser (浏览器前的人): each with a password, and nobody has two roles; 演示."""

from backend.access.models import Staff
from tests import builders

NAMES = {
    "FINANCE": ("caiwu1", "吴敏"),
    "REVIEWER": ("fuhe1", "方立"),
    "APPROVER": ("shenpi1", "徐静"),
    "CASHIER": ("chuna1", "何涛"),
    "CLERK": ("jingban1", "陈晨"),
}


def somebody(role: str) -> Staff:
    """The one of this role, made at first use."""
    username, name = NAMES[role]
    found = Staff.objects.filter(username=username).first()
    of = None if found else builders.person(name=name)
    return found or builders.staff_with_password(role=role, username=username, of=of)
