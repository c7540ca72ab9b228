"""Prove the promises of bills on live data (应缴不变量): each check gives what breaks it."""

from django.db import connection

from insurance.collection.bills import bill_sql, residents_sql
from insurance.collection.bills.bill_run import values_of
from insurance.collection.models import BillRun, BillRunKind, RunState
from payments.ledger.invariants import Broken, broken_by

COMPLETE = "应缴:最近的核定与当时已知情况重新计算的一致"
# Runs that assess people.
ASSESSED = "('EMPLOYERS', 'INDIVIDUALS', 'RESIDENTS', 'TOP_UP', 'YEAR_TOP_UP')"
EVERYBODY = {"first_id": 0, "last_id": 2**63 - 1}

# Every statement gives (where, wanted, found) of what is broken; nothing when all is well.
STATEMENTS: tuple[tuple[str, str], ...] = (
    (
        "应缴:应缴单等于其明细之和",
        f"""
        WITH line AS (
            SELECT l.run_id, l.payer_id, l.scheme, l.month, count(*) AS line_count,
                sum(l.fen) AS fen
            FROM collection_billline l JOIN collection_billrun r ON r.id = l.run_id
                AND r.state = 'DONE' AND r.kind IN {ASSESSED}
            GROUP BY 1, 2, 3, 4),
        bill AS (
            SELECT b.* FROM collection_bill b JOIN collection_billrun r ON r.id = b.run_id
                AND r.kind IN {ASSESSED})
        SELECT run_id || '/' || payer_id || '/' || scheme || '/' || month,
            coalesce(l.line_count, 0) || '|' || coalesce(l.fen, 0),
            coalesce(b.line_count, 0) || '|' || coalesce(b.fen, 0)
        FROM line l FULL JOIN bill b USING (run_id, payer_id, scheme, month)
        WHERE (coalesce(l.line_count, 0), coalesce(l.fen, 0))
            <> (coalesce(b.line_count, 0), coalesce(b.fen, 0))
        """,
    ),
    (
        "应缴:核定汇总等于其明细",
        f"""
        SELECT r.id::text, coalesce(l.lines, 0) || '|' || coalesce(l.fen, 0),
            (r.summary ->> 'lines') || '|' || (r.summary ->> 'fen')
        FROM collection_billrun r LEFT JOIN (
            SELECT run_id, count(*) AS lines, sum(fen) AS fen FROM collection_billline GROUP BY 1) l
            ON l.run_id = r.id
        WHERE r.state = 'DONE' AND r.kind IN {ASSESSED}
            AND (coalesce(l.lines, 0), coalesce(l.fen, 0)) IS DISTINCT FROM
                ((r.summary ->> 'lines')::bigint, (r.summary ->> 'fen')::numeric)
        """,
    ),
    (
        "应缴:各分块之和等于记到个人的明细",
        f"""
        SELECT r.id::text, coalesce(k.lines, 0) || '|' || coalesce(k.fen, 0),
            coalesce(l.lines, 0) || '|' || coalesce(l.fen, 0)
        FROM collection_billrun r
        LEFT JOIN (SELECT run_id, sum(line_count) AS lines, sum(fen) AS fen
            FROM collection_billchunk GROUP BY 1) k ON k.run_id = r.id
        LEFT JOIN (SELECT run_id, count(*) AS lines, sum(fen) AS fen FROM collection_billline
            WHERE person_id IS NOT NULL GROUP BY 1) l ON l.run_id = r.id
        WHERE r.state = 'DONE' AND r.kind IN {ASSESSED}
            AND (coalesce(k.lines, 0), coalesce(k.fen, 0))
                <> (coalesce(l.lines, 0), coalesce(l.fen, 0))
        """,
    ),
    (
        "应缴:接管的欠缴与双方签名的控制总数相同",
        """
        WITH signed AS (
            SELECT b.run_id, t.scheme, sum(t.rows) AS lines, sum(t.fen) AS fen
            FROM collection_arrearsbaseline b CROSS JOIN LATERAL jsonb_to_recordset(
                b.manifest -> 'totals') AS t (scheme text, rows bigint, fen bigint)
            GROUP BY 1, 2),
        line AS (
            SELECT l.run_id, l.scheme, count(*) AS lines, sum(l.fen) AS fen
            FROM collection_billrun r JOIN collection_billline l ON l.run_id = r.id
            WHERE r.kind = 'TAKEN_OVER' GROUP BY 1, 2)
        SELECT run_id || '/' || scheme, coalesce(s.lines, 0) || '|' || coalesce(s.fen, 0),
            coalesce(l.lines, 0) || '|' || coalesce(l.fen, 0)
        FROM signed s FULL JOIN line l USING (run_id, scheme)
        WHERE (coalesce(s.lines, 0), coalesce(s.fen, 0))
            <> (coalesce(l.lines, 0), coalesce(l.fen, 0))
        """,
    ),
    (
        "应缴:各款项应缴不为负,记入个人账户的不多于应缴",
        """
        SELECT key_id::text, '0 <= 账户 <= 应缴', sum(account_fen) || '|' || sum(fen)
        FROM collection_billline WHERE part <> 3 GROUP BY key_id
        HAVING NOT sum(account_fen) BETWEEN 0 AND sum(fen)
        """,
    ),
    (
        "应缴:暂按上月额确定的,不再记到个人",
        """
        WITH month AS (
            SELECT l.payer_id, l.scheme, l.month, sum(l.fen) FILTER (WHERE l.part = 4) AS estimated,
                coalesce(sum(l.fen) FILTER (WHERE l.part IN (1, 2)), 0) AS assessed
            FROM collection_billline l JOIN collection_billrun r ON r.id = l.run_id
                AND r.kind <> 'BACK_PAYMENT' AND r.state = 'DONE'
            GROUP BY 1, 2, 3)
        SELECT payer_id || '/' || scheme || '/' || month, '0', assessed::text FROM month
        WHERE estimated > 0 AND assessed <> 0
        """,
    ),
)

