"""What is sent to what is there (发送内容): of each route that takes a POST about something in its
address, a body that its schema allows, so that the answer is about the thing and not the body."""

import json
from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from backend.web.policy import proof_routes
from tests import builders
from tests.backend.uploads import scans

Body = Mapping[str, Any]
REASON: Body = {"reason": "演示"}
SEEN: Body = {"digest": "0" * 64}
SIGNED = {"case-decline", "case-review"}  # in the role of whoever sends
BODIES: Mapping[str, Body] = {
    "archive-return": {},
    "batch-opened": {"what": "MOVEMENT"},
    "book-year-end": {"year": 2026},
    "card-loss": {"formal": False, **REASON},
    "case-accept": SEEN,
    "case-close": {},
    "case-corrected": {"brought": "身份证", **SEEN},
    "case-correction": {"missing": [{"what": "身份证", "why": "核对身份"}], "days": 5, **SEEN},
    "case-decline": REASON,
    "case-materials": {"title": "身份证", "form": "COPY"},
    "case-review": {"note": "演示"},
    "chosen-base": {"month": "2026-12", "base": "5000.00"},
    "delegation-confirm": {},
    "delegation-revoke": REASON,
    "recusal-confirm": {},
    "recusal-end": REASON,
    "discrepancy-propose": {"decision": "PAID", "evidence": "银行回单 演示1号"},
    "employer-filing-decline": REASON,
    "employer-filing-take": {},
    "employer-deregister": {"month": "2026-12", "evidence": "注销通知书 演示1号"},
    "enrolment-correct": {"from_month": "2026-10", "last_month": None, **REASON},
    "mandate-end": REASON,
    "month-one": {},
    "notice-step": {"state": "SENT"},
    "paper-deliver": {"way": "MAIL", "on": "2026-11-05", "receiver": "演示", "proof": "回执 演示"},
    "staff-deactivate": {},
    "staff-reset": {},
    "staff-reset-confirm": {},
    "staff-role-confirm": {},
    "staff-role-withdraw": {},
    "staff-role-end": {"last_day": "2030-12-31"},
    "staff-role-end-at-once": {},
    "staff-roles": {"role": "CLERK", "from_date": "2031-01-01"},
    "terminal-revoke": REASON,
    "transfer-steps": {"stage": 2, "on": "2026-11-05", "document_no": "演示1号"},
    "unemployment-registration-end": {"reason": "REEMPLOYED", "ended_on": "2026-11-05"},
}


def sent(client: Client, *, route: str, role: str) -> tuple[bytes, str]:
    """The body and its content type; with it, where it is asked for, the proof of who is logged
    in."""
    body = dict(BODIES[route])
    if route in SIGNED:
        body["role"] = role
    if (route, "POST") in proof_routes():
        body |= builders.proof_of(client)
    if route == "case-materials":
        scan = SimpleUploadedFile("scan.jpg", scans.image("JPEG", size=(8, 8)))
        return encode_multipart(BOUNDARY, {**body, "file": scan}), MULTIPART_CONTENT
    return json.dumps(body).encode(), "application/json"
