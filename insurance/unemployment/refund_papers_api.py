"""Papers about refunds to employers over the API (稳岗返还文书)."""

from typing import cast

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request

from backend.access.models import Staff
from backend.cases.models import Case
from insurance.issuing.api import PDF, pdf_answer
from insurance.unemployment.models import RefundEntry
from insurance.unemployment.print_refund import (
    print_list_answer,
    print_no_refund,
    print_refund_paid,
)


class RefundPaidPdf(generics.GenericAPIView[RefundEntry]):
    """Print to an employer what it gets back and how that comes about."""

    queryset = RefundEntry.objects.select_related("list", "corrects")

    @extend_schema(responses=PDF)
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Give the PDF; it is in the register then."""
        by = cast(Staff, request.user)
        return pdf_answer(print_refund_paid(entry=self.get_object(), by=by))


class RefundRefusalPdf(generics.GenericAPIView[RefundEntry]):
    """Print to an employer why it gets nothing."""

    queryset = RefundEntry.objects.select_related("list")

    @extend_schema(responses=PDF)
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Give the PDF; it is in the register then."""
        by = cast(Staff, request.user)
        return pdf_answer(print_no_refund(entry=self.get_object(), by=by))


class ListAnswerPdf(generics.GenericAPIView[Case]):
    """Print the answer to an objection to the published list."""

    queryset = Case.objects.select_related("agency")

    @extend_schema(responses=PDF)
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Give the PDF; it is in the register then."""
        by = cast(Staff, request.user)
        return pdf_answer(print_list_answer(case=self.get_object(), by=by))
