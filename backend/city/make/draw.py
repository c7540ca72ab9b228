"""Seeded chance: the same seed draws the same city on every machine."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Draw:
    """Only ``Random.random`` is used: its sequence is the same in every Python version."""

    def __init__(self, *, seed: str) -> None:
        self.share = Random(seed).random

    def below(self, limit: int) -> int:
        """A whole number from 0 to ``limit`` − 1."""
        return int(self.share() * limit)

    def between(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both possible."""
        return low + int(self.share() * (high - low + 1))

    def pick(self, choices: Sequence[T]) -> T:
        """One of ``choices``."""
        return choices[int(self.share() * len(choices))]
