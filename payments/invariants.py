"""Prove the promises of payments on live data (支付不变量): each check gives what breaks it."""

from collections.abc import Iterator

from django.db import connection

from backend.cases import approvals
from backend.cases.decided import truly_decided
from payments.account_answers import told_by
from payments.bank_folders import bank_folder, sha256_of
from payments.batches import recompute_digests
from payments.ledger.invariants import Broken, broken_by
from payments.models import (
    AccountAnswer,
    AccountAnswerFile,
    BankFile,
    Batch,
    BatchKind,
    BatchRefusal,
    BatchState,
    ReturnFile,
)
from payments.postings import IN_LIABILITY
from payments.return_proof import ANSWERS_AS_IN_FILE, outcomes_unlike_their_files
from payments.signing import STEPS, SUBJECT
from payments.withdrawals import SOURCE as WITHDRAWN
from payments.withdrawals import WAITING

SAID = "INV-08 对批次的不同意、撤回有本系统的证明"
CONTENT = "INV-09 批次内容与摘要一致"
SIGNED = "INV-08 三人签名有效"
FILES = "INV-09 报盘文件与摘要一致"
ANSWERS = ANSWERS_AS_IN_FILE
DECIDED = "INV-08 结果、账户、差异所依据的业务件签名有效"
ACCOUNTS = "更正的收款账户与办结的业务件一致"
ENDED = "不再有效的收款账户由业务件写入的账户替代,或者有办结的否认办理核查"
COOLED = "收款账户在冷静期满或者免除以后启用"
CHECKED = "账户核验结果与银行回复一致"
CLOSED = "关闭的对账差异有其依据"
VERIFIABLE = "审批签名可验证"
AFTER_SEAL = tuple(s for s in BatchState.values if s not in ("DRAFT", "EMPTY"))

