"""Two entries of one person that both draw a benefit (重复领取): before they become one, it is
decided which benefit goes on.

The other is stopped by its own case, which two persons decide, from the first month that was drawn
twice. What was paid of it since is found by the next run, put down in the memo register as owed by
the entry that stays, and asked back as every overpayment is; nothing is taken by itself.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Sum

from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.people.models import CURRENT, Death
from backend.people.queries import family_of
from insurance.benefits import monthly_sql as sql
from insurance.benefits.between_runs import run_is_open
from insurance.benefits.models import Claim, Entitlement, Recovery, Run
from insurance.benefits.monthly_run import first_taken_over
from insurance.benefits.recovery.standing import standing_of
from payments.ledger import memo
from payments.ledger.models import MemoEntry, MemoKind

PENSIONS = ("110", "170")
SOURCE = "benefits.merge"

# The months in which entitlements are due, as known now.
IN_FORCE = """
SELECT e.id, e.scheme, e.person_id, coalesce(c.months, '{}')
    * datemultirange(daterange(e.start_month, NULL)) - coalesce(s.months, '{}') AS months
FROM benefits_entitlement e
LEFT JOIN LATERAL (SELECT range_agg(c.valid) AS months FROM benefits_component c
    WHERE c.entitlement_id = e.id AND c.superseded_at IS NULL) c ON true
LEFT JOIN LATERAL (SELECT range_agg(s.valid) AS months FROM benefits_stop s
    WHERE s.entitlement_id = e.id AND s.superseded_at IS NULL) s ON true
"""
GOES_ON = f"""
SELECT id, scheme FROM ({IN_FORCE}) f
WHERE person_id = %(goes)s AND NOT months <@ datemultirange(daterange(NULL, %(until)s))
ORDER BY id LIMIT 1
"""
DRAWN_TWICE = f"""
SELECT g.id, s.id, lower(g.months * s.months)
FROM ({IN_FORCE}) g JOIN ({IN_FORCE}) s ON NOT isempty(g.months * s.months)
WHERE g.person_id = %(goes)s AND s.person_id = ANY (%(family)s)
ORDER BY 3, 1, 2 LIMIT 1
"""
UNPAID = f"""
SELECT d.due_ref FROM ({IN_FORCE}) f JOIN {sql.FRAGMENTS["dues"]} d ON d.entitlement_id = f.id
WHERE f.person_id = %(goes)s AND d.kind <> 3 AND f.months @> d.for_month
    AND NOT EXISTS (SELECT FROM benefits_cancelled k WHERE k.due_ref = d.due_ref)
    AND NOT EXISTS (SELECT FROM payments_outcome o WHERE o.due_ref = d.due_ref AND o.state = 8
        AND NOT EXISTS (SELECT FROM payments_outcome r
            WHERE r.due_ref = o.due_ref AND r.n = o.n AND r.state = 9))
ORDER BY 1 LIMIT 1
"""
# What is owed back goes over to the entry that stays: both lines rest on the merge.
CARRY_OVER = """
SELECT m.book_id, p.party_id, %(case)s::text || '/' || p.party_id AS source_id, p.sign * m.fen
FROM (SELECT book_id, sum(fen)::bigint AS fen FROM ledger_memoentry
    WHERE party_id = %(goes)s AND kind = 'OVERPAID' GROUP BY 1 HAVING sum(fen) <> 0) m
