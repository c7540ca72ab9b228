"""Roundings are dated parameters, or the one of ``insurance.policy.rounding`` (见 ADR 0041)."""

import re
from pathlib import Path

INSURANCE = Path(__file__).parents[3] / "insurance"
NAMED = re.compile(r"\bRounding\.[A-Z_]+")
# Where one is named and why: the place itself; the last that 110's rules know; twins of all;
# what is kept of a month is never more than its share.
ELSEWHERE = {
    "policy/rounding.py": {"Rounding.HALF_UP_FEN"},
    "pension/award_terms.py": {"Rounding.HALF_UP_FEN"},
    "collection/bills/bill_figures.py": {
        *("Rounding.HALF_UP_FEN", "Rounding.HALF_UP_YUAN", "Rounding.UP_JIAO", "Rounding.UP_YUAN"),
    },
    "benefits/recovery/set_off_reckoning.py": {"Rounding.DOWN_FEN"},
}


def test_no_rule_rounds_by_a_constant_of_its_own() -> None:
    found = {
        path.relative_to(INSURANCE).as_posix(): named
        for path in sorted(INSURANCE.rglob("*.py"))
        if (named := set(NAMED.findall(path.read_text(encoding="utf-8"))))
    }

    assert found == ELSEWHERE
