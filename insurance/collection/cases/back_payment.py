"""Bill past months that were not paid (补缴), by a decided case with evidence.

The months are enrolled where they were not, and billed by the figures of their time; the lines of
an employer were due in their own months, so that late fees run from there. What a case billed, no
monthly run assesses again; a top-up does, on the wage that was decided.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction

from backend.cases import content
from backend.cases.authority import Weight
from backend.cases.content import Asks
from backend.cases.models import Case
from backend.cases.weights import require_minutes
from backend.deployment import is_demo
from backend.kernel.errors import Refusal
from backend.kernel.months import Month, MonthRange
from backend.people.queries import canonical_id, family_of
from insurance.collection.bills import bill_run, employers, monthly_bills
from insurance.collection.bills import bill_sql as sql
from insurance.collection.bills.bill_figures import Place, modes_of
from insurance.collection.bills.bill_run import REGION
from insurance.collection.keys import payers_of
from insurance.collection.models import BillRun, BillRunKind, LinePart
from insurance.collection.rules.assess import Insured, assess_person
from insurance.collection.rules.back_payment_rules import check_basis, terms_in_force
from insurance.collection.rules.bounds import Several
from insurance.collection.rules.gaps import check_may_fill
from insurance.collection.rules.lines import Line
from insurance.collection.rules.pay_by import pay_by_rule
from insurance.collection.rules.terms import EMPLOYED, FLEXIBLE, MONTHLY, Terms, terms_for
from insurance.enrolment.back_months import enrol_back
from insurance.enrolment.back_wages import refuse_other_wage
from insurance.policy import parameters as policy

# Keys of a person's months at a payer, or at any, as entries that live on as these, each with its
# differences.
BILLED = """
SELECT f.payer_id, f.scheme, f.month, sum(f.fen + coalesce(d.fen, 0))::bigint,
    bool_or(r.kind = 'BACK_PAYMENT' OR coalesce(d.decided, false))
FROM collection_billline f
JOIN collection_billrun r ON r.id = f.run_id
LEFT JOIN LATERAL (
    SELECT sum(l.fen) AS fen, bool_or(n.kind = 'BACK_PAYMENT') AS decided
    FROM collection_billline l JOIN collection_billrun n ON n.id = l.run_id
    WHERE l.key_id = f.id AND l.key_id <> l.id) d ON true
WHERE f.payer_id = ANY (%(payers)s) AND f.person_id = ANY (%(persons)s)
    AND f.scheme = ANY (%(schemes)s) AND f.key_id = f.id
