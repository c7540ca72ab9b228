"""Whether what an award pays is an allowance for illness (病残津贴), all of one expense item."""

from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.people.supersede import close
from insurance.benefits.between_runs import run_is_open
from insurance.benefits.items import allowance_ordinal
from insurance.benefits.models import Entitlement
from insurance.pension.models import AllowanceToPension, Award


class ItemRunOpen(Refusal):
    """What an expense is moves before or after a run, never while it is computed (正在计算)."""

    code = "allowance_run_open"
    status = 409


class PensionBefore(Refusal):
    """The allowance would begin only after it became a pension (晚于转为基本养老金)."""

    code = "allowance_pension_before"


def allowance_of(*, award: Award) -> int | None:
    """The one expense item of all that an award pays; none: each component has its own."""
    return allowance_ordinal(
        scheme=award.scheme,
        route=award.route,
        retirement_month=Month.of(award.retirement_month),
    )


def settle_item(*, award: Award) -> int:
    """Let an entitlement be of the item that its corrected award says, from its first month on; the
    award is written. What was an allowance and is a pension needs no turning into one. Rows
    written; the caller holds the runs.

    Raises:
        ItemRunOpen, PensionBefore.
    """
    item, of = allowance_of(award=award), award.entitlement
    first = Month.of(award.retirement_month).next
    if item == of.item_ordinal:
        if of.item_until is not None and first >= Month.of(of.item_until):
            raise PensionBefore(
                f"更正后 {first} 起领病残津贴，晚于已办理的 {Month.of(of.item_until)} 起转为"
                "基本养老金，请先更正后者。"
            )
        return 0
    turned = list(AllowanceToPension.objects.filter(entitlement=of, superseded_at__isnull=True))
    for row in turned:
        close(row)
    move_item(of=of, ordinal=item, until=None)
    return 1 + len(turned)


def move_item(*, of: Entitlement, ordinal: int | None, until: Month | None) -> None:
    """Let all of an entitlement be of an item until a month; the caller holds the runs.

    Raises:
        ItemRunOpen.
    """
    if run_is_open():
        raise ItemRunOpen("本月发放正在计算，病残津贴与基本养老金的更换请在封存之后办理。")
    of.item_ordinal, of.item_until = ordinal, until.first_day if until else None
    Entitlement.objects.filter(pk=of.pk).update(
        item_ordinal=of.item_ordinal, item_until=of.item_until
    )
