"""No parameter is kept that nothing reads: whoever writes a figure writes the rule too."""

import ast
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from insurance.policy import parameters

HOUSE = Path(__file__).parents[3]
FOLDERS = ("backend", "cards", "insurance", "payments", "terminals")
# What is only on record, and why. Nobody is paid, billed or refused by it.
ON_RECORD: Mapping[str, str] = {
    "benefits.change_report_days": "a duty of relatives and employers: no late report is counted",
    "benefits.fraud_fine_multiples": "the department fines; here what was drawn is reclaimed",
    "codes.division_anqing": "with codes.division, by the beginning of its key",
    "codes.division_provinces": "with codes.division, by the beginning of its key",
    "codes.enrolment_state": "the codes of the exchange, as its documents name them",
    "codes.insurance_type": "the codes of the exchange, as its documents name them",
    "codes.sex": "the codes of the exchange, as its documents name them",
    "collection.tax_bureau_since": "since when the tax bureau collects: the mode says it by place",
    "medical.account_amount_retired": "settled by the medical insurance bureau, not here",
    "medical.employee_inpatient": "settled by the medical insurance bureau, not here",
    "medical.employee_outpatient_pool": "settled by the medical insurance bureau, not here",
    "medical.resident_inpatient": "settled by the medical insurance bureau, not here",
    "medical.resident_outpatient": "settled by the medical insurance bureau, not here",
    "medical.resident_serious_illness": "settled by the medical insurance bureau, not here",
    "pension.adjust_level": "the nation's level of an adjustment, no formula",
    "pension.base_floor_ratio": "the published whole amounts count, not the share",
    "service.manual_medical_claim_days": "settled by the medical insurance bureau, not here",
}


@cache
def read_by_code() -> tuple[frozenset[str], ...]:
    """The texts of each module, and those of each data file that names parameters."""
    modules = [path for top in FOLDERS for path in (HOUSE / top).rglob("*.py")]
    texts = [
        frozenset(
            node.value
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )
        for path in modules
        if "migrations" not in path.parts
    ]
    data = [
        path
        for top in FOLDERS
        for path in (HOUSE / top).rglob("*.toml")
        if "policy" not in path.parts
    ]
    named = [
        frozenset(
            line.partition("=")[2].strip().strip('"')
            for line in path.read_text(encoding="utf-8").splitlines()
            if line.startswith("parameter")
        )
        for path in data
    ]
    return (*texts, *named)


def is_read(key: str) -> bool:
    """By its whole key, or by folder and name in one module (``f"{FOLDER}.{name}"``)."""
    folder, _, name = key.partition(".")
    whole = any(key in texts for texts in read_by_code())
    return whole or any(
        (name in texts or f".{name}" in texts)
        and any(text == folder or text.startswith(f"{folder}.") for text in texts)
        for texts in read_by_code()
    )


@pytest.mark.parametrize("key", sorted(parameters.load().parameters))
def test_a_parameter_is_read_by_a_rule_or_says_why_not(key: str) -> None:
    assert is_read(key) is (key not in ON_RECORD)


def test_the_operators_page_names_what_no_rule_reads() -> None:
    page = (HOUSE / "docs/operations.md").read_text(encoding="utf-8")
    row = next(line for line in page.splitlines() if line.startswith("| 没有规则用到"))

    named = set(re.findall(r"`([a-z_]+\.[a-z_]+)`", row))

    assert named == {key for key in ON_RECORD if not key.startswith("codes.")}
