"""What every answer tells the browser (安全响应头): run nothing, show it in no frame, keep no copy.

Answers of the API are data about people. A page of our own that runs scripts brings its own policy;
what a view has set stays.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
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
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if settings.PUBLIC_ORIGIN.startswith("https://"):  # a proxy of ours ends the encryption
            response.headers.setdefault(TRANSPORT, A_YEAR)
        return response

    return answered
