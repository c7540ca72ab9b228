"""Prove the promises of accounts on live data (个人账户不变量): each check gives what breaks it."""

from django.db.models import Max, Sum

from backend.cases.decided import truly_decided
from insurance.accounts.come_back import still_missed
from insurance.accounts.models import (
    AccountEntry,
    CameBack,
    EntryKind,
    EntrySource,
    FixedRate,
    InterestRun,
    InterestRunState,
    LeftAccount,
    SchemeSwitch,
)
from payments.ledger.invariants import Broken, broken_by

DECIDED = "个人账户:依据业务件的明细,业务件均已签名办结"
MADE_UP = "个人账户:转回的,已结年度少计的利息都已补记"

# Every statement gives (where, wanted, found) of what is broken; nothing when all is well.
STATEMENTS: tuple[tuple[str, str], ...] = (
    (
        "个人账户:余额不为负",
        """
        SELECT person_id || '/' || scheme, '不小于0', sum(fen)::text FROM accounts_accountentry
        GROUP BY person_id, scheme HAVING sum(fen) < 0
        """,
    ),
    (
        "个人账户:每笔明细有其依据",
        """
        SELECT e.id::text, e.source || ' ' || e.source_id, '无' FROM accounts_accountentry e
        LEFT JOIN accounts_accountbaseline b ON e.source = 'BASELINE' AND b.id = e.source_id
        LEFT JOIN accounts_interestrun r ON e.source = 'RUN' AND r.id = e.source_id
        LEFT JOIN cases_case c ON e.source = 'CASE' AND c.id = e.source_id
        WHERE e.source IN ('BASELINE', 'RUN', 'CASE') AND num_nonnulls(b.id, r.id, c.id) = 0
        """,
    ),
    (
        "个人账户:已结年度的收支和月积数未变",
        """
        SELECT r.scheme || '/' || r.year || '/' || c.person_id,
            c.moved_fen || '|' || c.product_fen - 12 * c.opening_fen,
            coalesce(e.moved, 0) || '|' || coalesce(e.product, 0)
        FROM accounts_yearclose c JOIN accounts_interestrun r ON r.id = c.run_id
        LEFT JOIN (
            SELECT person_id, scheme, extract(year FROM arrival_month)::int AS year,
                coalesce(sum(fen) FILTER (WHERE kind NOT IN ('INTEREST', 'TRUE_UP')), 0) AS moved,
                sum(fen * (13 - extract(month FROM arrival_month)::int)) AS product
            FROM accounts_accountentry
            WHERE kind NOT IN ('INTEREST', 'TRUE_UP')
                OR extract(year FROM for_month) = extract(year FROM arrival_month)
            GROUP BY 1, 2, 3) e
            ON e.person_id = c.person_id AND e.scheme = r.scheme AND e.year = r.year
        WHERE (c.moved_fen, c.product_fen - 12 * c.opening_fen)
            <> (coalesce(e.moved, 0), coalesce(e.product, 0))
        """,
    ),
    (
        "个人账户:上年年末余额等于本年年初余额",
        """
        SELECT r.scheme || '/' || r.year || '/' || c.person_id, coalesce(b.closing_fen, 0)::text,
            c.opening_fen::text
        FROM accounts_yearclose c
        JOIN accounts_interestrun r ON r.id = c.run_id AND r.openings_id IS NOT NULL
        LEFT JOIN accounts_yearclose b ON b.run_id = r.openings_id AND b.person_id = c.person_id
        WHERE c.opening_fen <> coalesce(b.closing_fen, 0)
        """,
    ),
    (
        "个人账户:年末余额等于至该年的全部明细之和",
        """
        WITH last AS (
            SELECT DISTINCT ON (scheme) id, scheme, year FROM accounts_interestrun r
            WHERE state = 'DONE' AND NOT EXISTS (SELECT FROM accounts_interestrun l
                WHERE l.scheme = r.scheme AND l.year < r.year AND l.id > r.id)
            ORDER BY scheme, year DESC, interim),
        held AS (
            SELECT l.id, e.person_id, sum(e.fen) AS fen
            FROM last l JOIN accounts_accountentry e ON e.scheme = l.scheme
                AND extract(year FROM CASE WHEN e.kind IN ('INTEREST', 'TRUE_UP')
                    THEN e.for_month ELSE e.arrival_month END) <= l.year
            GROUP BY 1, 2)
        SELECT h.id || '/' || h.person_id, h.fen::text, coalesce(c.closing_fen, 0)::text
        FROM held h LEFT JOIN accounts_yearclose c ON c.run_id = h.id AND c.person_id = h.person_id
        WHERE h.fen <> coalesce(c.closing_fen, 0)
        """,
    ),
    (
        "个人账户:年度计息记入的金额等于各分块之和",
        """
        SELECT r.id::text, coalesce(k.fen, 0)::text, coalesce(e.fen, 0)::text
        FROM accounts_interestrun r
        LEFT JOIN (SELECT run_id, sum(written_fen) AS fen FROM accounts_interestchunk GROUP BY 1) k
            ON k.run_id = r.id
        LEFT JOIN (SELECT source_id, sum(fen) AS fen FROM accounts_accountentry
            WHERE source = 'RUN' GROUP BY 1) e ON e.source_id = r.id
        WHERE coalesce(k.fen, 0) <> coalesce(e.fen, 0)
        """,
    ),
    (
        "个人账户:支付去向之和等于支出",
        """
        SELECT coalesce(e.case_id, o.case_id) || '/' || coalesce(e.scheme, o.scheme),
            coalesce(e.fen, 0)::text, coalesce(o.fen, 0)::text
        FROM (SELECT source_id AS case_id, c.canonical_id, scheme, kind, arrival_month AS month, n,
                  -sum(fen) AS fen
              FROM accounts_accountentry JOIN people_canonical c ON c.party_id = person_id
              WHERE source = 'CASE' AND kind IN ('REFUND', 'TRANSFER_OUT', 'INHERITED', 'LUMP_SUM')
                  AND NOT (kind = 'TRANSFER_OUT' AND EXISTS (SELECT FROM accounts_transferstep s
                      JOIN accounts_transfer t ON t.id = s.transfer_id AND NOT t.with_money
                      WHERE s.case_id = source_id))
              GROUP BY 1, 2, 3, 4, 5, 6) e
        FULL JOIN (SELECT case_id, c.canonical_id, scheme, kind, month, n, sum(fen) AS fen
              FROM accounts_outgoing JOIN people_canonical c ON c.party_id = person_id
              GROUP BY 1, 2, 3, 4, 5, 6) o
            USING (case_id, canonical_id, scheme, kind, month, n)
        WHERE coalesce(e.fen, 0) <> coalesce(o.fen, 0)
        """,
    ),
    (
        "个人账户:转入等于其环节上的金额,跨省的有到账凭证,不超过到账金额",
        """
        SELECT concat_ws('/', 'case', coalesce(s.case_id, e.case_id)), coalesce(s.fen, 0)::text,
            coalesce(e.fen, 0)::text
        FROM (SELECT s.case_id, CASE WHEN k.id IS NULL THEN s.fen ELSE 0 END AS fen
              FROM accounts_transferstep s
              JOIN accounts_transfer t ON t.id = s.transfer_id AND t.direction = 'IN'
              LEFT JOIN accounts_transfercorrection k ON k.corrects = s.case_id
              WHERE s.case_id IS NOT NULL AND (s.entry_id IS NOT NULL) = t.with_money
              UNION ALL SELECT c.case_id, CASE WHEN k.id IS NULL THEN c.fen ELSE 0 END
              FROM accounts_transfercorrection c
              JOIN accounts_transfer t ON t.id = c.transfer_id AND t.direction = 'IN'
              LEFT JOIN accounts_transfercorrection k ON k.corrects = c.case_id
              WHERE c.withdrawn OR (c.entry_id IS NOT NULL) = t.with_money
              UNION ALL SELECT case_id, fen FROM accounts_schemeswitch) s
        FULL JOIN (SELECT source_id AS case_id, sum(fen) AS fen FROM accounts_accountentry
              WHERE kind = 'TRANSFER_IN' GROUP BY 1) e ON e.case_id = s.case_id
        WHERE coalesce(s.fen, 0) <> coalesce(e.fen, 0)
      UNION ALL
        SELECT 'entry/' || s.entry_id, coalesce(max(p.fen), 0)::text,
            sum(s.fen + s.pooled_fen)::text
        FROM (SELECT case_id, entry_id, fen, pooled_fen FROM accounts_transferstep
              UNION ALL SELECT case_id, entry_id, fen, pooled_fen
              FROM accounts_transfercorrection) s
        LEFT JOIN (SELECT p.entry_id, sum(p.dr_fen) AS fen FROM ledger_posting p
            JOIN ledger_account a ON a.id = p.account_id AND a.code = '1002'
            GROUP BY 1) p ON p.entry_id = s.entry_id
        WHERE s.entry_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM accounts_transfercorrection k WHERE k.corrects = s.case_id)
        GROUP BY s.entry_id HAVING sum(s.fen + s.pooled_fen) > coalesce(max(p.fen), 0)
        """,
    ),
    (
        "个人账户:省内转出的等于其环节上的金额,没有支付去向",
        """
        SELECT 'case/' || s.case_id, s.fen::text, coalesce(e.fen, 0) || '|' || coalesce(o.fen, 0)
        FROM accounts_transferstep s
        JOIN accounts_transfer t ON t.id = s.transfer_id AND t.direction = 'OUT'
            AND NOT t.with_money
        LEFT JOIN (SELECT source_id, -sum(fen) AS fen FROM accounts_accountentry
            WHERE source = 'CASE' AND kind = 'TRANSFER_OUT' GROUP BY 1) e ON e.source_id = s.case_id
        LEFT JOIN (SELECT case_id, sum(fen + pooled_fen) AS fen FROM accounts_outgoing GROUP BY 1) o
            ON o.case_id = s.case_id
        WHERE s.case_id IS NOT NULL
            AND (s.fen, 0) <> (coalesce(e.fen, 0), coalesce(o.fen, 0))
        """,
    ),
    (
        "个人账户:制度衔接的转入等于转出,同一人同一业务件",
        """
        SELECT s.case_id::text, s.fen::text, coalesce(o.fen, 0) || '|' || coalesce(i.fen, 0)
        FROM accounts_schemeswitch s
        LEFT JOIN (SELECT source_id, scheme, -sum(fen) AS fen FROM accounts_accountentry
            WHERE source = 'CASE' AND kind = 'TRANSFER_OUT' GROUP BY 1, 2) o
            ON o.source_id = s.case_id AND o.scheme = s.from_scheme
        LEFT JOIN (SELECT source_id, scheme, person_id, sum(fen) AS fen FROM accounts_accountentry
            WHERE source = 'CASE' AND kind = 'TRANSFER_IN' GROUP BY 1, 2, 3) i
            ON i.source_id = s.case_id AND i.scheme = s.to_scheme AND i.person_id = s.person_id
        WHERE (s.fen, s.fen) <> (coalesce(o.fen, 0), coalesce(i.fen, 0))
        """,
    ),
    (
        "个人账户:转移资金每次付出、退汇都等于转出,先付后退,没有重付",
        """
        WITH moved AS (
            SELECT split_part(e.source_id, '/', 1) AS outgoing,
                split_part(e.source_id, '/', 2) AS n,
                count(*) FILTER (WHERE starts_with(e.rule, 'transfer.paid')) AS paid,
                count(*) FILTER (WHERE starts_with(e.rule, 'transfer.returned')) AS returned,
                min(p.fen) FILTER (WHERE starts_with(e.rule, 'transfer.paid')) AS paid_fen,
                min(-p.fen) FILTER (WHERE starts_with(e.rule, 'transfer.returned')) AS returned_fen
            FROM ledger_entry e
            LEFT JOIN (SELECT p.entry_id, sum(p.cr_fen - p.dr_fen) AS fen FROM ledger_posting p
                JOIN ledger_account a ON a.id = p.account_id AND a.code = '1004'
                GROUP BY 1) p ON p.entry_id = e.id
            WHERE e.source = 'accounts.outgoing' GROUP BY 1, 2)
        SELECT m.outgoing || '/' || m.n, coalesce(o.fen + o.pooled_fen, 0)::text,
            concat_ws('|', m.paid, m.paid_fen, m.returned, m.returned_fen)
        FROM moved m
        LEFT JOIN accounts_outgoing o ON o.id::text = m.outgoing AND o.kind = 'TRANSFER_OUT'
        WHERE m.paid <> 1 OR m.returned > 1
            OR m.paid_fen IS DISTINCT FROM o.fen + o.pooled_fen
            OR m.returned = 1 AND m.returned_fen <> m.paid_fen
            OR m.returned = 0 AND EXISTS (SELECT FROM moved l
                WHERE l.outgoing = m.outgoing AND l.n::int > m.n::int)
        """,
    ),
    (
        "个人账户:支付去向的发放明细金额、收款人相同,且只此一笔",
        """
        SELECT d.due_ref::text, o.payee_id || '|' || o.fen - o.had_fen,
            coalesce(string_agg(a.payee_id || '|' || a.fen, ','), '无明细')
        FROM accounts_outgoingdue d JOIN accounts_outgoing o ON o.id = d.outgoing_id
        LEFT JOIN people_canonical p ON p.party_id = o.payee_id
        LEFT JOIN payments_attempt a ON a.due_ref = d.due_ref AND a.n = 1
        GROUP BY d.due_ref, o.payee_id, o.fen, o.had_fen, p.canonical_id
        HAVING count(a.due_ref) <> 1 OR max(a.fen) <> o.fen - o.had_fen
            OR max(a.payee_id) NOT IN (o.payee_id, p.canonical_id)
        """,
    ),
    (
        "个人账户:由继承人领取的,有两人核实的死亡;死亡更正的、支付更正的已全部转回",
        """
        SELECT e.source_id || '/' || e.scheme, e.fen::text, coalesce(r.fen, 0)::text
        FROM (SELECT source_id, scheme, person_id, -sum(fen) AS fen,
                bool_or(kind <> 'LUMP_SUM') AS of_the_dead FROM accounts_accountentry
            WHERE kind IN ('INHERITED', 'LUMP_SUM') OR kind = 'TO_POOL' AND NOT EXISTS (
                SELECT FROM accounts_transferstep s WHERE s.case_id = source_id)
            GROUP BY 1, 2, 3) e
        LEFT JOIN (SELECT source_id, scheme, person_id, sum(fen) AS fen FROM accounts_accountentry
            WHERE kind = 'RETURNED' AND source = 'CASE' GROUP BY 1, 2, 3) r
            USING (source_id, scheme, person_id)
        WHERE r.fen IS DISTINCT FROM e.fen AND (r.fen IS NOT NULL OR e.of_the_dead AND NOT EXISTS (
            SELECT FROM people_canonical p
            JOIN people_canonical q ON q.canonical_id = p.canonical_id
            JOIN people_death x ON x.person_id = q.party_id AND x.confirmed
                AND x.superseded_at IS NULL
            WHERE p.party_id = e.person_id))
        """,
    ),
    (
        "个人账户:转回以后已付给继承人的在备查簿中,银行退回的不再追回",
        """
        SELECT d.due_ref::text,
            CASE WHEN w.due_ref IS NULL THEN o.fen - o.had_fen ELSE 0 END::text,
            coalesce(sum(m.fen), 0)::text
        FROM accounts_outgoing o JOIN accounts_outgoingdue d ON d.outgoing_id = o.id
        LEFT JOIN payments_withdrawn w ON w.due_ref = d.due_ref
        LEFT JOIN ledger_memoentry m ON m.source_id = d.due_ref::text
            AND m.source IN ('accounts.inherited', 'accounts.inherited.returned')
        WHERE o.kind = 'INHERITED' AND EXISTS (SELECT FROM accounts_accountentry r
            WHERE r.source_id = o.case_id AND r.source = 'CASE' AND r.kind = 'RETURNED')
            AND NOT accounts_left_stands(o.case_id)
        GROUP BY d.due_ref, w.due_ref, o.fen, o.had_fen
        HAVING coalesce(sum(m.fen), 0)
            <> CASE WHEN w.due_ref IS NULL THEN o.fen - o.had_fen ELSE 0 END
        """,
    ),
    (
        "个人账户:更正以后每人已付的和将付的,减去备查簿中应退的,等于其金额",
        """
        WITH RECURSIVE chain AS (
            SELECT l.case_id AS last_id, l.case_id, l.corrects_id FROM accounts_leftaccount l
            WHERE l.corrects_id IS NOT NULL AND accounts_left_stands(l.case_id)
                AND NOT EXISTS (SELECT FROM accounts_leftaccount n WHERE n.corrects_id = l.case_id)
          UNION ALL
            SELECT n.last_id, l.case_id, l.corrects_id FROM chain n
            JOIN accounts_leftaccount l ON l.case_id = n.corrects_id),
        share AS (
            SELECT n.last_id, n.last_id = n.case_id AS is_last, p.canonical_id AS payee, o.fen,
                o.had_fen, d.due_ref
            FROM chain n JOIN accounts_outgoing o ON o.case_id = n.case_id
            JOIN people_canonical p ON p.party_id = o.payee_id
            LEFT JOIN accounts_outgoingdue d ON d.outgoing_id = o.id),
        moved AS (
            SELECT s.last_id, s.payee, a.fen - coalesce((SELECT sum(m.fen) FROM ledger_memoentry m
                WHERE m.source = 'payments.corrected'
                    AND split_part(m.source_id, '/', 1) = s.due_ref::text), 0) AS fen
            FROM share s JOIN payments_attempt a ON a.due_ref = s.due_ref AND a.n = 1
            WHERE NOT EXISTS (SELECT FROM payments_withdrawn w WHERE w.due_ref = s.due_ref)
          UNION ALL
            SELECT last_id, payee, fen - had_fen FROM share WHERE is_last AND due_ref IS NULL)
        SELECT last_id || '/' || payee, coalesce(max(d.fen), 0)::text, coalesce(sum(m.fen), 0)::text
        FROM moved m FULL JOIN (SELECT last_id, payee, fen FROM share WHERE is_last) d
            USING (last_id, payee)
        GROUP BY last_id, payee HAVING coalesce(max(d.fen), 0) <> coalesce(sum(m.fen), 0)
        """,
    ),
    # In numeric, of which each step is exact: not the arithmetic of the run's own statement. More
    # than that interest was left only where a true-up below zero found no more in the account.
    (
        "个人账户:年度利息=月积数×记账利率÷12,四舍五入到分",
        """
        SELECT r.scheme || '/' || r.year || '/' || c.person_id, c.due::text, c.interest_fen::text
        FROM (SELECT *, div(2 * greatest(product_fen, 0)::numeric * ratio * 1000000 + 12000000,
                  24000000)::bigint AS due FROM accounts_yearclose) c
        JOIN accounts_interestrun r ON r.id = c.run_id
        WHERE c.interest_fen <> c.due AND NOT (c.interest_fen > c.due AND NOT r.interim
            AND EXISTS (SELECT FROM (SELECT sum(e.fen) OVER (ORDER BY e.id) AS held
                FROM accounts_accountentry e
                WHERE e.person_id = c.person_id AND e.scheme = r.scheme) h WHERE h.held = 0))
        """,
    ),
    (
        "个人账户:各账户按该年的记账利率计息",
        """
        SELECT r.scheme || '/' || r.year || '/' || c.person_id, coalesce(f.ratio, r.ratio)::text,
            c.ratio::text
        FROM accounts_yearclose c JOIN accounts_interestrun r ON r.id = c.run_id
        LEFT JOIN accounts_fixedrate f ON f.person_id = c.person_id AND f.scheme = r.scheme
            AND f.year = r.year
        WHERE c.ratio <> coalesce(f.ratio, r.ratio)
        """,
    ),
)


