"""What every answer tells the browser (安全响应头): run nothing, show it in no frame, keep no copy.

Answers of the API are data about people. The files of the web app are not: they run scripts and
styles of this server only, none that stand in a page, and say themselves how long they are kept.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseFileResponse

POLICY = "Content-Security-Policy"
NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
OWN_FILES = "script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'"
HEADERS = {
    POLICY: NOTHING,
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
TRANSPORT, A_YEAR = "Strict-Transport-Security", "max-age=31536000"


def with_headers(
    answer: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: beside what the framework's own sets (kind of content, frames, referrer)."""

    def answered(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        if isinstance(response, WhiteNoiseFileResponse):
            response.headers[POLICY] = f"{NOTHING}; {OWN_FILES}"
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if settings.PUBLIC_ORIGIN.startswith("https://"):  # a proxy of ours ends the encryption
            response.headers.setdefault(TRANSPORT, A_YEAR)
        return response

    return answered
