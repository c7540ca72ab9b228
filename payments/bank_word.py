"""Whether an answer is the bank's word (银行的回复是否算数): only that waives a cooling.

What came by the bank's own folder is. A file that somebody hands in is anybody's until a second
person has signed for it. Where two different answers came, one of them is not the bank's: neither
counts.
"""

from collections.abc import Mapping

from django.db.models import Q, QuerySet

from backend.access.models import Agency
from backend.cases.decide import SamePerson, hands_of
from backend.cases.decided import truly_decided
from backend.cases.models import Case, CaseState
from backend.cases.receive import receive_case
from backend.kernel.errors import Refusal
from backend.people.queries import family_of
from payments.account_models import AccountAnswerFile, AccountAnswerLater

KIND = "ACCOUNT_ANSWER"
IN_HAND = (CaseState.RECEIVED, CaseState.REVIEWED, CaseState.APPROVED)


class AnswerCaseInvalid(Refusal):
    """The case does not say what the answer is (银行回复确认内容不符)."""

    code = "account_answer_case_invalid"


class AnswerInHand(Refusal):
    """Somebody vouches for this answer already (已有人受理确认)."""

    code = "account_answer_in_hand"
    status = 409


def is_the_banks(*, answered: AccountAnswerFile) -> bool:
    """Whether what a file says counts."""
    later = AccountAnswerLater.objects.filter(file=answered.file_id)
    digests = set(later.values_list("sha256", flat=True))
    if digests - {answered.sha256}:
        return False
    if answered.received_by is None or digests:
        return True
    signed = _cases(answered).filter(state=CaseState.APPROVED)
    return bool(truly_decided(case_ids=signed.values_list("pk", flat=True)))


def content_of(*, answered: AccountAnswerFile) -> dict[str, object]:
    """What the case asks to confirm."""
    asked = answered.file
    return {
        "file": answered.pk,
        "bank": asked.bank,
        "serial": asked.serial,
        "rows": asked.row_count,
        "sha256": answered.sha256,
    }


def vouch(*, answered: AccountAnswerFile, agency: Agency, received_by: int) -> Case | None:
    """Receive the confirmation from whoever handed the answer in; None where it needs none, or one
    is under way."""
    if is_the_banks(answered=answered) or _cases(answered).filter(state__in=IN_HAND).exists():
        return None
    return receive_case(
        kind=KIND,
        agency=agency,
        party_id=received_by,
        content=content_of(answered=answered),
        received_by=received_by,
    )


def check(case: Case) -> int:
    """At its receipt the case says of an answer what is on record; writes nothing.

    Content: as ``content_of``.

    Raises:
        AnswerCaseInvalid, AnswerInHand.
    """
    answered = _asked(case)
    if _cases(answered).filter(~Q(pk=case.pk), state__in=IN_HAND).exists():
        raise AnswerInHand("已有人受理这份回复的确认，请由另一人审批。", file=answered.pk)
    return 0


def confirm(case: Case) -> int:
    """Two persons vouch for an answer: from now on it counts; writes nothing else.

    Raises:
        AnswerCaseInvalid; SamePerson: who took in one of these changes does not sign for it.
    """
    asked = _asked(case).file
    signers = hands_of(case=case) - case.takers
    family = {entry for signer in signers for entry in family_of(party_id=signer)}
    proposed = Case.objects.filter(account_check__file=asked).select_related("correction")
    own = next((one for one in proposed.order_by("pk") if one.takers & family), None)
    if own is not None:
        raise SamePerson(
            f"您受理过这份回复里的账户变更（业务件 {own.pk}），须由另一人确认。", case_id=case.pk
        )
    return 0


def _asked(case: Case) -> AccountAnswerFile:
    said: Mapping[str, object] = case.content
    number = said.get("file")
    answers = AccountAnswerFile.objects.select_related("file")
    answered = answers.filter(pk=number).first() if type(number) is int else None
    if answered is None or dict(said) != content_of(answered=answered):
        raise AnswerCaseInvalid("内容与接收的银行回复不符。")
    return answered


def _cases(answered: AccountAnswerFile) -> QuerySet[Case]:
    return Case.objects.filter(
        kind=KIND, content__file=answered.pk, content__sha256=answered.sha256
    )
