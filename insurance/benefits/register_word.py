"""Papers and register do not agree (凭证与登记不符): nothing is decided on it without a reason.

The reason and its evidence stand in the case, which those who decide sign, and go with the figures
to the sheet.
"""

from collections.abc import Sequence

from backend.cases import content
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month, MonthRange
from backend.people.queries import family_of
from insurance.accounts.own_part import known_parts
from insurance.accounts.sent_away import brought_years
from insurance.enrolment.registered import MonthsDiffer, differs, registered

KEY, LABEL = "difference_reason", "与登记不符的原因和依据"
SAID = "；与登记不符的原因："


class OwnContributionsDiffer(Refusal):
    """The own contributions that papers say are not those of the account (本人缴费与账户不符)."""

    code = "register_own_contributions_differ"


def own_evidence(*, case: Case, scheme: str, said: int, evidence: str, all_here: bool) -> str:
    """Give the evidence of own contributions (fen) that papers say, with the reason where the
    account knows others: it knows no more than was paid, and all of it where ``all_here``; an
    account of which nothing is known tells nothing.

    Raises:
        OwnContributionsDiffer: without a reason; ContentInvalid.
    """
    known = known_parts(person_ids=family_of(party_id=case.party_id), scheme=scheme).own
    if not known or said == known or (said > known and not all_here):
        return evidence
    found = f"填写 {Money(said)} 元，个人账户中本人缴费本金 {Money(known)} 元"
    if case.content.get(KEY) is None:
        raise OwnContributionsDiffer(
            f"本人缴费之和与个人账户不符：{found}。请核对；确有出入的，写明原因和依据。",
            case_id=case.pk,
        )
    return f"{evidence}{SAID}{content.text(case, KEY, LABEL)}（{found}）"


def months_evidence(
    *,
    case: Case,
    scheme: str,
    said: int,
    evidence: str,
    since: Month,
    last: Month,
    counted_since: Month | None = None,
    deemed: Sequence[MonthRange] = (),
    paid_here: int = 0,
) -> str:
    """Give the evidence of months up to ``last`` that papers say, with the reason where the
    register knows others; ``counted_since``: from when on those of the register count at all;
    ``deemed``: what counts without having been paid, not among the months said. Months that
    transfers brought, as many as can lie up to ``last``, are among them, and so are those
    ``paid_here``.

    Raises:
        MonthsDiffer: without a reason; ContentInvalid.
    """
    first = max(since, counted_since or since)
    known = registered(person_id=case.party_id, scheme=scheme, since=first, until=last.next)
    years = brought_years(person_id=case.party_id, scheme=scheme).values()
    brought = sum(one.most_by(last) for one in years)
    without = [one for period in deemed for one in period.months() if one <= last]
    found = differs(
        said=said,
        known=known,
        since=since,
        last=last,
        deemed=without,
        brought=brought,
        paid_here=paid_here,
    )
    if not found:
        return evidence
    if case.content.get(KEY) is None:
        raise MonthsDiffer(
            f"缴费月数与登记不符：{found}。请核对；确有出入的，写明原因和依据。", case_id=case.pk
        )
    return f"{evidence}{SAID}{content.text(case, KEY, LABEL)}（{found}）"
