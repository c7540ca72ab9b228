"""What the schema says of every route (接口说明): keys where needed, problems everywhere."""

from functools import cache
from typing import Any, Literal

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.views import APIView

from backend.kernel.signed_request import INPUT
from backend.web.etag import IF_MATCH
from backend.web.idempotency import HEADER, KEY_MAX
from backend.web.lookups import seeing_views
from backend.web.paging import CURSOR, PAGE_SIZE
from backend.web.problems import CONTENT_TYPE

ANY_PROBLEM = {
    400: "地址、查询条件或内容写得不对",
    401: "没有登录，或登录、签名已失效",
    403: "岗位、终端或机构不能使用",
    404: "没有，或不归调用者",
    422: "规则不允许，原因见 detail",
    429: "调用过于频繁，见 Retry-After",
    503: "数据库暂时不可用",
}
ACT_PROBLEM = {409: "与现状冲突，或幂等键已用", 413: "内容过大", 415: "内容类型不对"}
PURPOSE = OpenApiParameter(
    "purpose", str, description="查询用途，与查看记录一起留给本人看；不写的记为未写明"
)
MATCH_PROBLEM = {412: "已被他人修改，现状见 current", 428: "缺少 If-Match"}


class ProblemFields(serializers.Serializer[Any]):
    """RFC 9457 problem details: ``code`` is stable, ``detail`` is to be read out."""

    type = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()

    def get_fields(self) -> dict[str, Any]:
        """With ``errors``, a name that serializers use for themselves."""
        return {**super().get_fields(), "errors": serializers.JSONField(required=False)}


class OurCallers(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """A session is told by its cookie, a terminal by its signature."""

    target_class = "backend.access.callers.Caller"
    name = ["session", "terminal"]

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, str]]:
        """Describe both."""
        cookie = settings.SESSION_COOKIE_NAME
        signed = "RFC 9421 签名，见 docs/formats/signed-requests.md"
        return [
            {"type": "apiKey", "in": "cookie", "name": cookie},
            {"type": "apiKey", "in": "header", "name": INPUT, "description": signed},
        ]

    def get_security_requirement(self, auto_schema: AutoSchema) -> list[dict[str, list[Any]]]:
        """Either is enough to be somebody; what one may call is said elsewhere."""
        return [{name: []} for name in self.name]


class WrittenOnce(SchemaGenerator):
    """Anybody may ask for the schema, and to write it costs seconds: once in each process."""

    def get_schema(self, request: Any = None, public: bool = False) -> dict[str, Any]:
        """Give the schema of all routes, whoever asks."""
        return _written(settings.ROOT_URLCONF)


class Schema(AutoSchema):
    """The description of one operation."""

    def get_override_parameters(self) -> list[Any]:
        """Name the purpose that a look may tell, the header that an idempotent POST demands."""
        if self.method == "GET" and type(self.view) in seeing_views():
            return [PURPOSE]
        method = getattr(self.view, self.method.lower(), None)
        if not getattr(method, "needs_key", False):
            return []
        text = f"幂等键，1 至 {KEY_MAX} 个可见字符；同键同内容得同一应答。"
        return [OpenApiParameter(HEADER, str, "header", required=True, description=text)]

    def filters_of(self, view: APIView, method: str) -> dict[str, object]:
        """What the query of an address may hold: name → type, None where the filter itself looks.

        The same as in the schema, without the cost of writing it.
        """
        self.view, self.method, self.path = view, method, ""
        known: dict[str, object] = {
            told.name: told.type
            for told in self.get_override_parameters()
            if told.location == OpenApiParameter.QUERY
        }
        if len(view.renderer_classes) > 1:
            known["format"] = None
        if isinstance(view, GenericAPIView) and self._is_list_view():
            known |= dict.fromkeys(getattr(view, "filterset_fields", ()))
            known |= dict.fromkeys((CURSOR, PAGE_SIZE) if view.paginator else ())
        return known

    def _get_response_bodies(
        self, direction: Literal["request", "response"] = "response"
    ) -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        describe: Any = self._get_response_for_code
        for status, words in self._problems().items():
            problem = OpenApiResponse(ProblemFields, description=words)
            bodies.setdefault(str(status), describe(problem, str(status), [CONTENT_TYPE]))
        return bodies

    def _problems(self) -> dict[int, str]:
        """The statuses by which this operation says no; there are no others."""
        told = ANY_PROBLEM if self.method == "GET" else ANY_PROBLEM | ACT_PROBLEM
        headers = {one.name for one in self.get_override_parameters()}
        return told | MATCH_PROBLEM if IF_MATCH.name in headers else told


@cache
def _written(urlconf: str) -> dict[str, Any]:
    writer: Any = SchemaGenerator
    schema: dict[str, Any] = writer(urlconf=urlconf).get_schema(request=None, public=True)
    return schema
