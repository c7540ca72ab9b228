"""Empty an account for good (账户一次性支付): interest to date, then all of it to whom it goes.

Heirs after a death, the person who emigrates or falls short of the years, another province. All
accounts of a person are emptied, also those under entries that were merged into this one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.kernel.parameters import Resolved
from backend.people.models import Death
from backend.people.queries import canonical_id, family_of
from insurance.accounts.entries import balance, lock
from insurance.accounts.leaving_steps import SettledYear, leaving_steps
from insurance.accounts.models import (
    EntryKind,
    InterestRun,
    InterestRunState,
    LeftAccount,
    Outgoing,
    Scheme,
)
from insurance.accounts.own_part import Known, known_parts
from insurance.accounts.settling import Leaving, LeavingInvalid, refuse_month, settle_interest
from insurance.accounts.shares import divided
from insurance.policy.kept_steps import kept
from insurance.policy.standing import weakest
from insurance.policy.steps import Step

LUMP_SUM_REASONS = ("EMIGRATED", "SHORT_YEARS")


class NothingThere(Refusal):
    """There is nothing in this account (账户没有余额)."""

    code = "account_empty"


class NotDead(Refusal):
    """Nobody inherits from the living (没有已核实的死亡信息)."""

    code = "account_owner_not_dead"


class OwnShareTooMuch(Refusal):
    """The own part is no more than the account holds without the others' money (本人部分过多)."""

    code = "account_own_share_too_much"


class OwnShareTooLittle(Refusal):
    """The own part is no less than the own contributions (少于本人缴费)."""

    code = "account_own_share_too_little"


class InterestRunning(Refusal):
    """The year's interest is being computed just now (正在年度计息,请稍后办理)."""

    code = "account_interest_running"


@dataclass(frozen=True)
class Emptied:
    """Accounts that are empty now (清户): what left, how many rows that took, and by account the
    years whose interest was entered with it."""

    fen: int
    rows: int
    years: tuple[tuple[SettledYear, ...], ...] = ()


@dataclass(frozen=True)
class Instead:
    """What is decided in the place of another decision (更正): of which, why, and what its payees
    had of it, in fen."""

    corrects: LeftAccount
    ground: str
    had: Mapping[int, int] = field(default_factory=dict)


def require_inheritable(case: Case) -> None:
    """Refuse an inheritance that could not be decided as it asks (``scheme``, ``month``).

    Raises:
        NotDead: no death is confirmed; LeavingInvalid, NothingThere.
    """
    family = family_of(party_id=case.party_id)
    if not Death.objects.filter(
        person__in=family, confirmed=True, superseded_at__isnull=True
    ).exists():
        raise NotDead("没有已核实的死亡信息，账户余额不能继承。", case_id=case.pk)
    scheme, month = scheme_and_month(case)
    refuse_month(case=case, scheme=scheme, month=month)
    if not sum(balance(person_id=person, scheme=scheme) for person in family):
        raise NothingThere("该账户没有余额。", case_id=case.pk)


def inherit(
    case: Case,
    *,
    heirs: Sequence[tuple[int, int]],
    own_fen: int | None = None,
    instead: Instead | None = None,
) -> int:
    """Pay the whole balance to ``heirs`` (payee, weight) by the case; rows written.

    The shares add up to the balance exactly; where only ``own_fen`` of it is inherited, to that,
    and the rest is the pool's. What was had before is not paid again: ``instead``.

    Raises:
        InterestRunning, OwnShareTooMuch, OwnShareTooLittle; as ``require_inheritable``.
    """
    require_inheritable(case)
    scheme, month = scheme_and_month(case)
    pool = None
    if own_fen is not None:
        rest_of = partial(_own_alone, case, scheme, own_fen)
        pool = leave_to_pool(case=case, scheme=scheme, month=month, rest_of=rest_of)
    emptied = empty(case=case, scheme=scheme, month=month, kind=EntryKind.INHERITED)
    keep_steps(case=case, scheme=scheme, month=month, emptied=pool or emptied, instead=instead)
    shares = divided(fen=emptied.fen, weights=[weight for _, weight in heirs])
    paid = [(payee, fen) for (payee, _), fen in zip(heirs, shares, strict=True) if fen]
    for payee, fen in paid:
        pay_out_to(
            case=case,
            scheme=scheme,
            month=month,
            kind=EntryKind.INHERITED,
            payee_id=payee,
            fen=fen,
            instead=instead,
        )
    return (pool.rows if pool else 0) + emptied.rows + 1 + len(paid)


def pay_lump_sum(case: Case, *, instead: Instead | None = None) -> int:
    """The act of an ACCOUNT_LUMP_SUM case: the whole balance to the person; rows written.

    Content: ``scheme``, ``month``, ``reason`` (EMIGRATED or SHORT_YEARS).
    """
    if case.content.get("reason") not in LUMP_SUM_REASONS:
        raise LeavingInvalid("请写明一次性支付的原因。", case_id=case.pk)
    scheme, month = scheme_and_month(case)
    emptied = empty(case=case, scheme=scheme, month=month, kind=EntryKind.LUMP_SUM)
    keep_steps(case=case, scheme=scheme, month=month, emptied=emptied, instead=instead)
    pay_out_to(
        case=case,
        scheme=scheme,
        month=month,
        kind=EntryKind.LUMP_SUM,
        payee_id=family_of(party_id=case.party_id)[0],
        fen=emptied.fen,
        instead=instead,
    )
    return emptied.rows + 2


