"""An address is looked for among those that begin with its word, and found as if among all."""

import pytest
from django.urls import Resolver404, URLResolver, path, resolve
from django.urls.resolvers import RoutePattern

from backend.urls import api
from backend.web.addresses import ByFirstWord
from backend.web.health import Health
from tests.backend.web.routes import ROUTES

API = "/api/v1/"
ADDRESSES = [address for address, *_ in ROUTES if address.startswith(API) and "^" not in address]


def test_each_address_leads_where_django_alone_would_go() -> None:
    plain = URLResolver(RoutePattern(API), api)

    assert len(ADDRESSES) > 200
    for address in ADDRESSES:
        found, expected = resolve(address), plain.resolve(address)
        assert (found.func, found.kwargs) == (expected.func, expected.kwargs), address


def test_an_address_that_is_a_pattern_is_found_by_its_word() -> None:
    assert resolve("/api/v1/recoveries/1/notice.pdf").view_name == "recovery-paper"


def test_what_begins_with_no_word_of_ours_is_nowhere() -> None:
    assert resolve("/api/v1/meiyou/1/").view_name == "nowhere"
    with pytest.raises(Resolver404):
        ByFirstWord(RoutePattern("api/"), []).resolve("v1/")


def test_an_address_that_would_never_be_found_is_told() -> None:
    numbers = [path("<int:pk>/", Health.as_view())]

    with pytest.raises(AssertionError, match="begins with no word"):
        ByFirstWord(RoutePattern("api/"), numbers).resolve("api/1/")
