from django.contrib.auth.views import LogoutView
from django.urls import path

from accounts import people, views
from accounts.settings import settings_page

app_name = "accounts"
urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-up/", views.SignUp.as_view(), name="sign-up"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("settings/", settings_page, name="settings"),
    path("people/", people.people, name="people"),
    path("people/<int:pk>/role/", people.change_role, name="change-role"),
    path("people/<int:pk>/access/", people.change_access, name="change-access"),
]
