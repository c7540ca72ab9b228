"""Bank statements and 余额调节表 over the API (对账单、余额调节表). Amounts in yuan."""

from typing import Any, cast

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.models import Staff
from backend.access.unlocking import Unlocking, unlocked
from backend.kernel.months import Month
from backend.privacy.classes import FieldClass
from backend.privacy.masks import masked
from backend.web.fields import FenField
from backend.web.idempotency import idempotent
from backend.web.laid_down import laid_down as laid_in_folder
from backend.web.parsers import Upload
from payments import balance_signing
from payments.balance_table import BANK, BOOK, Laid, laid_down
from payments.banks.statement import BANKS
from payments.hold_statements import LineState, hold_against_books, states
from payments.ledger.models import Book
from payments.statement_models import BankStatement, OwnAccount, StatementLine
from payments.take_statement import take_statement

MONTH = OpenApiParameter("month", str, required=True, description="2026-11")


class OwnAccountRow(serializers.ModelSerializer[OwnAccount]):
    """A bank account beside a book, and its last day where it has ended."""

    last_day = serializers.DateField(source="end.last_day", default=None, allow_null=True)

    class Meta:
        model = OwnAccount
        fields = (
            *("id", "book", "code", "bank", "number", "case_id", "recorded_by", "recorded_at"),
            "last_day",
        )


class OwnAccounts(generics.ListAPIView[OwnAccount]):
    """The agency's own bank accounts; two persons register and end them, by cases."""

    queryset = OwnAccount.objects.select_related("end")
    serializer_class = OwnAccountRow
    filterset_fields = ("book", "code", "bank")


class StatementRow(serializers.ModelSerializer[BankStatement]):
    """A statement, taken in or refused with line and reason."""

    opening = FenField(source="opening_fen", read_only=True, allow_null=True)
    closing = FenField(source="closing_fen", read_only=True, allow_null=True)

    class Meta:
        model = BankStatement
        fields = (
            *("id", "bank", "name", "size", "sha256", "accepted", "account", "number"),
            *("start_date", "end_date", "opening", "closing", "line_count"),
            *("code", "line", "detail", "received_by", "received_at"),
        )


class StatementUpload(serializers.Serializer[Any]):
    """A statement handed in by a member of staff."""

    bank = serializers.ChoiceField(choices=BANKS)
    file = serializers.FileField(allow_empty_file=True)


class Statements(generics.ListAPIView[BankStatement]):
    """Statements, newest first. POST takes one in; the same bytes again answer as before."""

    queryset = BankStatement.objects.all()
    serializer_class = StatementRow
    parser_classes = (Upload,)
    filterset_fields = ("bank", "accepted", "account")

    @extend_schema(request=StatementUpload, responses={201: StatementRow})
    def post(self, request: Request) -> Response:
        """Take the file in, whole or not at all."""
        given = StatementUpload(data=request.data)
        given.is_valid(raise_exception=True)
        upload = given.validated_data["file"]
        with laid_in_folder(parts={"statement": upload}) as folder:
            row = take_statement(
                bank=given.validated_data["bank"],
                path=folder / "statement",
                name=upload.name or "",
                received_by=cast(Staff, request.user).person_id,
            )
        return Response(StatementRow(row).data, status=201 if row.accepted else 422)


class StatementLineRow(serializers.ModelSerializer[StatementLine]):
    """A movement as the bank says it, and where it stands; above zero: money came."""

    amount = FenField(source="fen", read_only=True)
    balance = FenField(source="balance_fen", read_only=True)
    counter_account = serializers.SerializerMethodField()
    counter_name = serializers.SerializerMethodField()
    state = serializers.SerializerMethodField()
    state_label = serializers.SerializerMethodField()

    class Meta:
        model = StatementLine
        fields = (
            *("id", "statement", "seq", "day", "amount", "balance", "bank_ref", "our_ref"),
            *("counter_account", "counter_name", "summary", "state", "state_label"),
        )

    def get_counter_account(self, row: StatementLine) -> str:
        """The other's number, masked."""
        return masked(FieldClass.ACCOUNT, row.counter_account) if row.counter_account else ""

    def get_counter_name(self, row: StatementLine) -> str:
        """The other's name, masked."""
        return masked(FieldClass.NAME, row.counter_name) if row.counter_name else ""

    @extend_schema_field(serializers.ChoiceField(choices=LineState.choices))
    def get_state(self, row: StatementLine) -> str:
        """Where it stands."""
        return self._state(row).value

    def get_state_label(self, row: StatementLine) -> str:
        """The same in words."""
        return str(self._state(row).label)

    def _state(self, row: StatementLine) -> LineState:
        of: dict[int, LineState] = self.context["states"]
        return of[row.pk]


class StatementLines(generics.ListAPIView[StatementLine]):
    """The lines of a statement, each in one state."""

    queryset = StatementLine.objects.all()
    serializer_class = StatementLineRow

    def get_queryset(self) -> QuerySet[StatementLine]:
        """In the order of the bank."""
        return super().get_queryset().filter(statement=self.kwargs["pk"])

    def get_serializer_context(self) -> dict[str, Any]:
        """With the states of the account's lines."""
        rows = BankStatement.objects.select_related("account")
        account = generics.get_object_or_404(rows, pk=self.kwargs["pk"]).account
        known = states(book_id=account.book_id, code=account.code) if account else {}
        return {**super().get_serializer_context(), "states": known}


