"""Prove the promises of claims on live data (一次性待遇不变量): each check gives what breaks it."""

from collections.abc import Iterator

from backend.cases.decided import truly_decided
from backend.kernel.money import Money
from insurance.benefits.claims.models import Claim
from insurance.policy.kept_steps import read
from insurance.policy.recompute import first_wrong
from payments.ledger.invariants import Broken, broken_by

DECIDED = "一次性待遇:依据的业务件均已签名办结"
STEPS = "一次性待遇:步骤可以复算,最后一步等于核定金额"
PAGE = 500

# Every statement gives (where, wanted, found) of what is broken; nothing when all is well.
STATEMENTS: tuple[tuple[str, str], ...] = (
    (
        "一次性待遇:各份额之和等于核定金额",
        """
        SELECT c.id::text, c.fen::text, coalesce(sum(s.fen), 0)::text FROM benefits_claim c
        LEFT JOIN benefits_claimshare s ON s.claim_id = c.id
        GROUP BY c.id HAVING coalesce(sum(s.fen), 0) <> c.fen
        """,
    ),
    (
        "一次性待遇:发放明细金额、收款人相同,且只此一笔",
        """
        SELECT d.due_ref::text, s.payee_id || '|' || s.fen - s.had_fen - coalesce(k.fen, 0),
            coalesce(string_agg(a.payee_id || '|' || a.fen, ','), '无明细')
        FROM benefits_claimdue d JOIN benefits_claimshare s ON s.id = d.share_id
        LEFT JOIN benefits_sharesetoff k ON k.share_id = s.id
        LEFT JOIN people_canonical p ON p.party_id = s.payee_id
        LEFT JOIN payments_attempt a ON a.due_ref = d.due_ref AND a.n = 1
        GROUP BY d.due_ref, s.payee_id, s.fen, s.had_fen, k.fen, p.canonical_id
        HAVING count(a.due_ref) <> 1 OR max(a.fen) <> s.fen - s.had_fen - coalesce(k.fen, 0)
            OR max(a.payee_id) NOT IN (s.payee_id, p.canonical_id)
        """,
    ),
    (
        "一次性待遇:因死亡发给的有两人核实的死亡,同一天",
        """
        SELECT c.id::text, c.event_date::text, coalesce(x.death_date::text, '无')
        FROM benefits_claim c
        LEFT JOIN people_alias l ON l.survivor_id = c.person_id
        LEFT JOIN people_death x ON x.person_id IN (c.person_id, l.party_id) AND x.confirmed
            AND x.superseded_at IS NULL
        WHERE c.kind IN ('SURVIVOR', 'INHERITED') AND c.superseded_at IS NULL
        GROUP BY c.id, x.death_date HAVING x.death_date IS DISTINCT FROM c.event_date
        """,
    ),
    (
        "应发继承:核定金额等于所继承的应发之和,同一人同一账套,不晚于死亡当月",
        """
        WITH RECURSIVE chain AS (  -- the dues are with the first claim of those corrected
            SELECT id, id AS first_id FROM benefits_claim
            WHERE kind = 'INHERITED' AND corrects_id IS NULL
          UNION ALL
            SELECT c.id, n.first_id FROM chain n JOIN benefits_claim c ON c.corrects_id = n.id)
        SELECT c.id::text, c.fen::text, coalesce(sum(w.fen) FILTER (WHERE w.book_id = c.book_id
            AND c.person_id IN (w.person_id, p.canonical_id)), 0)::text
        FROM benefits_claim c LEFT JOIN (
            SELECT n.id AS claim_id, e.book_id, e.person_id, d.fen
            FROM benefits_inheriteddue i JOIN chain n ON n.first_id = i.claim_id
            JOIN benefits_claim x ON x.id = n.id
            JOIN benefits_due d ON d.due_ref = i.due_ref AND d.kind <> 3
                AND d.for_month <= x.event_date
            JOIN benefits_entitlement e ON e.id = d.entitlement_id
          UNION ALL
            SELECT i.claim_id, g.book_id, s.payee_id, s.fen - s.had_fen - coalesce(k.fen, 0)
            FROM benefits_inheritedsingle i JOIN benefits_claimshare s ON s.id = i.share_id
            JOIN benefits_claim g ON g.id = s.claim_id
            LEFT JOIN benefits_sharesetoff k ON k.share_id = s.id
          UNION ALL
            SELECT i.claim_id, x.book_id, o.payee_id, o.fen - o.had_fen
            FROM benefits_inheritedsingle i JOIN benefits_claim x ON x.id = i.claim_id
            JOIN accounts_outgoing o ON o.id = i.outgoing_id) w ON w.claim_id = c.id
        LEFT JOIN people_canonical p ON p.party_id = w.person_id
        WHERE c.kind = 'INHERITED' OR w.claim_id IS NOT NULL
        GROUP BY c.id HAVING c.fen <> coalesce(sum(w.fen) FILTER (WHERE w.book_id = c.book_id
            AND c.person_id IN (w.person_id, p.canonical_id)), 0)
        """,
    ),
    (
        "应发继承:由继承人领取的应发不再付给本人,死亡更正后才撤销重算",
        """
        SELECT i.due_ref::text,
            CASE WHEN benefits_claim_stands(c.id) THEN '已了结' ELSE '撤销' END,
            CASE WHEN k.due_ref IS NOT NULL THEN '撤销' WHEN a.n >= i.n THEN '又付'
                WHEN o.due_ref IS NULL THEN '已付或未回' ELSE '仍暂缓' END
        FROM benefits_inheriteddue i JOIN benefits_claim c ON c.id = i.claim_id
        LEFT JOIN benefits_cancelled k ON k.due_ref = i.due_ref
        LEFT JOIN benefits_held h ON h.due_ref = i.due_ref AND h.run_period IN (
            SELECT r.period FROM benefits_run r WHERE r.known_at > i.recorded_at)
        LEFT JOIN payments_attempt a ON a.due_ref = i.due_ref
        LEFT JOIN payments_outcome o ON o.due_ref = a.due_ref AND o.n = a.n AND o.state = 9
        WHERE k.due_ref IS NOT NULL AND benefits_claim_stands(c.id) OR h.due_ref IS NOT NULL
            OR a.due_ref IS NOT NULL AND (a.n >= i.n OR o.due_ref IS NULL)
        """,
    ),
    (
        "应发继承:由继承人领取的单笔只由一项核定领取,不再付给本人",
        """
        SELECT concat_ws('/', i.share_id, i.outgoing_id), '1笔',
            count(DISTINCT i.claim_id) || '笔|' || count(l.due_ref) || '笔在付'
        FROM benefits_inheritedsingle i
        JOIN benefits_claim c ON c.id = i.claim_id AND c.superseded_at IS NULL
        LEFT JOIN benefits_claimdue d ON d.share_id = i.share_id
        LEFT JOIN accounts_outgoingdue o ON o.outgoing_id = i.outgoing_id
        LEFT JOIN LATERAL (SELECT a.due_ref FROM payments_attempt a
            LEFT JOIN payments_outcome u ON u.due_ref = a.due_ref AND u.n = a.n AND u.state = 9
            WHERE a.due_ref = coalesce(d.due_ref, o.due_ref) AND u.due_ref IS NULL) l ON true
        GROUP BY i.share_id, i.outgoing_id
        HAVING count(DISTINCT i.claim_id) > 1 OR count(l.due_ref) > 0
        """,
    ),
    (
        "一次性待遇:撤销后已付的在备查簿中,银行退回的不再追回",
        """
        SELECT d.due_ref::text, CASE WHEN w.due_ref IS NULL
                THEN s.fen - s.had_fen - coalesce(k.fen, 0) ELSE 0 END::text,
            coalesce(sum(m.fen), 0)::text
        FROM benefits_claim c JOIN benefits_claimshare s ON s.claim_id = c.id
        JOIN benefits_claimdue d ON d.share_id = s.id
        LEFT JOIN benefits_sharesetoff k ON k.share_id = s.id
        LEFT JOIN payments_withdrawn w ON w.due_ref = d.due_ref
        LEFT JOIN ledger_memoentry m ON m.source_id = d.due_ref::text
            AND m.source IN ('benefits.claim', 'benefits.claim.returned')
        WHERE NOT benefits_claim_stands(c.id)
        GROUP BY d.due_ref, w.due_ref, s.fen, s.had_fen, k.fen
        HAVING coalesce(sum(m.fen), 0) <> CASE WHEN w.due_ref IS NULL
            THEN s.fen - s.had_fen - coalesce(k.fen, 0) ELSE 0 END
        """,
    ),
    (
        "一次性待遇:更正以后每人已付、已抵扣的和将付的,减去备查簿中应退的,等于其份额",
        """
        WITH RECURSIVE chain AS (
            SELECT id AS last_id, id, corrects_id, book_id FROM benefits_claim
            WHERE superseded_at IS NULL AND corrects_id IS NOT NULL
          UNION ALL
            SELECT n.last_id, c.id, c.corrects_id, c.book_id FROM chain n
            JOIN benefits_claim c ON c.id = n.corrects_id),
        moved AS (
            SELECT n.last_id, p.canonical_id AS payee, a.fen - coalesce((
                SELECT sum(m.fen) FROM ledger_memoentry m
                WHERE m.source = 'payments.corrected' AND m.book_id = n.book_id
                    AND split_part(m.source_id, '/', 1) = d.due_ref::text), 0) AS fen
            FROM chain n JOIN benefits_claimshare s ON s.claim_id = n.id
            JOIN benefits_claimdue d ON d.share_id = s.id
            JOIN payments_attempt a ON a.due_ref = d.due_ref AND a.n = 1
            JOIN people_canonical p ON p.party_id = s.payee_id
            LEFT JOIN payments_withdrawn w ON w.due_ref = d.due_ref
            WHERE w.due_ref IS NULL
          UNION ALL
            SELECT s.claim_id, p.canonical_id, s.fen - s.had_fen - coalesce(k.fen, 0)
            FROM benefits_claimshare s JOIN people_canonical p ON p.party_id = s.payee_id
            JOIN chain n ON n.id = s.claim_id AND n.id = n.last_id
            LEFT JOIN benefits_sharesetoff k ON k.share_id = s.id
            LEFT JOIN benefits_claimdue d ON d.share_id = s.id WHERE d.share_id IS NULL
          UNION ALL
            SELECT n.last_id, p.canonical_id, k.fen
            FROM chain n JOIN benefits_claimshare s ON s.claim_id = n.id
            JOIN benefits_sharesetoff k ON k.share_id = s.id
            JOIN people_canonical p ON p.party_id = s.payee_id),
        due AS (
            SELECT s.claim_id AS last_id, p.canonical_id AS payee, s.fen
            FROM benefits_claimshare s JOIN people_canonical p ON p.party_id = s.payee_id
            JOIN chain n ON n.id = s.claim_id AND n.id = n.last_id)
        SELECT last_id || '/' || payee, coalesce(max(d.fen), 0)::text, coalesce(sum(m.fen), 0)::text
        FROM moved m FULL JOIN due d USING (last_id, payee)
        GROUP BY last_id, payee HAVING coalesce(max(d.fen), 0) <> coalesce(sum(m.fen), 0)
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
    wanted = set(Claim.objects.values_list("case_id", flat=True))
    for case_id in sorted(wanted - truly_decided(case_ids=wanted)):
        yield Broken(DECIDED, str(case_id), "已签名办结", "否")


def _unexplained() -> Iterator[Broken]:
    for claim in Claim.objects.order_by("pk").iterator(chunk_size=PAGE):
        steps = read(rows=claim.steps)
        wrong = first_wrong(steps=steps)
        amount = str(Money(claim.fen))
        if wrong is not None or not steps or steps[-1].result != amount:
            yield Broken(STEPS, str(claim.pk), amount, wrong.name if wrong else "末步不符")