# Every statement gives (where, wanted, found) of what is broken; nothing when all is well.
STATEMENTS: tuple[tuple[str, str], ...] = (
    (
        "INV-03 每次发放只有一个有效结果链",
        """
        SELECT a.due_ref || '-' || a.n, '上次为银行退回', coalesce(max(o.state)::text, '无')
        FROM payments_attempt a
        LEFT JOIN payments_outcome o ON o.due_ref = a.due_ref AND o.n = a.n - 1
        WHERE a.n > 1 GROUP BY a.due_ref, a.n HAVING max(o.state) IS DISTINCT FROM 9
        """,
    ),
    (
        "INV-03 同一应发至多入账一次",
        """
        SELECT due_ref::text, '1', count(*)::text FROM (
            SELECT due_ref, n FROM payments_outcome GROUP BY due_ref, n HAVING max(state) = 8) paid
        GROUP BY due_ref HAVING count(*) > 1
        """,
    ),
    (
        "INV-03 每个明细在其批次中",
        """
        SELECT a.due_ref || '-' || a.n, '批次存在', a.batch_id::text FROM payments_attempt a
        LEFT JOIN payments_batch b ON b.id = a.batch_id WHERE b.id IS NULL
        """,
    ),
    (
        "INV-04 批次等于其明细之和",
        """
        SELECT b.no, b.line_count || '/' || b.fen, coalesce(a.n, 0) || '/' || coalesce(a.fen, 0)
        FROM payments_batch b LEFT JOIN (
            SELECT batch_id, count(*) AS n, sum(fen) AS fen FROM payments_attempt GROUP BY 1) a
            ON a.batch_id = b.id
        WHERE b.state <> 'DRAFT'
            AND (b.line_count, b.fen) IS DISTINCT FROM (coalesce(a.n, 0), coalesce(a.fen, 0))
        """,
    ),
    (
        "INV-04 已回盘批次的每个明细都有结果",
        """
        SELECT b.no, '0 个没有结果', count(*)::text
        FROM payments_batch b JOIN payments_attempt a ON a.batch_id = b.id
        WHERE b.state IN ('RETURNED', 'RECONCILED', 'CLOSED') AND NOT EXISTS (
            SELECT 1 FROM payments_outcome o WHERE o.due_ref = a.due_ref AND o.n = a.n)
        GROUP BY b.id
        """,
    ),
    (
        "INV-07 制单、复核、审批、放款为不同的自然人",
        """
        SELECT no, '互不相同', concat_ws('/', made_by, checked_by, approved_by, sent_by)
        FROM payments_batch
        WHERE (SELECT count(p) <> count(DISTINCT p)
               FROM unnest(ARRAY[made_by, checked_by, approved_by, sent_by]) AS p)
        """,
    ),
    (
        "INV-08 同一自然人的不相容岗位不同时",
        """
        WITH held AS (
            SELECT s.person_id AS own_id, coalesce(k.survivor_id, s.person_id) AS person_id,
                r.role, r.valid, (k.recorded_at AT TIME ZONE 'Asia/Shanghai')::date AS merged_on
            FROM access_roleassignment r JOIN access_staff s ON s.id = r.staff_id
            LEFT JOIN people_alias k ON k.party_id = s.person_id)
        SELECT '自然人 ' || a.person_id, '不同时任职',
            concat_ws(' ', a.role, a.valid, b.role, b.valid)
        FROM access_roleconflict x JOIN access_roleconflict y ON y.pair = x.pair AND y.role > x.role
        JOIN held a ON a.role = x.role
        JOIN held b ON b.role = y.role AND b.person_id = a.person_id AND b.valid && a.valid
        WHERE a.own_id = b.own_id  -- of two entries: after the day on which they became one
            OR coalesce(upper(a.valid * b.valid), 'infinity')
                > greatest(a.merged_on, b.merged_on) + 1
        """,
    ),
    (
        "INV-08 岗位属于账号本人",
        """
        SELECT '任职 ' || r.id, s.person_id::text, r.person_id::text FROM access_roleassignment r
        JOIN access_staff s ON s.id = r.staff_id WHERE r.person_id <> s.person_id
        """,
    ),
    (
        "INV-09 报盘序号无断号",
        """
        SELECT s.bank, s.last::text, concat_ws('/', count(f.id), min(f.serial), max(f.serial))
        FROM payments_bankserial s LEFT JOIN payments_bankfile f ON f.bank = s.bank
        GROUP BY s.bank HAVING count(f.id) <> s.last
            OR coalesce(max(f.serial), 0) <> s.last OR coalesce(min(f.serial), 1) <> 1
        """,
    ),
    (
        "银行的回盘不由该批次的签名人导入",
        """
        SELECT b.no, '0', r.received_by::text FROM payments_batch b
        JOIN payments_returnfile r ON r.batch_id = b.id AND r.accepted
        WHERE r.received_by IN (b.checked_by, b.approved_by, b.sent_by)
        """,
    ),
    (
        "平账的批次没有未了差异,每个明细已付或已退",
        """
        SELECT b.no, '0', count(*)::text FROM payments_batch b
        JOIN payments_discrepancy d ON d.batch_id = b.id
        WHERE b.state IN ('RECONCILED', 'CLOSED') AND d.closed_at IS NULL
            AND d.kind <> 'RETURNED' AND d.opened_at <= b.closed_at GROUP BY b.id
        """,
    ),
    (
        "撤回的应发没有再发放",
        """
        SELECT w.due_ref::text, '0', count(*)::text FROM payments_withdrawn w
        JOIN payments_attempt a ON a.due_ref = w.due_ref
        JOIN payments_outcome o ON o.due_ref = a.due_ref AND o.n = a.n AND o.state = 8
        WHERE NOT EXISTS (SELECT 1 FROM payments_outcome r
            WHERE r.due_ref = o.due_ref AND r.n = o.n AND r.state = 9)
        GROUP BY w.due_ref
        """,
    ),
    # Expense and 暂收款 used by a batch, less what came back to them, is what the bank paid; the
    # rest waits in 暂付款 and no batch that is settled has any.
    (
        "平账批次的净支出等于银行入账",
        """
        SELECT b.no, paid.fen::text, posted.fen::text FROM payments_batch b
        CROSS JOIN LATERAL (SELECT coalesce(sum(a.fen), 0) AS fen
            FROM payments_attempt a JOIN payments_outcome o USING (due_ref, n)
            WHERE a.batch_id = b.id AND o.state = 8 AND NOT EXISTS (SELECT 1 FROM payments_outcome r
                WHERE r.due_ref = o.due_ref AND r.n = o.n AND r.state = 9)) paid
        CROSS JOIN LATERAL (SELECT coalesce(sum(p.dr_fen - p.cr_fen), 0) AS fen
            FROM ledger_posting p JOIN ledger_entry e ON e.id = p.entry_id
            JOIN ledger_account c ON c.id = p.account_id
            WHERE (c.code LIKE '5%%' OR c.code = '2001') AND (
                (e.source = 'payments.sent' AND e.source_id = b.id::text)
                OR (e.source = 'payments.return' AND split_part(e.source_id, '/', 1)::int IN
                    (SELECT id FROM payments_returnfile WHERE batch_id = b.id))
                OR (e.source = 'payments.decision' AND split_part(e.source_id, '/', 1)::bigint IN
                    (SELECT o.case_id FROM payments_outcome o
                     JOIN payments_attempt a ON a.due_ref = o.due_ref AND a.n = o.n
                     WHERE a.batch_id = b.id AND o.case_id IS NOT NULL)))) posted
        WHERE b.state IN ('RECONCILED', 'CLOSED') AND posted.fen <> paid.fen
        """,
    ),
    # Between the chunks of a run and its seal they wait; its drafts say that it is under way.
    (
        "撤回的退回款已从暂收款转出",
        f"""
        SELECT w.due_ref || '-' || w.n, '已转出', '仍在暂收款' FROM ({WAITING}) w
        WHERE NOT EXISTS (SELECT 1 FROM payments_batch d
            WHERE d.book_id = w.book_id AND d.state = 'DRAFT')
        """,
    ),
    # What came back after its month was closed is owed until a file takes it, and again while the
    # bank's answer on that file leaves it open.
    (
        "暂收款等于应付未付的退回款",
        f"""
        SELECT k.id::text, coalesce(owed.fen, 0)::text, coalesce(kept.fen, 0)::text
        FROM ledger_book k
        LEFT JOIN (SELECT b.book_id, sum(a.fen) AS fen FROM payments_attempt a
            JOIN payments_batch b ON b.id = a.batch_id
            JOIN payments_outcome o ON o.due_ref = a.due_ref AND o.n = a.n AND o.state = 9
            WHERE {IN_LIABILITY} AND NOT EXISTS (
                    SELECT 1 FROM payments_attempt f WHERE f.due_ref = a.due_ref AND f.n > a.n)
                AND NOT EXISTS (SELECT 1 FROM ledger_entry t
                    WHERE t.source = '{WITHDRAWN}' AND t.source_id = a.due_ref::text)
            GROUP BY 1) returned ON returned.book_id = k.id
        LEFT JOIN (SELECT b.book_id, sum(a.fen) AS fen FROM payments_attempt a
            JOIN payments_batch b ON b.id = a.batch_id
            LEFT JOIN LATERAL (SELECT max(o.state) AS state FROM payments_outcome o
                WHERE o.due_ref = a.due_ref AND o.n = a.n) s ON true
            WHERE a.from_liability AND (s.state < 8 OR b.state IN
                ('DRAFT', 'SEALED', 'CHECKED', 'APPROVED', 'SENDING'))
            GROUP BY 1) again ON again.book_id = k.id
        LEFT JOIN (SELECT c.book_id, sum(p.cr_fen - p.dr_fen) AS fen FROM ledger_posting p
            JOIN ledger_entry e ON e.id = p.entry_id AND e.source LIKE 'payments.%%'
            JOIN ledger_account c ON c.id = p.account_id AND c.code = '2001'
            GROUP BY 1) kept ON kept.book_id = k.id
        CROSS JOIN LATERAL (
            SELECT coalesce(returned.fen, 0) + coalesce(again.fen, 0) AS fen) owed
        WHERE owed.fen <> coalesce(kept.fen, 0)
        """,
    ),
    # The account that the case asks for from the day on which it counts, what it left of the one
    # before it, or what holds again since somebody else had asked for it.
    (
        ACCOUNTS,
        """
        SELECT '账户 ' || a.id, '办结的账户变更件', '业务件 ' || a.case_id || ' 与之不符'
        FROM payments_payeeaccount a LEFT JOIN cases_case c ON c.id = a.case_id
            AND (c.kind, c.state, c.party_id) = ('ACCOUNT_CHANGE', 'APPROVED', a.payee_id)
        LEFT JOIN payments_accountchange h ON h.case_id = c.id
        CROSS JOIN LATERAL (
            SELECT coalesce(h.from_date::text, c.content->>'from_date') AS since) f
        WHERE a.case_id IS NOT NULL AND (lower(a.valid)::text >= f.since AND
                (c.content->>'bank', c.content->>'account_no', c.content->>'holder_name')
                    = (a.bank, a.account_no, a.holder_name)) IS NOT TRUE
            AND NOT EXISTS (SELECT 1 FROM payments_payeeaccount s WHERE s.payee_id = a.payee_id
                AND (s.bank, s.account_no, s.holder_name, lower(s.valid))
                    = (a.bank, a.account_no, a.holder_name, lower(a.valid))
                AND s.superseded_at <= a.recorded_at
                AND upper(a.valid)::text = f.since)
            AND NOT EXISTS (SELECT 1 FROM cases_case q
                JOIN cases_case w ON w.id = (q.content->>'change')::bigint
                WHERE q.id = a.case_id AND (q.kind, q.state) = ('CHANGE_DISPUTE', 'APPROVED')
                    AND (NOT upper_inf(a.valid) AND (a.bank, a.account_no)
                            = (w.content->>'bank', w.content->>'account_no')
                        OR EXISTS (SELECT 1 FROM payments_accountchange d
                            JOIN payments_payeeaccount o ON o.id = d.replaced_id
                            WHERE (d.payee_id, d.state) = (a.payee_id, 'STOPPED')
                                AND (o.bank, o.account_no, o.holder_name)
                                    = (a.bank, a.account_no, a.holder_name))))
        """,
    ),
    # What came in its place: another account by a case, or the same again when it is freed.
    (
        ENDED,
        """
        SELECT '账户 ' || a.id, '替代的账户', '没有' FROM payments_payeeaccount a
        WHERE a.superseded_at IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM payments_payeeaccount s WHERE s.payee_id = a.payee_id
                AND s.recorded_at >= a.superseded_at AND (s.case_id IS NOT NULL
                    OR (s.bank, s.account_no, s.holder_name, s.valid)
                        = (a.bank, a.account_no, a.holder_name, a.valid)))
            AND NOT EXISTS (SELECT 1 FROM cases_case q
                JOIN people_canonical p ON p.party_id = q.party_id
                JOIN people_canonical o ON o.canonical_id = p.canonical_id
                WHERE o.party_id = a.payee_id
                    AND (q.kind, q.state) = ('CHANGE_DISPUTE', 'APPROVED'))
        """,
    ),
    (
        COOLED,
        """
        SELECT '账户 ' || a.id, '已启用的账户变更', coalesce(h.state, '没有登记')
        FROM payments_payeeaccount a JOIN cases_case c ON c.id = a.case_id
            AND c.kind = 'ACCOUNT_CHANGE'
        LEFT JOIN payments_accountchange h ON h.case_id = a.case_id
        WHERE (h.state IN ('IN_FORCE', 'STOPPED')) IS NOT TRUE
        """,
    ),
    (
        CLOSED,
        """
        SELECT d.kind || ' ' || d.ref, '依据', d.decision FROM payments_discrepancy d
        LEFT JOIN cases_case c ON c.id = d.case_id AND c.kind = 'DISCREPANCY'
            AND c.state = 'APPROVED' AND c.content->>'discrepancy' = d.id::text
            AND c.content->>'decision' = d.decision
        WHERE d.closed_at IS NOT NULL AND c.id IS NULL AND NOT CASE d.decision
            WHEN 'REISSUED' THEN EXISTS (SELECT 1 FROM payments_attempt a
                WHERE a.due_ref = d.due_ref AND a.n = d.n + 1)
            WHEN 'WITHDRAWN' THEN EXISTS (SELECT 1 FROM payments_withdrawn w
                WHERE w.due_ref = d.due_ref)
            WHEN 'PAID_AFTER_ALL' THEN EXISTS (SELECT 1 FROM payments_attempt a
                JOIN payments_batch b ON b.id = a.batch_id AND b.kind = 'FOUND'
                WHERE a.due_ref = d.due_ref AND a.n > d.n)
            WHEN 'BANK_ANSWERED' THEN EXISTS (SELECT 1 FROM payments_outcome o
                WHERE o.due_ref = d.due_ref AND o.n = d.n AND o.return_file_id > d.return_file_id)
            ELSE false END
        """,
    ),
    (
        "作业没有失败而无人处理的",
        "SELECT key, 'DONE', state || ' ' || left(error, 80) FROM jobs_job WHERE state = 'FAILED'",
    ),
)


