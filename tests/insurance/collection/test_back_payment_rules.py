"""What a back payment must show: papers by months, collective decision; pure, from dated data."""

from datetime import date

import pytest

from backend.kernel.dated import Standing
from backend.kernel.parameters import NotVerified
from insurance.collection.rules.back_payment_rules import (
    BackPaymentTerms,
    EvidenceMissing,
    MinutesMissing,
    check_basis,
    terms_in_force,
)
from insurance.policy import parameters

TODAY = date(2026, 12, 1)


def terms(kind: str = "EMPLOYED") -> BackPaymentTerms:
    return terms_in_force(tree=parameters.load(), region="340800", kind=kind, on=TODAY, demo=True)


@pytest.mark.parametrize(
    ("months", "evidence", "minutes"),
    [
        (11, "CONTRACT", ""),
        (12, "ARCHIVE", "纪要1号"),
        (35, "CONTRACT", "纪要1号"),
        (36, "COURT", "纪要1号"),
    ],
)
def test_what_is_enough(months: int, evidence: str, minutes: str) -> None:
    check_basis(terms=terms(), months=months, evidence=evidence, minutes=minutes)


@pytest.mark.parametrize(
    ("months", "evidence", "minutes", "refusal"),
    [
        (1, "", "", EvidenceMissing),
        (1, "LETTER", "", EvidenceMissing),
        (12, "COURT", " ", MinutesMissing),
        (36, "CONTRACT", "纪要1号", EvidenceMissing),
        (36, "COURT", "", MinutesMissing),
    ],
)
def test_what_is_not_enough(
    months: int, evidence: str, minutes: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        check_basis(terms=terms(), months=months, evidence=evidence, minutes=minutes)


def test_evidence_is_cited_and_the_rules_block_outside_a_demonstration() -> None:
    papers, rules = terms().sources

    assert (papers.standing, rules.standing) == (Standing.CITED, Standing.UNVERIFIED)
    assert "人社部规〔2016〕5号" in papers.document
    with pytest.raises(NotVerified):
        terms_in_force(tree=parameters.load(), region="340800", kind="EMPLOYED", on=TODAY)


def test_who_has_no_rule_pays_nothing_back() -> None:
    with pytest.raises(EvidenceMissing, match="不能办理补缴"):
        check_basis(terms=terms("RESIDENT"), months=1, evidence="COURT", minutes="纪要1号")