GROUP BY 1, 2, 3
"""
WRITE = f"""
WITH owed AS (
    SELECT f.id AS key_id, o.* FROM unnest(%(payers)s::bigint[], %(persons)s::bigint[],
        %(schemes)s::text[], %(months)s::date[], %(parts)s::smallint[], %(fens)s::bigint[],
        %(account_fens)s::bigint[])
        AS o (payer_id, person_id, scheme, month, part, fen, account_fen)
    LEFT JOIN collection_billline f ON f.payer_id = o.payer_id AND f.scheme = o.scheme
        AND f.month = o.month AND f.person_id = o.person_id AND f.part = o.part
        AND f.key_id = f.id),
{sql.WRITE}
"""


class MonthsNotPast(Refusal):
    """What is not over is billed by the monthly run (只能补缴以前的月份)."""

    code = "collection_back_payment_not_past"


class MonthsToBeBilled(Refusal):
    """A month is over, and its monthly run is still to come (月份尚未按月核定)."""

    code = "collection_back_payment_to_be_billed"


class MonthsBilled(Refusal):
    """These months are billed already, in part or in whole (月份已核定应缴)."""

    code = "collection_back_payment_billed"


class SeveralEmployers(Refusal):
    """Where one ceiling bounds all employers the monthly run has to say (多处参保须合并计算)."""

    code = "collection_back_payment_several"


@dataclass(frozen=True)
class Asked:
    """What a case asks for: whose months, at which payer, on which monthly wage."""

    person: int
    payer: int | None  # None: the person itself, alone
    schemes: tuple[str, ...]
    months: MonthRange
    wage_fen: int
    evidence: str

    @property
    def kind(self) -> str:
        """In which capacity."""
        return FLEXIBLE if self.payer is None else EMPLOYED

    @property
    def as_decided(self) -> dict[str, Any]:
        """What a top-up assesses again, as the run keeps it."""
        assert self.months.end is not None
        return {
            "person": self.person,
            "payer": self.payer_id,
            "kind": self.kind,
            "schemes": list(self.schemes),
            "first": self.months.start.first_day.isoformat(),
            "until": self.months.end.first_day.isoformat(),
            "wage_fen": self.wage_fen,
        }

    @property
    def payer_id(self) -> int:
        """Who pays."""
        return self.person if self.payer is None else self.payer


def check(case: Case) -> int:
    """At its receipt a COLLECTION_BACK_PAYMENT case can be decided as it asks; writes nothing.

    Content: ``payer`` (null: alone), ``schemes`` ("110+310"), ``from_month``, ``last_month``,
    ``wage`` (yuan a month), ``evidence`` (a code), ``evidence_no``; where all its months, those of
    before counted, are decided collectively, the minutes: see ``collective``.

    Raises:
        ContentInvalid, MonthsNotPast, MonthsToBeBilled, EvidenceMissing, MinutesMissing,
        MinutesInvalid, MonthsBilled, GapClosed, SeveralEmployers; NotConfigured, NotVerified: a
        figure.
    """
    _lines(_checked(case), content.day_of(case))
    return 0


@transaction.atomic
def decide(case: Case) -> int:
    """The act of a COLLECTION_BACK_PAYMENT case; rows written, none when it was done before.

    Raises:
        as ``check``; PersonUnknown, PayerUnknown, Dead, PayerDeregistered, OtherCapacity;
        RunStillOpen: a run is being computed.
    """
    with connection.cursor() as cursor:
        cursor.execute(bill_run.LOCK)
    if BillRun.objects.filter(kind=BillRunKind.BACK_PAYMENT, case_id=case.pk).exists():
        return 0
    bill_run.require_nothing_open()
    asked, today = _checked(case), content.day_of(case)
    lines = _lines(asked, today)
    rows = enrol_back(
        case=case,
        payer_id=asked.payer,
        schemes=asked.schemes,
        months=asked.months,
        wage_fen=asked.wage_fen,
    )
    run = _open_run(case, asked, Month.of(today))
    written = bill_run.write(statement=WRITE, values={"run_id": run.pk, **_columns(lines)})
    monthly_bills.finish_run(run_id=run.pk)
    return rows + 1 + written.lines


def weigh(asks: Asks) -> Weight:
    """What a COLLECTION_BACK_PAYMENT case weighs by itself: its months."""
    return Weight(months=len(list(content.months(asks).months())))


def _checked(case: Case) -> Asked:
    """What is asked for, with what it rests on, and none of it billed."""
    asked = _asked(case)
    today = content.day_of(case)
    _check_billed(list(asked.months.months())[-1], today)
    terms = terms_in_force(
        tree=policy.load(), region=REGION, kind=asked.kind, on=today, demo=is_demo()
    )
    billed = _billed(asked)
    months = set(asked.months.months())
    before = {(row.scheme, row.month) for row in billed if row.decided and row.fen > 0}
    for scheme in asked.schemes:
        earlier = {month for of, month in before if of == scheme}
        count = len(months | earlier)
        check_basis(terms=terms, months=count, evidence=asked.evidence)
        require_minutes(case, weight=Weight(months=count), demo=is_demo())
    for row in billed:
        if row.fen > 0 and row.payer_id == asked.payer_id and row.month in months:
            raise MonthsBilled(f"{row.month} 险种 {row.scheme} 已核定应缴，不能补缴。")
    refuse_other_wage(
        person_id=asked.person,
        payer_id=asked.payer,
        months=asked.months,
        wage_fen=asked.wage_fen,
    )
    return asked


def _check_billed(last: Month, today: date) -> None:
    """What the monthly run is to bill, or will, is none of a case's."""
    if last >= Month.of(today):
        raise MonthsNotPast("只能补缴以前的月份；本月及以后由按月核定办理。")
    newest = BillRun.objects.filter(kind=BillRunKind.EMPLOYERS).order_by("period").last()
    if newest is not None and last > Month.of(newest.period):
        raise MonthsToBeBilled(
            f"{last} 还没有按月核定（已核定到 {Month.of(newest.period)}），"
            "核定以后仍然缺的月份再办补缴。",
            month=str(last),
        )


