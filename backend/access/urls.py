"""Routes of access."""

from django.urls import path

from backend.access import api, public_keys_api, terminal_api

urlpatterns = [
    path("staff/csrf", api.Csrf.as_view(), name="staff-csrf"),
    path("staff/login", api.Login.as_view(), name="staff-login"),
    path("staff/logout", api.Logout.as_view(), name="staff-logout"),
    path("staff/me", api.Me.as_view(), name="staff-me"),
    path("staff/password", api.ChangePassword.as_view(), name="staff-password"),
    path("public/keys", public_keys_api.PublicKeyList.as_view(), name="public-keys"),
    path("terminals/", terminal_api.TerminalList.as_view(), name="terminal-list"),
    path("terminals/codes", terminal_api.IssueCode.as_view(), name="terminal-codes"),
    path("terminals/enrol", terminal_api.Enrol.as_view(), name="terminal-enrol"),
    path("terminals/heartbeat", terminal_api.Heartbeat.as_view(), name="terminal-heartbeat"),
    path("terminals/<int:pk>/revoke", terminal_api.Revoke.as_view(), name="terminal-revoke"),
    path("roles/", api.RoleList.as_view(), name="role-list"),
    path("agencies/", api.AgencyList.as_view(), name="agency-list"),
    path("halls/", api.HallList.as_view(), name="hall-list"),
]
