"""Correct what was granted once (更正一次性待遇核定): by difference, to whom it is due now.

A case of the same kind names the claim (``corrects``) and why: an objection, or what the agency
found itself. The corrected claim takes the place of the one before, whole and with its own steps.
Of its shares, each payee is paid what he has not had yet; who had more, or is no heir at all, owes
the difference back, as the memo register keeps it. What a bank had returned was not had; what was
set off was, and is not taken back so.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from backend.cases.corrections import (
    Ground,
    chain_of,
    ground_of,
    number_corrected,
    require_own,
)
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.people.queries import canonical_id, family_of
from backend.people.supersede import close
from insurance.accounts.shares import divided
from insurance.benefits.claims import grant
from insurance.benefits.claims.claim_batches import keep_out_of_batches
from insurance.benefits.claims.grant import Granted, Heir
from insurance.benefits.claims.models import Claim, ClaimKind, ClaimShare, InheritedSingle
from insurance.benefits.recovery.models import ShareSetOff
from insurance.benefits.recovery.standing import CORRECTED
from payments.ledger import memo
from payments.locks import hold_reissues
from payments.withdrawals import withdraw_returned

SOURCE = "benefits.claim"

# What went to a bank of these claims, and what of it was found before to be owed back.
HAD = f"""
SELECT s.payee_id, d.due_ref, a.fen, coalesce((SELECT sum(m.fen) FROM ledger_memoentry m
    WHERE m.source = '{CORRECTED}'
        AND split_part(m.source_id, '/', 1) = d.due_ref::text), 0)::bigint
FROM benefits_claimshare s JOIN benefits_claimdue d ON d.share_id = s.id
JOIN payments_attempt a ON a.due_ref = d.due_ref AND a.n = 1
WHERE s.claim_id = ANY (%(claims)s)
    AND NOT EXISTS (SELECT FROM payments_withdrawn w WHERE w.due_ref = d.due_ref)
ORDER BY d.due_ref
"""
RETURNED_DIFFERENCE = f"""
SELECT m.book_id, m.party_id, split_part(m.source_id, '/', 1) || '/returned' AS source_id,
    -sum(m.fen)::bigint AS fen
FROM ledger_memoentry m WHERE m.source = '{CORRECTED}' AND EXISTS (
    SELECT FROM payments_withdrawn w WHERE w.due_ref::text = split_part(m.source_id, '/', 1))
GROUP BY m.book_id, m.party_id, split_part(m.source_id, '/', 1) HAVING sum(m.fen) <> 0
"""
OWED_BACK = """
SELECT %(book)s::int AS book_id, %(party)s::bigint AS party_id, %(source_id)s AS source_id,
    %(fen)s::bigint AS fen
