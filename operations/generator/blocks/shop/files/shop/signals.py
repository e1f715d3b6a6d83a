"""A visitor's cart goes along when she signs in."""

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from shop.cart import KEY, Cart, from_session


@receiver(user_logged_in)
def take_cart_along(request: HttpRequest, user: Any, **kwargs: Any) -> None:
    collected = from_session(request) if hasattr(request, "session") else {}
    if collected:
        request.user = user
        Cart(request).take_in(collected)
        del request.session[KEY]
