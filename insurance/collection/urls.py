"""Routes of collection."""

from django.urls import path

from insurance.collection.api import bills_api as api
from insurance.collection.api import (
    money_api,
    payer_api,
    refund_api,
    statement_api,
    tax_api,
    undeclared_api,
    worklist_api,
)

urlpatterns = [
    path("tax-files/", tax_api.TaxFileList.as_view(), name="tax-files"),
    path("bills/", api.BillList.as_view(), name="bill-list"),
    path("bills/<int:pk>/", api.BillOne.as_view(), name="bill-one"),
    path("bills/<int:pk>/lines/", api.LinesOfBill.as_view(), name="bill-lines"),
    path("bill-lines/", api.LineList.as_view(), name="bill-line-list"),
    path("bill-keys/<int:pk>/", api.KeyOne.as_view(), name="bill-key-one"),
    path("bill-runs/", api.RunList.as_view(), name="bill-run-list"),
    path("bill-runs/<int:pk>/", api.RunOne.as_view(), name="bill-run-one"),
    path("not-billed/", worklist_api.NotBilledList.as_view(), name="not-billed-list"),
    path("undeclared-employers/", undeclared_api.UndeclaredList.as_view(), name="undeclared-list"),
    path("fixed-amounts/", undeclared_api.FixedAmountList.as_view(), name="fixed-amount-list"),
    path("receipts/", money_api.ReceiptList.as_view(), name="receipt-list"),
    path("matches/", money_api.MatchList.as_view(), name="match-list"),
    path("suspense/", money_api.SuspenseList.as_view(), name="suspense-list"),
    path(
        "treasury-refunds/",
        refund_api.TreasuryRefundList.as_view(),
        name="treasury-refund-list",
    ),
    path("refund-answers/", refund_api.RefundAnswerList.as_view(), name="refund-answer-list"),
    path("refund-advances/", refund_api.RefundAdvanceList.as_view(), name="refund-advance-list"),
    path("suspense/assign", worklist_api.AssignSuspense.as_view(), name="suspense-assign"),
    path(
        "contribution-findings/",
        tax_api.FindingList.as_view(),
        name="contribution-finding-list",
    ),
    path(
        "contribution-findings/assign",
        worklist_api.AssignFindings.as_view(),
        name="contribution-finding-assign",
    ),
    path(
        "personal-accounts/<int:person_id>/<str:scheme>/statements/<int:year>",
        statement_api.StatementOne.as_view(),
        name="statement-one",
    ),
    path("persons/<int:pk>/chosen-base", payer_api.ChosenBase.as_view(), name="chosen-base"),
    path("persons/<int:pk>/gaps/", payer_api.GapsOfPerson.as_view(), name="person-gaps"),
    path(
        "employers/<int:pk>/arrears/",
        payer_api.ArrearsOfEmployer.as_view(),
        name="employer-arrears",
    ),
    path(
        "employers/<int:pk>/deregister",
        payer_api.DeregisterEmployer.as_view(),
        name="employer-deregister",
    ),
]
