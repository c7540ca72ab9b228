"""Public keys (公钥公开): by which anybody verifies heads of the audit chain and keys of staff."""

import hashlib
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access import keys
from backend.audit.models import HeadKey

DIGITS = 16  # of a key's number, as the chain names keys
USES = (("HEAD", "审计链头"), ("CERTIFICATE", "签名密钥证明"))


class PublicKeyRow(serializers.Serializer[Any]):
    """An Ed25519 public key (RFC 8032), what it signs, since when it is in use."""

    use = serializers.ChoiceField(choices=USES)
    use_label = serializers.CharField()
    key = serializers.CharField(help_text="密钥编号：公钥 SHA-256 的前 16 位十六进制")
    public_key = serializers.CharField(help_text="Ed25519 公钥，十六进制")
    since = serializers.DateTimeField(allow_null=True, help_text="启用时间；没有登记的为空")


class PublicKeyList(APIView):
    """The public keys of heads and of certificates, those before them too."""

    @extend_schema(responses=PublicKeyRow(many=True))
    def get(self, request: Request) -> Response:
        """List them: one for each key that was ever in use."""
        heads = [
            _row("HEAD", bytes(one.public), since=one.since)
            for one in HeadKey.objects.order_by("since")
        ]
        certificates = [_row("CERTIFICATE", public) for public in keys.certificate_keys()]
        return Response(PublicKeyRow([*heads, *certificates], many=True).data)


def _row(use: str, public: bytes, *, since: object = None) -> dict[str, object]:
    return {
        "use": use,
        "use_label": dict(USES)[use],
        "key": hashlib.sha256(public).hexdigest()[:DIGITS],
        "public_key": public.hex(),
        "since": since,
    }
