"""The time limits of objections by the policy parameters (异议期限)."""

from datetime import date

from backend.cases.objections import Limits
from backend.deployment import is_demo
from insurance.policy import parameters
from insurance.policy.remedy import remedy_terms


def limits_of(region: str, on: date) -> Limits:
    """Give the limits of a region on a day.

    Raises:
        NotConfigured, NotVerified.
    """
    terms = remedy_terms(tree=parameters.load(), region=region, on=on, demo=is_demo())
    return Limits(terms.objection_days.whole, terms.objection_answer_days.whole)
