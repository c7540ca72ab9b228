"""Let a death match count as evidence (死亡比对确认): somebody vouches for the file, another signs.

An empty or shortened file means that the dead are paid: so nobody opens the seal with it alone.
"""

from django.db.models import Q, QuerySet

from backend.access.models import Agency
from backend.cases.models import Case, CaseState
from backend.cases.receive import receive_case
from backend.kernel.errors import Refusal
from insurance.benefits.conditions import DEATH_MATCH
from insurance.benefits.death_match_file import fault_of
from insurance.benefits.models import DeathMatch
from payments.models import SealCondition

OPEN = (CaseState.RECEIVED, CaseState.REVIEWED, CaseState.APPROVED)


class MatchCaseInvalid(Refusal):
    """The case does not say what the match is (死亡比对确认内容不符)."""

    code = "death_match_case_invalid"


class MatchInHand(Refusal):
    """Somebody vouches for this match already (已有人受理确认)."""

    code = "death_match_in_hand"
    status = 409


def content_of(*, match: DeathMatch) -> dict[str, object]:
    """What the case asks to confirm, and two persons put their names to."""
    return {
        "match": match.pk,
        "period": f"{match.period:%Y-%m}",
        "as_of": match.as_of.isoformat(),
        "source": match.source,
        "rows": match.rows,
        "sha256": match.sha256,
    }


def vouch(*, match: DeathMatch, agency: Agency, received_by: int) -> Case | None:
    """Receive the confirmation from whoever handed the match in; None where one is under way."""
    if _in_hand(match).exists():
        return None
    return receive_case(
        kind=DEATH_MATCH,
        agency=agency,
        party_id=received_by,
        content=content_of(match=match),
        received_by=received_by,
    )


def check(case: Case) -> int:
    """At its receipt the case says of a match what is on record; writes nothing.

    Content: as ``content_of``.

    Raises:
        MatchCaseInvalid: it does not, or the kept file is not what was taken in.
        MatchInHand: another case asks to confirm the same match.
    """
    match = _asked(case)
    if _in_hand(match).filter(~Q(pk=case.pk)).exists():
        raise MatchInHand("已有人受理这份死亡比对的确认，请由另一人审批。", match=match.pk)
    return 0


def confirm(case: Case) -> int:
    """Put the evidence on record. Raises as ``check``."""
    condition_of(case).save(force_insert=True)
    return 1


def condition_of(case: Case) -> SealCondition:
    """The evidence that a case confirms. Raises as ``check``."""
    match = _asked(case)
    return SealCondition(
        period=match.period,
        kind=DEATH_MATCH,
        evidence=f"{match.source}，{match.rows}条",
        evidence_sha256=match.sha256,
        as_of=match.as_of,
        case_id=case.pk,
    )


def _asked(case: Case) -> DeathMatch:
    number = case.content.get("match")
    match = DeathMatch.objects.filter(pk=number).first() if type(number) is int else None
    if match is None:
        raise MatchCaseInvalid("没有这份死亡比对。")
    if dict(case.content) != content_of(match=match):
        raise MatchCaseInvalid(
            "内容与导入的死亡比对不符，须照 GET death-matches/ 所列填写。", match=match.pk
        )
    fault = fault_of(match=match)
    if fault:
        raise MatchCaseInvalid(f"保存的比对文件已不可用：{fault}", match=match.pk)
    return match


def _in_hand(match: DeathMatch) -> QuerySet[Case]:
    return Case.objects.filter(kind=DEATH_MATCH, state__in=OPEN, content__match=match.pk)
