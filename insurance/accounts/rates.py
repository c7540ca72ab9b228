"""Which rate computes a year (记账利率的取用): its own once announced, else an interim one."""

from datetime import date

from backend.kernel.errors import Refusal
from backend.kernel.parameters import NotConfigured, Resolved
from insurance.accounts.interest import Rate
from insurance.policy import parameters as policy
from insurance.policy.steps import authority

RATES = {
    "110": "pension.account_interest_rate",
    "170": "resident_pension.account_interest_rate",
    "310": "medical.account_interest_rate",
}
INTERIM_RULE = "accounts.interim_rate"
LAST_ANNOUNCED = "LAST_ANNOUNCED"
LOOK_BACK_YEARS = 3


class SchemeWithoutAccounts(Refusal):
    """This scheme keeps no personal accounts (该险种没有个人账户)."""

    code = "account_scheme_unknown"


def rate_of_year(*, scheme: str, region: str, year: int, demo: bool = False) -> Rate:
    """Give the rate of ``year``; while it is not announced, the last one announced, as interim.

    Raises:
        NotConfigured: none is known, of this year or the three before.
        NotVerified: the rate, or the rule for interim ones, is known only by hearsay.
    """
    if scheme not in RATES:
        raise SchemeWithoutAccounts(f"险种 {scheme} 没有个人账户。", scheme=scheme)
    try:
        found, of_year = _rate(scheme, region, year, demo), year
    except NotConfigured:
        found, of_year = _last_announced(scheme, region, year, demo)
    return Rate(
        ratio=found.number,
        of_year=of_year,
        interim=of_year != year,
        parameter=found.key,
        document=found.document,
        standing=found.standing,
        authority=authority(found),
        policy_version=policy.version(),
    )


def _last_announced(scheme: str, region: str, year: int, demo: bool) -> tuple[Resolved, int]:
    rule = policy.load().resolve(INTERIM_RULE, region, _last_day(year), demo=demo)
    if rule.text != LAST_ANNOUNCED:
        raise ValueError(f"no such rule for interim rates: {rule.text}")
    for earlier in range(year - 1, year - LOOK_BACK_YEARS - 1, -1):
        try:
            return _rate(scheme, region, earlier, demo), earlier
        except NotConfigured:
            continue
    return _rate(scheme, region, year, demo), year  # says what is not configured


def _rate(scheme: str, region: str, year: int, demo: bool) -> Resolved:
    return policy.load().resolve(RATES[scheme], region, _last_day(year), demo=demo)


def _last_day(year: int) -> date:
    return date(year, 12, 31)
