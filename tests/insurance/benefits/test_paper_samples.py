"""The samples beside the page about papers are what is printed now, and copy right."""

from io import BytesIO

import pytest
from pypdf import PdfReader

from backend.kernel.months import Month
from insurance.benefits.award_sheet import Holder, PensionSheet, UnemploymentSheet
from insurance.policy.recompute import first_wrong
from tests.insurance.benefits.paper_builders import (
    ON,
    QIAN,
    SUN,
    WANG,
    ZHAO,
    wangs_award,
    wangs_pension,
    zhaos_benefit,
)
from tests.insurance.benefits.paper_samples import FOLDER, sample, samples


def read(pdf: bytes) -> list[str]:
    """The text of each page; the bytes themselves also depend on the zlib of the machine."""
    return [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]


@pytest.mark.parametrize("name", list(samples()))
def test_a_sample_is_what_is_printed(name: str) -> None:
    kept = (FOLDER / f"{name}.pdf").read_bytes()

    assert read(kept) == read(sample(samples()[name]))


@pytest.mark.parametrize(
    ("name", "holder"),
    [
        ("pension-award", WANG),
        ("unemployment-award", ZHAO),
        ("pension-hold", QIAN),
        ("pension-refused", SUN),
    ],
)
def test_name_and_number_are_copied_as_they_were_written(name: str, holder: Holder) -> None:
    text = "".join(read((FOLDER / f"{name}.pdf").read_bytes()))

    assert holder.name in text
    assert holder.id_number in text


def test_a_sample_award_is_dated_and_reckoned_by_the_law() -> None:
    """Born in June 1966, retired by law in November 2026; the paper is not of before that."""
    allowed = wangs_award().allowed

    assert allowed.statutory.month == wangs_pension().retirement_month == Month(2026, 11)
    assert allowed.statutory.age_months == 60 * 12 + 5
    assert Month.of(ON) >= wangs_pension().retirement_month


def test_a_sample_benefit_is_drawn_from_the_month_of_the_registration() -> None:
    sheet = zhaos_benefit()

    assert sheet.payment.first_month == sheet.registration_month


@pytest.mark.parametrize("sheet", [wangs_pension(), zhaos_benefit()])
def test_a_sample_says_how_far_its_figures_are_relied_on(
    sheet: PensionSheet | UnemploymentSheet,
) -> None:
    """What a figure of hearsay rounds is not passed off as a document's."""
    assert first_wrong(steps=sheet.steps) is None
    assert any("未核实" in step.article for step in sheet.steps)
