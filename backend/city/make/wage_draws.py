"""Monthly wages (月缴费工资): a fifth and more stand on floor, ceiling, ties of half a fen.

A share of 0.005 (210) ends in half a fen where the base is an odd number of yuan; one of 0.02 (310)
where its fen are 25 or 75.
"""

from collections.abc import Callable, Mapping, Sequence

from backend.city.make.draw import Draw
from backend.city.make.figures import Bounds

LEAST_WAGE_FEN = 120_000


def _odd_yuan(draw: Draw, bounds: Bounds) -> int:
    return 100 * (draw.between(bounds.floor // 200, bounds.ceiling // 200 - 1) * 2 + 1)


def _quarter(draw: Draw, bounds: Bounds) -> int:
    return 50 * draw.between(bounds.floor // 50, bounds.ceiling // 50 - 1) + 25


# Each kind of boundary: how a wage on it is drawn. What ends in ``_1`` lies one fen beside it.
ON_BOUNDARIES: Mapping[str, Callable[[Draw, Bounds], int | None]] = {
    "at_floor": lambda draw, bounds: bounds.floor,
    "at_ceiling": lambda draw, bounds: bounds.ceiling,
    "below_floor": lambda draw, bounds: draw.between(LEAST_WAGE_FEN, bounds.floor - 1),
    "above_ceiling": lambda draw, bounds: bounds.ceiling + draw.between(1, 2_000_000),
    "below_floor_1": lambda draw, bounds: bounds.floor - 1,
    "above_floor_1": lambda draw, bounds: bounds.floor + 1,
    "below_ceiling_1": lambda draw, bounds: bounds.ceiling - 1,
    "above_ceiling_1": lambda draw, bounds: bounds.ceiling + 1,
    "tie_210": _odd_yuan,
    "tie_310": _quarter,
    "none": lambda draw, bounds: None,
}
Shares = Sequence[tuple[str, float]]
SHARES: Shares = (
    *(("at_floor", 0.07), ("at_ceiling", 0.03), ("below_floor", 0.05), ("above_ceiling", 0.02)),
    *(("below_floor_1", 0.01), ("above_floor_1", 0.01)),
    *(("below_ceiling_1", 0.01), ("above_ceiling_1", 0.01)),
    *(("tie_210", 0.06), ("tie_310", 0.06), ("none", 0.01)),
)
CHOICES: Shares = (("at_floor", 0.55), ("at_ceiling", 0.03), ("tie_310", 0.06))  # of who pays alone


def wage_on(*, boundary: str, draw: Draw, bounds: Bounds) -> int | None:
    """A wage of one kind of ``ON_BOUNDARIES``; None: nobody knows it."""
    return ON_BOUNDARIES[boundary](draw, bounds)


def employees_wage(*, draw: Draw, bounds: Bounds) -> int | None:
    """What an employer declared for somebody; None for a few."""
    boundary = _boundary(draw, SHARES)
    if boundary is not None:
        return wage_on(boundary=boundary, draw=draw, bounds=bounds)
    level = draw.share()
    return bounds.floor + int((bounds.ceiling - bounds.floor) * 0.7 * level * level * level)


def chosen_base(*, draw: Draw, bounds: Bounds) -> int:
    """What somebody who works alone chose between floor and ceiling."""
    boundary = _boundary(draw, CHOICES)
    chosen = boundary and wage_on(boundary=boundary, draw=draw, bounds=bounds)
    return chosen or draw.between(bounds.floor, bounds.ceiling)


def _boundary(draw: Draw, shares: Shares) -> str | None:
    chance = draw.share()
    for boundary, share in shares:
        if chance < share:
            return boundary
        chance -= share
    return None
