"""A list of refunds and an objection to it, both decided (返还决定样例); all invented (演示)."""

from typing import Any

from backend.cases.models import Case
from insurance.unemployment import refund_case
from insurance.unemployment.models import RefundList
from tests import builders
from tests.backend.cases import objection_builders
from tests.insurance.unemployment import refund_builders as r


def decider() -> builders.Member:
    """Who decides alone."""
    return builders.member(role="REVIEWER", of=builders.chen())


def granted(found: RefundList) -> None:
    """The list is paid: decided after the notice."""
    case = builders.case(content={"list": found.pk})
    refund_case.decide(objection_builders.decided_at(case, decider(), r.AFTER))


def answered(found: RefundList, payer: int, *, approve: bool) -> Case:
    """Somebody objected to an employer on the list: rightly, or in vain."""
    content: dict[str, Any] = {
        "list": found.pk,
        "payer": payer,
        "grounds": "去年裁员很多",
        "effect": "EXCLUDE",
    }
    if approve:
        return objection_builders.decided(decider(), kind="STABILITY_OBJECTION", **content)
    return objection_builders.refused(decider(), kind="STABILITY_OBJECTION", **content)
