"""Keep of the debtor's own account what he owes its fund (从个人账户抵扣): decided, once."""

from backend.cases import content
from backend.cases.content import ContentInvalid
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.people.queries import family_of
from insurance.accounts import kept as accounts
from insurance.accounts.models import EntryKind, Scheme
from insurance.accounts.outgoing_batches import item_ordinal
from insurance.benefits.recovery.amounts import allocate
from insurance.benefits.recovery.models import AccountSetOff, Recovery
from insurance.benefits.recovery.run_set_offs import post_set_off
from insurance.benefits.recovery.set_off_reckoning import Rest, account_steps, once_steps
from insurance.benefits.recovery.standing import ACCOUNT, may_come_back, owed_of
from insurance.benefits.recovery.steps import past_day
from insurance.policy.steps import Step
from payments.ledger import memo
from payments.ledger.months import open_day


class NoAccount(Refusal):
    """The fund that is owed keeps no personal accounts (该险种没有个人账户)."""

    code = "set_off_no_account"


class MoreThanOwed(Refusal):
    """No more is kept than has to come back (抵扣多于应追回)."""

    code = "set_off_more_than_owed"


def of_account(case: Case, recovery: Recovery) -> AccountSetOff:
    """Read what a case keeps of the account; writes nothing.

    Content: ``own_account`` (true) with ``amount`` and ``month``, in which it leaves the account.

    Raises:
        ContentInvalid, NoAccount, MoreThanOwed; as ``kept.require_held``.
    """
    if case.content.get("own_account") is not True:
        raise ContentInvalid("请写明从个人账户抵扣。", case_id=case.pk)
    scheme, month = recovery.book.scheme, Month.parse(case.content.get("month"))
    if scheme not in Scheme.values:
        raise NoAccount("追回所属的险种没有个人账户，不得跨基金抵扣。", case_id=case.pk)
    fen, most = content.fen(case, "amount", "抵扣金额"), may_come_back(recovery=recovery)
    if fen > most:
        raise MoreThanOwed(f"至多抵扣 {Money(most)} 元。", case_id=case.pk)
    accounts.require_held(
        case=case,
        person_ids=family_of(party_id=recovery.debtor_id),
        scheme=scheme,
        month=month,
        fen=fen,
    )
    return AccountSetOff(
        recovery=recovery,
        month=month.first_day,
        fen=fen,
        set_off_on=past_day(case, "decided_on", "决定日期"),
        document=str(case.content["document"]).strip(),
        case_id=case.pk,
    )


def account_reckoned(case: Case, recovery: Recovery, rest: Rest) -> tuple[Step, ...]:
    """Give how what a case keeps of the account comes about, before it is taken out.

    Raises:
        as ``of_account``.
    """
    row = of_account(case, recovery)
    held = accounts.held_fen(
        person_ids=family_of(party_id=recovery.debtor_id), scheme=recovery.book.scheme
    )
    of = account_steps(month=Month.of(row.month), held_fen=held)
    return once_steps(rest=rest, of=of, fen=row.fen)


def keep_of_account(case: Case, recovery: Recovery) -> int:
    """Take it out of the account, bring it to the books and write it off; rows written.

    Raises:
        as ``of_account``.
    """
    kept = of_account(case, recovery)
    scheme = recovery.book.scheme
    rows = accounts.keep(
        case=case,
        person_ids=family_of(party_id=recovery.debtor_id),
        scheme=scheme,
        month=Month.of(kept.month),
        fen=kept.fen,
    )
    day = open_day(book_id=recovery.book_id, day=kept.set_off_on)
    owed, before = owed_of(book_id=recovery.book_id, debtor_id=recovery.debtor_id)
    of = allocate(owed=owed, before_fen=before, fen=kept.fen, year=day.year)
    kept.same_year, kept.earlier_fen = list(of.same_year), of.earlier_fen
    kept.save(force_insert=True)
    ordinal = item_ordinal(scheme=scheme, kind=EntryKind.SET_OFF)
    post_set_off(
        book_id=recovery.book_id,
        parts=(*(0,) * (ordinal - 1), kept.fen),
        of=of,
        day=day,
        source=ACCOUNT,
        source_id=str(kept.pk),
    )
    memo.settle(
        book=recovery.book,
        party_id=recovery.debtor_id,
        fen=kept.fen,
        source=ACCOUNT,
        source_id=str(kept.pk),
    )
    return rows + 1
