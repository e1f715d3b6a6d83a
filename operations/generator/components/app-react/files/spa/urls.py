from django.urls import path

from spa import session, views

urlpatterns = [
    path("app/<path:path>", views.index),
    path("api/session/", session.SessionView.as_view()),
    path("api/session/accounts/", session.AccountsView.as_view()),
]
