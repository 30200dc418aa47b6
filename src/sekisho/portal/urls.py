"""The addresses of the portal. They are the shortest ones, because frightened people type them."""

from __future__ import annotations

from django.urls import path

from . import views

app_name = "portal"
urlpatterns = [
    path("", views.first_page, name="incidents"),
    path("incidents/<str:number>", views.incident, name="incident"),
    path("proposals/<int:proposal_id>/answer", views.answer, name="answer"),
]
