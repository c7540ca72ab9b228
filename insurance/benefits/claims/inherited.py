"""What was owed to somebody who died goes to the heirs (死亡前应发未发待遇的继承).

Months up to that of the death that a run held, or that the bank returned; also what is found later,
as an adjustment's difference for who died in between. Each due is settled by the claim that pays it
and never paid otherwise; its account part leaves the account at once, the rest of which is
inherited besides. What was to be paid once, as a share of a grant, is inherited with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db import connection, transaction

from backend.cases import content
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.people.models import Death
from backend.people.queries import canonical_id, family_of
from insurance.benefits.account_payouts import pay_out_inherited
from insurance.benefits.between_runs import hold_runs, run_is_open
from insurance.benefits.claims import correcting, grant
from insurance.benefits.claims.correcting import Correction
from insurance.benefits.claims.grant import Granted
from insurance.benefits.claims.inherited_anew import divided_anew, put_anew
from insurance.benefits.claims.inherited_singles import (
    Single,
    keep_out_of_batches,
    put_down_singles,
    singles_owed_to,
)
from insurance.benefits.claims.models import Claim, ClaimKind, InheritedDue
from insurance.benefits.claims.parts import added
from insurance.benefits.models import DueKind, Entitlement, Hold
from insurance.policy import parameters as policy
from insurance.policy.steps import Step
from payments.ledger.models import Book
from payments.withdrawals import withdraw_returned

SCHEMES = ("110", "170", "210", "310")
UNRESOLVED = ("IN_PRISON", "SUSPENDED")  # a death answers the other reasons to hold
WEAKEST_FIRST = ("DEMO", "CITED", "PUBLISHED")
SOURCE = "benefits.inherited"
ARTICLE = "民法典第一千一百二十二条"

# Dues of months up to that of the death which the last run held, or which the bank returned and
# nobody has to look into. What rests on an unverified figure waits on.
OWED = """
SELECT d.due_ref, d.for_month, d.kind, d.fen, d.parts, coalesce(a.n, 0) + 1 AS n,
    ARRAY(SELECT DISTINCT c.standing FROM benefits_component c
        WHERE c.entitlement_id = d.entitlement_id AND c.valid @> d.for_month
            AND c.superseded_at IS NULL)
FROM benefits_due d JOIN benefits_entitlement e ON e.id = d.entitlement_id
LEFT JOIN LATERAL (SELECT max(a.n) AS n FROM payments_attempt a WHERE a.due_ref = d.due_ref) a
    ON true
WHERE e.person_id = ANY (%(family)s) AND e.book_id = %(book)s AND d.kind <> 3
    AND d.for_month <= %(died_on)s
    AND NOT EXISTS (SELECT FROM benefits_cancelled k WHERE k.due_ref = d.due_ref)
    AND NOT EXISTS (SELECT FROM benefits_inheriteddue i WHERE i.due_ref = d.due_ref)
    AND NOT EXISTS (SELECT FROM benefits_component c WHERE c.entitlement_id = d.entitlement_id
        AND c.valid @> d.for_month AND c.superseded_at IS NULL AND c.standing = 'UNVERIFIED')
    AND CASE WHEN a.n IS NULL THEN EXISTS (SELECT FROM benefits_held h WHERE h.due_ref = d.due_ref
            AND h.run_period = (SELECT max(r.period) FROM benefits_run r WHERE r.state = 'SEALED'))
        ELSE EXISTS (SELECT FROM payments_outcome o
                WHERE o.due_ref = d.due_ref AND o.n = a.n AND o.state = 9)
            AND NOT EXISTS (SELECT FROM payments_withdrawn w WHERE w.due_ref = d.due_ref)
            AND NOT EXISTS (SELECT FROM payments_discrepancy y WHERE y.due_ref = d.due_ref
                AND y.kind IN ('LATE_RETURN', 'EXTRA') AND y.closed_at IS NULL) END
