"""Debian's chromium before the real server: a database of its own for each test."""

from collections.abc import Iterator
from threading import Thread

import pytest
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from playwright.sync_api import Browser, sync_playwright

from tests.browser.desk import Desk
from tests.conftest import OwnDatabase

HOST = "127.0.0.1"
# As root it has no sandbox, and it calls nobody by itself.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class SilentHandler(WSGIRequestHandler):
    """Requests are no news."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the tests of a module: its loop runs in this thread, and Django would not
    touch the database beside it."""
    with pytest.MonkeyPatch.context() as monkeypatch, sync_playwright() as playwright:
        monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def site(own_database: OwnDatabase) -> Iterator[str]:
    """The address of a server in this process, with a thread for each call."""
    server = ThreadedWSGIServer((HOST, 0), SilentHandler)
    server.daemon_threads = True
    server.set_app(get_wsgi_application())
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://{HOST}:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def desk(chromium: Browser, site: str) -> Iterator[Desk]:
    """A page of 1366 × 768, as in many halls; whatever it complains of fails the test."""
    context = chromium.new_context(
        viewport={"width": 1366, "height": 768},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
    )
    context.set_default_timeout(30_000)  # a busy machine is slow, not wrong
    own = Desk(context.new_page(), site)
    own.listen()
    yield own
    context.close()
    assert own.complaints == []
