"""Two security administrators and a clerk whose account they look after."""

import pytest
from django.test import Client

from backend.access.models import Staff
from tests import builders


@pytest.fixture
def admin() -> Staff:
    return builders.administrator()


@pytest.fixture
def browser(admin: Staff) -> Client:
    client = Client()
    client.force_login(admin)
    return client


@pytest.fixture
def second() -> Client:
    """The browser of the other security administrator."""
    client = Client()
    client.force_login(builders.administrator())
    return client


@pytest.fixture
def clerk() -> Staff:
    return builders.staff_with_password(role="CLERK", username="jingban1")
