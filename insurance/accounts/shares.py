"""Shares of an amount (分割): of several heirs, of cleared months, of the pool. Pure."""

from collections.abc import Sequence
from decimal import Decimal

from backend.kernel.money import Money
from insurance.policy.rounding import TO_FEN
from insurance.policy.steps import Step

WEIGHT, WEIGHTS, REST = "份数", "份数合计", "尾差"


def divided(*, fen: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Give each his share, rounded so that all add up to ``fen`` exactly.

    Largest remainders first, ties in the order given: no share is more than a fen off.
    """
    whole = sum(weights)
    if fen < 0 or whole <= 0 or min(weights) <= 0:
        raise ValueError("shares are of an amount, by weights above zero")
    shares = [fen * weight // whole for weight in weights]
    remainders = [fen * weight % whole for weight in weights]
    last_fen = sorted(range(len(weights)), key=lambda i: (-remainders[i], i))
    for i in last_fen[: fen - sum(shares)]:
        shares[i] += 1
    return tuple(shares)


def share_steps(*, of: tuple[str, int], shares: Sequence[tuple[int, int]]) -> tuple[Step, ...]:
    """Explain the shares (weight, fen) of several payees in an amount, by its name; of one alone
    there is nothing to explain."""
    if len(shares) < 2:
        return ()
    name, fen = of
    whole = sum(weight for weight, _ in shares)
    return tuple(
        _share_step(place, (name, fen), weight, whole, share)
        for place, (weight, share) in enumerate(shares, start=1)
    )


def _share_step(place: int, of: tuple[str, int], weight: int, whole: int, share: int) -> Step:
    name, fen = of
    return Step(
        formula=f"取整（{name} × 100 × {WEIGHT} ÷ {WEIGHTS}）÷ 100 + {REST}",
        inputs=(
            (name, str(Money(fen))),
            (WEIGHT, str(weight)),
            (WEIGHTS, str(whole)),
            (REST, str(Money(share - fen * weight // whole))),
        ),
        result=str(Money(share)),
        version="",
        article="",
        name=f"第{place}位收款人的份额",
        sentence="按份数分，先算到分，剩下的每分钱从余数最大的起各加一分，合计一分不差。",
        rounding="",
    )


def cleared_share(*, fen: int, before: int, months: int, whole: int) -> int:
    """Give what goes back of a contribution for ``whole`` months of which ``before`` were cleared
    earlier and ``months`` are now.

    By difference, each sum rounded half up to the fen: whoever has all months cleared, at once or
    one by one, gets the contribution to the fen.
    """
    return _of_months(fen, min(before + months, whole), whole) - _of_months(
        fen, min(before, whole), whole
    )


def pooled_part(*, base_fen: int, ratio: Decimal) -> int:
    """Give what moves of the pool across provinces: a share of all bases since 1998 together.

    国办发〔2009〕66号: without interest; it names no rounding, half up to the fen is ours.
    """
    numerator, denominator = ratio.as_integer_ratio()
    return Money(base_fen * numerator).divide(denominator, TO_FEN).fen


def _of_months(fen: int, months: int, whole: int) -> int:
    return (2 * fen * months + whole) // (2 * whole)
