"""Batches and return files over the API (发放批次、回盘): look, sign, upload."""

from typing import Any, cast

from django.db.models import Count, F, Min, Q, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from backend.access.models import Staff
from backend.access.unlocking import Unlocking, proven_with, unlocked
from backend.privacy.classes import FieldClass
from backend.privacy.masks import masked
from backend.web.fields import FenField
from backend.web.idempotency import idempotent
from backend.web.laid_down import laid_down
from backend.web.parsers import Upload
from backend.web.scope import whole_city
from payments.banks.profile import BANKS, bank_name
from payments.batch_ribbon import passages, place
from payments.models import Attempt, BankFile, Batch, ReturnFile
from payments.opened import require_opened
from payments.reconcile import standings
from payments.returns import receive_return
from payments.signing import STEPS, sign_batches
from payments.stages import Mark, Stage


class PlaceFields(serializers.Serializer[Any]):
    """A stage, and how far it is."""

    stage = serializers.ChoiceField(choices=Stage.choices)
    stage_label = serializers.CharField(source="stage.label")
    mark = serializers.ChoiceField(choices=Mark.choices)
    mark_label = serializers.CharField(source="mark.label")


class PassageFields(PlaceFields):
    """A stage of one batch with who took it, and when."""

    by = serializers.CharField()
    at = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField()


class BatchRow(serializers.ModelSerializer[Batch]):
    """A batch as a list shows it."""

    amount = FenField(source="fen", read_only=True)
    scheme = serializers.CharField(source="book.scheme", read_only=True)
    book_name = serializers.CharField(source="book.name", read_only=True)
    bank_name = serializers.SerializerMethodField()
    kind_label = serializers.CharField(source="get_kind_display", read_only=True)
    state_label = serializers.CharField(source="get_state_display", read_only=True)
    place = serializers.SerializerMethodField()
    period = serializers.DateField(format="%Y-%m", read_only=True)

    class Meta:
        model = Batch
        fields: tuple[str, ...] = (
            "id",
            "no",
            "book",
            "book_name",
            "scheme",
            "bank",
            "bank_name",
            "kind",
            "kind_label",
            "period",
            "pay_date",
            "state",
            "state_label",
            "place",
            "line_count",
            "amount",
            "digest",
            "made_by",
            "checked_by",
            "approved_by",
            "sent_by",
            "sealed_at",
            "sent_at",
            "closed_at",
        )

    def get_bank_name(self, batch: Batch) -> str:
        """What the bank is called."""
        return bank_name(batch.bank)

    @extend_schema_field(PlaceFields)
    def get_place(self, batch: Batch) -> dict[str, Any]:
        """Give the stage at which the batch stands."""
        return dict(PlaceFields(place(batch)).data)


class ListedBatch(BatchRow):
    """A batch in a list, with how many of its lines wait for people."""

    open = serializers.IntegerField(read_only=True)

    class Meta:
        model = Batch
        fields = (*BatchRow.Meta.fields, "open")


class StandingFields(serializers.Serializer[Any]):
    """In file = paid + returned + unknown, in lines and yuan."""

    paid = serializers.IntegerField()
    paid_amount = FenField(source="paid_fen")
    returned = serializers.IntegerField()
    returned_amount = FenField(source="returned_fen")
    unknown = serializers.IntegerField()
    unknown_amount = FenField(source="unknown_fen")


class BankFileFields(serializers.ModelSerializer[BankFile]):
    """The file of a batch."""

    class Meta:
        model = BankFile
        fields = ("serial", "name", "size", "sha256", "committed_at")


class BatchDetail(BatchRow):
    """A batch with its file and where its lines stand."""

    bankfile = BankFileFields(read_only=True, allow_null=True)
    standing = serializers.SerializerMethodField()
    ribbon = serializers.SerializerMethodField()

    class Meta:
        model = Batch
        fields = (*BatchRow.Meta.fields, "bankfile", "standing", "ribbon")

    @extend_schema_field(PassageFields(many=True))
    def get_ribbon(self, batch: Batch) -> list[dict[str, Any]]:
        """The eight stages."""
        return [dict(one) for one in PassageFields(passages(batch=batch), many=True).data]

    @extend_schema(responses=StandingFields)
    def get_standing(self, batch: Batch) -> dict[str, Any]:
        """Count the newest answers; whoever sees the batch may know of all its lines."""
        with whole_city():
            return dict(StandingFields(standings(batch_ids=[batch.id])[batch.id]).data)


class BatchList(generics.ListAPIView[Batch]):
    """All batches, newest first; filters: period (first day), state, kind, bank, book."""

    queryset = Batch.objects.select_related("book").annotate(
        open=Count("discrepancy", filter=Q(discrepancy__closed_at__isnull=True))
    )
    serializer_class = ListedBatch
    filterset_fields = ("period", "state", "kind", "bank", "book")


class BatchOne(generics.RetrieveAPIView[Batch]):
    """One batch."""

    queryset = Batch.objects.select_related("book")
    serializer_class = BatchDetail


