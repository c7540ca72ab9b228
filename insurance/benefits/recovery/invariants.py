"""Prove the promises of recovery on live data (追回不变量): each check gives what breaks it."""

import json
from collections.abc import Iterator

from django.db import connection

from backend.cases.decided import truly_decided
from backend.kernel.money import Money
from insurance.benefits.recovery.reckoning import NOTICE, ORDER
from insurance.benefits.recovery.set_off_reckoning import MONTHLY, ONCE
from insurance.benefits.recovery.standing import CAME_BACK, STANDING
from insurance.policy.kept_steps import read
from insurance.policy.recompute import first_wrong
from payments.ledger.invariants import Broken, broken_by

DECIDED = "追回:环节、到账、抵扣所依据的业务件均已签名办结"
EXPLAINED = "追回:告知、责令、抵扣的金额各有可以复算的步骤"

# Every statement gives (where, wanted, found) of what is broken; nothing when all is well.
STATEMENTS: tuple[tuple[str, str], ...] = (
    (
        "追回:退回的不多于要求退回的",
        f"""
        SELECT recovery_id::text, asked_fen::text, (received_fen + set_off_fen)::text
        FROM ({STANDING}) t WHERE received_fen + set_off_fen > asked_fen
        """,
    ),
    (
        "追回:备查簿销记等于到账和抵扣,减去退还",
        """
        WITH came AS (
            SELECT r.book_id, r.debtor_id, b.fen FROM benefits_recoveryreceipt b
            JOIN benefits_recovery r ON r.id = b.recovery_id
          UNION ALL
            SELECT r.book_id, r.debtor_id, k.fen FROM benefits_sharesetoff k
            JOIN benefits_recovery r ON r.id = k.recovery_id
            JOIN benefits_claimshare s ON s.id = k.share_id AND benefits_claim_stands(s.claim_id)
          UNION ALL
            SELECT r.book_id, r.debtor_id, k.fen FROM benefits_accountsetoff k
            JOIN benefits_recovery r ON r.id = k.recovery_id
          UNION ALL
            SELECT book_id, person_id, -fen FROM benefits_claim
            WHERE kind = 'PAID_BACK' AND superseded_at IS NULL
          UNION ALL
            SELECT r.book_id, r.debtor_id, d.fen FROM benefits_due d
            JOIN benefits_run n ON n.period = d.run_period AND n.state = 'SEALED'
            JOIN benefits_runsetoff p ON p.run_id = n.id AND p.entitlement_id = d.entitlement_id
            JOIN benefits_setoff o ON o.id = p.set_off_id
            JOIN benefits_recovery r ON r.id = o.recovery_id
            WHERE d.kind = 3)
        SELECT coalesce(c.book_id, m.book_id) || '/' || coalesce(c.debtor_id, m.party_id),
            coalesce(c.fen, 0)::text, coalesce(m.fen, 0)::text
        FROM (SELECT book_id, debtor_id, sum(fen) AS fen FROM came GROUP BY 1, 2) c
        FULL JOIN (SELECT book_id, party_id, -sum(fen) AS fen FROM ledger_memoentry
            WHERE source = ANY (%(sources)s) GROUP BY 1, 2) m
            ON m.book_id = c.book_id AND m.party_id = c.debtor_id
        WHERE coalesce(c.fen, 0) <> coalesce(m.fen, 0)
        """,
    ),
    (
        "追回:到账已记账,当年冲减支出,以前年度列其他收入",
        """
        SELECT b.id::text, b.fen::text, coalesce(sum(p.dr_fen - p.cr_fen), 0)::text
        FROM benefits_recoveryreceipt b
        LEFT JOIN ledger_entry e ON e.source = 'benefits.recovery' AND e.source_id = b.id::text
        LEFT JOIN (ledger_posting p JOIN ledger_account a ON a.id = p.account_id
            AND a.code = '1004') ON p.entry_id = e.id
        GROUP BY b.id HAVING coalesce(sum(p.dr_fen - p.cr_fen), 0) <> b.fen
        """,
    ),
    (
        "追回:抵扣的应发有其决定,同一基金,不超过决定的金额和比例",
        """
        SELECT d.due_ref::text, coalesce(least(p.fen, (d.fen + f.fen) * p.most_ppm / 1000000)::text,
            '决定'), d.fen::text
        FROM benefits_due d
        LEFT JOIN benefits_due f ON f.kind = 1 AND f.entitlement_id = d.entitlement_id
            AND f.for_month = d.for_month
        LEFT JOIN benefits_run n ON n.period = d.run_period
        LEFT JOIN benefits_runsetoff p ON p.run_id = n.id AND p.entitlement_id = d.entitlement_id
        LEFT JOIN benefits_setoff s ON s.id = p.set_off_id AND s.entitlement_id = d.entitlement_id
        LEFT JOIN benefits_recovery r ON r.id = s.recovery_id
        LEFT JOIN benefits_entitlement e ON e.id = d.entitlement_id AND e.book_id = r.book_id
        WHERE d.kind = 3 AND (e.id IS NULL OR f.due_ref IS NULL
            OR d.fen > least(p.fen, (d.fen + f.fen) * p.most_ppm / 1000000))
        """,
    ),
    (
        "追回:从个人账户抵扣的等于本人同一险种账户的支出",
        """
        SELECT 'case/' || coalesce(k.case_id, e.case_id), coalesce(k.fen, 0)::text,
            coalesce(e.fen, 0)::text
        FROM (SELECT k.case_id, k.fen, c.canonical_id, b.scheme, k.month
              FROM benefits_accountsetoff k JOIN benefits_recovery r ON r.id = k.recovery_id
              JOIN people_canonical c ON c.party_id = r.debtor_id
              JOIN ledger_book b ON b.id = r.book_id) k
        FULL JOIN (SELECT source_id AS case_id, c.canonical_id, scheme, arrival_month AS month,
                  -sum(fen) AS fen
              FROM accounts_accountentry JOIN people_canonical c ON c.party_id = person_id
              WHERE kind = 'SET_OFF' GROUP BY 1, 2, 3, 4) e
            USING (case_id, canonical_id, scheme, month)
        WHERE coalesce(k.fen, 0) <> coalesce(e.fen, 0)
        """,
    ),
    (
        "追回:撤销或终结的追回没有继续的按月抵扣",
        """
        SELECT s.id::text, '终止', s.valid::text FROM benefits_setoff s
        JOIN benefits_recoverystep t ON t.recovery_id = s.recovery_id AND t.stage = 7
        WHERE s.superseded_at IS NULL AND upper_inf(s.valid)
        """,
    ),
    (
        "追回:陈述申辩期限晚于告知的决定,退回期限晚于责令的决定",
        """
        SELECT t.id::text, '晚于 ' || d.day, t.until::text FROM benefits_recoverystep t
        JOIN cases_case c ON c.id = t.case_id
        CROSS JOIN LATERAL (SELECT coalesce((SELECT (c.content ->> 'received_date')::date
            FROM deployment WHERE kind = 'DEMO'),
            (c.decided_at AT TIME ZONE 'Asia/Shanghai')::date) AS day) d
        WHERE t.until <= d.day
        """,
    ),
    (
        "追回:协议各期之和等于协议金额",
        """
        SELECT t.id::text, t.fen::text, coalesce(sum(i.fen), 0)::text FROM benefits_recoverystep t
        LEFT JOIN benefits_recoveryinstalment i ON i.step_id = t.id
        WHERE t.stage = 5 GROUP BY t.id HAVING coalesce(sum(i.fen), 0) <> t.fen
        """,
    ),
)

