"""Those who appoint, confirm and act."""

import pytest

from backend.access.models import Delegation
from backend.cases import delegations
from tests import builders
from tests.backend.cases.delegations.delegation_builders import appointed
from tests.builders import NOW, Member


@pytest.fixture
def leader() -> Member:
    """A leader in charge, who appoints."""
    return builders.member(role="APPROVER", of=builders.person(name="方永庆"))


@pytest.fixture
def head() -> Member:
    """A head of section."""
    return builders.member(role="APPROVER", level="HEAD", of=builders.person(name="江守义"))


@pytest.fixture
def security() -> Member:
    """Who confirms."""
    return builders.member(role="SECURITY_ADMIN", of=builders.person(name="吴鹏飞"))


@pytest.fixture
def delegation(head: Member, leader: Member, security: Member) -> Delegation:
    """The head acts for the leader, for ten days."""
    return delegations.confirm(delegation_id=appointed(head, leader).pk, key=security.key, now=NOW)
