"""What a back payment must show: papers by months; pure, from dated data."""

from datetime import date

import pytest

from backend.kernel.dated import Standing
from backend.kernel.parameters import NotVerified
from insurance.collection.rules.back_payment_rules import (
    BackPaymentTerms,
    EvidenceMissing,
    check_basis,
    terms_in_force,
)
from insurance.policy import parameters

TODAY = date(2026, 12, 1)


def terms(kind: str = "EMPLOYED") -> BackPaymentTerms:
    return terms_in_force(tree=parameters.load(), region="340800", kind=kind, on=TODAY, demo=True)


@pytest.mark.parametrize(
    ("months", "evidence"), [(11, "CONTRACT"), (12, "ARCHIVE"), (35, "CONTRACT"), (36, "COURT")]
)
def test_what_is_enough(months: int, evidence: str) -> None:
    check_basis(terms=terms(), months=months, evidence=evidence)


@pytest.mark.parametrize(("months", "evidence"), [(1, ""), (1, "LETTER"), (36, "CONTRACT")])
def test_what_is_not_enough(months: int, evidence: str) -> None:
    with pytest.raises(EvidenceMissing):
        check_basis(terms=terms(), months=months, evidence=evidence)


def test_evidence_is_cited_and_the_rules_block_outside_a_demonstration() -> None:
    papers, rules = terms().sources

    assert (papers.standing, rules.standing) == (Standing.CITED, Standing.UNVERIFIED)
    assert "人社部规〔2016〕5号" in papers.document
    with pytest.raises(NotVerified):
        terms_in_force(tree=parameters.load(), region="340800", kind="EMPLOYED", on=TODAY)


def test_who_has_no_rule_pays_nothing_back() -> None:
    with pytest.raises(EvidenceMissing, match="不能办理补缴"):
        check_basis(terms=terms("RESIDENT"), months=1, evidence="COURT")
