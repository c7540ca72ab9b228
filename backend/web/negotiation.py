"""Choose how to answer (应答格式): no reason to refuse, for the caller is not yet known."""

from collections.abc import Iterable
from typing import Any

from django.http import Http404
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class Willing(DefaultContentNegotiation):
    """What was asked for where we have it, else the first of our formats."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Give the renderer and its media type."""
        ours = list(renderers)
        if len(ours) == 1:  # nothing to choose, and nearly every view has one
            return ours[0], ours[0].media_type
        try:
            chosen: Any = super().select_renderer(request, ours, format_suffix)
        except (NotAcceptable, Http404):
            return ours[0], ours[0].media_type
        return chosen[0], chosen[1]
