"""Routes of people."""

from django.urls import path

from backend.people import api, citizen_api, contacts_api, looks_api, recusals_api, staff_api

urlpatterns = [
    path("persons/", api.PersonList.as_view(), name="person-list"),
    path("persons/double-changes/", api.DoubleChangeList.as_view(), name="person-double-changes"),
    path("persons/looks/", looks_api.LooksAtPerson.as_view(), name="person-looks"),
    path("persons/<int:pk>/", api.PersonOne.as_view(), name="person-one"),
    path("citizen-sessions/", citizen_api.OpenSession.as_view(), name="citizen-session-open"),
    path("citizen-sessions/end", citizen_api.EndSession.as_view(), name="citizen-session-end"),
    path("recusals/", recusals_api.RecusalList.as_view(), name="recusal-list"),
    path(
        "recusals/<int:pk>/confirm", recusals_api.ConfirmRecusal.as_view(), name="recusal-confirm"
    ),
    path("recusals/<int:pk>/end", recusals_api.EndRecusal.as_view(), name="recusal-end"),
    path("contacts/", contacts_api.ContactList.as_view(), name="contact-list"),
    path("organisations/", api.OrganisationList.as_view(), name="organisation-list"),
    path("villages/", api.VillageList.as_view(), name="village-list"),
    path("staff/", staff_api.StaffList.as_view(), name="staff-list"),
    path("staff/<int:pk>/", staff_api.StaffOne.as_view(), name="staff-one"),
    path("staff/<int:pk>/roles/", staff_api.AskRole.as_view(), name="staff-roles"),
    path(
        "staff/<int:pk>/roles/asked/<int:asked>/confirm",
        staff_api.ConfirmRole.as_view(),
        name="staff-role-confirm",
    ),
    path(
        "staff/<int:pk>/roles/asked/<int:asked>/withdraw",
        staff_api.WithdrawRole.as_view(),
        name="staff-role-withdraw",
    ),
    path(
        "staff/<int:pk>/roles/<int:role>/end",
        staff_api.EndRole.as_view(),
        name="staff-role-end",
    ),
    path(
        "staff/<int:pk>/roles/<int:role>/end-at-once",
        staff_api.EndRoleAtOnce.as_view(),
        name="staff-role-end-at-once",
    ),
    path("staff/<int:pk>/reset", staff_api.ResetStaff.as_view(), name="staff-reset"),
    path(
        "staff/<int:pk>/reset/confirm",
        staff_api.ConfirmReset.as_view(),
        name="staff-reset-confirm",
    ),
    path(
        "staff/<int:pk>/deactivate",
        staff_api.DeactivateStaff.as_view(),
        name="staff-deactivate",
    ),
]
