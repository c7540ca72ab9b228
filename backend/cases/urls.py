"""Routes of cases."""

from django.urls import path

from backend.cases import api, objection_api

urlpatterns = [
    path("cases/", api.CaseList.as_view(), name="case-list"),
    path("cases/receive", api.ReceiveCase.as_view(), name="case-receive"),
    path("cases/decide", api.DecideCases.as_view(), name="case-decide"),
    path("cases/<int:pk>/", api.CaseOne.as_view(), name="case-one"),
    path("cases/<int:pk>/review", api.ReviewCase.as_view(), name="case-review"),
    path("case-kinds/", api.KindList.as_view(), name="case-kinds"),
    path("objections/", objection_api.ObjectionList.as_view(), name="objection-list"),
    path("objections/assign", objection_api.AssignObjections.as_view(), name="objection-assign"),
    path("approvals/", api.ApprovalList.as_view(), name="approval-list"),
]
