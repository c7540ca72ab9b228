"""Routes of exports."""

from django.urls import path

from backend.exports import api

urlpatterns = [
    path("exports/", api.ExportList.as_view(), name="export-list"),
    path("exports/<int:pk>/fetch", api.ExportFile.as_view(), name="export-fetch"),
]