# The first lines of a run, against what the facts known at the time ask for.
_COMPARED = """
    SELECT concat_ws('/', payer_id, person_id, scheme, month, part),
        coalesce(a.fen, 0) || '|' || coalesce(a.account_fen, 0),
        coalesce(l.fen, 0) || '|' || coalesce(l.account_fen, 0)
    FROM {owed} a FULL JOIN (
        SELECT * FROM collection_billline l
        WHERE l.run_id = %(run_id)s AND l.person_id IS NOT NULL AND {first}) l
        USING (payer_id, person_id, scheme, month, part)
    WHERE (coalesce(a.fen, 0), coalesce(a.account_fen, 0))
        <> (coalesce(l.fen, 0), coalesce(l.account_fen, 0))"""
OF_MONTH = f"""
WITH {bill_sql.TERM}, {bill_sql.assessed_now(each=False)}
{_COMPARED.format(owed="owing", first="l.month = %(period)s AND l.key_id = l.id")}"""
OF_ROLLS = f"""
WITH {residents_sql.ASSESSED_NEW}
{_COMPARED.format(owed="assessed", first=residents_sql.OF_NOBODY_LISTED)}"""
COMPARED = {
    BillRunKind.EMPLOYERS: OF_MONTH,
    BillRunKind.INDIVIDUALS: OF_MONTH,
    BillRunKind.RESIDENTS: OF_ROLLS,
}


def broken_promises() -> list[Broken]:
    """Run every check; an empty list is the proof."""
    return broken_by(STATEMENTS) + [row for run in _latest() for row in incomplete(run=run)]


def incomplete(*, run: BillRun) -> list[Broken]:
    """Assess a monthly run's persons again, as known then, and give what it has otherwise."""
    kind = "FLEXIBLE" if run.kind == BillRunKind.INDIVIDUALS else "EMPLOYED"
    values = values_of(run=run, kinds=(kind,), **EVERYBODY)
    with connection.cursor() as cursor:
        cursor.execute(COMPARED[BillRunKind(run.kind)], values)
        return [Broken(COMPLETE, f"{run.pk}/{where}", *row) for where, *row in cursor.fetchall()]


def _latest() -> list[BillRun]:
    """The latest month's runs, and a year of residents' runs: whoever pays was billed in these."""
    done = BillRun.objects.filter(kind__in=COMPARED, state=RunState.DONE).order_by("-period")
    if not done:
        return []
    last = done[0].period
    residents = done.filter(kind=BillRunKind.RESIDENTS, period__gt=last.replace(year=last.year - 1))
    return [*done.filter(period=last).exclude(kind=BillRunKind.RESIDENTS), *residents]


def promises() -> list[str]:
    """The names of all checks."""
    return [*(promise for promise, _ in STATEMENTS), COMPLETE]
