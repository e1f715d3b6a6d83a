from django.urls import path

from pricing import views

app_name = "pricing"
urlpatterns = [path("", views.PricingPage.as_view(), name="page")]
