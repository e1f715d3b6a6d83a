"""OpenAPI 3.1 from the endpoints' own types."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Literal

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiParameter
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from studio.access import API_KEY_HEADER
from studio.api.endpoint import Endpoint
from studio.api.problems import MEDIA_TYPE, Problem
from studio.models import ApiKey

Direction = Literal["request", "response"]
_USUAL_PROBLEMS = (401, 403, 404, 422)


class EndpointSchema(AutoSchema):
    """Reads what `@endpoint` declared; a request model and its answer may differ in what is required."""

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation = super().get_operation(*args, **kwargs)
        if operation and "requestBody" in operation:
            operation["requestBody"]["required"] = True
        return operation

    def get_operation_id(self) -> str:
        """The method and the address's own words: `getProjectsBlueprints`, `listOperations`."""
        declared = self._declared()
        words = [
            word for part in self.path.split("/") if "{" not in part for word in re.findall(r"\w+", part)
        ]
        verb = "list" if declared is not None and declared.many else self.method.lower()
        return verb + "".join(word.title() for word in words if word != "api")

    def get_summary(self) -> str:
        return self.get_description_text().partition("\n")[0].strip().rstrip(".")

    def get_description(self) -> str:  # type: ignore[override]
        return self.get_description_text().partition("\n")[2].strip()

    def get_description_text(self) -> str:
        return super().get_description() or ""

    def get_tags(self) -> list[str]:
        declared = self._declared()
        return list(declared.tags) if declared is not None else []

    def get_request_serializer(self) -> Any:
        declared = self._declared()
        if declared is None or declared.body is None:
            return None
        taken = {"application/json": self._reference(declared.body, "request")}
        if declared.upload is not None:
            taken["multipart/form-data"] = self._reference(declared.upload, "request")
        return taken

    def get_response_serializers(self) -> Any:
        declared = self._declared()
        if declared is None:
            return {}
        problems = sorted({*_USUAL_PROBLEMS, *declared.problems})
        problem = self._reference(Problem, "response")
        return {(declared.status, declared.media_type): self._answer(declared)} | {
            (status, MEDIA_TYPE): problem for status in problems
        }

    def get_override_parameters(self) -> list[Any]:
        declared = self._declared()
        if declared is None:
            return []
        parameters = []
        if declared.query is not None:
            properties = declared.query.model_json_schema()["properties"]
            parameters += [
                OpenApiParameter(
                    name=name,
                    type={key: value for key, value in schema.items() if key not in ("title", "description")},
                    description=schema.get("description", ""),
                )
                for name, schema in properties.items()
            ]
        if declared.starts_work:
            parameters.append(
                OpenApiParameter(
                    name="Idempotency-Key",
                    type=str,
                    location=OpenApiParameter.HEADER,
                    description="A request repeated with the same key answers with the work of the first.",
                )
            )
        return parameters

    def _declared(self) -> Endpoint | None:
        return getattr(getattr(self.view, self.method.lower(), None), "endpoint", None)

    def _answer(self, declared: Endpoint) -> dict[str, Any] | None:
        if declared.returns is None:
            return (
                None if declared.media_type == "application/json" else {"type": "string", "format": "binary"}
            )
        reference = self._reference(declared.returns, "response")
        if declared.many:
            properties = {
                "data": {"type": "array", "items": reference},
                "nextCursor": {
                    "type": ["string", "null"],
                    "description": "The cursor of the next page, if any.",
                },
            }
        elif declared.enveloped:
            properties = {"data": reference}
        else:
            return reference
        return {"type": "object", "properties": properties, "required": list(properties)}

    def _reference(self, model: type[BaseModel], direction: Direction) -> dict[str, Any]:
        """A `$ref` to the model, whose schema and those it is made of become components."""
        reference, definitions = _schema_of(model, direction)
        for name, schema in definitions.items():
            component = ResolvedComponent(  # type: ignore[no-untyped-call]
                name=name, type=ResolvedComponent.SCHEMA, object=name, schema=schema
            )
            self.registry.register_on_missing(component)
        return dict(reference)


@cache
def _schema_of(model: type[BaseModel], direction: Direction) -> tuple[dict[str, Any], dict[str, Any]]:
    """(`$ref`, component schemas by name) of a model, as it is taken or as it is answered."""
    suffix = "Request" if direction == "request" else ""
    mode: Literal["validation", "serialization"] = "validation" if direction == "request" else "serialization"
    references, definitions = models_json_schema(
        [(model, mode)], ref_template=f"#/components/schemas/{{model}}{suffix}"
    )
    named = {name + suffix: schema for name, schema in definitions.get("$defs", {}).items()}
    return dict(references[model, mode]), named


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema describes the key."""

    target_class = "studio.access.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        scopes = "; ".join(f"`{scope}`: {meaning}" for scope, meaning in ApiKey.Scope.choices)
        return {"type": "apiKey", "in": "header", "name": API_KEY_HEADER, "description": f"Scopes: {scopes}"}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema describes the browser's session."""

    target_class = "studio.access.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}
