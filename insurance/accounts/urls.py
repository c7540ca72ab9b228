"""Routes of personal accounts; collection mounts the statement, for it knows what was paid."""

from django.urls import path

from insurance.accounts import api, transfers_api

urlpatterns = [
    path("personal-accounts/", api.AccountsOfPerson.as_view(), name="personal-accounts"),
    path("personal-accounts/entries/", api.AccountEntryList.as_view(), name="account-entry-list"),
    path(
        "personal-accounts/entries/<int:pk>/",
        api.AccountEntryOne.as_view(),
        name="account-entry-one",
    ),
    path("interest-runs/", api.InterestRunList.as_view(), name="interest-run-list"),
    path("cases/<int:pk>/account-sheet.pdf", api.LeavingSheetPdf.as_view(), name="account-sheet"),
    path(
        "cases/<int:pk>/transfer-sheet.pdf",
        transfers_api.TransferSheetPdf.as_view(),
        name="transfer-sheet",
    ),
    path("account-outgoing/", api.OutgoingList.as_view(), name="outgoing-list"),
    path("account-outgoing/<int:pk>/", api.OutgoingOne.as_view(), name="outgoing-one"),
    path("account-refunds-owed/", api.OwedRefundList.as_view(), name="owed-refund-list"),
    path("transfers/", transfers_api.TransferList.as_view(), name="transfer-list"),
    path("transfers/<int:pk>/steps/", transfers_api.TransferSteps.as_view(), name="transfer-steps"),
]