ORDER BY d.for_month, d.due_ref
"""


class NotDead(Refusal):
    """Nobody inherits from the living (没有已核实的死亡信息)."""

    code = "inherited_owner_not_dead"


class NothingOwed(Refusal):
    """No due waits for heirs (没有应发未发的待遇)."""

    code = "inherited_nothing_owed"


class AmountDiffers(Refusal):
    """What is signed is what is owed (金额与应发未发的不符)."""

    code = "inherited_amount_differs"


class StillHeld(Refusal):
    """Why it was held before the death is not resolved (死亡前的暂缓尚未办结)."""

    code = "inherited_still_held"


class RunOpen(Refusal):
    """A month is being computed just now (本月发放正在计算)."""

    code = "inherited_run_open"


@dataclass(frozen=True)
class Owed:
    """One due that waits."""

    due_ref: int
    month: Month
    kind: DueKind
    fen: int
    parts: tuple[int, ...]
    n: int
    standings: tuple[str, ...]

    @property
    def label(self) -> str:
        """As a step names it."""
        return f"{self.month}{self.kind.label}（应发{self.due_ref}）"


def check(case: Case) -> int:
    """At its receipt a DUE_INHERITANCE case can be decided as it asks; writes nothing.

    Content: ``scheme``; ``amount`` (all that is owed); ``evidence`` (继承权证明); ``heirs``
    (``payee``, ``weight``, ``relation``). ``corrects`` (a claim) with ``objection``, or with
    ``error`` and ``error_evidence``: the same amount goes to other heirs, or by other shares.

    Raises:
        ContentInvalid, HeirInvalid, ProposalWaits, NotDead, NothingOwed, AmountDiffers, StillHeld;
        as ``correction_of``, NothingChanged.
    """
    content.require_only_proposal(case, of_party=True, scheme=case.content.get("scheme"))
    heirs = grant.heirs_of(case)
    if (correction := _correction(case)) is not None:
        granted = _granted_anew(case, correction)
        correcting.require_change(correction=correction, granted=granted, heirs=heirs)
        return 0
    _granted(case)
    return 0


@transaction.atomic
def decide(case: Case) -> int:
    """The act of a DUE_INHERITANCE case; rows written.

    Raises:
        RunOpen; as ``check``, but for ProposalWaits.
    """
    correcting.hold_to_correct(case)
    if (correction := _correction(case)) is not None:
        granted = _granted_anew(case, correction)
        return put_anew(case=case, correction=correction, granted=granted)
    hold_runs()
    keep_out_of_batches()
    if run_is_open():
        raise RunOpen("本月发放正在计算，请在封存之后办理。", case_id=case.pk)
    granted, owed, singles = _granted(case)
    rows = grant.put_down(case=case, granted=granted, heirs=grant.heirs_of(case))
    claim = Claim.objects.get(case_id=case.pk)
    rows += len(
        InheritedDue.objects.bulk_create(
            InheritedDue(due_id=one.due_ref, claim=claim, n=one.n) for one in owed
        )
    )
    rows += put_down_singles(claim=claim, singles=singles)
    rows += withdraw_returned(select=_refs_of(claim), source=SOURCE)
    return rows + pay_out_inherited(claim_id=claim.pk, arrival=Month.of(content.day_of(case)))


def _correction(case: Case) -> Correction | None:
    scheme = content.choice(case, "scheme", "险种", SCHEMES)
    return correcting.correction_of(case=case, kind=ClaimKind.INHERITED, scheme=scheme)


def _granted_anew(case: Case, correction: Correction) -> Granted:
    fen = correction.before.fen
    if content.fen(case, "amount", "金额") != fen:
        raise AmountDiffers(
            f"更正只改继承人和份额，金额仍为 {Money(fen)} 元，请按此填写。", case_id=case.pk
        )
    died_on = _death(case).death_date
    granted = divided_anew(case=case, correction=correction, event_date=died_on)
    return replace(granted, figures={**granted.figures, "death_date": died_on.isoformat()})


def owed_to(*, person_id: int, book_id: int, died_on: date) -> tuple[Owed, ...]:
    """Give what waits for the heirs of a person in a fund, the oldest month first."""
    values: dict[str, Any] = {
        "family": family_of(party_id=person_id),
        "book": book_id,
        "died_on": died_on,
    }
    with connection.cursor() as cursor:
        cursor.execute(OWED, values)
        return tuple(
            Owed(due_ref, Month.of(month), DueKind(kind), fen, tuple(parts), n, tuple(standings))
            for due_ref, month, kind, fen, parts, n, standings in cursor.fetchall()
        )


def _granted(case: Case) -> tuple[Granted, tuple[Owed, ...], tuple[Single, ...]]:
    scheme = content.choice(case, "scheme", "险种", SCHEMES)
    evidence = content.text(case, "evidence", "继承权的证明")
    amount = content.fen(case, "amount", "金额")
    death = _death(case)
    book = Book.objects.filter(agency=case.agency, scheme=scheme).order_by("pk").first()
    _refuse_held(case, scheme)
    if book is None:
        raise NothingOwed("本机构没有该险种的账套。", case_id=case.pk)
    owed = owed_to(person_id=case.party_id, book_id=book.pk, died_on=death.death_date)
    singles = singles_owed_to(family=family_of(party_id=case.party_id), book_id=book.pk)
    waiting: tuple[Owed | Single, ...] = (*owed, *singles)
    if not waiting:
        raise NothingOwed("此人没有应发未发、可由继承人领取的待遇。", case_id=case.pk)
    fen = sum(one.fen for one in waiting)
    if amount != fen:
        raise AmountDiffers(
            f"应发未发的为 {len(waiting)} 笔 {Money(fen)} 元，请按此填写金额。", case_id=case.pk
        )
    used = {standing for one in waiting for standing in one.standings}
    granted = Granted(
        kind=ClaimKind.INHERITED,
        person_id=canonical_id(party_id=case.party_id),
        scheme=scheme,
        book=book,
        parts=added(of=[one.parts for one in waiting]),
        event_date=death.death_date,
        fen=fen,
        funeral_fen=0,
        region=case.agency.region,
        figures={"death_date": death.death_date.isoformat(), "evidence": evidence},
        steps=(_step(waiting),),
        policy_version=policy.version(),
        standing=next((one for one in WEAKEST_FIRST if one in used), "BASELINE"),
        subject=f"业务件{case.pk}",
    )
    return granted, owed, singles


def _step(waiting: Sequence[Owed | Single]) -> Step:
    inputs = tuple((one.label, str(Money(one.fen))) for one in waiting)
    total = str(Money(sum(one.fen for one in waiting)))
    return Step(
        formula=" + ".join(name for name, _ in inputs),
        inputs=inputs,
        result=total,
        version=policy.version(),
        article=ARTICLE,
        name="死亡前应发未发待遇合计",
        sentence=f"截至死亡当月应发、没有发到的待遇共{len(waiting)}笔{total}元，由继承人按份额领取。",
        rounding="",
    )


def _death(case: Case) -> Death:
    death = Death.objects.filter(
        person__in=family_of(party_id=case.party_id), confirmed=True, superseded_at__isnull=True
    ).first()
    if death is None:
        raise NotDead("死亡信息尚未由两人核实，应发待遇不能由继承人领取。", case_id=case.pk)
    return death


def _refuse_held(case: Case, scheme: str) -> None:
    entitlements = Entitlement.objects.filter(
        person__in=family_of(party_id=case.party_id), scheme=scheme
    )
    hold = Hold.objects.filter(
        entitlement__in=entitlements,
        reason__in=UNRESOLVED,
        superseded_at__isnull=True,
        valid__endswith__isnull=True,
    ).first()
    if hold is not None:
        raise StillHeld(
            f"死亡前因“{hold.get_reason_display()}”暂缓，请先办结再由继承人领取。", case_id=case.pk
        )


def _refs_of(claim: Claim) -> str:
    return (
        f"SELECT due_ref FROM benefits_inheriteddue WHERE claim_id = {claim.pk:d} "
        f"UNION ALL SELECT due_ref FROM benefits_inheritedsingle WHERE claim_id = {claim.pk:d}"
        " AND due_ref IS NOT NULL"
    )
