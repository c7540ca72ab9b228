"""Fix what an undeclared employer without an earlier amount owes (确定缴费额): by decision.

社会保险费征缴暂行条例第十条: without an amount of the month before, the agency fixes one for the
time being, by the state of the business, the number of employees and the like. It counts by the
month, from a month on, while the employer does not declare; the roster then takes its place.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction

from backend.cases import content
from backend.cases.models import Case
from backend.deployment import is_demo
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.people.queries import family_of
from backend.people.supersede import replace_from
from insurance.collection.bills import bill_run
from insurance.collection.bills.bill_run import REGION
from insurance.collection.bills.employers_sql import IN_TOTAL
from insurance.collection.bills.undeclared_employers import NotUndeclared
from insurance.collection.models import FixedAmount, LinePart, Undeclared
from insurance.collection.rules.terms import EMPLOYED, MONTHLY
from insurance.collection.rules.undeclared import Basis, undeclared_terms
from insurance.policy import parameters as policy

# Earlier months by which the law fixes the amount itself; estimates do not count under one basis.
EARLIER = f"""
SELECT k.month FROM (
    SELECT f.month, f.part, f.fen + coalesce((SELECT sum(l.fen) FROM collection_billline l
        WHERE l.key_id = f.id AND l.key_id <> l.id), 0) AS fen
    FROM collection_billline f
    WHERE f.payer_id = ANY (%(payers)s) AND f.scheme = %(scheme)s AND f.month < %(month)s
        AND {IN_TOTAL}) k
GROUP BY k.month
HAVING sum(k.fen) > 0 AND NOT (%(last_declared)s
    AND coalesce(sum(k.fen) FILTER (WHERE k.part = %(estimate)s), 0) > 0)
ORDER BY k.month DESC LIMIT 1
"""


class LastTotalKnown(Refusal):
    """The employer has an earlier amount: the law fixes this one by it (已有以前月份的缴费额)."""

    code = "collection_last_total_known"


@dataclass(frozen=True)
class Asked:
    """What an employer shall owe by the month, from a month on."""

    payers: list[int]  # as all entries that live on as this one; the survivor first
    scheme: str
    month: Month
    fen: int
    document: str


def check(case: Case) -> int:
    """At its receipt a COLLECTION_FIXED_AMOUNT case can be decided as it asks; writes nothing.

    The party is the employer. Content: ``scheme``, ``month`` from which on, ``amount`` (yuan a
    month), ``document`` that shows how it was found.

    Raises:
        ContentInvalid, MoneyInvalid, MonthInvalid, NotUndeclared, LastTotalKnown, ProposalWaits;
        NotConfigured, NotVerified: which month counts as the last.
    """
    asked = _asked(case)
    content.require_only_proposal(case, of_party=True, scheme=asked.scheme)
    return 0


@transaction.atomic
def decide(case: Case) -> int:
    """The act of a COLLECTION_FIXED_AMOUNT case; rows written, none when it was done before.

    A later decision takes the place of an earlier one from its month on.

    Raises:
        as ``check``.
    """
    with connection.cursor() as cursor:
        cursor.execute(bill_run.LOCK)  # a run that is being opened knows of it or comes before it
    if FixedAmount.objects.filter(case_id=case.pk).exists():
        return 0
    asked = _asked(case)
    current = FixedAmount.objects.filter(
        payer__in=asked.payers, scheme=asked.scheme, superseded_at__isnull=True
    )
    successor = FixedAmount(
        payer_id=asked.payers[0], scheme=asked.scheme, fen=asked.fen, document=asked.document
    )
    return replace_from(
        current=current, successor=successor, from_date=asked.month.first_day, case_id=case.pk
    )


def _asked(case: Case) -> Asked:
    asked = Asked(
        payers=family_of(party_id=case.party_id),
        scheme=content.choice(case, "scheme", "险种", MONTHLY[EMPLOYED]),
        month=Month.parse(case.content.get("month")),
        fen=content.fen(case, "amount", "每月金额"),
        document=content.text(case, "document", "依据（经营状况、职工人数等）"),
    )
    silent = Undeclared.objects.filter(payer__in=asked.payers, superseded_at__isnull=True)
    if not silent.filter(valid__contains=asked.month.first_day).exists():
        raise NotUndeclared(f"该单位 {asked.month} 没有未申报登记，不能确定缴费额。")
    earlier = _earlier(asked)
    if earlier is not None:
        raise LastTotalKnown(
            f"该单位有 {Month.of(earlier)} 的缴费额，按法律规定的倍数计算，不另行确定。"
        )
    return asked


def _earlier(asked: Asked) -> date | None:
    terms = undeclared_terms(tree=policy.load(), region=REGION, month=asked.month, demo=is_demo())
    values: dict[str, Any] = {
        "payers": asked.payers,
        "scheme": asked.scheme,
        "month": asked.month.first_day,
        "estimate": LinePart.ESTIMATE.value,
        "last_declared": terms.basis is Basis.LAST_DECLARED,
    }
    with connection.cursor() as cursor:
        cursor.execute(EARLIER, values)
        row = cursor.fetchone()
    return row[0] if row else None
