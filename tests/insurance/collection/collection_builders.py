"""What contributions rest on in these tests: the figures that ship, or some made for the case."""

from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from backend.kernel.dated import Standing, Value
from backend.kernel.months import DateRange, Month
from backend.kernel.parameters import Resolved
from insurance.collection.rules.bounds import Bounds, Several
from insurance.collection.rules.terms import EMPLOYED, EmployerRounding, Terms, terms_for
from insurance.policy import parameters

ANQING = "340800"
NOV = Month(2026, 11)
TODAY = date(2026, 11, 30)
EMPLOYER, OTHER, LI, CHEN = 11, 12, 101, 102
FLOOR_FEN, CEILING_FEN = 4_354_00, 21_772_00


def resolved(value: Value, *, key: str = "collection.made", name: str = "自拟") -> Resolved:
    """A figure made for a test."""
    valid = DateRange(date(2020, 1, 1))
    return Resolved(key, name, "", value, ANQING, valid, Standing.DEMO, "", "", None, "演示")


def terms(
    scheme: str = "110",
    *,
    kind: str = EMPLOYED,
    month: Month = NOV,
    known_on: date = TODAY,
    demo: bool = True,
) -> Terms:
    """The figures that ship."""
    return terms_for(
        tree=parameters.load(),
        scheme=scheme,
        kind=kind,
        region=ANQING,
        month=month,
        known_on=known_on,
        demo=demo,
    )


def bounds(floor_fen: int = FLOOR_FEN, ceiling_fen: int = CEILING_FEN) -> Bounds:
    """Bounds in whole fen."""
    floor, ceiling = (resolved(Decimal(fen) / 100) for fen in (floor_fen, ceiling_fen))
    return Bounds(floor, ceiling, interim=False, policy_version="v")


ROUNDINGS = st.sampled_from(EmployerRounding)
SEVERAL = st.sampled_from(Several)


def wages() -> st.SearchStrategy[int | None]:
    """Wages, a good part of them none, or on and beside floor and ceiling."""
    edges = [0, 1, *(edge + off for edge in (FLOOR_FEN, CEILING_FEN) for off in (-1, 0, 1))]
    return st.none() | st.sampled_from(edges) | st.integers(0, 40_000_00)
