"""Who is logged in (登录会话), asked before an upload is read."""

from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request

from backend.web.parsers import BodyTooLarge, Upload


class Session(SessionAuthentication):
    """The token against forged requests may stand in a form: to look for it reads an upload before
    any parser does, so what is too large is refused first."""

    def enforce_csrf(self, request: Request) -> None:
        """Refuse by the length that the header tells: the server reads no more than that.

        Raises:
            BodyTooLarge.
        """
        told = request.META.get("CONTENT_LENGTH") or ""
        limits = [
            parser.bytes_max for parser in request.parsers or () if isinstance(parser, Upload)
        ]
        if limits and told.isdecimal() and int(told) > max(limits):
            raise BodyTooLarge(f"上传的文件超过 {max(limits) // 1024 // 1024} MB，未接收。")
        super().enforce_csrf(request)
