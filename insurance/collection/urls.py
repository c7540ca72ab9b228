"""Routes of collection."""

from django.urls import path

from insurance.collection import tax_api

urlpatterns = [
    path("tax-files/", tax_api.TaxFileList.as_view(), name="tax-files"),
    path(
        "contribution-findings/",
        tax_api.FindingList.as_view(),
        name="contribution-finding-list",
    ),
]
