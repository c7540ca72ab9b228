"""The books over the API (账套、凭证、账表、结账、备查簿). Amounts in yuan, debit positive."""

from collections.abc import Sequence
from typing import Any, ClassVar, TypeVar, cast

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
from backend.web.fields import FenField
from backend.web.idempotency import idempotent
from payments.ledger import balances
from payments.ledger.close import Blocker, close_months, in_the_way, preview
from payments.ledger.models import Account, Book, Entry, LedgerMonth, MemoEntry, Posting
from payments.ledger.voucher import hands_of

Row = TypeVar("Row", Entry, LedgerMonth)
MONTH = OpenApiParameter("month", str, required=True, description="2026-11")
IN_MONTH = OpenApiParameter("month", str, description="只列该月的，如 2026-11")


class BookRow(serializers.ModelSerializer[Book]):
    """A set of books."""

    class Meta:
        model = Book
        fields = ("id", "agency", "scheme", "pool_region", "name")


class BookList(generics.ListAPIView[Book]):
    """The books of the agency and of those that it helps."""

    queryset = Book.objects.all()
    serializer_class = BookRow


class BalanceRow(serializers.Serializer[Any]):
    """An account in a month."""

    code = serializers.CharField()
    name = serializers.CharField()
    side = serializers.CharField()
    standing = serializers.CharField()
    opening = FenField(source="opening_fen")
    debit = FenField(source="dr_fen")
    credit = FenField(source="cr_fen")
    closing = FenField(source="closing_fen")


class Balances(APIView):
    """The trial balance of a book in a month (科目余额表)."""

    @extend_schema(responses=BalanceRow(many=True), parameters=[MONTH])
    def get(self, request: Request, pk: int) -> Response:
        """Every account of the book."""
        kept = Book.objects.filter(account__isnull=False).distinct()  # not those of who is helped
        book = generics.get_object_or_404(kept, pk=pk)
        rows = balances.trial_balance(book_id=book.id, month=_month(request).first_day)
        return Response(BalanceRow(rows, many=True).data)


class MonthTotalRow(serializers.Serializer[Any]):
    """A month of an account."""

    month = serializers.DateField(format="%Y-%m")
    year_end = serializers.BooleanField()
    debit = FenField(source="dr_fen")
    credit = FenField(source="cr_fen")
    closing = FenField(source="closing_fen")


class GeneralLedger(APIView):
    """The months of an account (总账)."""

    @extend_schema(responses=MonthTotalRow(many=True))
    def get(self, request: Request, pk: int, code: str) -> Response:
        """Every month of the book, also those in which it did not move."""
        account = generics.get_object_or_404(Account, book=pk, code=code)
        rows = balances.general_ledger(book_id=pk, code=account.code)
        return Response(MonthTotalRow(rows, many=True).data)


class MovementRow(serializers.Serializer[Any]):
    """A line of an account with the running balance."""

    entry = serializers.IntegerField(source="entry_id")
    business_date = serializers.DateField()
    month = serializers.DateField(format="%Y-%m")
    year_end = serializers.BooleanField()
    voucher_no = serializers.IntegerField()
    summary = serializers.CharField()
    debit = FenField(source="dr_fen")
    credit = FenField(source="cr_fen")
    balance = FenField(source="balance_fen")


class DetailedLedger(APIView):
    """The lines of an account in a month, by voucher (明细账)."""

    @extend_schema(responses=MovementRow(many=True), parameters=[MONTH])
    def get(self, request: Request, pk: int, code: str) -> Response:
        """With the balance after each."""
        account = generics.get_object_or_404(Account, book=pk, code=code)
        rows = balances.detailed_ledger(book_id=pk, code=account.code, month=_month(request))
        return Response(MovementRow(rows, many=True).data)


class DayBook(APIView):
    """The lines of a money account in a month, day by day (存款日记账)."""

    @extend_schema(responses=MovementRow(many=True), parameters=[MONTH])
    def get(self, request: Request, pk: int, code: str) -> Response:
        """With the balance after each."""
        account = generics.get_object_or_404(Account, book=pk, code=code)
        month = _month(request)
        rows = balances.day_book(
            book_id=pk, code=account.code, start=month.first_day, end=month.next.first_day
        )
        return Response(MovementRow(rows, many=True).data)


class PostingRow(serializers.ModelSerializer[Posting]):
    """A line of a voucher."""

    account = serializers.CharField(source="account.code")
    name = serializers.CharField(source="account.name")
    debit = FenField(source="dr_fen")
    credit = FenField(source="cr_fen")

    class Meta:
        model = Posting
        fields = ("account", "name", "debit", "credit")


class EntryRow(serializers.ModelSerializer[Entry]):
    """A voucher with its lines."""

    month = serializers.DateField(format="%Y-%m")
    year_end = serializers.BooleanField(read_only=True)
    postings = PostingRow(source="posting_set", many=True, read_only=True)

    class Meta:
        model = Entry
        fields: tuple[str, ...] = (
            "id",
            "book",
            "month",
            "year_end",
            "voucher_no",
            "rule",
            "source",
            "source_id",
            "summary",
            "attachments",
            "red",
            "reverses",
            "business_date",
            "posted_at",
            "posted_by",
            "postings",
        )