class StatementHeldRow(serializers.Serializer[Any]):
    """What a bank held on the last day."""

    bank = serializers.CharField()
    account_no = serializers.CharField()
    amount = FenField(source="fen")


class OpenRow(serializers.Serializer[Any]):
    """Money that one side knows; above zero: it came."""

    side = serializers.ChoiceField(choices=(BANK, BOOK))
    day = serializers.DateField()
    amount = FenField(source="fen")
    text = serializers.CharField()
    where = serializers.CharField()


class Kinds(serializers.Serializer[Any]):
    """The four kinds of 未达账项, as sums."""

    bank_received = FenField()
    bank_paid = FenField()
    book_received = FenField()
    book_paid = FenField()


class TableFields(serializers.Serializer[Any]):
    """A 余额调节表 as it stands now, with the digest to be signed, and who has signed it."""

    book = serializers.IntegerField(source="book_id")
    code = serializers.CharField()
    name = serializers.CharField()
    month = serializers.CharField()
    book_balance = FenField(source="book_fen")
    bank_balance = FenField(source="bank_fen")
    kinds = Kinds(source="*")
    book_adjusted = FenField(source="book_adjusted_fen")
    bank_adjusted = FenField(source="bank_adjusted_fen")
    rest = FenField(source="rest_fen")
    held = StatementHeldRow(many=True)
    open = OpenRow(many=True)
    digest = serializers.CharField()
    table = serializers.IntegerField(allow_null=True)
    signed = serializers.ListField(child=serializers.CharField())


class TableOne(APIView):
    """The 银行存款余额调节表 of a book's deposits at the end of a month."""

    @extend_schema(responses=TableFields, parameters=[MONTH])
    def get(self, request: Request, pk: int, code: str) -> Response:
        """From ledger and statements, as they stand."""
        return Response(_shown(*_asked(request, pk), code=code))

    @extend_schema(request=None, responses=TableFields, parameters=[MONTH])
    @idempotent
    def post(self, request: Request, pk: int, code: str) -> Response:
        """Hold lines and vouchers against each other once more, then show it."""
        book, month = _asked(request, pk)
        hold_against_books(book_id=book.pk, code=code)
        return Response(_shown(book, month, code=code))


class MakeRequest(Unlocking):
    """Laying a table down, with password and one-time code."""

    digest = serializers.RegexField(r"^[0-9a-f]{64}$")
    reason = serializers.CharField(max_length=200, allow_blank=True, default="")
    owner = serializers.IntegerField(
        allow_null=True, default=None, help_text="差额责任人（账号编号）"
    )


class CheckRequest(Unlocking):
    """Reviewing a table, with password and one-time code."""

    digest = serializers.RegexField(r"^[0-9a-f]{64}$")


class MakeTable(APIView):
    """Lay down the table that was shown (编制)."""

    @extend_schema(request=MakeRequest, responses=TableFields, parameters=[MONTH])
    @idempotent
    def post(self, request: Request, pk: int, code: str) -> Response:
        """Sign it with the caller's own key."""
        book, month = _asked(request, pk)
        given = MakeRequest(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        owner = data["owner"]
        balance_signing.make(
            book=book,
            code=code,
            month=month,
            digest=data["digest"],
            reason=data["reason"],
            owner=generics.get_object_or_404(Staff, pk=owner) if owner is not None else None,
            key=unlocked(request, data),
            now=timezone.now(),
        )
        return Response(_shown(book, month, code=code))


class CheckTable(APIView):
    """Review the table that was laid down (复核)."""

    @extend_schema(request=CheckRequest, responses=TableFields, parameters=[MONTH])
    @idempotent
    def post(self, request: Request, pk: int, code: str) -> Response:
        """Sign it with the caller's own key; another person than who laid it down."""
        book, month = _asked(request, pk)
        given = CheckRequest(data=request.data)
        given.is_valid(raise_exception=True)
        balance_signing.check(
            book=book,
            code=code,
            month=month,
            digest=given.validated_data["digest"],
            key=unlocked(request, given.validated_data),
            now=timezone.now(),
        )
        return Response(_shown(book, month, code=code))


def _asked(request: Request, pk: int) -> tuple[Book, Month]:
    kept = Book.objects.filter(account__isnull=False).distinct()  # not those of who is helped
    book = generics.get_object_or_404(kept.select_related("agency"), pk=pk)
    return book, Month.parse(request.query_params.get("month"))


def _shown(book: Book, month: Month, *, code: str) -> Any:
    laid: Laid = laid_down(book=book, code=code, month=month)
    table = balance_signing.table_of(book=book, code=code, month=month, digest=laid.digest)
    kinds = {
        "bank_received": laid.sum_of(BANK, came=True),
        "bank_paid": laid.sum_of(BANK, came=False),
        "book_received": laid.sum_of(BOOK, came=True),
        "book_paid": laid.sum_of(BOOK, came=False),
    }
    told = {
        **vars(laid),
        **kinds,
        "bank_fen": laid.bank_fen,
        "book_adjusted_fen": laid.book_adjusted_fen,
        "bank_adjusted_fen": laid.bank_adjusted_fen,
        "rest_fen": laid.rest_fen,
        "digest": laid.digest,
        "table": table.pk if table else None,
        "signed": sorted(balance_signing.signatures(table)) if table else [],
    }
    told["month"] = str(laid.month)
    return TableFields(told).data