def empty(*, case: Case, scheme: str, month: Month, kind: EntryKind) -> Emptied:
    """Write the interest up to the month before, and take everything out in ``month``.

    Raises:
        NothingThere, InterestRunning; LeavingInvalid: the month; NotConfigured, NotVerified: the
            rate.
    """
    family = family_of(party_id=case.party_id)
    lock(person_ids=family)
    if InterestRun.objects.filter(scheme=scheme, state=InterestRunState.OPEN).exists():
        raise InterestRunning("该险种正在年度计息，请在完成后办理。", case_id=case.pk)
    refuse_month(case=case, scheme=scheme, month=month)
    emptied = [_emptied(Leaving(case, person, scheme, month), kind) for person in family]
    fen = sum(one.fen for one in emptied)
    if fen == 0:
        raise NothingThere("该账户没有余额。", case_id=case.pk)
    return Emptied(
        fen=fen,
        rows=sum(one.rows for one in emptied),
        years=tuple(years for one in emptied for years in one.years),
    )


def leave_to_pool(
    *, case: Case, scheme: str, month: Month, rest_of: Callable[[int], int]
) -> Emptied:
    """Write the interest of a family's accounts up to the month before, and leave to the pool what
    ``rest_of`` says of the balance, in fen.

    Raises:
        as ``rest_of``; LeavingInvalid, NotConfigured, NotVerified.
    """
    family = family_of(party_id=case.party_id)
    lock(person_ids=family)
    refuse_month(case=case, scheme=scheme, month=month)
    accounts = [Leaving(case, person, scheme, month) for person in family]
    settled = [settle_interest(leaving=account) for account in accounts]
    rows = sum(one.rows for one in settled)
    held = [balance(person_id=account.person_id, scheme=scheme) for account in accounts]
    rest = to_pool = rest_of(sum(held))
    for account, fen in zip(accounts, held, strict=True):
        taken = min(fen, rest)
        if taken:
            account.write(kind=EntryKind.TO_POOL, for_month=month, arrival=month, fen=-taken)
            rows += 1
        rest -= taken
    return Emptied(to_pool, rows, tuple(one.years for one in settled))


def keep_steps(
    *,
    case: Case,
    scheme: str,
    month: Month,
    emptied: Emptied,
    further: Sequence[Step] = (),
    sources: Sequence[Resolved] = (),
    instead: Instead | None = None,
) -> LeftAccount:
    """Keep how the balance and its interest came about, and what is computed on them besides."""
    standings = [one.rate.standing for years in emptied.years for one in years]
    return LeftAccount.objects.create(
        case_id=case.pk,
        person_id=canonical_id(party_id=case.party_id),
        scheme=scheme,
        month=month.first_day,
        steps=kept(steps=(*leaving_steps(accounts=emptied.years), *further)),
        standing=weakest(standings=[*standings, *(one.standing for one in sources)]).name,
        corrects=instead.corrects if instead else None,
        ground=instead.ground if instead else "",
    )


def pay_out_to(
    *,
    case: Case,
    scheme: str,
    month: Month,
    kind: EntryKind,
    payee_id: int,
    fen: int,
    instead: Instead | None = None,
) -> Outgoing:
    """Put down who is to be paid; payments take it on from there."""
    had = instead.had.get(canonical_id(party_id=payee_id), 0) if instead else 0
    return Outgoing.objects.create(
        had_fen=min(fen, had),
        person_id=case.party_id,
        scheme=scheme,
        kind=kind,
        payee_id=payee_id,
        month=month.first_day,
        fen=fen,
        case_id=case.pk,
    )


def refuse_too_little(*, case: Case, known: Known, own_fen: int) -> None:
    """Refuse an own part that is less than the own contributions that are still there.

    Raises:
        OwnShareTooLittle.
    """
    if own_fen < known.least:
        raise OwnShareTooLittle(
            f"账户中本人缴费的本金还有 {Money(known.least)} 元，本人缴费本息不能少于它。",
            case_id=case.pk,
        )


def scheme_and_month(case: Case) -> tuple[str, Month]:
    """Read which account a case is about, and in which month it takes effect."""
    scheme = case.content.get("scheme")
    if scheme not in Scheme.values:
        raise LeavingInvalid("请写明是哪个险种的个人账户。", case_id=case.pk)
    return str(scheme), Month.parse(case.content.get("month"))


def _own_alone(case: Case, scheme: str, own_fen: int, held: int) -> int:
    """What of a balance is the pool's, where so much is the own part."""
    known = known_parts(person_ids=family_of(party_id=case.party_id), scheme=scheme)
    refuse_too_little(case=case, known=known, own_fen=own_fen)
    if own_fen > known.most(holding=held):
        raise OwnShareTooMuch(
            f"账户余额（含利息）{Money(held)} 元，扣除其他来源的本金后，"
            f"本人缴费本息至多 {Money(known.most(holding=held))} 元。",
            case_id=case.pk,
        )
    return held - own_fen


def _emptied(leaving: Leaving, kind: EntryKind) -> Emptied:
    """One account of a family: nothing is there, or all of it left with its interest."""
    settled = settle_interest(leaving=leaving)
    rows = settled.rows
    fen = balance(person_id=leaving.person_id, scheme=leaving.scheme)
    if fen:
        month = leaving.month
        leaving.write(kind=kind, for_month=month, arrival=month, fen=-fen)
        rows += 1
    return Emptied(fen=fen, rows=rows, years=(settled.years,))
