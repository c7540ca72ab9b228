"""A desk with a browser (浏览器前的工作人员): what it shows, and what it must never say.

Whatever the browser complains of, a violated policy of content above all, fails the test; a refusal
that the test provokes is expected by its status.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.test import Client
from playwright.sync_api import ConsoleMessage, Page, Route

from backend.access.models import Staff
from tests import builders

AXE = settings.BASE_DIR / "terminals" / "web" / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = Path(settings.VAR_DIR) / "screens"
STATUS = re.compile(r"responded with a status of (\d+)")
GRAVE = ("serious", "critical")
# As in many halls; square screens; the first at a browser's 125 %.
SCREENS = {"": (1366, 768), "-square": (1280, 1024), "-larger": (1093, 614)}
ELSEWHERE = ("-square", "-larger")
TELL_POLICY = """
document.addEventListener('securitypolicyviolation',
    (told) => console.error('CSP', told.violatedDirective, told.blockedURI, told.sourceFile))
"""


@dataclass
class Desk:
    """One browser page at one site."""

    page: Page
    site: str
    complaints: list[str] = field(default_factory=list)
    expected: set[int] = field(default_factory=set)

    def listen(self) -> None:
        """Hear every complaint from now on."""
        self.page.add_init_script(TELL_POLICY)
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def expect(self, *statuses: int) -> None:
        """Refusals that this test brings about; 0: the centre cannot be reached."""
        self.expected.update(statuses)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        found = STATUS.search(message.text)
        status = int(found[1]) if found else 0 if "net::ERR_FAILED" in message.text else None
        if status not in self.expected:
            self.complaints.append(message.text)

    def open(self, path: str = "/") -> None:
        """Go to a page of the app."""
        self.page.goto(f"{self.site}/#{path}")

    def log_in(self, staff: Staff, *, password: str = builders.PASSWORD, code: str = "") -> None:
        """Type name, password and code, and press the button."""
        self.page.get_by_label("用户名").fill(staff.username)
        self.page.get_by_label("密码").fill(password)
        self.page.get_by_label("动态口令").fill(code or fresh_code(staff))
        self.page.get_by_role("button", name="登录").click()

    def seated(self, staff: Staff) -> None:
        """Be logged in already, by a cookie."""
        client = Client()
        client.force_login(staff)
        name = settings.SESSION_COOKIE_NAME
        cookie: Any = {"name": name, "value": client.cookies[name].value, "url": self.site}
        self.page.goto("about:blank")
        self.page.context.add_cookies([cookie])

    @contextmanager
    def waiting(self, address: str) -> Iterator[None]:
        """The answers of this address come only at the end."""
        held: list[Route] = []
        released = False

        def hold(route: Route) -> None:
            if released:
                route.continue_()
            else:
                held.append(route)

        self.page.route(address, hold)
        yield
        released = True
        for route in held:
            route.continue_()

    def broken(self, address: str) -> None:
        """This address cannot be reached any more."""
        self.expect(0)
        self.page.route(address, lambda route: route.abort())

    def prove(self, staff: Staff) -> None:
        """Type password and code into the panel that asks for them."""
        self.page.get_by_label("密码").fill(builders.PASSWORD)
        self.page.get_by_label("动态口令").fill(fresh_code(staff))

    def says(self, text: str) -> None:
        """Wait until the page says so."""
        self.page.get_by_text(text).first.wait_for()

    def picture(self, name: str, *, also: Iterable[str] = ()) -> None:
        """Keep what is seen, ``also`` on other screens; nothing may be cut off at the side."""
        PICTURES.mkdir(exist_ok=True)
        for screen in ("", *also):
            width, height = SCREENS[screen]
            self.page.set_viewport_size({"width": width, "height": height})
            cut: Any = self.page.evaluate("document.documentElement.scrollWidth > innerWidth")
            assert not cut, f"{name} is cut off at {width} × {height}"
            self.page.screenshot(path=PICTURES / f"{name}{screen}.png")
        if also:
            width, height = SCREENS[""]
            self.page.set_viewport_size({"width": width, "height": height})

    def require_accessible(self) -> None:
        """No rule of accessibility is gravely broken."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found: Any = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        grave = [
            (one["id"], node["html"][:200])
            for one in found["violations"]
            if one["impact"] in GRAVE
            for node in one["nodes"]
        ]
        assert grave == []


def fresh_code(staff: Staff) -> str:
    """The code that the authenticator shows now; not used yet."""
    Staff.objects.filter(pk=staff.pk).update(totp_last_step=0)
    return builders.code(now=datetime.now(tz=UTC))
