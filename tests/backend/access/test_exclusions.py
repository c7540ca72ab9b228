"""The table of roles and the one that the database holds say the same, with reason and source."""

from datetime import date

import pytest

from backend.access.exclusions import exclusions, posts
from backend.access.models import Role, RoleConflict
from backend.kernel.dated import Standing
from tests.builders import IN_OFFICE_SINCE, TODAY


def test_every_role_stands_in_the_table_under_its_name() -> None:
    assert {post.code: post.label for post in posts(on=TODAY)} == dict(Role.choices)


@pytest.mark.django_db
def test_the_database_holds_every_pair_of_the_table() -> None:
    held: dict[str, set[str]] = {}
    for pair, role in RoleConflict.objects.values_list("pair", "role"):
        held.setdefault(pair, set()).add(role)

    assert sorted(map(sorted, held.values())) == sorted(
        sorted(one.roles) for one in exclusions(on=TODAY)
    )


def test_a_pair_stands_in_the_table_once_and_says_why() -> None:
    pairs = exclusions(on=TODAY)

    assert len({one.roles for one in pairs}) == len(pairs)
    assert all(len(one.roles) == 2 and one.reason for one in pairs)


def test_what_has_no_document_says_so() -> None:
    sources = [(one.document, one.standing) for one in posts(on=TODAY)]
    sources += [(one.document, one.standing) for one in exclusions(on=TODAY)]

    assert all(bool(document) is (of is not Standing.UNVERIFIED) for document, of in sources)


def test_administrators_do_nothing_else() -> None:
    administrators = {"SYSTEM_ADMIN", "SECURITY_ADMIN", "AUDIT_ADMIN"}
    excluded = {role: set[str]() for role in administrators}
    for one in exclusions(on=TODAY):
        for role in one.roles & administrators:
            excluded[role].add(one.against(role))

    assert all(excluded[role] == set(Role.values) - {role} for role in administrators)


def test_no_role_is_known_before_the_table_begins() -> None:
    assert posts(on=date(IN_OFFICE_SINCE.year - 1, 1, 1)) == ()
