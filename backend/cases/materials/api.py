"""Materials over the API (材料): listed with their case, handed in, read for a purpose."""

from typing import Any, cast

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.models import Staff
from backend.cases.materials.hand_in import TITLE_MAX, content_of, hand_in
from backend.cases.materials.models import Material, MaterialForm
from backend.cases.models import Case
from backend.cases.seen import seen_in
from backend.people.look import disclosed, seen_by
from backend.uploads.document import FILE_BYTES_MAX
from backend.web.idempotency import idempotent
from backend.web.laid_down import laid_down
from backend.web.parsers import Upload

OVERHEAD = 64 * 1024  # of a form around a file
BYTES = "application/octet-stream"  # what it is, the row says: no browser is to open it by itself
PURPOSE = OpenApiParameter(
    "purpose", OpenApiTypes.STR, required=True, description="调阅用途；须留痕"
)


class MaterialUpload(Upload):
    """A scan, as large as one may be."""

    bytes_max = FILE_BYTES_MAX + OVERHEAD


class MaterialRow(serializers.ModelSerializer[Material]):
    """What was handed in: its name, form and type, by whom it was taken, what replaced it."""

    form_label = serializers.CharField(source="get_form_display")
    replaced_by = serializers.SerializerMethodField()

    class Meta:
        model = Material
        fields = (
            *("id", "case", "title", "form", "form_label", "content_type", "pages", "size"),
            *("sha256", "replaces", "replaced_by", "received_by", "received_at"),
        )

    def get_replaced_by(self, row: Material) -> int | None:
        """The material that counts instead."""
        after: Material | None = getattr(row, "replaced_by", None)
        return after.pk if after else None


class MaterialFields(serializers.Serializer[Any]):
    """A scan and what it is of."""

    title = serializers.CharField(max_length=TITLE_MAX)
    form = serializers.ChoiceField(choices=MaterialForm.choices)
    replaces = serializers.IntegerField(min_value=1, required=False, default=None)
    file = serializers.FileField(allow_empty_file=True)


class CaseMaterials(generics.ListAPIView[Material]):
    """Materials of a case, the newest first; what was replaced too."""

    queryset = Material.objects.select_related("replaced_by")
    serializer_class = MaterialRow
    parser_classes = (MaterialUpload,)

    def get_queryset(self) -> QuerySet[Material]:
        """Those of the case."""
        if getattr(self, "swagger_fake_view", False):
            return super().get_queryset().none()
        return super().get_queryset().filter(case=self.kwargs["pk"])

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give a page; the look at whoever stands in the case is written down."""
        case = get_object_or_404(Case, pk=self.kwargs["pk"])
        seen_by(request=request, party_ids=seen_in(case))
        return super().get(request, *args, **kwargs)

    @extend_schema(request=MaterialFields, responses={201: MaterialRow})
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        """Keep a scan with the case."""
        given = MaterialFields(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        with laid_down(parts={"scan": data.pop("file")}) as folder:
            material = hand_in(
                case_id=pk, path=folder / "scan", staff=cast(Staff, request.user), **data
            )
        return Response(MaterialRow(material).data, status=201)


class MaterialFile(APIView):
    """The scan itself."""

    @extend_schema(
        parameters=[PURPOSE],
        responses={(200, BYTES): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Give the bytes; the look is written down."""
        material = get_object_or_404(Material.objects.select_related("case"), pk=pk)
        disclosed(request=request, party_ids=seen_in(material.case))
        suffix = material.content_type.rpartition("/")[2]
        return HttpResponse(
            content_of(material=material),
            content_type=BYTES,
            headers={
                "Content-Disposition": f'attachment; filename="material-{material.pk}.{suffix}"',
                "Content-Security-Policy": "sandbox; default-src 'none'",
                "Cache-Control": "no-store",
            },
        )
