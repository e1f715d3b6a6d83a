"""The HTTP API's ground: bodies parsed into typed objects, one answer shape, one error shape.

An app writes its endpoints as `ApiView` methods under `@endpoint`, and lists them in its `api_urls`.
"""

from studio.api.endpoint import ApiView, endpoint, idempotency_key
from studio.api.pagination import Page, PageQuery, paginate
from studio.api.problems import problem_document, problem_http, problem_response
from studio.api.wire import Wire, camel_case, parse

__all__ = [
    "ApiView",
    "Page",
    "PageQuery",
    "Wire",
    "camel_case",
    "endpoint",
    "idempotency_key",
    "paginate",
    "parse",
    "problem_document",
    "problem_http",
    "problem_response",
]
