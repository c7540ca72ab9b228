"""Prove the promises of cards on live data (社会保障卡不变量)."""

from collections.abc import Iterator

from cards.models import CardStanding
from cards.states import FIRST, CardState, may_become
from payments.ledger.invariants import Broken, broken_by

STEPS = "社会保障卡:状态按规定的步骤变更"
# Every statement gives (where, wanted, found) of what is broken; nothing when all is well.
STATEMENTS: tuple[tuple[str, str], ...] = (
    (
        "INV-14 一人只有一张在用的社会保障卡",
        """
        SELECT '自然人 ' || person_id, '1', count(*)::text
        FROM cards_cardstanding
        WHERE superseded_at IS NULL AND upper_inf(valid) AND state = 'ACTIVE'
        GROUP BY person_id HAVING count(*) > 1
        """,
    ),
    (
        "社会保障卡:每张有且只有一个现在的状态",
        """
        SELECT '卡 ' || c.id, '1', count(s.id)::text
        FROM cards_card c LEFT JOIN cards_cardstanding s ON s.card_id = c.id
            AND s.superseded_at IS NULL AND upper_inf(s.valid)
        GROUP BY c.id HAVING count(s.id) <> 1
        """,
    ),
    (
        "INV-14 不在用的社会保障卡没有开着的会话",
        """
        SELECT '会话 ' || t.id, 'ACTIVE', coalesce(s.state, '-')
        FROM access_citizensession t LEFT JOIN cards_cardstanding s ON s.card_id = t.card_id
            AND s.superseded_at IS NULL AND upper_inf(s.valid)
        WHERE t.card_id IS NOT NULL AND t.ended_at IS NULL AND s.state IS DISTINCT FROM 'ACTIVE'
        """,
    ),
)


def promises() -> list[str]:
    """Every promise that is proved here, by its name."""
    return [*(promise for promise, _ in STATEMENTS), STEPS]


def broken_promises() -> list[Broken]:
    """What does not hold on the data as they are."""
    return [*broken_by(STATEMENTS), *_missteps()]


def _missteps() -> Iterator[Broken]:
    """States that do not follow the one before them."""
    rows = CardStanding.objects.filter(valid__upper_inf=True).select_related("follows")
    for row in rows.order_by("pk").iterator():
        before, state = row.follows, CardState(row.state)
        if before is None:
            right = state is FIRST
        else:
            step = may_become(state=CardState(before.state), to=state)
            right = step and before.card_id == row.card_id
        if not right:
            found = f"{before.state if before else '-'} → {state}"
            yield Broken(STEPS, f"卡 {row.card_id}", "规定的步骤", found)
