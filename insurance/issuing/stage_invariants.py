"""Prove the promises of the stages of cases on live data (办理环节不变量)."""

from payments.ledger.invariants import Broken, broken_by

# Every statement gives (where, wanted, found) of what is broken; nothing when all is well.
STATEMENTS: tuple[tuple[str, str], ...] = (
    (
        "收件:待补正的已一次性告知,告知的只补正一次",
        """
        SELECT '业务件 ' || c.id, c.state, coalesce(k.answered_at::text, '未补正')
        FROM cases_case c LEFT JOIN cases_correction k ON k.case_id = c.id
        WHERE (c.state = 'CORRECTING' AND (k.case_id IS NULL OR k.answered_at IS NOT NULL))
            OR (c.state IN ('FILED', 'RECEIVED', 'REVIEWED', 'APPROVED', 'REJECTED')
                AND k.case_id IS NOT NULL AND k.answered_at IS NULL)
        """,
    ),
    (
        "收件:不予受理由收件人以外的人签名并写明理由",
        """
        SELECT '业务件 ' || c.id, '签名和理由', c.reason FROM cases_case c
        WHERE c.state = 'DECLINED' AND (c.reason = '' OR c.decided_by = c.received_by
            OR NOT EXISTS (SELECT FROM cases_approval a WHERE a.subject_kind = 'cases.case'
                AND a.subject_id = c.id AND a.step = 'REJECT' AND a.digest = c.digest
                AND a.person_id = c.decided_by))
        """,
    ),
    (
        "期限:未办结的在计算,已办结的已停止,补正期间中止",
        """
        SELECT '业务件 ' || c.id, c.state, coalesce(t.due_on::text, '中止')
        FROM cases_caseterm t JOIN cases_case c ON c.id = t.case_id
        WHERE (t.closed_at IS NULL) <> (c.decided_at IS NULL)
            OR (t.due_on IS NULL) <> (c.state = 'CORRECTING' OR (c.state = 'DECLINED'
                AND EXISTS (SELECT FROM cases_correction k
                            WHERE k.case_id = c.id AND k.answered_at IS NULL)))
        """,
    ),
)


def promises() -> list[str]:
    """Every promise that is proved here, by its name."""
    return [promise for promise, _ in STATEMENTS]


def broken_promises() -> list[Broken]:
    """What does not hold on the data as they are."""
    return list(broken_by(STATEMENTS))