class AttemptRow(serializers.ModelSerializer[Attempt]):
    """A line of a batch, names and accounts masked."""

    ref = serializers.SerializerMethodField()
    amount = FenField(source="fen", read_only=True)
    account = serializers.SerializerMethodField()
    holder = serializers.SerializerMethodField()

    class Meta:
        model = Attempt
        fields = ("ref", "payee_id", "amount", "account", "holder")

    def get_ref(self, line: Attempt) -> str:
        """Our reference in the bank's file."""
        return f"{line.due_ref}-{line.n}"

    def get_account(self, line: Attempt) -> str:
        """The account, masked."""
        return masked(FieldClass.ACCOUNT, line.account_no)

    def get_holder(self, line: Attempt) -> str:
        """The holder, masked."""
        return masked(FieldClass.NAME, line.holder_name)


class BatchLines(generics.ListAPIView[Attempt]):
    """The lines of a batch in the order of the file, chunk by chunk: the last page of a chunk
    links to the next. ``chunk`` begins there, ``due_ref`` finds one line.
    """

    queryset = Attempt.objects.none()
    serializer_class = AttemptRow
    page_ordering = ("place",)
    filterset_fields = ("chunk", "due_ref")

    def get_queryset(self) -> Any:
        """Those of the batch in the address; + 0, or all lines ever paid are walked in order."""
        if not getattr(self, "swagger_fake_view", False):
            generics.get_object_or_404(Batch, pk=self.kwargs["batch_id"])
        lines = Attempt.objects.filter(batch_id=self.kwargs["batch_id"])
        return lines.annotate(place=F("due_ref") + 0)

    def filter_queryset(self, queryset: Any) -> Any:
        """Those of one chunk, of the first when none is named."""
        found = super().filter_queryset(queryset)
        asked = self.request.query_params
        if asked.get("chunk") or asked.get("due_ref"):
            return found
        first = _first_chunk(queryset)
        return found.none() if first is None else found.filter(chunk=first)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A page; what follows on the last of a chunk is the next chunk."""
        answer = super().list(request, *args, **kwargs)
        if answer.data["next"] is None and not request.query_params.get("due_ref"):
            lines, asked = self.get_queryset(), request.query_params.get("chunk", "")
            chunk = int(asked) if asked.isdecimal() else _first_chunk(lines) or 0
            following = _first_chunk(lines.filter(chunk__gt=chunk))
            if following is not None:
                here = request.build_absolute_uri(request.path)
                size = request.query_params.get("page_size")
                url = replace_query_param(here, "chunk", following)
                answer.data["next"] = replace_query_param(url, "page_size", size) if size else url
        return answer


def _first_chunk(lines: QuerySet[Attempt]) -> int | None:
    first: int | None = lines.aggregate(first=Min("chunk"))["first"]
    return first


class ShownBatch(serializers.Serializer[Any]):
    """A batch with the digest that the signer saw."""

    id = serializers.IntegerField()
    digest = serializers.RegexField(r"^[0-9a-f]{64}$")


class SignRequest(Unlocking):
    """One signing of one or more batches, with password and one-time code."""

    step = serializers.ChoiceField(choices=tuple(STEPS))
    batches = ShownBatch(many=True, allow_empty=False)


class SignBatches(APIView):
    """Check, approve or send batches: all of them or none."""

    @extend_schema(request=SignRequest, responses={200: BatchRow(many=True)})
    @idempotent
    def post(self, request: Request) -> Response:
        """Sign the digests shown with the caller's own key."""
        given = SignRequest(data=request.data)
        given.is_valid(raise_exception=True)
        data, now = given.validated_data, timezone.now()
        step = STEPS[data["step"]]
        digests = {row["id"]: row["digest"] for row in data["batches"]}
        person = cast(Staff, request.user).person_id
        require_opened(step=step, batch_ids=digests, person_id=person)  # before a code is used
        key = unlocked(request, data)
        batches = sign_batches(
            step=step,
            digests=digests,
            key=key,
            now=now,
        )
        return Response(BatchRow(batches, many=True).data)


class ReturnFileRow(serializers.ModelSerializer[ReturnFile]):
    """A return file, taken in or refused with line and reason."""

    class Meta:
        model = ReturnFile
        fields = (
            "id",
            "bank",
            "name",
            "size",
            "sha256",
            "accepted",
            "batch",
            "part",
            "line_count",
            "code",
            "line",
            "detail",
            "received_by",
            "received_at",
        )


class ReturnUpload(Unlocking):
    """A return file handed in by a member of staff."""

    bank = serializers.ChoiceField(choices=BANKS)
    file = serializers.FileField(allow_empty_file=True)


class ReturnFiles(generics.ListAPIView[ReturnFile]):
    """Return files, newest first. POST takes one in; the same bytes again answer as before."""

    queryset = ReturnFile.objects.all()
    serializer_class = ReturnFileRow
    parser_classes = (Upload,)
    filterset_fields = ("bank", "accepted", "batch")

    @extend_schema(request=ReturnUpload, responses={201: ReturnFileRow})
    def post(self, request: Request) -> Response:
        """Take the file in, whole or not at all."""
        given = ReturnUpload(data=request.data)
        given.is_valid(raise_exception=True)
        upload = given.validated_data["file"]
        staff = proven_with(request, given.validated_data)
        with (
            laid_down(parts={"returned": upload}) as folder,
            whole_city(),  # which batch it answers, the bank says
        ):
            file = receive_return(
                bank=given.validated_data["bank"],
                path=folder / "returned",
                name=upload.name or "",
                received_by=staff.person_id,
            )
        return Response(ReturnFileRow(file).data, status=201 if file.accepted else 422)
