"""Routes of supervision."""

from django.urls import path

from backend.supervision import sensitive_api

urlpatterns = [
    path(
        "supervision/sensitive-changes/",
        sensitive_api.SensitiveChangeList.as_view(),
        name="sensitive-change-list",
    ),
]
