from django.urls import path

from board import views

app_name = "board"
urlpatterns = [
    path("<slug:slug>/", views.Board.as_view(), name="board"),
    path("<slug:slug>/<int:pk>/", views.move, name="move"),
]