CROSS JOIN (VALUES (%(goes)s::bigint, -1), (%(stays)s::bigint, 1)) p (party_id, sign)
"""


class MergedInPayment(Refusal):
    """The entry that goes has a benefit that goes on (被合并者有待遇)."""

    code = "merge_in_payment"


class MergeDrawnTwice(Refusal):
    """Both entries have a benefit for the same month (同月重复领取)."""

    code = "merge_drawn_twice"


class MergeMoneyOpen(Refusal):
    """Money of the entry that goes is on its way, or is asked back (钱款未了)."""

    code = "merge_money_open"


@dataclass(frozen=True)
class Entries:
    """The entry that goes and the one that stays, and the day on which it is asked for."""

    goes: int
    stays: int
    today: date


def require_decided(*, entries: Entries) -> None:
    """Refuse while it is not decided which benefit goes on, or money is not where it belongs; who
    merges holds the runs.

    Raises:
        MergedInPayment, MergeDrawnTwice, MergeMoneyOpen.
    """
    if Claim.objects.filter(person=entries.goes, superseded_at__isnull=True).exists():
        raise MergedInPayment("被合并的一方有一次性待遇，请保留这一方，合并另一方。")
    _refuse_open_money(entries.goes)
    if not Entitlement.objects.filter(person=entries.goes).exists():
        return
    if run_is_open():
        raise MergeMoneyOpen("本月发放正在计算，封存以后再合并。")
    _refuse_going_on(entries)
    _refuse_drawn_twice(entries)
    _refuse_unpaid(entries.goes)


def carry_over(*, entries: Entries, case_id: int) -> int:
    """Let the entry that stays owe what the other owes back; rows written."""
    values = {"case": case_id, "goes": entries.goes, "stays": entries.stays}
    return memo.append(select=CARRY_OVER, parameters=values, source=SOURCE)


def _refuse_open_money(goes: int) -> None:
    recoveries = Recovery.objects.filter(debtor=goes)
    if any(standing_of(recovery=recovery).open_fen for recovery in recoveries):
        raise MergeMoneyOpen(
            "被合并的一方有没有终结的追回，请先撤销或终结，合并以后向保留的一方重新告知。"
        )
    entries = MemoEntry.objects.filter(party=goes, kind=MemoKind.OVERPAID)
    sums = entries.values("book").annotate(sum=Sum("fen")).filter(sum__lt=0)
    for more in sums:
        raise MergeMoneyOpen(
            f"被合并的一方多退了 {Money(-more['sum'])} 元追回款，请先退还，再合并。"
        )


def _refuse_going_on(entries: Entries) -> None:
    month = _must_end_by(entries)
    found = _first(GOES_ON, {"goes": entries.goes, "until": month.first_day})
    if found is None:
        return
    number, scheme = found
    if scheme not in PENSIONS:
        raise MergedInPayment("被合并的一方有失业保险金，请保留这一方，合并另一方。")
    raise MergedInPayment(
        f"被合并的一方有待遇在发（{scheme}，编号 {number}）。要保留这项待遇的，请保留这一方，"
        f"合并另一方；不保留的，先由两人办理待遇停发（自 {month} 或更早起），再合并。",
        entitlement=number,
    )


def _must_end_by(entries: Entries) -> Month:
    """The first month that the benefit of the entry that goes may not be due for: its deaths and
    accounts are not looked up any more."""
    run = Run.objects.order_by("-period").first()
    coming = Month.of(run.period).next if run else first_taken_over() or Month.of(entries.today)
    deaths = Death.objects.filter(CURRENT, person__in=family_of(party_id=entries.stays))
    ends = (Month.of(day).next for day in deaths.values_list("death_date", flat=True))
    return min((coming, *ends))


def _refuse_drawn_twice(entries: Entries) -> None:
    family = family_of(party_id=entries.stays)
    found = _first(DRAWN_TWICE, {"goes": entries.goes, "family": family})
    if found is not None:
        goes, stays, month = found
        raise MergeDrawnTwice(
            f"两项待遇（编号 {goes}、{stays}）{Month.of(month)}重复领取，"
            "不保留的一项停发月份不得晚于该月。",
            entitlement=goes,
        )


def _refuse_unpaid(goes: int) -> None:
    found = _first(UNPAID, {"goes": goes})
    if found is not None:
        raise MergeMoneyOpen(
            f"被合并的一方还有应发没有付到（应发 {found[0]}），付清或停发以后再合并。",
            due_ref=found[0],
        )


def _first(statement: str, values: dict[str, Any]) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row