# What was decided, by which name the steps give it, and the steps.
AMOUNTS = """
SELECT '环节 ' || id AS what, CASE stage WHEN 1 THEN %(notice)s ELSE %(order)s END, fen, reckoned
FROM benefits_recoverystep WHERE stage IN (1, 3)
UNION ALL
SELECT '抵扣 ' || k.case_id, %(monthly)s, k.fen, d.reckoned FROM benefits_setoff k
LEFT JOIN benefits_setoffdecision d ON d.case_id = k.case_id
WHERE upper_inf(k.valid)  -- a shorter one ends it
UNION ALL
SELECT '抵扣 ' || k.case_id, %(once)s, k.fen, d.reckoned FROM (
    SELECT case_id, fen FROM benefits_sharesetoff
    UNION ALL SELECT case_id, fen FROM benefits_accountsetoff) k
LEFT JOIN benefits_setoffdecision d ON d.case_id = k.case_id
ORDER BY what
"""
RESTING = """
SELECT case_id FROM benefits_recovery UNION SELECT case_id FROM benefits_recoverystep
UNION SELECT case_id FROM benefits_recoveryreceipt UNION SELECT case_id FROM benefits_setoff
UNION SELECT case_id FROM benefits_sharesetoff UNION SELECT case_id FROM benefits_accountsetoff
UNION SELECT case_id FROM benefits_setoffdecision
"""


def broken_promises() -> list[Broken]:
    """Run every check; an empty list is the proof."""
    return [*_undecided(), *_unexplained(), *broken_by(STATEMENTS, {"sources": list(CAME_BACK)})]


def promises() -> list[str]:
    """The names of all checks."""
    return [DECIDED, EXPLAINED, *(promise for promise, _ in STATEMENTS)]


def _undecided() -> Iterator[Broken]:
    with connection.cursor() as cursor:
        cursor.execute(RESTING)
        wanted = {case_id for (case_id,) in cursor.fetchall()}
    for case_id in sorted(wanted - truly_decided(case_ids=wanted)):
        yield Broken(DECIDED, str(case_id), "已签名办结", "否")


def _unexplained() -> Iterator[Broken]:
    names = {"notice": NOTICE, "order": ORDER, "monthly": MONTHLY, "once": ONCE}
    with connection.cursor() as cursor:
        cursor.execute(AMOUNTS, names)
        rows = cursor.fetchall()
    for what, name, fen, reckoned in rows:
        steps = read(rows=json.loads(reckoned or "[]"))
        amount = str(Money(fen))
        if first_wrong(steps=steps) is not None or (name, amount) not in {
            (step.name, step.result) for step in steps
        }:
            yield Broken(EXPLAINED, what, f"{name} {amount}", steps[-1].result if steps else "无")
