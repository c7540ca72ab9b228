"""The terms of cases are those of the policy parameters that they name."""

import pytest

from backend.cases import terms
from backend.kernel.dated import DatedRow
from insurance.policy import parameters
from tests.builders import TODAY

ROWS = terms._terms().in_force("term", TODAY)


@pytest.mark.parametrize("row", ROWS, ids=[row.text("kind") for row in ROWS])
def test_a_term_is_that_of_its_parameter(row: DatedRow) -> None:
    same = parameters.load().resolve(row.text("parameter"), row.region, TODAY)

    assert (same.whole, same.document, same.article, same.standing) == (
        row.fields["days"],
        row.document,
        row.article,
        row.standing,
    )
