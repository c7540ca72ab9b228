"""Prove that the memo register holds what its sources put down, and nothing else (备查簿不变量).

What recoveries and claims put down is held against their own rows where they are.
"""

from insurance.accounts import undo_inheritance
from insurance.benefits import double_draws, monthly_run
from insurance.benefits.claims import correcting, undo
from insurance.benefits.recovery import standing
from insurance.collection.debts import arrears
from payments import corrected
from payments.ledger.invariants import Broken, broken_by

LISTED = "备查簿:每笔的来源在清单内,类别与来源相符"
ARREARS = "备查簿:欠费的笔数等于各次登记的审计记录"
RUNS = "备查簿:月度发放登记的每笔有其多发"
MERGED = "备查簿:合并转移的两笔属于该次合并,合计为零"
SOURCES = (
    monthly_run.MEMO_SOURCE,
    double_draws.SOURCE,
    correcting.SOURCE,
    undo.RETURNED,
    undo.REOPENED,
    undo_inheritance.SOURCE,
    undo_inheritance.RETURNED,
    corrected.SOURCE,
    *standing.CAME_BACK,
)

# Every statement gives (where, wanted, found) of what is broken; nothing when all is well.
STATEMENTS: tuple[tuple[str, str], ...] = (
    (
        LISTED,
        """
        SELECT '备查簿 ' || id, '清单内的来源', source || ' ' || kind FROM ledger_memoentry
        WHERE CASE kind WHEN 'ARREARS' THEN source <> %(arrears)s
            ELSE source <> ALL (%(sources)s) END
        """,
    ),
    (
        ARREARS,
        """
        SELECT '欠费登记', told.rows::text, found.rows::text
        FROM (SELECT count(*) AS rows FROM ledger_memoentry WHERE kind = 'ARREARS') found,
            (SELECT coalesce(sum(rows), 0) AS rows FROM audit_act
                WHERE (name, subject_kind)
                    = ('collection.register_arrears', 'collection.arrears')) told
        WHERE told.rows <> found.rows
        """,
    ),
    (
        RUNS,
        """
        SELECT '备查簿 ' || m.id, '多发', m.source_id FROM ledger_memoentry m
        LEFT JOIN (SELECT DISTINCT e.book_id, o.payee_id, o.run_period FROM benefits_overpaid o
            JOIN benefits_entitlement e ON e.id = o.entitlement_id) o
            ON (o.book_id, o.payee_id) = (m.book_id, m.party_id)
            AND m.source_id = to_char(o.run_period, 'YYYY-MM') || '/' || o.payee_id
        WHERE m.source = %(run)s AND o.payee_id IS NULL
        """,
    ),
    (
        MERGED,
        """
        SELECT '合并 ' || split_part(m.source_id, '/', 1), '双方各一笔', sum(m.fen)::text
        FROM ledger_memoentry m LEFT JOIN people_alias k
            ON m.source_id = k.case_id || '/' || m.party_id
            AND m.party_id IN (k.party_id, k.survivor_id)
        WHERE m.source = %(merge)s GROUP BY m.book_id, split_part(m.source_id, '/', 1)
        HAVING sum(m.fen) <> 0 OR count(k.party_id) <> 2
        """,
    ),
)


def broken_promises() -> list[Broken]:
    """Run every check; an empty list is the proof."""
    values = {
        "sources": list(SOURCES),
        "arrears": arrears.SOURCE,
        "run": monthly_run.MEMO_SOURCE,
        "merge": double_draws.SOURCE,
    }
    return broken_by(STATEMENTS, values)


def promises() -> list[str]:
    """The names of all checks."""
    return [promise for promise, _ in STATEMENTS]
