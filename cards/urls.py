"""Routes of cards."""

from django.urls import path

from cards import api, register_api

urlpatterns = [
    path("cards/", register_api.CardList.as_view(), name="card-list"),
    path("cards/<int:pk>/loss", register_api.ReportLoss.as_view(), name="card-loss"),
    path("card-sessions/", api.OpenByCard.as_view(), name="card-session-open"),
    path("card-sessions/challenge", api.AskCard.as_view(), name="card-session-challenge"),
]