def broken_promises() -> list[Broken]:
    """Run every check; an empty list is the proof."""
    return broken_by(STATEMENTS) + _undecided() + _missed()


def promises() -> list[str]:
    """The names of all checks."""
    return [*(promise for promise, _ in STATEMENTS), DECIDED, MADE_UP]


def _undecided() -> list[Broken]:
    """Cases on which entries rest and that nobody truly signed."""
    of_cases = AccountEntry.objects.filter(source=EntrySource.CASE)
    wanted = {
        *of_cases.values_list("source_id", flat=True).distinct(),
        *FixedRate.objects.values_list("case_id", flat=True).distinct(),
        *SchemeSwitch.objects.values_list("case_id", flat=True),
        *CameBack.objects.values_list("case_id", flat=True).distinct(),
        *LeftAccount.objects.filter(corrects__isnull=False).values_list("case_id", flat=True),
    }
    missing = wanted - truly_decided(case_ids=wanted)
    return [Broken(DECIDED, str(case_id), "已签名办结", "否") for case_id in sorted(missing)]


def _missed() -> list[Broken]:
    """Accounts that lack interest of closed years. What an empty account owes is left until a year
    is closed again, whatever came in since."""
    broken = []
    for person_id, scheme in CameBack.objects.values_list("person_id", "scheme").distinct():
        fen = still_missed(person_id=person_id, scheme=scheme)
        if fen > 0 or fen < 0 < _held_when_reckoned(person_id, scheme):
            broken.append(Broken(MADE_UP, f"{person_id}/{scheme}", "0", str(fen)))
    return broken


def _held_when_reckoned(person_id: int, scheme: str) -> int:
    """What an account held when interest was last computed or made up."""
    entries = AccountEntry.objects.filter(person=person_id, scheme=scheme)
    runs = InterestRun.objects.filter(scheme=scheme, state=InterestRunState.DONE)
    reckoned = (
        AccountEntry.objects.filter(source=EntrySource.RUN, source_id__in=runs.values("pk")),
        entries.filter(kind=EntryKind.MADE_UP),
        CameBack.objects.filter(person=person_id, scheme=scheme),
    )
    moments = [rows.aggregate(last=Max("recorded_at"))["last"] for rows in reckoned]
    last = max(moment for moment in moments if moment is not None)
    held = entries.filter(recorded_at__lte=last).aggregate(fen=Sum("fen"))
    return held["fen"] or 0
