"""Routes of pensions."""

from django.urls import path

from insurance.pension import api

urlpatterns = [
    path("pension/archive-facts/", api.ArchiveFactsList.as_view(), name="archive-facts-list"),
]
