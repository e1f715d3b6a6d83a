from django.urls import path

from shop import orders, views

app_name = "shop"
urlpatterns = [
    path("cart/", views.cart, name="cart"),
    path("cart/<int:pk>/", views.change_cart, name="change-cart"),
    path("checkout/", views.checkout, name="checkout"),
    path("orders/", orders.OrderList.as_view(), name="orders"),
    path("orders/<int:pk>/", orders.order, name="order"),
    path("orders/<int:pk>/status/", orders.change_status, name="change-status"),
    path("orders/<int:pk>/cancel/", orders.cancel, name="cancel"),
]
