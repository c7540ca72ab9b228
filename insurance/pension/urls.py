"""Routes of pensions."""

from django.urls import path

from insurance.pension import api

urlpatterns = [
    path("pension/archive-facts/", api.ArchiveFactsList.as_view(), name="archive-facts-list"),
    path(
        "pension/approvals/",
        api.RetirementApprovalList.as_view(),
        name="retirement-approval-list",
    ),
]
