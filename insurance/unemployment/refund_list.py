"""Draw up and publish the yearly list of refunds (稳岗返还名单、公示): by a decided case.

Every employer that was billed in the year before stands on it, with what it gets or why it gets
nothing. Drawn up again – after an objection, or when money came late – it is published anew.
"""

from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction

from backend.cases import content
from backend.cases.calendar import calendar
from backend.cases.models import Case
from backend.deployment import is_demo
from backend.kernel.errors import Refusal
from backend.kernel.working_days import add_working_days
from backend.people.queries import canonical_id
from insurance.policy import parameters as policy
from insurance.policy.kept_steps import kept
from insurance.policy.standing import mark_of_amount
from insurance.unemployment.books import book_of
from insurance.unemployment.refund_decision import (
    Conditions,
    Decision,
    decide_refund,
    refund_conditions,
)
from insurance.unemployment.refund_facts import employers_of
from insurance.unemployment.refund_models import RefundEntry, RefundGrant, RefundList
from insurance.unemployment.stability_refund import Size

FIRST_YEAR, LAST_YEAR = 2015, 2200
EMPLOYERS_MAX = 10_000  # large ones, and those that are excluded: more than a city has
PAGE = 1_000


class RefundGranted(Refusal):
    """The refunds of the year are decided (该年度的稳岗返还已决定)."""

    code = "refund_granted"


class NobodyListed(Refusal):
    """No employer was billed in the year before (上年没有缴费单位)."""

    code = "refund_nobody_listed"


@dataclass(frozen=True)
class Asked:
    """Which year, from when on it is published, what is said of some employers."""

    year: int
    published_on: date
    holidays: frozenset[date]
    large: dict[int, Size]
    excluded: dict[int, str]


def check(case: Case) -> int:
    """At its receipt a STABILITY_LIST case can be decided as it asks; writes nothing.

    Content: ``year``, ``published_on`` (not before the list is decided); ``holidays`` (a list of
    ``day``: working days that are none, beside those of the table of holidays), ``large`` (a list
    of ``payer``), ``excluded`` (a list of ``payer`` and ``reason``).

    Raises:
        ContentInvalid, ProposalWaits, RefundGranted, NobodyListed, NoBook; NotConfigured,
        NotVerified: a figure.
    """
    asked = _asked(case)
    content.require_only_proposal(case, year=asked.year)
    _decisions(case, asked)
    return 0


@transaction.atomic
def decide(case: Case) -> int:
    """The act of a STABILITY_LIST case: the list as it is published; rows written.

    Raises:
        as ``check``, but for ProposalWaits.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('unemployment.refunds'))")
    asked, book = _asked(case), book_of(case)
    conditions, decisions = _decisions(case, asked)
    before = RefundList.objects.filter(book=book, year=asked.year).count()
    made = RefundList.objects.create(
        book=book,
        region=case.agency.region,
        year=asked.year,
        ordinal=before + 1,
        published_on=asked.published_on,
        notice_until=add_working_days(
            start=asked.published_on,
            days=conditions.notice.whole,
            calendar=calendar().with_holidays(asked.holidays),
        ),
        figures={
            "holidays": sorted(day.isoformat() for day in asked.holidays),
            "layoffs": [one.value for one in conditions.layoffs],
        },
        policy_version=policy.version(),
        standing=mark_of_amount(standing=conditions.standing, demo=is_demo()),
        case_id=case.pk,
    )
    rows = (entry_of(made=made, decision=one) for one in decisions)
    return 1 + len(RefundEntry.objects.bulk_create(rows, batch_size=PAGE))


def entry_of(*, made: RefundList, decision: Decision) -> RefundEntry:
    """Turn what is decided of an employer into its row of a list; nothing is written."""
    of = decision.of
    return RefundEntry(
        list=made,
        payer_id=of.payer_id,
        size=of.size.name,
        paid_fen=of.paid_fen,
        paid_months=of.paid_months,
        laid_off=of.laid_off,
        staff_months=of.staff_months,
        fen=decision.fen,
        refused=decision.refused.name if decision.refused else "",
        note=of.excluded,
        steps=kept(steps=decision.steps),
    )


def _asked(case: Case) -> Asked:
    year = content.count(case, "year", "年度", most=LAST_YEAR)
    published_on = content.day(case, "published_on", "公示起始日期")
    if year < FIRST_YEAR or published_on.year < year:
        raise content.ContentInvalid("公示起始日期不能早于返还年度。", case_id=case.pk)
    if published_on < content.day_of(case):
        raise content.ContentInvalid(
            "公示起始日期不能早于今天；名单办结以后才能公示。", case_id=case.pk
        )
    if RefundGrant.objects.filter(book=book_of(case), year=year).exists():
        raise RefundGranted(f"{year} 年的稳岗返还已决定，名单不能再改。", case_id=case.pk)
    large = content.rows(case, "large", "大型企业", most=EMPLOYERS_MAX)
    excluded = content.rows(case, "excluded", "不予返还的单位", most=EMPLOYERS_MAX)
    return Asked(
        year=year,
        published_on=published_on,
        holidays=content.days(case, "holidays", "法定节假日"),
        large=dict.fromkeys((_payer(row) for row in large), Size.LARGE),
        excluded={_payer(row): content.text(row, "reason", "不予返还的原因") for row in excluded},
    )


def _payer(row: content.Row) -> int:
    return canonical_id(party_id=content.number(row, "payer", "单位"))


def _decisions(case: Case, asked: Asked) -> tuple[Conditions, list[Decision]]:
    """By figures that may count: an employer is paid nothing that would have to come back."""
    conditions = refund_conditions(
        tree=policy.load(), region=case.agency.region, year=asked.year, demo=is_demo()
    )
    employers = employers_of(
        year=asked.year - 1,
        layoffs=conditions.layoffs,
        large=asked.large,
        excluded=asked.excluded,
    )
    if not employers:
        raise NobodyListed(f"{asked.year - 1} 年没有缴纳失业保险费的单位。", case_id=case.pk)
    return conditions, [decide_refund(of=one, conditions=conditions) for one in employers]
