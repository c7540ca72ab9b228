"""A pension decided late: its first months are paid with another (补发样例); all invented."""

from backend.cases.decide import decide
from backend.cases.models import Case
from backend.kernel.months import Month
from backend.people.models import Person
from insurance.benefits.models import Entitlement
from tests import builders
from tests.backend.cases import objection_builders as objections
from tests.insurance.benefits import month_builders as m

SEPTEMBER = Month(2026, 9)


def awarded_late(of: Person) -> Entitlement:
    """Two decide in November what is due from September on."""
    case = builders.case(kind="PENSION_AWARD", content={"scheme": "110"}, party=of)
    objections.reviewed(case, builders.member(role="REVIEWER", of=builders.zhao()))
    decided(case)
    return m.entitlement(of=of, start=SEPTEMBER, paid_through=None, case_id=case.pk)


def decided(case: Case) -> Case:
    """Approved by the second."""
    by = builders.member(role="APPROVER", of=builders.chen())
    return decide(
        case_id=case.pk,
        approve=True,
        reason="",
        key=by.key,
        role="APPROVER",
        now=builders.NOW,
        acts={case.kind: objections.nothing},
    )
