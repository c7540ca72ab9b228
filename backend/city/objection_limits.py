"""The time limits of objections by the policy parameters (异议期限), and whence they run."""

from collections.abc import Collection
from datetime import date

from backend.cases.models import Case
from backend.cases.objections import Limits
from backend.deployment import is_demo
from insurance.benefits.recovery.steps import order_served_on
from insurance.issuing import delivery
from insurance.policy import parameters
from insurance.policy.remedy import remedy_terms


def limits_of(region: str, on: date) -> Limits:
    """Give the limits of a region on a day.

    Raises:
        NotConfigured, NotVerified.
    """
    terms = remedy_terms(tree=parameters.load(), region=region, on=on, demo=is_demo())
    return Limits(terms.objection_days.whole, terms.objection_answer_days.whole)


def delivered_on(*, case: Case, party_ids: Collection[int]) -> date | None:
    """Give the day on which a decision reached one of some persons, by its papers, or as the
    service of an order to give back (追回文书送达); of both the later."""
    days = [of(case=case, party_ids=party_ids) for of in (delivery.delivered_on, order_served_on)]
    return max(filter(None, days), default=None)
