"""A clerk before the practice views."""

import pytest
from django.test import Client
from pytest_django import Settings

from backend.web import policy
from tests import builders
from tests.backend.web import practice


@pytest.fixture
def practising(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Serve the practice views under a table of their own."""
    settings.ROOT_URLCONF = practice.__name__
    table = {
        name: {method: frozenset(roles) for method, roles in methods.items()}
        for name, methods in practice.TABLE.items()
    }
    monkeypatch.setattr(policy, "routes", lambda: table)


@pytest.fixture
def clerk(db: None, practising: None) -> Client:
    """A clerk's browser."""
    client = Client(raise_request_exception=False)
    client.force_login(builders.member(role="CLERK").staff)
    return client


@pytest.fixture
def stranger(db: None, practising: None) -> Client:
    """A browser that nobody logged in with."""
    return Client()
