"""The paper of somebody who goes over to the other scheme, over the API (制度衔接)."""

from typing import cast

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request

from backend.access.models import Staff
from backend.cases.models import Case
from insurance.issuing.api import PDF, pdf_answer
from insurance.pension.print_switch import print_switch


class SwitchSheetPdf(generics.GenericAPIView[Case]):
    """Print the sheet of somebody who went over to the other scheme."""

    queryset = Case.objects.select_related("agency")

    @extend_schema(responses=PDF)
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Give the PDF; it is in the register then."""
        return pdf_answer(print_switch(case=self.get_object(), by=cast(Staff, request.user)))