# What money rests on, by the case that it names.
RESTING = """
SELECT case_id, '结果 ' || due_ref || '-' || n FROM payments_outcome WHERE case_id IS NOT NULL
UNION ALL
SELECT case_id, '账户 ' || id FROM payments_payeeaccount WHERE case_id IS NOT NULL
UNION ALL
SELECT case_id, '差异 ' || ref FROM payments_discrepancy WHERE case_id IS NOT NULL
UNION ALL
SELECT id, '否认办理 ' || id FROM cases_case WHERE (kind, state) = ('CHANGE_DISPUTE', 'APPROVED')
ORDER BY 1, 2
"""


def broken_promises() -> list[Broken]:
    """Run every check; an empty list is the proof."""
    return broken_by(STATEMENTS) + [row for check in CHECKS.values() for row in check()]


def promises() -> list[str]:
    """The names of all checks."""
    return [*(promise for promise, _ in STATEMENTS), *CHECKS]


def _unlike_their_digest() -> Iterator[Broken]:
    for batch in Batch.objects.filter(state__in=AFTER_SEAL).order_by("id"):
        found = recompute_digests(batch_ids=[batch.id])[batch.id]
        if found != batch.digest:
            yield Broken(CONTENT, batch.no, batch.digest, found)


def _without_signatures() -> Iterator[Broken]:
    names = list(STEPS)
    states = list(BatchState.values)
    sealed = Batch.objects.filter(state__in=AFTER_SEAL).select_related("book")
    # What was found to be paid never goes to a bank: it rests on its case, see ``_undecided``.
    for batch in sealed.exclude(kind=BatchKind.FOUND).order_by("id"):
        signed = approvals.verified(
            subject_kind=SUBJECT,
            subject_id=batch.id,
            digest=batch.digest,
            agency_id=batch.book.agency_id,
        )
        for name in names:
            step = STEPS[name]
            due = states.index(batch.state) >= states.index(step.after)
            person = getattr(batch, step.person_field)
            if due and (name not in signed or signed[name].person_id != person):
                yield Broken(SIGNED, batch.no, step.label, "缺失或无效")


