from django.urls import path

from games import views

app_name = "games"
urlpatterns = [
    path("", views.Choose.as_view(), name="choose"),
    path("<slug:slug>/", views.Play.as_view(), name="play"),
]
