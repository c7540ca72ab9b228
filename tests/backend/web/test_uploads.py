"""An upload has a bound, told by its header, and is refused before any of it is read."""

from typing import Any

import pytest
from django.test import Client
from rest_framework.parsers import MultiPartParser

from backend.cases.materials.api import OVERHEAD
from backend.uploads.document import FILE_BYTES_MAX
from backend.web.parsers import BODY_BYTES_MAX, UPLOAD_BYTES_MAX, Upload
from tests import builders
from tests.backend.web.routes import ROUTES

pytestmark = pytest.mark.django_db

UPLOADS = [
    (address, view)
    for address, _, view in ROUTES
    if any(issubclass(parser, MultiPartParser) for parser in getattr(view, "parser_classes", ()))
]


def sent(address: str, *, bytes_told: int, checks: bool) -> Any:
    """Send a form whose header tells of more than there is: who reads on comes to its end."""
    client = Client(enforce_csrf_checks=checks)
    of_finance = ("return", "tax", "statement")
    role = "FINANCE" if any(part in address for part in of_finance) else "CLERK"
    client.force_login(builders.member(role=role).staff)
    token = client.get("/api/v1/staff/csrf").json()["token"]
    return client.generic(
        "POST",
        address,
        b"--x\r\n",
        content_type="multipart/form-data; boundary=x",
        headers={"X-CSRFToken": token},
        CONTENT_LENGTH=str(bytes_told),
    )


def test_every_upload_is_bounded() -> None:
    assert len(UPLOADS) == 12
    for _, view in UPLOADS:
        assert all(issubclass(parser, Upload) for parser in view.parser_classes)


@pytest.mark.parametrize("checks", [True, False])
@pytest.mark.parametrize("address", [address for address, _ in UPLOADS])
def test_what_is_too_large_is_refused_unread(address: str, checks: bool) -> None:
    answer = sent(address, bytes_told=UPLOAD_BYTES_MAX + 1, checks=checks)

    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert answer.json()["detail"].startswith("上传的文件超过 ")


def test_what_is_read_as_one_text_is_small() -> None:
    answer = sent("/api/v1/accounts/corrections", bytes_told=BODY_BYTES_MAX + 1, checks=True)

    assert answer.status_code == 413
    assert "超过 10 MB" in answer.json()["detail"]


def test_a_scan_is_no_larger_than_one_may_be() -> None:
    answer = sent(
        "/api/v1/cases/1/materials/", bytes_told=FILE_BYTES_MAX + OVERHEAD + 1, checks=True
    )

    assert answer.status_code == 413
    assert "超过 20 MB" in answer.json()["detail"]


def test_a_stranger_is_refused_before_that() -> None:
    answer = Client().generic(
        "POST",
        "/api/v1/return-files/",
        b"--x",
        content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(UPLOAD_BYTES_MAX + 1),
    )

    assert answer.status_code == 401
