"""What a party is, and as whom it lives on, is as it was registered; what is not is named."""

import pytest
from django.db import DatabaseError, connections

from backend.city import merge_invariants
from backend.people import merge
from tests import builders
from tests.conftest import OwnDatabase


def test_the_owner_of_the_tables_cannot_change_what_a_party_is(own_database: OwnDatabase) -> None:
    builders.chen()

    with pytest.raises(DatabaseError), connections["owner"].cursor() as owner:
        owner.execute("UPDATE people_party SET kind = 'VILLAGE'")


def test_a_party_that_lives_on_as_another_than_the_merge_says_is_named(
    own_database: OwnDatabase,
) -> None:
    double, survivor, third = builders.chen(), builders.wang(), builders.li()
    merge.merge(builders.case(kind="MERGE", party=double, content={"survivor_id": survivor.pk}))
    assert merge_invariants.broken_promises() == []

    with connections["owner"].cursor() as owner:
        owner.execute(
            "UPDATE people_party SET lives_on_as = %s WHERE id IN (%s, %s)",
            [third.pk, double.pk, survivor.pk],
        )

    found = {(row.subject, row.expected) for row in merge_invariants.broken_promises()}
    assert found == {(f"当事人 {double.pk}", str(survivor.pk)), (f"当事人 {survivor.pk}", "未合并")}