class EntryList(generics.ListAPIView[Entry]):
    """Vouchers, newest first; filters: book, month, rule."""

    queryset = Entry.objects.prefetch_related("posting_set__account")
    serializer_class = EntryRow
    filterset_fields = ("book", "rule")

    def get_queryset(self) -> QuerySet[Entry]:
        """Those of the month that is asked for."""
        return _of_month(super().get_queryset(), self.request)

    @extend_schema(parameters=[IN_MONTH])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List them."""
        return super().get(request, *args, **kwargs)


class HandRow(serializers.Serializer[Any]):
    """Who (None: the system), and on which day (None: not yet)."""

    person = serializers.IntegerField(source="person_id", allow_null=True)
    on = serializers.DateField(allow_null=True)


class HandsRow(serializers.Serializer[Any]):
    """The four who stand for a voucher (制单、复核、记账、主管)."""

    made = HandRow()
    checked = HandRow()
    posted = HandRow()
    headed = HandRow()


class VoucherRow(EntryRow):
    """A voucher with its lines and the four who stand for it."""

    hands = serializers.SerializerMethodField()

    class Meta(EntryRow.Meta):
        fields = (*EntryRow.Meta.fields, "hands")

    @extend_schema_field(HandsRow)
    def get_hands(self, entry: Entry) -> Any:
        """Read from what they signed."""
        return HandsRow(hands_of(entry=entry)).data


class EntryOne(generics.RetrieveAPIView[Entry]):
    """A voucher (记账凭证)."""

    queryset = Entry.objects.prefetch_related("posting_set__account")
    serializer_class = VoucherRow


class MonthRow(serializers.ModelSerializer[LedgerMonth]):
    """A month of a book, or the end of a year."""

    month = serializers.DateField(format="%Y-%m")
    year_end = serializers.BooleanField(read_only=True)

    class Meta:
        model = LedgerMonth
        fields = ("id", "book", "month", "year_end", "last_voucher", "closed_at", "closed_by")


class MonthList(generics.ListAPIView[LedgerMonth]):
    """Months of the books; filters: book, month."""

    queryset = LedgerMonth.objects.all()
    serializer_class = MonthRow
    filterset_fields = ("book",)

    def get_queryset(self) -> QuerySet[LedgerMonth]:
        """Those of the month that is asked for."""
        return _of_month(super().get_queryset(), self.request)

    @extend_schema(parameters=[IN_MONTH])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List them."""
        return super().get(request, *args, **kwargs)


class ClosingRow(serializers.Serializer[Any]):
    """A month as it stands, with the digest to be signed at its close."""

    id = serializers.IntegerField(source="month_id")
    month = serializers.DateField(format="%Y-%m")
    year_end = serializers.BooleanField()
    last_voucher = serializers.IntegerField()
    balances = BalanceRow(many=True)
    digest = serializers.CharField()
    in_the_way = serializers.ListField(child=serializers.CharField())


class AskingBlockers(APIView):
    """Who mounts the view says what must be settled before a close: the ledger does not know it."""

    blockers: ClassVar[Sequence[Blocker] | None] = None

    def mounted_blockers(self) -> Sequence[Blocker]:
        """All that are asked."""
        if self.blockers is None:
            raise LookupError(f"{type(self).__name__} is mounted without blockers")
        return self.blockers


class MonthOne(AskingBlockers):
    """What an approver looks at before a month is closed (结账预览)."""

    @extend_schema(responses=ClosingRow)
    def get(self, request: Request, pk: int) -> Response:
        """Balances and digest, and what stands in the way, as the close itself would say it."""
        rows = LedgerMonth.objects.select_related("book")
        row = generics.get_object_or_404(rows, pk=pk)
        blockers = self.mounted_blockers()
        shown = preview(book_id=row.book_id, month=row.month)
        reasons = in_the_way(book=row.book, month=row.month, blockers=blockers)
        told = {**vars(shown), "year_end": row.year_end, "in_the_way": reasons}
        return Response(ClosingRow(told).data)


class ShownMonth(serializers.Serializer[Any]):
    """A month with the digest that the approver saw."""

    id = serializers.IntegerField()
    digest = serializers.RegexField(r"^[0-9a-f]{64}$")


class CloseRequest(Unlocking):
    """Closing one or more months, with password and one-time code."""

    months = ShownMonth(many=True, allow_empty=False)


class CloseMonths(AskingBlockers):
    """Close months: all of them or none."""

    @extend_schema(request=CloseRequest, responses=MonthRow(many=True))
    @idempotent
    def post(self, request: Request) -> Response:
        """Sign the digests shown with the caller's own key, and lock the months."""
        blockers = self.mounted_blockers()
        given = CloseRequest(data=request.data)
        given.is_valid(raise_exception=True)
        data, now = given.validated_data, timezone.now()
        staff = cast(Staff, request.user)
        key = unlocked(request, data)
        digests = {row["id"]: row["digest"] for row in data["months"]}
        close_months(agency=staff.agency, digests=digests, blockers=blockers, key=key, now=now)
        closed = LedgerMonth.objects.filter(pk__in=digests).order_by("pk")
        return Response(MonthRow(closed, many=True).data)


class MemoRow(serializers.ModelSerializer[MemoEntry]):
    """A line of the memo register."""

    amount = FenField(source="fen", read_only=True)

    class Meta:
        model = MemoEntry
        fields = ("id", "book", "kind", "party", "source", "source_id", "amount", "recorded_at")


class MemoList(generics.ListAPIView[MemoEntry]):
    """What is to be recovered (备查簿); filters: book, kind, party."""

    queryset = MemoEntry.objects.all()
    serializer_class = MemoRow
    filterset_fields = ("book", "kind", "party")


def _month(request: Request) -> Month:
    return Month.parse(request.query_params.get("month"))


def _of_month(rows: QuerySet[Row], request: Request) -> QuerySet[Row]:
    """The end of a year is listed with its December."""
    if "month" not in request.GET:
        return rows
    month = _month(request)
    return rows.filter(month__gte=month.first_day, month__lt=month.next.first_day)
