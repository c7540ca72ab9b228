"""Where pension cases that have no sheet of their own keep their steps (计算步骤)."""

from backend.cases.models import Case
from insurance.issuing.decided_steps import NOTHING, Computed
from insurance.pension.models import AllowanceToPension, OneOffPayment
from insurance.policy.kept_steps import read


def of_one_off(case: Case) -> Computed:
    """Of a payment up to the least months."""
    return _kept(OneOffPayment.objects.filter(case_id=case.pk).first())


def of_transition(case: Case) -> Computed:
    """Of an allowance that becomes a pension."""
    return _kept(AllowanceToPension.objects.filter(case_id=case.pk).first())


def _kept(row: OneOffPayment | AllowanceToPension | None) -> Computed:
    return Computed(read(rows=row.steps), row.standing) if row else NOTHING
