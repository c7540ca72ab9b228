"""Every error as RFC 9457 problem+json: a stable code and a Chinese sentence to read out."""

import json
from collections.abc import Mapping
from typing import Any

import structlog
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, RequestDataTooBig
from django.db import InterfaceError, OperationalError, ProgrammingError
from django.http import Http404, HttpRequest, JsonResponse
from psycopg.errors import InsufficientPrivilege
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from backend.kernel.errors import Refusal
from backend.web import scope

CONTENT_TYPE = "application/problem+json"
REFUSED = 422
BY_POLICY = "ExecWithCheckOptions"  # where PostgreSQL finds that a row is not within a policy
log = structlog.get_logger(__name__)
SENTENCES: tuple[tuple[type[Exception], str, str], ...] = (
    (exceptions.NotAuthenticated, "not_authenticated", "请先登录。"),
    (exceptions.AuthenticationFailed, "authentication_failed", "登录无效，请重新登录。"),
    (exceptions.PermissionDenied, "not_permitted", "您的岗位不能使用此功能。"),
    (PermissionDenied, "not_permitted", "您的岗位不能使用此功能。"),
    (exceptions.NotFound, "not_found", "没有找到。"),
    (Http404, "not_found", "没有找到。"),
    (exceptions.MethodNotAllowed, "method_not_allowed", "不支持这种操作。"),
    (exceptions.NotAcceptable, "not_acceptable", "不能按所要求的格式应答。"),
    (exceptions.UnsupportedMediaType, "media_type_unsupported", "请求的内容类型不对。"),
    (exceptions.ParseError, "body_unreadable", "请求内容无法读取。"),
    (exceptions.ValidationError, "invalid", "填写的内容有误，请看各栏说明。"),
    (RequestDataTooBig, "body_too_large", "请求内容过大。"),
)
STATUSES: Mapping[type[Exception], int] = {
    exceptions.NotAuthenticated: 401,  # the framework makes it 403 when there are only sessions
    exceptions.AuthenticationFailed: 401,
    Http404: 404,
    PermissionDenied: 403,
    RequestDataTooBig: 413,
}


def problem(*, status: int, code: str, detail: str, **facts: Any) -> dict[str, Any]:
    """The body of a problem answer."""
    own = {"type": f"urn:yikatong:{code}", "status": status, "code": code, "detail": detail}
    return {name: value for name, value in facts.items() if name not in own} | own


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer for whatever a view raised; None (a crash) for what we did not foresee."""
    hidden = scope.undo()
    body = _problem_of(error, hidden=hidden)
    if body is None:
        return None
    if isinstance(error, Refusal):
        error.aftermath()
    context["request"].accepted_renderer = JSONRenderer()  # whatever the view writes else
    response = Response(body, status=body["status"], content_type=CONTENT_TYPE)
    if "wait" in body:
        response["Retry-After"] = str(body["wait"])
    if body["status"] == 401:
        response["WWW-Authenticate"] = "Session"
    if isinstance(error, exceptions.MethodNotAllowed):
        response["Allow"] = ", ".join(context["view"].allowed_methods)
    return response


def _problem_of(error: Exception, *, hidden: bool) -> dict[str, Any] | None:
    if isinstance(error, Refusal):
        status = getattr(error, "status", REFUSED)
        return problem(status=status, code=error.code, detail=error.detail, **_plain(error.facts))
    if isinstance(error, OperationalError | InterfaceError):
        return _away(error)
    if isinstance(error, ObjectDoesNotExist) and hidden:
        log.error("a call looked for what it may not see", exc_info=error)
        return problem(status=404, code="not_found", detail="没有找到。")
    if _beyond_scope(error):
        log.error("a call wrote beyond its scope", exc_info=error)
        return problem(
            status=404,
            code="out_of_scope",
            detail="没有，或不属于您的机构、大厅、村或险种，未办理。",
        )
    if isinstance(error, exceptions.PermissionDenied) and "CSRF" in str(error.detail):
        return problem(status=403, code="csrf_failed", detail="页面已失效，请刷新后重试。")
    for kind, code, sentence in SENTENCES:
        if isinstance(error, kind):
            status = STATUSES.get(kind) or getattr(error, "status_code", None) or 400
            found = error.detail if isinstance(error, exceptions.ValidationError) else None
            facts = {"errors": found} if found else {}
            return problem(status=status, code=code, detail=sentence, **facts)
    return None


def database_away(error: Exception) -> JsonResponse:
    """The database went away after the view had done."""
    return JsonResponse(_away(error), status=503, content_type=CONTENT_TYPE)


def not_found(request: HttpRequest, exception: Exception) -> JsonResponse:
    """Django's 404 outside the API's views."""
    body = problem(status=404, code="not_found", detail="没有这个地址。")
    return JsonResponse(body, status=404, content_type=CONTENT_TYPE)


def bad_request(request: HttpRequest, exception: Exception) -> JsonResponse:
    """Django's 400: a forged host name, a broken header."""
    body = problem(status=400, code="bad_request", detail="请求无效。")
    return JsonResponse(body, status=400, content_type=CONTENT_TYPE)


def not_permitted(request: HttpRequest, exception: Exception) -> JsonResponse:
    """Django's 403 outside the API's views."""
    body = problem(status=403, code="not_permitted", detail="不允许此操作。")
    return JsonResponse(body, status=403, content_type=CONTENT_TYPE)


def crashed(request: HttpRequest) -> JsonResponse:
    """Django's 500: nothing of the error goes out."""
    body = problem(status=500, code="internal_error", detail="系统出错，已记录，请联系管理员。")
    return JsonResponse(body, status=500, content_type=CONTENT_TYPE)


def _beyond_scope(error: Exception) -> bool:
    """Whether a policy said no to a row; a right that was never given is our mistake."""
    cause = error.__cause__
    return (
        isinstance(error, ProgrammingError)
        and isinstance(cause, InsufficientPrivilege)
        and cause.diag.source_function == BY_POLICY
    )


def _away(error: Exception) -> dict[str, Any]:
    log.error("the database does not answer", exc_info=error)
    return problem(status=503, code="database_away", detail="数据库暂时不可用，请稍后再试。")


def _plain(facts: Mapping[str, object]) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(facts, default=str, ensure_ascii=False))
    return plain