def _asked(case: Case) -> Asked:
    payer = content.optional_number(case, "payer", "单位")
    kind = EMPLOYED if payer is not None else FLEXIBLE
    schemes = tuple(sorted(str(case.content.get("schemes", "")).split("+")))
    if not set(schemes) <= set(MONTHLY[kind]) or len(set(schemes)) != len(schemes):
        raise content.ContentInvalid(f"险种应为 {'、'.join(MONTHLY[kind])}，用加号连接。")
    content.text(case, "evidence_no", "证明材料的文号或名称")
    return Asked(
        person=canonical_id(party_id=case.party_id),
        payer=None if payer is None else canonical_id(party_id=payer),
        schemes=schemes,
        months=content.months(case),
        wage_fen=content.fen(case, "wage", "月缴费工资"),
        evidence=str(case.content.get("evidence", "")),
    )


@dataclass(frozen=True)
class _Billed:
    payer_id: int
    scheme: str
    month: Month
    fen: int
    decided: bool


def _billed(asked: Asked) -> list[_Billed]:
    """What was billed of the person in these schemes, wherever it was insured."""
    payers, persons = payers_of(person_id=asked.person)
    here = family_of(party_id=asked.payer_id)
    values: dict[str, Any] = {
        "persons": persons,
        "payers": sorted({*payers, *here}),
        "schemes": list(asked.schemes),
    }
    with connection.cursor() as cursor:
        cursor.execute(BILLED, values)
        return [
            _Billed(canonical_id(party_id=payer), scheme, Month.of(month), int(fen), decided)
            for payer, scheme, month, fen, decided in cursor.fetchall()
        ]


def _lines(asked: Asked, today: date) -> list[Line]:
    """What is owed for each month and scheme, by the figures of the month."""
    insured = Insured(asked.person, asked.payer_id, asked.wage_fen)
    lines: list[Line] = []
    for month in asked.months.months():
        for scheme in asked.schemes:
            _check_in_time(asked, scheme, month, today)
            terms = _terms(asked, scheme, month, today)
            if terms.several is Several.SUM_CEILING and asked.payer is not None:
                raise SeveralEmployers("本地多处参保合并计算上限，请先办理参保更正后按月核定。")
            lines += assess_person(insured=insured, terms=terms).lines
    return lines


def _terms(asked: Asked, scheme: str, month: Month, today: date) -> Terms:
    return terms_for(
        tree=policy.load(),
        scheme=scheme,
        kind=asked.kind,
        region=REGION,
        month=month,
        known_on=today,
        demo=is_demo(),
    )


def _last_day(asked: Asked, scheme: str, month: Month) -> date:
    rule = pay_by_rule(
        tree=policy.load(),
        kind=asked.kind,
        scheme=scheme,
        region=REGION,
        month=month,
        demo=is_demo(),
    )
    return rule.last_day(month)


def _check_in_time(asked: Asked, scheme: str, month: Month, today: date) -> None:
    """Who pays alone fills a gap up to its last day only."""
    if asked.payer is None:
        check_may_fill(month=month, pay_by=_last_day(asked, scheme, month), today=today)


def _open_run(case: Case, asked: Asked, period: Month) -> BillRun:
    runs = BillRun.objects.filter(kind=BillRunKind.BACK_PAYMENT, period=period.first_day)
    days = [
        {
            "kind": asked.kind,
            "scheme": scheme,
            "month": month.first_day.isoformat(),
            "day": _last_day(asked, scheme, month).isoformat(),
        }
        for month in asked.months.months()
        for scheme in asked.schemes
    ]
    place = Place(REGION, period, content.day_of(case), is_demo())
    return BillRun.objects.create(
        kind=BillRunKind.BACK_PAYMENT,
        period=period.first_day,
        ordinal=runs.count() + 1,
        known_at=case.decided_at or case.received_at,
        policy_version=policy.version(),
        reason=f"{asked.evidence} {case.content['evidence_no']}"[:200],
        case_id=case.pk,
        parameters={
            "region": REGION,
            "first_month": asked.months.start.first_day.isoformat(),
            "chunks": [],
            "pay_by": days,
            "modes": modes_of(place=place, districts=employers.districts()),
            "decided": asked.as_decided,
        },
    )


def _columns(lines: list[Line]) -> dict[str, Any]:
    keys = [line.key for line in lines]
    return {
        "payers": [key.payer_id for key in keys],
        "persons": [key.person_id for key in keys],
        "schemes": [key.scheme for key in keys],
        "months": [key.month.first_day for key in keys],
        "parts": [LinePart[key.part.name].value for key in keys],
        "fens": [line.fen for line in lines],
        "account_fens": [line.account_fen for line in lines],
    }
