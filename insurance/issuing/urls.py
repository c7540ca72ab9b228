"""Routes of issued papers."""

from django.urls import path

from insurance.issuing import api, case_api

urlpatterns = [
    path("papers/", api.IssuedPaperList.as_view(), name="paper-list"),
    path("objections/<int:pk>/answer.pdf", api.ObjectionAnswer.as_view(), name="objection-answer"),
    path(
        "papers/<int:pk>/delivery.pdf", case_api.DeliveryRecordOf.as_view(), name="delivery-record"
    ),
    path("papers/<int:pk>/deliver", case_api.DeliverPaper.as_view(), name="paper-deliver"),
    path("deliveries/", case_api.DeliveryList.as_view(), name="delivery-list"),
    path("cases/<int:pk>/receipt.pdf", case_api.CaseReceipt.as_view(), name="case-receipt"),
    path(
        "cases/<int:pk>/correction.pdf",
        case_api.CaseCorrectionNotice.as_view(),
        name="case-correction-notice",
    ),
    path("cases/<int:pk>/declined.pdf", case_api.CaseDeclined.as_view(), name="case-declined"),
    path("cases/<int:pk>/decision.pdf", case_api.CaseDecision.as_view(), name="case-decision"),
    path("cases/<int:pk>/close", case_api.CloseCase.as_view(), name="case-close"),
    path("cases/<int:pk>/stages/", case_api.CaseStages.as_view(), name="case-stages"),
    path("notices/<int:pk>/letter.pdf", api.NoticeLetter.as_view(), name="notice-letter"),
    path("persons/<int:pk>/report.pdf", api.PersonReportPaper.as_view(), name="person-report"),
    path("public/papers/<str:number>/<str:check>", api.PaperCheck.as_view(), name="paper-check"),
]
