"""Take the account out when the years fall short (一次性领取): the conditions of SHORT_YEARS.

At the age, with fewer months than a pension needs, whoever neither pays on nor goes over to the
other scheme may take the account out (人社部令第13号). Who emigrates may when the nationality is
lost and that is shown: the account is not given out early (社会保险法第十四条).
"""

from backend.cases import content
from backend.cases.models import Case
from backend.deployment import is_demo
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.people.models import Person
from backend.people.queries import canonical_id
from insurance.accounts import leaving
from insurance.benefits.refund_check import draws
from insurance.pension import archive_facts
from insurance.pension.in_payment import AlreadyAwarded
from insurance.pension.retirement import minimum_months
from insurance.policy import parameters as policy
from insurance.policy.retirement import YEAR_MONTHS, Category, delay_rule, retirement

SHORT_YEARS = "SHORT_YEARS"
PENSIONS = ("110", "170")
MONTHS_MAX = 12 * 60
RESIDENT_AGE = "resident_pension.pension_age"
RESIDENT_YEARS = "resident_pension.minimum_contribution_years"


class AgeNotReached(Refusal):
    """Before the age nobody takes the account out (未到领取年龄)."""

    code = "lump_sum_age_not_reached"


class YearsEnough(Refusal):
    """Who paid enough draws a pension (缴费年限已够)."""

    code = "lump_sum_years_enough"


def check(case: Case) -> int:
    """At its receipt an ACCOUNT_LUMP_SUM case can be decided as it asks; writes nothing.

    Content: as ``leaving.pay_lump_sum``; of a pension also ``evidence`` – of the lost nationality,
    or of the years – and for SHORT_YEARS ``paid_months`` (paid and deemed).

    Raises:
        ContentInvalid, AgeNotReached, YearsEnough, AlreadyAwarded; NotConfigured, NotVerified.
    """
    scheme, month = leaving.scheme_and_month(case)
    if scheme not in PENSIONS:
        return 0
    if draws(person_id=case.party_id, scheme=scheme):
        raise AlreadyAwarded(f"此人已享受险种 {scheme} 的养老待遇。", case_id=case.pk)
    if case.content.get("reason") == SHORT_YEARS:
        _refuse_pensioners(case, scheme, month)
    else:
        content.text(case, "evidence", "丧失国籍的证明")
    return 0


def decide(case: Case) -> int:
    """The act of an ACCOUNT_LUMP_SUM case; rows written.

    Raises:
        as ``check`` and ``leaving.pay_lump_sum``.
    """
    check(case)
    return leaving.pay_lump_sum(case)


def _refuse_pensioners(case: Case, scheme: str, month: Month) -> None:
    content.text(case, "evidence", "缴费年限的依据")
    paid = content.count(case, "paid_months", "累计缴费月数（含视同）", most=MONTHS_MAX)
    reached = _reached(case, scheme)
    if month < reached:
        raise AgeNotReached(f"{reached} 达到领取年龄，尚未到。", case_id=case.pk)
    least = _least_months(case, scheme, reached)
    if paid >= least:
        raise YearsEnough(f"累计缴费 {paid} 个月，已满 {least} 个月，应按月领取。")


def _reached(case: Case, scheme: str) -> Month:
    """The month in which the age is reached, by what was recognised, else by the ID card."""
    person = Person.objects.get(pk=canonical_id(party_id=case.party_id))
    facts = archive_facts.current(person_id=person.pk)
    birth = Month.of(facts.birth_month if facts else person.birth_date)
    if scheme == "170":
        age = policy.load().resolve(
            RESIDENT_AGE, case.agency.region, birth.plus(60 * YEAR_MONTHS).first_day, is_demo()
        )
        return birth.plus(age.whole * YEAR_MONTHS)
    if facts is None:
        raise content.ContentInvalid("请先办理档案认定，才知道退休年月。", case_id=case.pk)
    rule = delay_rule(tree=policy.load(), category=Category[facts.category])
    return retirement(birth_month=birth, rule=rule).month


def _least_months(case: Case, scheme: str, reached: Month) -> int:
    tree, region, demo = policy.load(), case.agency.region, is_demo()
    if scheme == "110":
        return minimum_months(tree=tree, region=region, month=reached, demo=demo).whole
    return tree.resolve(RESIDENT_YEARS, region, reached.first_day, demo).whole * YEAR_MONTHS
