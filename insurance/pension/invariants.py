"""Prove the promises of pensions on live data (养老待遇不变量): each check gives what breaks it."""

from collections.abc import Iterator
from functools import cache

from django.db import connection

from backend.cases.decided import truly_decided
from backend.kernel.money import Money
from insurance.pension.award_steps import known_to, steps_of
from insurance.pension.index import INDEX
from insurance.pension.models import Award
from insurance.policy.recompute import first_wrong
from insurance.policy.steps import Step
from payments.ledger.invariants import Broken, broken_by

DECIDED = "养老:认定、审批、核定依据已签名办结的业务件"
STEPS = "养老:每次核定的步骤可以复算,前后一致,等于核定金额"
PAGE = 500
RESULTS = {
    "基础养老金": "basic_fen",
    "个人账户养老金": "account_fen",
    "过渡性养老金": "transitional_fen",
    "超年限养老金": "extra_fen",
}

# Everything that rests on a case, with the kind that its case must be of.
RESTING = """
SELECT x.what, x.case_id, x.kind, c.kind FROM (
    SELECT '档案认定 ' || id AS what, case_id, 'ARCHIVE_FACTS' AS kind FROM pension_archivefacts
    UNION ALL
    SELECT '退休审批 ' || id, case_id, 'RETIREMENT_APPROVAL' FROM pension_retirementapproval
    UNION ALL
    SELECT '待遇核定 ' || id, case_id,
        CASE scheme WHEN '110' THEN 'PENSION_AWARD' ELSE 'RESIDENT_AWARD' END FROM pension_award
    UNION ALL
    SELECT '一次性缴费 ' || id, case_id, 'ONE_OFF_PAYMENT' FROM pension_oneoffpayment
    UNION ALL
    SELECT '病残津贴转基本养老金 ' || id, case_id, 'ALLOWANCE_TO_PENSION'
        FROM pension_allowancetopension
    UNION ALL
    SELECT '制度衔接 ' || id, case_id, 'PENSION_SWITCH' FROM accounts_schemeswitch) x
LEFT JOIN cases_case c ON c.id = x.case_id
ORDER BY x.what
"""

