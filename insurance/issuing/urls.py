"""Routes of issued papers."""

from django.urls import path

from insurance.issuing import api

urlpatterns = [
    path("papers/", api.IssuedPaperList.as_view(), name="paper-list"),
    path("objections/<int:pk>/answer.pdf", api.ObjectionAnswer.as_view(), name="objection-answer"),
    path("public/papers/<str:number>/<str:check>", api.PaperCheck.as_view(), name="paper-check"),
]
