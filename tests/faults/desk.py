"""A member of staff at a desk (工作台): over HTTP, asking again when the server went away."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPCookieProcessor, Request, build_opener
from uuid import uuid4

from backend.access.models import Staff
from backend.access.totp import STEP_SECONDS, code_at, secret_from_text
from tests.faults.harness import WAIT_SECONDS, Site

PAUSE_SECONDS = 0.1
BUSY = "idempotency_key_busy"  # of one who died just now: the database soon finds out


@dataclass(frozen=True)
class Answer:
    """What the server said at last; ``replayed`` when it had done so before, and died."""

    status: int
    body: Any
    replayed: bool

    @property
    def is_busy(self) -> bool:
        """Whether somebody still works on the same request."""
        return self.status == 409 and bool(self.body["code"] == BUSY)


class Desk:
    """Somebody in a role, logged in at the site's web.

    ``when_lost`` must hold whenever a request got lost.
    """

    def __init__(
        self, site: Site, role: str, *, when_lost: Callable[[], bool] = lambda: True
    ) -> None:
        office = json.loads((site.var / "city" / "office.json").read_text(encoding="utf-8"))
        self._site = site
        self._when_lost = when_lost
        self._entry = next(entry for entry in office["staff"] if role in entry["roles"])
        self._cookies = CookieJar()
        self._opener = build_opener(HTTPCookieProcessor(self._cookies))
        self.get("staff/csrf")
        logged_in = self.post("staff/login", {"username": self._entry["username"], **self.proof()})
        assert logged_in.status == 200, logged_in.body

    @property
    def session(self) -> str:
        """By which the server knows this desk."""
        return {cookie.name: cookie.value for cookie in self._cookies}["sessionid"] or ""

    def proof(self) -> dict[str, str]:
        """Password and a code that counts, as if the last one were long ago."""
        Staff.objects.filter(username=self._entry["username"]).update(totp_last_step=0)
        secret = secret_from_text(self._entry["totp_secret"])
        code = code_at(secret=secret, step=int(time.time()) // STEP_SECONDS)
        return {"password": self._entry["password"], "code": code}

    def get(self, path: str) -> Any:
        """Look; the body of the answer."""
        return self._asked(path, None).body

    def post(self, path: str, body: Mapping[str, Any]) -> Answer:
        """Act once: the very same request, with its key, until somebody answers it."""
        return self._asked(path, body)

    def signed_post(self, path: str, body: Mapping[str, Any]) -> Answer:
        """Act with password and code, which open the signing key."""
        return self.post(path, {**body, **self.proof()})

    def _asked(self, path: str, body: Mapping[str, Any] | None) -> Answer:
        deadline = time.monotonic() + WAIT_SECONDS
        key = uuid4().hex
        while time.monotonic() < deadline:
            answer = self._once(self._request(path, body, key))
            if answer is not None and not answer.is_busy:
                return answer
            assert self._when_lost()
            time.sleep(PAUSE_SECONDS)
        raise TimeoutError(self._site.last_words())

    def _once(self, request: Request) -> Answer | None:
        try:
            with self._opener.open(request, timeout=WAIT_SECONDS) as answer:
                replayed = answer.headers.get("Idempotent-Replayed") == "true"
                return Answer(answer.status, json.load(answer), replayed)
        except HTTPError as refused:
            return Answer(refused.code, json.load(refused), False)
        except OSError:
            return None  # nobody there, or gone before it answered

    def _request(self, path: str, body: Mapping[str, Any] | None, key: str) -> Request:
        token = {cookie.name: cookie.value for cookie in self._cookies}.get("csrftoken") or ""
        headers = {"X-CSRFToken": token, "Idempotency-Key": key, "Content-Type": "application/json"}
        content = None if body is None else json.dumps(body).encode()
        address = f"{self._site.address}/api/v1/{path}"
        return Request(address, data=content, headers=headers)  # noqa: S310 - our own
