"""Routes of pensions."""

from django.urls import path

from insurance.pension import api, one_off_api, pre_retirement_api, switch_api, to_pension_api
from insurance.pension.interim_of_batch import BatchInterim

urlpatterns = [
    path("pension/archive-facts/", api.ArchiveFactsList.as_view(), name="archive-facts-list"),
    path(
        "pension/approvals/",
        api.RetirementApprovalList.as_view(),
        name="retirement-approval-list",
    ),
    path(
        "pension/approvals/<int:pk>/sheet.pdf",
        api.ApprovalSheetPdf.as_view(),
        name="retirement-approval-sheet",
    ),
    path(
        "pension/allowances-to-pension/",
        to_pension_api.AllowanceToPensionList.as_view(),
        name="allowance-to-pension-list",
    ),
    path(
        "pension/one-off-payments/",
        one_off_api.OneOffPaymentList.as_view(),
        name="one-off-payment-list",
    ),
    path(
        "pension/pre-retirements/",
        pre_retirement_api.PreRetirementList.as_view(),
        name="pre-retirement-list",
    ),
    path(
        "persons/<int:pk>/retirement-check/",
        pre_retirement_api.CheckSheetOne.as_view(),
        name="retirement-check",
    ),
    path("batches/<int:pk>/interim/", BatchInterim.as_view(), name="batch-interim"),
    path("pension/awards/", api.AwardList.as_view(), name="award-list"),
    path("pension/awards/paid-since/", api.PaidSinceList.as_view(), name="award-paid-since-list"),
    path("pension/recalculations/", api.RecalculationList.as_view(), name="recalculation-list"),
    path("pension/awards/<int:pk>/", api.AwardOne.as_view(), name="award-one"),
    path("pension/awards/<int:pk>/sheet.pdf", api.AwardSheet.as_view(), name="award-sheet"),
    path(
        "cases/<int:pk>/switch-sheet.pdf",
        switch_api.SwitchSheetPdf.as_view(),
        name="switch-sheet",
    ),
    path("pension/awards/trial/<int:pk>/", api.AwardTrial.as_view(), name="award-trial"),
]
