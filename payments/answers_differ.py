"""A bank's question is answered twice, and not the same (两份回复不同): the money stops at once.

What cools goes on cooling, whatever was said. An account that counts by the first answer is
denied, as by its payee: it is not paid to until two other persons have decided.
"""

from django.db import transaction

from backend.cases.content import ProposalWaits
from backend.cases.receive import receive_case
from backend.notices.call_backs import DISPUTE
from payments import account_disputes
from payments.account_models import (
    AccountAnswerFile,
    AccountAnswerLater,
    AccountChange,
    ChangeState,
)

ACTS = {f"{DISPUTE}.RECEIVED": account_disputes.begin}
NOTE = "银行对这次核验有两份内容不同的回复，请向银行查明哪一份是它的。"


@transaction.atomic
def put_down(*, before: AccountAnswerFile, sha256: str, received_by: int | None) -> int:
    """Write down that another answer came, and let two persons look into what counts by the first;
    rows written. The same bytes again do nothing."""
    _, new = AccountAnswerLater.objects.get_or_create(
        file=before.file, sha256=sha256, defaults={"received_by": received_by}
    )
    return 1 + sum(map(_denied, _by_the_first(before))) if new else 0


def _by_the_first(before: AccountAnswerFile) -> list[AccountChange]:
    changes = AccountChange.objects.filter(
        case__account_check__file=before.file,
        state=ChangeState.IN_FORCE,
        waiver__startswith="BANK_",
    )
    return list(changes.select_related("case__agency").order_by("pk"))


def _denied(change: AccountChange) -> int:
    try:
        with transaction.atomic():
            receive_case(
                kind=DISPUTE,
                agency=change.case.agency,
                party_id=change.payee_id,
                content={"change": change.pk, "told_by": "BANK", "note": NOTE},
                acts=ACTS,
            )
    except ProposalWaits:
        return 0  # it is looked into already
    return 1
