"""What somebody drew counts against him only while it was his (已享受的待遇)."""

import pytest

from backend.kernel.months import Month
from insurance.benefits.drawn import draws
from tests import builders
from tests.insurance.benefits import month_builders as m

pytestmark = pytest.mark.django_db
APRIL, JUNE = Month(2026, 4), Month(2026, 6)
ALLOWANCE = 4  # 病残津贴, among the expense items of the fund


@pytest.mark.parametrize(
    ("item", "ended", "drawn"),
    [
        (None, None, True),
        (None, JUNE, True),  # a pension that ended was one
        (None, APRIL, False),  # awarded by mistake: it never was
        (ALLOWANCE, None, True),
        (ALLOWANCE, JUNE, False),  # who can work again has nothing any more
    ],
)
def test_a_pension_counts_for_good_an_allowance_while_it_lasts_and_a_mistake_never(
    item: int | None, ended: Month | None, drawn: bool
) -> None:
    one = m.entitlement(
        of=builders.zhao(), scheme="110", start=APRIL, paid_through=None, item_ordinal=item,
        case_id=m.SOME_CASE,
    )  # fmt: skip
    if ended:
        m.stop(of=one, since=ended)

    assert draws(person_id=builders.zhao().pk, scheme="110") is drawn
    assert not draws(person_id=builders.zhao().pk, scheme="170")
