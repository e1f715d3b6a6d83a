"""In place of the plain list and page of the records."""

from django.urls import path

from shop import catalogue

urlpatterns = [
    path("", catalogue.Catalogue.as_view()),
    path("<int:pk>/", catalogue.ProductPage.as_view()),
]
