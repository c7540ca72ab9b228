"""What of an account from before 1998 stays when its owner moves to another province
(1998年以前单位划入的部分不转).

国办发〔2009〕66号第四条: of the time before 1998-01-01 the own contributions move, with interest;
since then all of the account. What the employer's part came to, with interest, is in no entry
apart: it comes with a paper, and is the pool's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Sum

from backend.cases import content
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.people.queries import family_of
from insurance.accounts.leaving import Emptied, leave_to_pool
from insurance.accounts.leaving_steps import balance_steps
from insurance.accounts.models import AccountEntry, EntryKind, Part
from insurance.accounts.own_part import known_parts
from insurance.accounts.transfer_amounts import ACCOUNT, TransferTerms
from insurance.enrolment.models import Enrolment
from insurance.policy.steps import Step, authority

SINCE = date(1998, 1, 1)  # 国办发〔2009〕66号第四条
WHOLE, STAYS = "转移前个人账户余额", "1998年以前单位划入部分的本息"
AMOUNT, EVIDENCE = "employer_before_1998", "employer_before_1998_evidence"


class Before1998Unsaid(Refusal):
    """Who was insured before 1998 has to say what of it stays (未写明1998年以前的单位划入部分)."""

    code = "transfer_before_1998_unsaid"


class Before1998Invalid(Refusal):
    """No such part can be in the account (1998年以前的单位划入部分不正确)."""

    code = "transfer_before_1998_invalid"


@dataclass(frozen=True)
class Stays:
    """What of the account is the pool's, and by which paper."""

    fen: int
    evidence: str


def stays_of(case: Case) -> Stays | None:
    """What the case says of it; None where the person came later and nothing is said.

    Raises:
        Before1998Unsaid; ContentInvalid: without its paper; MoneyInvalid.
    """
    if case.content.get(AMOUNT) is None:
        if _was_there(family_of(party_id=case.party_id), str(case.content.get("scheme"))):
            raise Before1998Unsaid(
                "此人1998年以前已经参保，请按原记录写明个人账户里1998年以前单位划入部分的本息"
                f"（{AMOUNT}，没有的写 0.00）和依据（{EVIDENCE}）。",
                case_id=case.pk,
            )
        return None
    fen = Money.yuan(case.content[AMOUNT]).fen
    if fen < 0:
        raise Before1998Invalid("1998年以前单位划入部分不能小于零。", case_id=case.pk)
    return Stays(fen, content.text(case, EVIDENCE, "1998年以前单位划入部分的依据"))


def leave_it(*, case: Case, scheme: str, month: Month, stays: Stays) -> Emptied:
    """Leave it to the pool, with the interest of the account written; what remains is to go out.

    Raises:
        Before1998Invalid: less than the principal that is known, or more than the account holds
            besides the own contributions; as ``leave_to_pool``.
    """
    family = family_of(party_id=case.party_id)

    def rest_of(held: int) -> int:
        least = _principal(family, scheme)
        most = held - known_parts(person_ids=family, scheme=scheme).least
        if not least <= stays.fen <= most:
            raise Before1998Invalid(
                f"1998年以前单位划入部分的本息应在 {Money(least)} 元（已知的本金）和 "
                f"{Money(most)} 元（余额减去本人缴费）之间。",
                case_id=case.pk,
            )
        return stays.fen

    return leave_to_pool(case=case, scheme=scheme, month=month, rest_of=rest_of)


def account_steps(
    *, left: Emptied, gone_fen: int, stays: Stays, terms: TransferTerms
) -> list[Step]:
    """The whole balance, and what of it goes."""
    whole, stay, gone = (str(Money(fen)) for fen in (gone_fen + left.fen, left.fen, gone_fen))
    return [
        *balance_steps(accounts=left.years, fen=gone_fen + left.fen, name=WHOLE),
        Step(
            name=ACCOUNT,
            formula=f"{WHOLE} − {STAYS}",
            inputs=((WHOLE, whole), (STAYS, stay)),
            result=gone,
            version=terms.policy_version,
            article=f"{authority(terms.rate)}；{stays.evidence}",
            sentence=f"1998年以前的只转本人缴费本息，单位划入的{stay}元留在统筹基金；"
            f"个人账户转移{gone}元。",
            rounding="",
        ),
    ]


def _was_there(family: Sequence[int], scheme: str) -> bool:
    """Whether the person was insured, or anything was credited, before 1998."""
    credited = AccountEntry.objects.filter(person__in=family, scheme=scheme, for_month__lt=SINCE)
    insured = Enrolment.objects.filter(
        person__in=family, scheme=scheme, valid__startswith__lt=SINCE, superseded_at__isnull=True
    )
    return credited.exists() or insured.exists()


def _principal(family: Sequence[int], scheme: str) -> int:
    """The employer's part of that time, where it was entered by itself."""
    entered = AccountEntry.objects.filter(
        person__in=family,
        scheme=scheme,
        part=Part.EMPLOYER,
        kind__in=(EntryKind.OPENING, EntryKind.CREDIT, EntryKind.TRANSFER_IN),
        for_month__lt=SINCE,
    )
    return entered.aggregate(fen=Sum("fen"))["fen"] or 0
