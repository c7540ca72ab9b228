"""Who retires soon, and what is still missing, over the API (退休预审); persons are masked."""

from typing import Any, cast

from django.core import signing
from django.http import Http404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from backend.access.models import Staff
from backend.kernel.months import Month, MonthRange
from backend.people import queries as people
from backend.people.models import Person
from backend.privacy.classes import FieldClass
from backend.privacy.masks import masked
from backend.web.asked import number
from backend.web.paging import PAGED, CursorInvalid, page_size_of
from insurance.pension.check_sheet_of import check_sheet_of
from insurance.pension.pre_retirement import Position, Upcoming, preview_window, upcoming

SALT = "insurance.pension.pre_retirement"
FILTERS = [
    OpenApiParameter("payer", OpenApiTypes.INT, description="只列该单位现在的职工"),
    OpenApiParameter(
        "district", OpenApiTypes.STR, description="只列（最后）参保地在该处的人，如 340802"
    ),
    OpenApiParameter(
        "from_month",
        OpenApiTypes.STR,
        description="退休年月起；不写为3个月后，写以前的列出到龄后仍在缴费的",
    ),
    OpenApiParameter("last_month", OpenApiTypes.STR, description="退休年月止；不写为6个月后"),
    *PAGED,
]


class UpcomingRow(serializers.Serializer[Any]):
    """Somebody who retires soon, or might. No number, masked or not: the month tells that of birth,
    and with it and the check digit the rest is soon found."""

    person = serializers.IntegerField(source="person_id")
    person_name = serializers.SerializerMethodField()
    payer = serializers.IntegerField(source="payer_id", allow_null=True)
    payer_name = serializers.SerializerMethodField()
    district = serializers.CharField()
    retirement_month = serializers.CharField(source="month")
    categories = serializers.ListField(child=serializers.CharField())
    insured = serializers.BooleanField(help_text="现在参保；否则为断缴、失业的，参保地是最后一次的")
    recognised = serializers.BooleanField()
    special_work = serializers.BooleanField(help_text="按特殊工种的年龄列出，年数够不够由审批核对")
    approved = serializers.BooleanField()
    missing = serializers.ListField(child=serializers.CharField())

    def get_person_name(self, row: Upcoming) -> str:
        """胡*胜."""
        return masked(FieldClass.NAME, self.context["sights"][row.person_id].name)

    def get_payer_name(self, row: Upcoming) -> str:
        """Employers are public."""
        return self.context["sights"][row.payer_id].name if row.payer_id else ""


class UpcomingPage(serializers.Serializer[Any]):
    """A page of the list."""

    next = serializers.CharField(allow_null=True)
    results = UpcomingRow(many=True)


class PreRetirementList(APIView):
    """Who retires three to six months from now, the earliest first."""

    @extend_schema(parameters=FILTERS, responses=UpcomingPage)
    def get(self, request: Request) -> Response:
        """Give a page."""
        today, region = timezone.localdate(), cast(Staff, request.user).agency.region
        size = page_size_of(request)
        rows = upcoming(
            window=_window(request, preview_window(month=Month.of(today), region=region)),
            on=today,
            most=size + 1,
            payer_id=number(request, "payer"),
            district=request.query_params.get("district"),
            after=_position(request),
        )
        page = rows[:size]
        ids = {row.person_id for row in page} | {row.payer_id for row in page if row.payer_id}
        context = {"sights": people.sights(party_ids=ids, on=today)}
        return Response(
            {
                "next": _link(request, page[-1]) if len(rows) > size else None,
                "results": UpcomingRow(page, many=True, context=context).data,
            }
        )


class CheckItemRow(serializers.Serializer[Any]):
    """One line of the check sheet."""

    code = serializers.CharField()
    item_label = serializers.CharField(source="label")
    look = serializers.CharField(source="look.name")
    look_label = serializers.CharField(source="look.value")
    detail = serializers.CharField()


class CheckSheetOne(APIView):
    """What is there and what is missing before a person retires."""

    @extend_schema(responses=CheckItemRow(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """Go through it."""
        person = Person.objects.filter(pk=people.canonical_id(party_id=pk)).first()
        if person is None:
            raise Http404
        region = cast(Staff, request.user).agency.region
        items = check_sheet_of(person=person, region=region, now=timezone.now())
        return Response(CheckItemRow(items, many=True).data)


def _window(request: Request, usual: MonthRange) -> MonthRange:
    """The months asked for, or the usual ones.

    Raises:
        MonthInvalid, RangeInvalid.
    """
    first, last = (request.query_params.get(name) for name in ("from_month", "last_month"))
    return MonthRange(
        Month.parse(first) if first else usual.start,
        Month.parse(last).next if last else usual.end,
    )


def _position(request: Request) -> Position | None:
    """Take back what a link carried.

    Raises:
        CursorInvalid.
    """
    signed = request.query_params.get("cursor")
    if signed is None:
        return None
    try:
        month, person_id = signing.loads(signed, salt=SALT)
    except signing.BadSignature as error:
        raise CursorInvalid("分页位置无效，请从第一页重新查询。") from error
    return Position(Month.parse(month), int(person_id))


def _link(request: Request, last: Upcoming) -> str:
    signed = signing.dumps([str(last.month), last.person_id], salt=SALT)
    link: str = replace_query_param(request.build_absolute_uri(), "cursor", signed)
    return link
