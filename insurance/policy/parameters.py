"""The policy parameters (政策参数) of ``insurance/policy/data``: 险种/参数.toml, dated."""

from functools import cache
from pathlib import Path

from backend.kernel.parameters import ParameterTree

FOLDER = Path(__file__).with_name("data")


@cache
def load() -> ParameterTree:
    """Read the whole tree once per process.

    Raises:
        DatedTomlInvalid: naming the file that breaks a rule.
    """
    return ParameterTree.load(FOLDER)


def version() -> str:
    """Give the policy version (政策版本): SHA-256 over the sorted files."""
    return load().version
