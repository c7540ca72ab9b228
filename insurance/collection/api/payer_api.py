"""Gaps of a person, arrears and deregistration of an employer (断缴、欠费、单位注销接口)."""

from datetime import date
from typing import Any, cast

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.models import Staff
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.people.employers import require_employer
from backend.people.models import Organisation, Person
from backend.people.queries import canonical_id, family_of
from backend.web.etag import IF_MATCH, require_match, tagged
from backend.web.fields import FenField
from backend.web.idempotency import idempotent
from backend.web.scope import whole_city
from insurance.collection.cases.chosen_base import choose_base
from insurance.collection.debts.arrears import owed_by_month
from insurance.collection.debts.deregistration import deregister_employer
from insurance.collection.debts.gap_queries import deferred_fen, gaps_of
from insurance.enrolment.api import WAGE, WageRow, sights_of
from insurance.enrolment.deregister import EVIDENCE_MAX
from insurance.enrolment.models import Wage
from insurance.enrolment.worklist_api import DeregistrationRow


class GapFields(serializers.Serializer[Any]):
    """A month that a person did not pay in full, and until when it still may."""

    scheme = serializers.CharField()
    month = serializers.CharField(source="gap.month")
    amount = FenField(source="gap.fen")
    pay_by = serializers.DateField(source="gap.pay_by")
    state = serializers.CharField(source="gap.state.name")
    state_label = serializers.CharField(source="gap.state.value")


class GapsOfPerson(APIView):
    """What somebody who pays of his own will left open."""

    @extend_schema(responses=GapFields(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """List the gaps by scheme and month."""
        if not Person.objects.filter(pk=pk).exists():
            raise Http404
        found = gaps_of(person_id=canonical_id(party_id=pk), today=timezone.localdate())
        rows = [{"scheme": scheme, "gap": gap} for scheme in sorted(found) for gap in found[scheme]]
        return Response(GapFields(rows, many=True).data)


class ChosenBaseFields(serializers.Serializer[Any]):
    """From which month on somebody who pays alone pays on which base."""

    month = serializers.RegexField(r"^[0-9]{4}-[0-9]{2}$")
    base = serializers.RegexField(WAGE)


class BasesFields(serializers.Serializer[Any]):
    """On which bases somebody pays alone, as declared now."""

    person = serializers.IntegerField()
    wages = WageRow(many=True)


class ChosenBase(APIView):
    """A flexible worker chooses a base between floor and ceiling."""

    @extend_schema(responses=BasesFields)
    def get(self, request: Request, pk: int) -> Response:
        """Show the bases as they are declared now, with their tag."""
        return tagged(_bases(generics.get_object_or_404(Person, pk=pk).pk))

    @extend_schema(parameters=[IF_MATCH], request=ChosenBaseFields, responses=WageRow)
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        """Give the wage that holds from then on."""
        given = ChosenBaseFields(data=request.data)
        given.is_valid(raise_exception=True)
        if not Person.objects.filter(pk=pk).exists():
            raise Http404
        require_match(request=request, of=f"bases/{pk}", read=lambda: _bases(pk))
        wage = choose_base(
            person_id=pk,
            from_month=Month.parse(given.validated_data["month"]),
            base_fen=Money.yuan(given.validated_data["base"]).fen,
            today=timezone.localdate(),
            by=cast(Staff, request.user),
        )
        return Response(WageRow(wage, context=sights_of([wage])).data)


class OwedFields(serializers.Serializer[Any]):
    """What of a scheme's month, or of its late fees, is open, and why it is arrears or not yet."""

    scheme = serializers.CharField()
    month = serializers.CharField()
    late_fee = serializers.BooleanField()
    billed = FenField(source="billed_fen")
    matched = FenField(source="matched_fen")
    deferred = FenField(source="deferred_fen")
    not_yet_due = FenField(source="not_yet_due_fen")
    arrears = FenField(source="arrears_fen")


class ArrearsFields(serializers.Serializer[Any]):
    """What an employer owes overdue, late fees with it, and what it may pay later."""

    payer = serializers.IntegerField()
    on = serializers.DateField()
    arrears = FenField(source="arrears_fen")
    deferred = FenField(source="deferred_fen")
    months = OwedFields(many=True)


class ArrearsOfEmployer(APIView):
    """An employer's arrears of today."""

    @extend_schema(responses=ArrearsFields)
    def get(self, request: Request, pk: int) -> Response:
        """Sum them up; of another employer an agent is told nothing."""
        require_employer(request=request, pk=pk)
        today: date = timezone.localdate()
        payer = canonical_id(party_id=pk)
        months = owed_by_month(payer_id=payer, today=today)
        facts = {
            "payer": payer,
            "on": today,
            "arrears_fen": sum(one.arrears_fen for one in months),
            "months": months,
            "deferred_fen": deferred_fen(payer_id=payer, today=today),
        }
        return Response(ArrearsFields(facts).data)


class DeregisterFields(serializers.Serializer[Any]):
    """From which month on an employer is no more, and by which paper."""

    month = serializers.RegexField(r"^[0-9]{4}-[0-9]{2}$")
    evidence = serializers.CharField(max_length=EVIDENCE_MAX)


class DeregisterEmployer(APIView):
    """Deregister an employer that owes nothing and insures nobody."""

    @extend_schema(request=DeregisterFields, responses={201: DeregistrationRow})
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        """Give the deregistration; arrears or insured people forbid it."""
        given = DeregisterFields(data=request.data)
        given.is_valid(raise_exception=True)
        if not Organisation.objects.filter(pk=pk).exists():
            raise Http404
        with whole_city():  # nothing of it may be open, in any scheme
            row = deregister_employer(
                payer_id=pk,
                from_month=Month.parse(given.validated_data["month"]),
                evidence=given.validated_data["evidence"],
                today=timezone.localdate(),
                by=cast(Staff, request.user),
            )
        return Response(DeregistrationRow(row).data, status=201)


def _bases(person_id: int) -> dict[str, Any]:
    declared = Wage.objects.filter(
        person__in=family_of(party_id=person_id), payer=None, superseded_at__isnull=True
    )
    rows = list(declared.order_by("pk"))
    shown = BasesFields({"person": person_id, "wages": rows}, context=sights_of(rows))
    return dict(shown.data)
