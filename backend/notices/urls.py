"""Routes of notices."""

from django.urls import path

from backend.notices import api

urlpatterns = [
    path("notices/", api.NoticeList.as_view(), name="notice-list"),
    path("notices/<int:pk>/steps", api.TakeStep.as_view(), name="notice-step"),
    path("notices/call-backs", api.ImportAnswers.as_view(), name="notice-call-backs"),
]
