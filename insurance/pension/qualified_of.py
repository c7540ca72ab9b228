"""From which month on the resident of a case draws (业务件的起领月): as it tells, by the rule."""

from backend.cases import content
from backend.cases.models import Case
from backend.kernel.months import Month
from insurance.benefits.effective_month import require_month
from insurance.pension.qualified import Qualified, qualified
from insurance.pension.residents import AGE_KEY, FIRST_MONTH_KEY
from insurance.policy import parameters as policy


def qualified_of(case: Case, *, birth_month: Month) -> Qualified:
    """Reckon it; figures of any standing are used, as for the amounts.

    Raises:
        ContentInvalid, ResidentTooYoung, EffectiveMonthDiffers; NotConfigured.
    """
    told = None
    if case.content.get("qualified_on") is not None:
        told = content.day(case, "qualified_on", "达到领取条件之日")
        content.text(case, "qualified_because", "到龄以后才达到领取条件的依据")
    tree, on = policy.load(), told or content.day_of(case)
    found = qualified(
        birth_month=birth_month,
        told=told,
        age=tree.resolve(AGE_KEY, case.agency.region, on, demo=True),
        after=tree.resolve(FIRST_MONTH_KEY, case.agency.region, on, demo=True),
        version=tree.version,
    )
    require_month(written=case.content.get("first_month"), effective=found.first)
    return found
