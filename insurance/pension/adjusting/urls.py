"""Routes of adjustments."""

from django.urls import path

from insurance.pension.adjusting import api

urlpatterns = [
    path("pension/adjustments/", api.AdjustmentRunList.as_view(), name="adjustment-run-list"),
    path("pension/adjustments/rows/", api.AdjustmentRowList.as_view(), name="adjustment-row-list"),
    path(
        "pension/adjustments/<int:run_id>/<int:entitlement_id>/sheet.pdf",
        api.AdjustmentSheetPdf.as_view(),
        name="adjustment-sheet",
    ),
    path(
        "pension/adjustments/of/<int:person_id>/<int:year>/",
        api.AdjustmentsOfPerson.as_view(),
        name="adjustments-of-person",
    ),
]
