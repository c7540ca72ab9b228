"""Percentiles of latencies (分位数), by the nearest rank: a latency that somebody had. Pure."""

from collections.abc import Sequence
from math import ceil


def percentile_ms(seconds: Sequence[float], percent: int) -> float:
    """The least latency, in milliseconds, that ``percent`` of all do not exceed; none: 0."""
    if not seconds:
        return 0.0
    ordered = sorted(seconds)
    return 1000 * ordered[ceil(percent * len(ordered) / 100) - 1]
