"""Routes of cases."""

from django.urls import path

from backend.cases import api, delegations_api, expired_api, filing_api, objection_api, terms_api
from backend.cases.agents import api as agents
from backend.cases.archive import api as archive
from backend.cases.materials import api as materials

urlpatterns = [
    path("cases/", api.CaseList.as_view(), name="case-list"),
    path("cases/receive", api.ReceiveCase.as_view(), name="case-receive"),
    path("cases/decide", api.DecideCases.as_view(), name="case-decide"),
    path("cases/<int:pk>/", api.CaseOne.as_view(), name="case-one"),
    path("cases/<int:pk>/review", api.ReviewCase.as_view(), name="case-review"),
    path("cases/file", filing_api.FileCase.as_view(), name="case-file"),
    path("cases/<int:pk>/correction", filing_api.AskCorrection.as_view(), name="case-correction"),
    path("cases/<int:pk>/corrected", filing_api.AnswerCorrection.as_view(), name="case-corrected"),
    path("cases/<int:pk>/accept", filing_api.AcceptCase.as_view(), name="case-accept"),
    path("cases/<int:pk>/decline", filing_api.DeclineCase.as_view(), name="case-decline"),
    path("cases/<int:pk>/materials/", materials.CaseMaterials.as_view(), name="case-materials"),
    path("materials/<int:pk>/file", materials.MaterialFile.as_view(), name="material-file"),
    path("mandates/", agents.MandateList.as_view(), name="mandate-list"),
    path("mandates/<int:pk>/end", agents.EndMandate.as_view(), name="mandate-end"),
    path("archive/categories/", archive.CategoryList.as_view(), name="archive-categories"),
    path("archive/volumes/", archive.VolumeList.as_view(), name="archive-volumes"),
    path("archive/cases/", archive.ArchivedList.as_view(), name="archive-cases"),
    path("archive/loans/", archive.LoanList.as_view(), name="archive-loans"),
    path("archive/loans/<int:pk>/return", archive.ReturnLoan.as_view(), name="archive-return"),
    path("case-corrections/", expired_api.CorrectionList.as_view(), name="case-correction-list"),
    path("case-terms/", terms_api.TermList.as_view(), name="case-term-list"),
    path("case-terms/assign", terms_api.AssignTerms.as_view(), name="case-term-assign"),
    path("case-kinds/", api.KindList.as_view(), name="case-kinds"),
    path("objections/", objection_api.ObjectionList.as_view(), name="objection-list"),
    path("objections/assign", objection_api.AssignObjections.as_view(), name="objection-assign"),
    path("delegations/", delegations_api.DelegationList.as_view(), name="delegation-list"),
    path(
        "delegations/<int:pk>/confirm",
        delegations_api.ConfirmDelegation.as_view(),
        name="delegation-confirm",
    ),
    path(
        "delegations/<int:pk>/revoke",
        delegations_api.RevokeDelegation.as_view(),
        name="delegation-revoke",
    ),
    path("approvals/", api.ApprovalList.as_view(), name="approval-list"),
]
