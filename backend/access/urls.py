"""Routes of access."""

from django.urls import path

from backend.access import api

urlpatterns = [
    path("staff/csrf", api.Csrf.as_view(), name="staff-csrf"),
    path("staff/login", api.Login.as_view(), name="staff-login"),
    path("staff/logout", api.Logout.as_view(), name="staff-logout"),
    path("staff/me", api.Me.as_view(), name="staff-me"),
    path("staff/password", api.ChangePassword.as_view(), name="staff-password"),
    path("agencies/", api.AgencyList.as_view(), name="agency-list"),
    path("halls/", api.HallList.as_view(), name="hall-list"),
]
