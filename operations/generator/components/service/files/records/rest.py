"""REST for records: pages of results, filters by value, and who made what."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from rest_framework import exceptions, filters, serializers, viewsets
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request

from records.access import visible


class Pages(PageNumberPagination):
    page_size = 25
    page_size_query_param = "page_size"
    max_page_size = 200


class ValueFilter(filters.BaseFilterBackend):
    """`?status=open&recipe=3` for the viewset's `filter_fields`. A value that cannot be is a 400."""

    def filter_queryset(self, request: Request, queryset: QuerySet, view: Any) -> QuerySet:
        for name in getattr(view, "filter_fields", ()):
            if value := request.query_params.get(name):
                if queryset.model._meta.get_field(name).get_internal_type() == "BooleanField":
                    value = value.lower() in ("true", "1", "yes")
                try:
                    queryset = queryset.filter(**{name: value})
                except (ValueError, ValidationError) as error:
                    refusal = {name: "Not a value of this field."}
                    raise exceptions.ValidationError(refusal) from error
        return queryset.distinct()


class RecordSerializer(serializers.ModelSerializer):
    """A record as JSON. `id` and the times are there for reading only."""


class RecordViewSet(viewsets.ModelViewSet):
    """List, read, create, replace, change and delete, as records.access allows."""

    pagination_class = Pages
    filter_backends = [ValueFilter, filters.SearchFilter, filters.OrderingFilter]
    filter_fields: tuple[str, ...] = ()
    search_fields: tuple[str, ...] = ()
    ordering_fields: tuple[str, ...] = ()

    def perform_create(self, serializer: serializers.BaseSerializer) -> None:
        owner = getattr(serializer.Meta.model, "owner_field", "")
        serializer.save(**{owner: self.request.user} if owner else {})

    def get_queryset(self) -> QuerySet:
        action = "list" if self.action == "list" else "read"
        return visible(self.request.user, super().get_queryset(), action)


class ReadOnlyRecordViewSet(RecordViewSet):
    """For records that the app itself writes."""

    http_method_names = ["get", "head", "options"]
