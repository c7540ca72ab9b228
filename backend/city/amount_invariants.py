"""Prove that each amount rests on the baseline, or on a case that decided it (待遇项目).

A case decides an amount when it is of a kind that writes amounts, of this person or of everybody
whom it names, and truly signed: another approved case lends its number to nobody.
"""

from dataclasses import dataclass

from django.db import connection

from backend.cases.decided import truly_decided
from payments.ledger.invariants import Broken, broken_by

RESTS = "INV-02 每个待遇项目依据基线,或者此人、有权写入的业务种类、已签名办结的业务件"
REPLACED = "INV-02 接管的待遇项目只由业务件写入的项目替代,或者由更正、调整减到没有"


@dataclass(frozen=True)
class Writer:
    """A module that writes amounts by a case, and the kinds of the cases that it is called for."""

    module: str
    kinds: tuple[str, ...]


# Whoever writes a component is here, or a test says so.
TAKE_OVER = "insurance.benefits.baseline.store"
OF_ONE = (
    Writer("insurance.benefits.verified", ("COMPONENT_VERIFIED",)),
    Writer("insurance.benefits.baseline_amounts", ("COMPONENT_CORRECTION",)),
    Writer("insurance.pension.in_payment", ("PENSION_AWARD", "RESIDENT_AWARD")),
    Writer("insurance.pension.correcting", ("PENSION_AWARD", "RESIDENT_AWARD")),
    Writer("insurance.pension.recalculation_sql", ("PENSION_AWARD",)),
    Writer("insurance.pension.resident_recalculation_sql", ("RESIDENT_AWARD",)),
    Writer("insurance.unemployment.claim_case", ("UNEMPLOYMENT_CLAIM",)),
)
OF_MANY = (  # what each says of an entitlement is a row of its own
    Writer(
        "insurance.pension.adjusting.adjusting_sql",
        ("PENSION_ADJUSTMENT", "BASIC_PENSION_RAISE"),
    ),
    Writer("insurance.unemployment.amount_change", ("UNEMPLOYMENT_AMOUNT",)),
)

NAMED = "SELECT DISTINCT case_id FROM benefits_component WHERE case_id IS NOT NULL"
# Of one person: of whom the case is, under whatever entry; of many: of whom its list says.
UNDECIDED = """
WITH decided AS (
    SELECT k.id, k.kind, p.canonical_id AS person_id FROM cases_case k
    JOIN people_canonical p ON p.party_id = k.party_id WHERE k.id = ANY (%(decided)s)),
adjusted AS (
    SELECT DISTINCT n.case_id, r.entitlement_id, n.kind FROM adjusting_run n
    JOIN adjusting_row r ON r.run_id = n.id)
SELECT '项目 ' || c.id, '已签名办结的此人业务件',
    concat_ws(' ', coalesce(k.kind, '无'), c.case_id)
FROM benefits_component c JOIN benefits_entitlement e ON e.id = c.entitlement_id
JOIN people_canonical p ON p.party_id = e.person_id
LEFT JOIN decided d ON d.id = c.case_id
LEFT JOIN cases_case k ON k.id = c.case_id
LEFT JOIN adjusted a ON (a.case_id, a.entitlement_id) = (c.case_id, c.entitlement_id)
    AND c.component = ANY (CASE a.kind WHEN 'YEARLY' THEN ARRAY['ADJUSTMENT', 'AGE_SUPPLEMENT']
        ELSE ARRAY['BASIC', 'EXTRA_YEARS'] END)
LEFT JOIN unemployment_amountchange u ON u.case_id = c.case_id
WHERE c.case_id IS NOT NULL AND CASE
    WHEN d.kind = ANY (%(of_one)s) THEN d.person_id <> p.canonical_id
    WHEN d.kind IN ('PENSION_ADJUSTMENT', 'BASIC_PENSION_RAISE') THEN a.case_id IS NULL
    WHEN d.kind = 'UNEMPLOYMENT_AMOUNT' THEN u.id IS NULL OR c.component <> 'UNEMPLOYMENT'
    ELSE true END
ORDER BY c.id
"""
# What was taken over gives way only to what a case puts in its place, in months that it had, or
# where a correction or an adjustment takes all of it away.
UNREPLACED = """
SELECT '项目 ' || c.id, '业务件写入的项目替代', '没有替代' FROM benefits_component c
WHERE c.case_id IS NULL AND c.superseded_at IS NOT NULL
    AND NOT EXISTS (SELECT FROM benefits_component s
        WHERE (s.entitlement_id, s.component) = (c.entitlement_id, c.component)
            AND s.case_id IS NOT NULL AND s.recorded_at >= c.superseded_at AND s.valid && c.valid)
    AND NOT EXISTS (SELECT FROM benefits_amountcorrection r
        WHERE (r.entitlement_id, r.component) = (c.entitlement_id, c.component)
            AND r.case_id = ANY (%(corrected)s) AND r.fen < r.before_fen
            AND c.valid && daterange(r.from_month, NULL))
    AND NOT EXISTS (SELECT FROM adjusting_run n JOIN adjusting_row r ON r.run_id = n.id
        WHERE r.entitlement_id = c.entitlement_id AND n.case_id = ANY (%(adjusted)s)
            AND c.superseded_at > n.known_at AND c.valid && daterange(n.since, NULL)
            AND c.component IN ('ADJUSTMENT', 'BASIC', 'AGE_SUPPLEMENT', 'EXTRA_YEARS'))
ORDER BY c.id
"""
CORRECTED = "SELECT DISTINCT case_id FROM benefits_amountcorrection"
ADJUSTED = "SELECT DISTINCT case_id FROM adjusting_run"


def broken_promises() -> list[Broken]:
    """Run every check; an empty list is the proof."""
    corrected, adjusted, named = (_numbers(one) for one in (CORRECTED, ADJUSTED, NAMED))
    decided = truly_decided(case_ids=named | corrected | adjusted)
    return broken_by(
        ((RESTS, UNDECIDED), (REPLACED, UNREPLACED)),
        {
            "decided": sorted(named & decided),
            "corrected": sorted(corrected & decided),
            "adjusted": sorted(adjusted & decided),
            "of_one": sorted({kind for writer in OF_ONE for kind in writer.kinds}),
        },
    )


def promises() -> list[str]:
    """The names of all checks."""
    return [RESTS, REPLACED]


def _numbers(statement: str) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return {number for (number,) in cursor.fetchall()}
