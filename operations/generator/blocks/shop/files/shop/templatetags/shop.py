"""Money, and how full the cart is."""

from decimal import Decimal

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.utils.formats import number_format

from shop.cart import Cart

register = template.Library()


@register.filter
def money(amount: Decimal | None) -> str:
    """ "$1,299.00"."""
    if amount is None:
        return ""
    return f"{settings.SHOP_CURRENCY}{number_format(amount, 2, use_l10n=True, force_grouping=True)}"


@register.simple_tag
def cart_of(request: HttpRequest) -> Cart:
    return Cart(request)
