"""Correct what was granted once (更正一次性待遇核定): by difference, to whom it is due now.

A case of the same kind names the claim (``corrects``) and why: an objection, or what the agency
found itself. The corrected claim takes the place of the one before, whole and with its own steps.
Of its shares, each payee is paid what he has not had yet; who had more, or is no heir at all, owes
the difference back, as the memo register keeps it. What a bank had returned was not had; what was
set off was, and is not taken back so.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
from insurance.benefits.claims.models import (
    Claim,
    ClaimDue,
    ClaimKind,
    ClaimShare,
    InheritedSingle,
)
from insurance.benefits.recovery.models import ShareSetOff
from payments.corrected import had_of, owe_back, sums, withdraw
from payments.locks import hold_reissues

SOURCE = "benefits.claim"


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


def dues_of(*, claims: Sequence[int]) -> list[int]:
    """Give the numbers under which these claims were paid."""
    dues = ClaimDue.objects.filter(share__claim__in=claims).order_by("due_ref")
    return list(dues.values_list("due_ref", flat=True))


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
    paid = dues_of(claims=claims)
    rows = withdraw(due_refs=paid, source=SOURCE)
    had, due, kept = had_of(due_refs=paid), _due(granted, heirs), _set_off(claims)
    _refuse_exceeding(kept, due)
    close(correction.before)
    rows += 1 + grant.put_down(
        case=case,
        granted=granted,
        heirs=heirs,
        corrects=correction.before,
        had=Counter(sums(had)) + Counter(kept),
    )
    return rows + sum(
        owe_back(
            case_id=case.pk,
            payee_id=payee,
            had=dues,
            due_fen=due.get(payee, 0) - kept.get(payee, 0),
        )
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