# Every statement gives (where, wanted, found) of what is broken; nothing when all is well.
STATEMENTS: tuple[tuple[str, str], ...] = (
    (
        "养老:审批由行政部门、核定由经办机构的人员签名",
        """
        SELECT c.id || '/' || p.step, CASE c.kind WHEN 'RETIREMENT_APPROVAL' THEN 'DEPARTMENT'
            ELSE 'PENSION' END, a.kind
        FROM cases_case c
        JOIN cases_approval p ON p.subject_kind = 'cases.case' AND p.subject_id = c.id
        JOIN access_staff s ON s.id = p.staff_id JOIN access_agency a ON a.id = s.agency_id
        WHERE c.kind IN ('RETIREMENT_APPROVAL', 'PENSION_AWARD', 'RESIDENT_AWARD')
            AND (a.id <> c.agency_id OR a.kind <> CASE c.kind
                WHEN 'RETIREMENT_APPROVAL' THEN 'DEPARTMENT' ELSE 'PENSION' END)
        """,
    ),
    (
        "养老:每项依据业务件的待遇有其核定,起始月各项相等",
        """
        WITH part AS (
            SELECT a.entitlement_id, x.component, x.fen
            FROM pension_award a CROSS JOIN LATERAL (VALUES ('BASIC', a.basic_fen),
                ('ACCOUNT', a.account_fen), ('TRANSITIONAL', a.transitional_fen),
                ('EXTRA_YEARS', a.extra_fen)) x (component, fen)
            WHERE x.fen > 0 AND NOT EXISTS (
                SELECT FROM pension_award n WHERE n.previous_id = a.id)),
        paid AS (
            SELECT c.entitlement_id, c.component, sum(c.fen) AS fen
            FROM benefits_entitlement e JOIN benefits_component c ON c.entitlement_id = e.id
                AND c.superseded_at IS NULL AND c.valid @> e.start_month
            WHERE e.case_id IS NOT NULL AND e.scheme IN ('110', '170')
                AND c.component IN ('BASIC', 'ACCOUNT', 'TRANSITIONAL', 'EXTRA_YEARS')
            GROUP BY 1, 2)
        SELECT coalesce(p.entitlement_id, d.entitlement_id) || '/'
                || coalesce(p.component, d.component),
            coalesce(p.fen::text, '无核定'), coalesce(d.fen::text, '无项目')
        FROM part p FULL JOIN paid d USING (entitlement_id, component)
        WHERE p.fen IS DISTINCT FROM d.fen
        """,
    ),
    (
        "养老:核定的待遇是同一人、同一险种、次月起领取,重算、更正不换待遇",
        """
        SELECT a.id::text, e.person_id || '/' || e.scheme || '/' || e.start_month,
            a.person_id || '/' || a.scheme || '/' || a.retirement_month
        FROM pension_award a JOIN benefits_entitlement e ON e.id = a.entitlement_id
        LEFT JOIN pension_award b ON b.id = a.previous_id
        LEFT JOIN pension_award n ON n.previous_id = a.id
        WHERE (e.person_id, e.scheme) <> (a.person_id, a.scheme)
            OR n.id IS NULL AND e.start_month <>
                (a.retirement_month + interval '1 month')::date
            OR b.entitlement_id <> a.entitlement_id
            OR a.kind = 'RECALCULATION' AND a.scheme = '110' AND NOT b.interim
                AND b.account_years IS NULL
        """,
    ),
    (
        "养老:病残津贴按核定整笔列支,转为基本养老金的月份依据现行的转办",
        """
        SELECT e.id::text, a.route || ' ' || a.retirement_month || ' ' || coalesce(
                t.first_month::text, '未转'), concat_ws(' ', e.item_ordinal, e.item_until)
        FROM benefits_entitlement e JOIN pension_award a ON a.entitlement_id = e.id
        LEFT JOIN pension_allowancetopension t ON t.entitlement_id = e.id
            AND t.superseded_at IS NULL
        WHERE a.scheme = '110'
            AND NOT EXISTS (SELECT FROM pension_award n WHERE n.previous_id = a.id)
            AND (e.item_ordinal IS NOT NULL AND a.route <> 'ILLNESS'
                OR e.item_ordinal IS NULL AND a.route = 'ILLNESS'
                    AND a.retirement_month >= '2025-01-01'  -- 人社部发〔2024〕72号
                OR e.item_until IS DISTINCT FROM t.first_month)
        """,
    ),
)


def broken_promises() -> list[Broken]:
    """Run every check; an empty list is the proof."""
    return [*_undecided(), *_unexplained(), *broken_by(STATEMENTS)]


def promises() -> list[str]:
    """The names of all checks."""
    return [DECIDED, STEPS, *(promise for promise, _ in STATEMENTS)]


def _undecided() -> Iterator[Broken]:
    """What rests on no case, on one of another kind, or on one that nobody truly signed."""
    with connection.cursor() as cursor:
        cursor.execute(RESTING, [])
        resting = cursor.fetchall()
    decided = truly_decided(case_ids={case for _, case, _, _ in resting if case is not None})
    for what, case_id, wanted, found in resting:
        if found != wanted or case_id not in decided:
            yield Broken(DECIDED, what, f"已签名办结的 {wanted}", f"{found or '无'} {case_id}")


def _unexplained() -> Iterator[Broken]:
    awards = Award.objects.select_related("previous").order_by("pk")
    known = cache(known_to)  # of each run and month once
    for award in awards.iterator(chunk_size=PAGE):
        wrong = _wrong_step(award, steps_of(award=award, known=known))
        if wrong:
            yield Broken(STEPS, str(award.pk), "可以复算", wrong)


def _wrong_step(award: Award, steps: tuple[Step, ...]) -> str:
    """The step that does not come out, or that gives another amount than was awarded."""
    wrong = first_wrong(steps=steps)
    if wrong is not None:
        return wrong.name
    told = {step.name: step.result for step in steps}
    index = told.get(INDEX)
    if index is not None and int(index.replace(".", "")) != award.average_index:
        return INDEX
    return next(
        (
            name
            for name, field in RESULTS.items()
            if name in told and told[name] != str(Money(getattr(award, field)))
        ),
        "",
    )
