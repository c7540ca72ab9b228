"""Routes of people."""

from django.urls import path

from backend.people import api

urlpatterns = [
    path("persons/", api.PersonList.as_view(), name="person-list"),
    path("persons/double-changes/", api.DoubleChangeList.as_view(), name="person-double-changes"),
    path("persons/<int:pk>/", api.PersonOne.as_view(), name="person-one"),
    path("organisations/", api.OrganisationList.as_view(), name="organisation-list"),
    path("staff/", api.StaffList.as_view(), name="staff-list"),
]
