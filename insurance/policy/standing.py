"""How far to rely on what rests on several figures (依据状态). Pure."""

from collections.abc import Iterable

from backend.kernel.dated import Standing
from backend.kernel.parameters import COUNTS, NotConfigured

WEAKEST_FIRST = (Standing.DEMO, Standing.UNVERIFIED, Standing.CITED, Standing.PUBLISHED)


def weakest(*, standings: Iterable[Standing]) -> Standing:
    """The least reliable of some standings; nothing used is published."""
    used = set(standings)
    return next((one for one in WEAKEST_FIRST if one in used), Standing.PUBLISHED)


def mark_of_amount(*, standing: Standing, demo: bool) -> str:
    """How an amount in payment is marked: in a demonstration a doubtful figure counts as 演示, else
    what is unverified is held (未核实).

    Raises:
        NotConfigured: an invented figure, outside of a demonstration.
    """
    if standing in COUNTS:
        return standing.name
    if demo:
        return Standing.DEMO.name
    if standing is Standing.DEMO:
        raise NotConfigured("所用的数字有演示数，正式库里未配置，不能据以核定。")
    return standing.name
