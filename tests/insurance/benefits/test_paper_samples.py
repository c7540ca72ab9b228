"""The samples beside the page about papers are what is printed now, and copy right."""

from io import BytesIO

import pytest
from pypdf import PdfReader

from insurance.benefits.award_sheet import Holder
from tests.insurance.benefits.paper_builders import WANG, ZHAO
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
        ("pension-hold", WANG),
        ("pension-refused", WANG),
    ],
)
def test_name_and_number_are_copied_as_they_were_written(name: str, holder: Holder) -> None:
    text = "".join(read((FOLDER / f"{name}.pdf").read_bytes()))

    assert holder.name in text
    assert holder.id_number in text
