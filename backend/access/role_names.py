"""Roles and levels (岗位、审批级别), as a table names them."""

from django.db import models


class Role(models.TextChoices):
    """What a member of staff may do (岗位); sources and exclusions stand in ``exclusions``."""

    CLERK = "CLERK", "经办"
    REVIEWER = "REVIEWER", "复核"
    FINANCE = "FINANCE", "财务"
    APPROVER = "APPROVER", "审批"
    CASHIER = "CASHIER", "出纳放款"
    SUPERVISOR = "SUPERVISOR", "稽核监督"
    CARD_MAKER = "CARD_MAKER", "制卡"
    VILLAGE = "VILLAGE", "村协办"
    EMPLOYER_AGENT = "EMPLOYER_AGENT", "单位经办人"
    SYSTEM_ADMIN = "SYSTEM_ADMIN", "系统管理员"
    SECURITY_ADMIN = "SECURITY_ADMIN", "安全管理员"
    AUDIT_ADMIN = "AUDIT_ADMIN", "审计管理员"


class Level(models.TextChoices):
    """How much an approver may approve (审批级别), from the lowest to the highest."""

    HEAD = "HEAD", "科长"
    LEADER = "LEADER", "分管领导"


def rank(level: str) -> int:
    """Compare levels: none is the lowest."""
    return ["", *Level.values].index(level)