def _files_that_differ() -> Iterator[Broken]:
    for file in BankFile.objects.select_related("batch").order_by("id"):
        sent = file.batch.state not in (BatchState.APPROVED, BatchState.SENDING)
        path = bank_folder(bank=file.bank, name="archive") / file.name
        found = sha256_of(path) if path.exists() else "无文件"
        if sent and found != file.sha256:
            yield Broken(FILES, file.name, file.sha256, found)
    for answer in ReturnFile.objects.filter(accepted=True).order_by("id"):
        path = bank_folder(bank=answer.bank, name="received") / answer.sha256
        found = sha256_of(path) if path.exists() else "无文件"
        if found != answer.sha256:
            yield Broken(FILES, answer.name, answer.sha256, found)


def _checks_that_differ() -> Iterator[Broken]:
    """What waives a cooling rests on the bytes that the bank sent."""
    for answered in AccountAnswerFile.objects.select_related("file").order_by("pk"):
        kept = list(AccountAnswer.objects.filter(check_of__file=answered.file).order_by("pk"))
        if told_by(answered=answered) != [(one.pk, one.result, one.own_card) for one in kept]:
            yield Broken(CHECKED, answered.name, "一致", "文件缺失、不符，或结果被改动")


def _undecided() -> Iterator[Broken]:
    """Answers, accounts and discrepancies that rest on a case which nobody truly decided."""
    with connection.cursor() as cursor:
        cursor.execute(RESTING)
        resting = cursor.fetchall()
    decided = truly_decided(case_ids={case_id for case_id, _ in resting})
    for case_id, what in resting:
        if case_id not in decided:
            yield Broken(DECIDED, what, "签名有效", f"业务件 {case_id} 签名缺失或无效")


def _unverifiable() -> Iterator[Broken]:
    for approval in approvals.unverifiable():
        subject = f"{approval.subject_kind} {approval.subject_id}"
        yield Broken(VERIFIABLE, subject, "有效", f"签名 {approval.id} 无效")


def _said_by_sql() -> Iterator[Broken]:
    for said in BatchRefusal.objects.select_related("batch").order_by("id"):
        if not said.counts:
            yield Broken(SAID, said.batch.no, "有效", f"{said.pk} 的证明缺失或无效")


CHECKS = {
    SAID: _said_by_sql,
    CONTENT: _unlike_their_digest,
    SIGNED: _without_signatures,
    FILES: _files_that_differ,
    ANSWERS: outcomes_unlike_their_files,
    CHECKED: _checks_that_differ,
    DECIDED: _undecided,
    VERIFIABLE: _unverifiable,
}
