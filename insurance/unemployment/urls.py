"""Routes of unemployment insurance; the trial of a claim is named where archives are known."""

from django.urls import path

from insurance.benefits.effective_month_api import EventMonth
from insurance.unemployment import (
    amount_api,
    api,
    contributions_api,
    refund_api,
    refund_papers_api,
)
from insurance.unemployment.assess import StopEvent
from insurance.unemployment.overdue_api import OverdueNoticePdf, OverdueReports
from insurance.unemployment.stop_case import STOP_MONTH

urlpatterns = [
    path("unemployment/job-ends/", api.JobEndList.as_view(), name="job-end-list"),
    path(
        "unemployment/registrations/",
        api.RegistrationList.as_view(),
        name="unemployment-registration-list",
    ),
    path(
        "unemployment/registrations/<int:pk>/end",
        api.EndRegistration.as_view(),
        name="unemployment-registration-end",
    ),
    path(
        "unemployment/event-month",
        EventMonth.as_view(key=STOP_MONTH, labels={event.name: event.label for event in StopEvent}),
        name="unemployment-event-month",
    ),
    path("unemployment/overdue-reports/", OverdueReports.as_view(), name="overdue-report-list"),
    path(
        "unemployment/overdue-reports/<int:pk>/notice.pdf",
        OverdueNoticePdf.as_view(),
        name="overdue-report-notice",
    ),
    path("unemployment/claims/", api.ClaimList.as_view(), name="unemployment-claim-list"),
    path("unemployment/claims/<int:pk>/", api.ClaimOne.as_view(), name="unemployment-claim-one"),
    path(
        "unemployment/claims/<int:pk>/sheet.pdf",
        api.ClaimSheet.as_view(),
        name="unemployment-claim-sheet",
    ),
    path(
        "unemployment/amount-changes/",
        amount_api.AmountChangeList.as_view(),
        name="unemployment-amount-change-list",
    ),
    path(
        "unemployment/amount-changes/<int:pk>/claims/<int:claim_id>/notice.pdf",
        amount_api.AmountNotice.as_view(),
        name="unemployment-amount-notice",
    ),
    path(
        "unemployment/contribution-lists/",
        contributions_api.FundListList.as_view(),
        name="unemployment-contribution-list-list",
    ),
    path(
        "unemployment/contribution-lines/",
        contributions_api.FundLineList.as_view(),
        name="unemployment-contribution-line-list",
    ),
    path(
        "unemployment/contribution-payments/",
        contributions_api.FundPaymentList.as_view(),
        name="unemployment-contribution-payment-list",
    ),
    path(
        "unemployment/refund-lists/",
        refund_api.RefundListList.as_view(),
        name="refund-list-list",
    ),
    path(
        "unemployment/refund-entries/",
        refund_api.RefundEntryList.as_view(),
        name="refund-entry-list",
    ),
    path(
        "unemployment/refund-entries/<int:pk>/decision.pdf",
        refund_papers_api.RefundPaidPdf.as_view(),
        name="refund-decision",
    ),
    path(
        "unemployment/refund-entries/<int:pk>/refusal.pdf",
        refund_papers_api.RefundRefusalPdf.as_view(),
        name="refund-refusal",
    ),
    path(
        "cases/<int:pk>/refund-answer.pdf",
        refund_papers_api.ListAnswerPdf.as_view(),
        name="refund-answer",
    ),
    path(
        "public/stability-refunds/<str:agency>/<int:year>",
        refund_api.PublicNotice.as_view(),
        name="refund-notice",
    ),
]
