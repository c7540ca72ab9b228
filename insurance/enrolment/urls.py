"""Routes of enrolment; benefits mount what adds months or takes them away, for they know
who draws a pension and what rests on months."""

from django.urls import path

from insurance.enrolment import api, filings_api, roster_api, wages_api, worklist_api

urlpatterns = [
    path("enrolments/", api.EnrolmentList.as_view(), name="enrolment-list"),
    path("enrolments/<int:pk>/", api.EnrolmentOne.as_view(), name="enrolment-one"),
    path("wages/", api.WageList.as_view(), name="wage-list"),
    path(
        "persons/<int:pk>/enrolment-certificate/",
        api.CertificateOne.as_view(),
        name="enrolment-certificate",
    ),
    path("roll-entries/", worklist_api.RollList.as_view(), name="roll-entry-list"),
    path("support-groups/", worklist_api.SupportGroupList.as_view(), name="support-group-list"),
    path("retired-statuses/", worklist_api.RetiredStatusList.as_view(), name="retired-status-list"),
    path(
        "enrolment-duplicates/",
        worklist_api.DuplicateList.as_view(),
        name="enrolment-duplicate-list",
    ),
    path("wage-declarations/", wages_api.WageDeclarations.as_view(), name="wage-declarations"),
    path("employers/<int:pk>/roster/", roster_api.EmployerRoster.as_view(), name="employer-roster"),
    path("employer-filings/", filings_api.FilingList.as_view(), name="employer-filing-list"),
    path("employer-filings/wages", filings_api.WageFiling.as_view(), name="employer-filing-wages"),
    path("employer-filings/<int:pk>/", filings_api.FilingOne.as_view(), name="employer-filing-one"),
    path(
        "employer-filings/<int:pk>/decline",
        filings_api.DeclineFiling.as_view(),
        name="employer-filing-decline",
    ),
    path("employers/<int:pk>/history/", worklist_api.EmployerOne.as_view(), name="employer-one"),
]
