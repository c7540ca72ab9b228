"""Of which expense items each share of a claim is (份额的支出项目). Pure."""

from collections.abc import Sequence
from itertools import zip_longest


def divided_parts(*, parts: Sequence[int], shares: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """Give every share its part of every expense item, in proportion.

    Each comes to its share, and all together to the item, to the fen: an item is counted up to the
    end of each share, and the first item takes what the others' rounding leaves.
    """
    whole = sum(parts)
    if whole != sum(shares) or whole <= 0 or min(shares) < 0:
        raise ValueError("shares come to the parts that they are of")
    found, end = [], 0
    for share in shares:
        others = [p * (end + share) // whole - p * end // whole for p in parts[1:]]
        found.append((share - sum(others), *others))
        end += share
    return tuple(found)


def added(*, of: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """Add up parts, item by item; the shorter ones have nothing of the last items."""
    return tuple(map(sum, zip_longest(*of, fillvalue=0)))
