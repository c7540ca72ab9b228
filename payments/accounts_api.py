"""Payees' accounts over the API (收款账户): look, propose, import corrections."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.unlocking import Unlocking, proven_with
from backend.cases.models import Case, CaseState
from backend.people.models import Party
from backend.privacy.classes import FieldClass
from backend.privacy.masks import masked
from backend.web.etag import IF_MATCH, require_match, tagged
from backend.web.idempotency import idempotent
from backend.web.parsers import SmallUpload
from backend.web.scope import whole_city
from payments import accounts
from payments.account_changes import KIND
from payments.banks.profile import BANKS
from payments.models import AccountBlock, PayeeAccount


class AccountRow(serializers.ModelSerializer[PayeeAccount]):
    """An account in time, number and holder masked."""

    account_no = serializers.SerializerMethodField()
    holder_name = serializers.SerializerMethodField()
    from_date = serializers.DateField(source="valid.lower")
    to_date = serializers.DateField(source="valid.upper", allow_null=True)
    blocked = serializers.BooleanField()

    class Meta:
        model = PayeeAccount
        fields = (
            "id",
            "payee",
            "bank",
            "account_no",
            "holder_name",
            "from_date",
            "to_date",
            "recorded_at",
            "case_id",
            "blocked",
        )

    def get_account_no(self, row: PayeeAccount) -> str:
        """9900***********0017."""
        return masked(FieldClass.ACCOUNT, row.account_no)

    def get_holder_name(self, row: PayeeAccount) -> str:
        """王*英."""
        return masked(FieldClass.NAME, row.holder_name)


class AccountList(generics.ListAPIView[PayeeAccount]):
    """Accounts as known now, newest first; filters: payee, bank."""

    serializer_class = AccountRow
    filterset_fields = ("payee", "bank")

    def get_queryset(self) -> QuerySet[PayeeAccount]:
        """Leave out what was superseded."""
        return _current()


class OpenChange(serializers.ModelSerializer[Case]):
    """A change of account that waits for its second person."""

    class Meta:
        model = Case
        fields = ("id", "received_by", "received_at")


class PayeeFields(serializers.Serializer[Any]):
    """Where a payee's money goes, and what others have proposed already."""

    payee = serializers.IntegerField()
    accounts = AccountRow(many=True)
    open_changes = OpenChange(many=True)


class AccountsOfPayee(APIView):
    """What a clerk sees before proposing another account of a payee."""

    @extend_schema(responses=PayeeFields)
    def get(self, request: Request, pk: int) -> Response:
        """Show it with its tag."""
        return tagged(_payee(generics.get_object_or_404(Party, pk=pk).pk))


class AccountProposal(Unlocking):
    """The account to which a payee's money shall go from a day on."""

    payee = serializers.PrimaryKeyRelatedField(queryset=Party.objects.all())
    bank = serializers.ChoiceField(choices=BANKS)
    account_no = serializers.CharField(max_length=32)
    holder_name = serializers.CharField(max_length=150)
    from_date = serializers.DateField()
    evidence = serializers.CharField(max_length=200)


class CaseMade(serializers.Serializer[Any]):
    """The case that waits for a second person."""

    case_id = serializers.IntegerField()
    digest = serializers.CharField()


class ProposeAccount(APIView):
    """Propose a payee's account; another person decides."""

    @extend_schema(parameters=[IF_MATCH], request=AccountProposal, responses={201: CaseMade})
    @idempotent
    def post(self, request: Request) -> Response:
        """Receive the change as a case, unless somebody changed or proposed one since."""
        given = AccountProposal(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        staff = proven_with(request, {name: data.pop(name) for name in ("password", "code")})
        payee = data.pop("payee")
        require_match(request=request, of=f"payee/{payee.pk}", read=lambda: _payee(payee.pk))
        with whole_city():  # what waits for another agency's decision, too
            case = accounts.propose(
                staff=staff,
                payee_id=payee.pk,
                **data,
                today=timezone.localdate(),
            )
        return Response(CaseMade({"case_id": case.pk, "digest": case.digest}).data, status=201)


class CorrectionsUpload(Unlocking):
    """A correction file from a service window."""

    file = serializers.FileField(allow_empty_file=True)


class ImportedFields(serializers.Serializer[Any]):
    """The cases of all rows, and how many of them are new."""

    case_ids = serializers.ListField(child=serializers.IntegerField())
    new = serializers.IntegerField()


class ImportCorrections(APIView):
    """Take a correction file in, whole or not at all; the same file again changes nothing."""

    parser_classes = (SmallUpload,)

    @extend_schema(request=CorrectionsUpload, responses=ImportedFields)
    def post(self, request: Request) -> Response:
        """Receive one case for each row."""
        given = CorrectionsUpload(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        staff = proven_with(request, data)
        with whole_city():  # an account is its holder's, whichever agency paid to it
            imported = accounts.receive_corrections(
                content=data["file"].read(),
                received_by=staff,
                today=timezone.localdate(),
            )
        return Response(ImportedFields(imported).data)


def _current() -> QuerySet[PayeeAccount]:
    block = AccountBlock.objects.filter(account=OuterRef("pk"))
    return PayeeAccount.objects.filter(superseded_at__isnull=True).annotate(blocked=Exists(block))


def _payee(payee_id: int) -> dict[str, Any]:
    waiting = Case.objects.filter(
        kind=KIND, party=payee_id, state__in=(CaseState.RECEIVED, CaseState.REVIEWED)
    )
    facts = {
        "payee": payee_id,
        "accounts": _current().filter(payee=payee_id).order_by("pk"),
        "open_changes": waiting.order_by("pk"),
    }
    with whole_city():  # that another agency waits for a change of it, too
        return dict(PayeeFields(facts).data)
