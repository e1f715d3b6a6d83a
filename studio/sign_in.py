"""Coming in and going out: by password, or by a link that works once."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model, login
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView, redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from studio import services
from studio.attempts import WINDOW_SECONDS, Attempts
from studio.core.errors import Conflict

TEMPLATE = "studio/sign_in.html"


class SignInForm(AuthenticationForm):
    """User name or email, and password."""

    error_messages = AuthenticationForm.error_messages | {
        "invalid_login": "That user name or email and that password do not belong together. Check both.",
        "too_many": f"Too many attempts. Wait {WINDOW_SECONDS // 60} minutes, or use a one-time link.",
    }

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data.get("username", "")
        if "@" in given:
            named = get_user_model().objects.filter(email__iexact=given, is_active=True)[:2]
            if len(named) == 1:  # emails are not unique; only an unambiguous one stands for its person
                self.cleaned_data["username"] = named[0].get_username()
        address = self.request.META.get("REMOTE_ADDR", "") if self.request else ""
        attempts = Attempts(name=self.cleaned_data.get("username", ""), address=address)
        if not attempts.take():
            raise ValidationError(self.error_messages["too_many"], code="too_many")
        cleaned = super().clean()
        attempts.forgive()
        return cleaned


class SignIn(LoginView):
    form_class = SignInForm
    template_name = TEMPLATE
    redirect_authenticated_user = True


@never_cache
@require_GET
def sign_in_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Sign in with a one-time link. A browser that merely prefetches does not use it up."""
    if "prefetch" in request.headers.get("Sec-Purpose", ""):
        return HttpResponse(status=503)
    try:
        person = services.use_sign_in_link(token)
    except Conflict as error:
        if request.user.is_authenticated:
            return redirect("home")
        context = {
            "form": SignInForm(request),
            "notice": f"{error.message} On the Studio's machine, “manage.py sign_in_link” prints a new one.",
        }
        return render(request, TEMPLATE, context, status=410)
    login(request, person, backend="django.contrib.auth.backends.ModelBackend")
    return redirect("home")


def admin_sign_in(request: HttpRequest) -> HttpResponse:
    """One door for all: the admin's own form would be a second one. Who is in already may not go there."""
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect_to_login(request.GET.get("next") or reverse("admin:index"))


urlpatterns = [
    path("admin/login/", admin_sign_in),
    path("sign-in/", SignIn.as_view(), name="sign-in"),
    path("sign-in/<str:token>/", sign_in_by_link, name="sign-in-link"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
]
