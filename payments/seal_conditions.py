"""Let a month be paid without its evidence (封存条件特批): the act of a decided case."""

from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from payments.models import SealCondition


class OverrideInvalid(Refusal):
    """An override names the condition, the month and a reason (特批内容不完整)."""

    code = "override_invalid"


def check(case: Case) -> int:
    """At its receipt an OVERRIDE case can be decided as it asks; writes nothing.

    Content: ``period``, ``condition``, ``reason``.

    Raises:
        OverrideInvalid, MonthInvalid.
    """
    _asked(case)
    return 0


def override(case: Case) -> int:
    """Put the signed override on record. Raises as ``check``."""
    _asked(case).save(force_insert=True)
    return 1


def _asked(case: Case) -> SealCondition:
    condition, reason = (case.content.get(name) for name in ("condition", "reason"))
    texts = isinstance(condition, str) and isinstance(reason, str)
    if not texts or not condition.strip() or not reason.strip():
        raise OverrideInvalid("特批须写明是哪项条件和放行理由。", case_id=case.id)
    return SealCondition(
        period=Month.parse(case.content.get("period")).first_day,
        kind=condition[:20],
        override_reason=reason[:200],
        case_id=case.id,
    )