"""


class ClaimUnknown(Refusal):
    """There is no such claim of this person (没有这项核定)."""

    code = "claim_correction_unknown"


class ClaimReplaced(Refusal):
    """Another claim took its place, or nothing is owed by it (该核定已被替代或撤销)."""

    code = "claim_correction_replaced"
    status = 409


class ShareTaken(Refusal):
    """Heirs of its payee have a share already (份额已由继承人领取)."""

    code = "claim_correction_share_taken"


class SetOffExceeds(Refusal):
    """More was set off of a share than is due as corrected (已抵扣的多于更正后的份额)."""

    code = "claim_correction_set_off_exceeds"


class NothingChanged(Refusal):
    """It comes to what was granted, to the same payees (更正前后没有差别)."""

    code = "claim_correction_nothing_changed"


@dataclass(frozen=True)
class Correction:
    """Which claim is corrected, and why."""

    before: Claim
    ground: Ground


@dataclass(frozen=True)
class Had:
    """What a payee had of the claims before (已付): by due, and what of it he owes back already."""

    due_ref: int
    fen: int
    owed_back_fen: int


def hold_to_correct(case: Case) -> None:
    """Let nobody pay, inherit or set off a share while its claim is corrected. Before any other
    lock; what is granted for the first time waits for nobody."""
    if number_corrected(case) is not None:
        hold_reissues()
        keep_out_of_batches()


def correction_of(*, case: Case, kind: ClaimKind, scheme: str) -> Correction | None:
    """Give what a case corrects; None where it asks for the first time.

    Raises:
        ContentInvalid, ClaimUnknown, ClaimReplaced, OtherBody, ShareTaken; as ``ground_of``.
    """
    number = number_corrected(case)
    if number is None:
        return None
    before = (
        Claim.objects.select_related("book__agency")
        .filter(pk=number, kind=kind, scheme=scheme, person__in=family_of(party_id=case.party_id))
        .first()
    )
    if before is None:
        raise ClaimUnknown(f"此人没有这一险种的{kind.label}核定 {number}。", case_id=case.pk)
    if before.superseded_at is not None:
        raise ClaimReplaced(f"核定 {number} 已被替代或撤销，不能更正。", claim=number)
    require_own(case=case, number=number, agency=before.book.agency)
    chain = _chain(before)
    _refuse_taken(chain)
    return Correction(before, ground_of(case=case, decided_cases=[one.case_id for one in chain]))


def claim_besides(correction: Correction | None) -> Claim | None:
    """The claim that need not stand in the way of another."""
    return None if correction is None else correction.before


def kept_ground(correction: Correction | None) -> dict[str, object]:
    """As the figures of a claim keep why it corrects another."""
    return {} if correction is None else {"ground": correction.ground.kept()}


def put_on_record(
    *, case: Case, correction: Correction | None, granted: Granted, heirs: Sequence[Heir]
) -> int:
    """Write a claim, or one that corrects another; rows written.

    The caller holds the transaction, and what ``hold_to_correct`` takes.

    Raises:
        AlreadyGranted, SetOffExceeds; as ``require_change``.
    """
    if correction is None:
        return grant.put_down(case=case, granted=granted, heirs=heirs)
    return _put_in_place(case, correction, granted, heirs)


def difference_not_owed() -> int:
    """Of what a bank returned nothing is owed back as a difference; rows written."""
    return memo.append(
        select=RETURNED_DIFFERENCE, parameters={}, source=CORRECTED, beyond_zero=True
    )


def require_change(
    *, correction: Correction | None, granted: Granted, heirs: Sequence[Heir]
) -> None:
    """Refuse a correction that changes neither an amount nor a payee.

    Raises:
        NothingChanged.
    """
    if correction is None:
        return
    before = correction.before
    shares = ClaimShare.objects.filter(claim=before)
    known = {canonical_id(party_id=one.payee_id): one.fen for one in shares}
    same = (before.funeral_fen, before.event_date) == (granted.funeral_fen, granted.event_date)
    if same and before.subject == granted.subject and known == _due(granted, heirs):
        raise NothingChanged("更正以后的金额、收款人与原核定相同，没有可更正的。")


def _put_in_place(
    case: Case, correction: Correction, granted: Granted, heirs: Sequence[Heir]
) -> int:
    chain = _chain(correction.before)
    require_change(correction=correction, granted=granted, heirs=heirs)
    claims = [one.pk for one in chain]
    rows = withdraw_returned(select=_dues_of(claims), source=SOURCE) + difference_not_owed()
    had, due, kept = _had(claims), _due(granted, heirs), _set_off(claims)
    _refuse_exceeding(kept, due)
    close(correction.before)
    rows += 1 + grant.put_down(
        case=case,
        granted=granted,
        heirs=heirs,
        corrects=correction.before,
        had={
            payee: sum(one.fen for one in had.get(payee, ())) + kept.get(payee, 0)
            for payee in {*had, *kept}
        },
    )
    return rows + sum(
        _owe_back(case, granted, payee, dues, due.get(payee, 0) - kept.get(payee, 0))
        for payee, dues in had.items()
    )


def _refuse_taken(chain: Sequence[Claim]) -> None:
    inherited = (
        InheritedSingle.objects.filter(share__claim__in=chain, claim__superseded_at__isnull=True)
        .select_related("claim")
        .first()
    )
    if inherited is not None:
        raise ShareTaken(
            f"有份额已由收款人的继承人领取（业务件 {inherited.claim.case_id}），钱已付给他们，不能"
            "更正；请书面答复当事人，由其申请行政复议或者提起行政诉讼。",
            claim=chain[0].pk,
        )


def _set_off(claims: Sequence[int]) -> dict[int, int]:
    """What was set off of the shares of these claims, in fen by payee: it was had."""
    found: dict[int, int] = defaultdict(int)
    for kept in ShareSetOff.objects.filter(share__claim__in=claims).select_related("share"):
        found[canonical_id(party_id=kept.share.payee_id)] += kept.fen
    return found


def _refuse_exceeding(kept: Mapping[int, int], due: Mapping[int, int]) -> None:
    for payee, fen in kept.items():
        if fen > due.get(payee, 0):
            raise SetOffExceeds(
                f"收款人 {payee} 的份额已抵扣追回款 {Money(fen)} 元，更正后的份额只有 "
                f"{Money(due.get(payee, 0))} 元；已抵扣的不能由更正收回，"
                "请先集体审议多抵扣的怎样退回。",
                payee=payee,
            )


def _due(granted: Granted, heirs: Sequence[Heir]) -> dict[int, int]:
    shares = divided(fen=granted.fen, weights=[heir.weight for heir in heirs])
    return {heir.payee_id: fen for heir, fen in zip(heirs, shares, strict=True) if fen}


def _chain(claim: Claim) -> tuple[Claim, ...]:
    return chain_of(decision=claim, before=lambda one: one.corrects)


def _dues_of(claims: Sequence[int]) -> str:
    listed = ", ".join(f"{claim:d}" for claim in claims)
    return (
        "SELECT d.due_ref FROM benefits_claimdue d "
        f"JOIN benefits_claimshare s ON s.id = d.share_id WHERE s.claim_id IN ({listed})"
    )


def _had(claims: Sequence[int]) -> dict[int, list[Had]]:
    found: dict[int, list[Had]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(HAD, {"claims": list(claims)})
        for payee, due_ref, fen, owed_back in cursor.fetchall():
            found[canonical_id(party_id=payee)].append(Had(due_ref, fen, owed_back))
    return found


def _owe_back(case: Case, granted: Granted, payee: int, dues: Sequence[Had], due_fen: int) -> int:
    """What he had beyond his share, f(known now) − f(known so far); rows written."""
    rows, left = 0, due_fen
    for one in dues:
        kept = min(one.fen, left)
        left -= kept
        more = one.fen - kept - one.owed_back_fen
        if more:
            values: dict[str, Any] = {
                "book": granted.book.pk,
                "party": payee,
                "source_id": f"{one.due_ref}/{case.pk}",
                "fen": more,
            }
            rows += memo.append(
                select=OWED_BACK, parameters=values, source=CORRECTED, beyond_zero=more < 0
            )
    return rows
