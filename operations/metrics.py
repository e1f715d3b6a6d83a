"""`GET /metrics` for Prometheus: the whole Studio, the same from whichever web process answers.

Counts are rows (`counters`), states are read when asked (`gauges`). prometheus_client's own counters
live in one process, and its multiprocess mode in files of one machine, so it only writes the format here.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable, Iterator
from itertools import product

import redis
from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import GC_COLLECTOR, PLATFORM_COLLECTOR, PROCESS_COLLECTOR, CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from operations import counters, gauges, states
from operations.engine.workflow import known_types
from studio.access import Unauthenticated
from studio.api import problem_http
from studio.core import presence
from studio.core.errors import NotFound, OrchardError

logger = logging.getLogger(__name__)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    try:
        _admit(request)
    except OrchardError as error:
        answer = problem_http(error)
        if error.status == Unauthenticated.status:
            answer["WWW-Authenticate"] = "Bearer"
        return answer
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(_registry), content_type=content_type)


def _admit(request: HttpRequest) -> None:
    """Prometheus by its token, staff by their session. Nobody by where she comes from: behind a front door
    or a proxy everybody comes from this machine."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        if secrets.compare_digest(token.strip().encode(), settings.ORCHARD_METRICS_TOKEN.encode()):
            return
        raise Unauthenticated("This is not the token of ORCHARD_METRICS_TOKEN.", code="invalid_token")
    person = request.user
    if not isinstance(person, AbstractUser):
        raise Unauthenticated("Send the token of ORCHARD_METRICS_TOKEN as a bearer, or sign in as staff.")
    if not person.is_staff:
        raise NotFound("There is nothing at this address.")


class Studio:
    """A collector. Where a source does not answer, its metrics are missing, never zero."""

    def collect(self) -> Iterator[Metric]:
        sources: dict[str, Callable[[], Iterable[Metric]]] = {
            "database": _of_database,
            "redis": gauges.of_redis,
        }
        answers = GaugeMetricFamily(
            "orchard_metrics_source_up", "Whether the source of these metrics answered.", labels=["source"]
        )
        for source, ask in sources.items():
            try:
                found = list(ask())
            except (DatabaseError, redis.RedisError) as error:
                logger.warning("Metrics without the %s: %s", source, error)
                answers.add_metric([source], 0)
            else:
                answers.add_metric([source], 1)
                yield from found
        yield answers


class ThisProcess:
    """The usual facts, which are this process's own: its name keeps those of several apart."""

    def collect(self) -> Iterator[Metric]:
        name = presence.this_process()
        for part in (PROCESS_COLLECTOR, PLATFORM_COLLECTOR, GC_COLLECTOR):
            for family in part.collect():
                named = Metric(family.name, family.documentation, family.type)
                named.samples = [
                    sample._replace(labels={**sample.labels, "process": name}) for sample in family.samples
                ]
                yield named


def _of_database() -> Iterator[Metric]:
    counts = counters.read()
    types = [(each,) for each in known_types()]
    terminal = sorted(states.TERMINAL)
    yield counters.STARTED.family(counts, expected=types)
    yield counters.ENDED.family(counts, expected=list(product(known_types(), terminal)))
    yield counters.RETRIES.family(counts, expected=list(product(known_types(), ["engine", "person"])))
    yield counters.LEASES_LOST.family(counts, expected=types)
    yield counters.PHASES.family(counts)
    for counter in (counters.MODEL_CALLS, counters.MODEL_TOKENS, counters.MODEL_COST):
        yield counter.family(counts)
    yield from gauges.of_database()


_registry = CollectorRegistry()
_registry.register(Studio())
_registry.register(ThisProcess())
