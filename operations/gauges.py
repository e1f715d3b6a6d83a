"""What is the case now: who waits in which line, for what and how long; who works, who listens.

From the database and from what processes announce in Redis, so it is the same whichever process is asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any

from django.conf import settings
from django.db.models import Case, Count, Exists, F, Max, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce, Greatest, Now
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from blueprints.models import BlueprintMessage, BlueprintReference
from operations.engine import dispatch
from operations.engine.workflow import known_types, workflow_for
from operations.models import Operation, OperationEvent
from studio.core import audience, hub
from studio.runtime.heartbeat import living_workers

# A free worker; its turn, because other work of its project or conversation, or a look at what it refers
# to, comes first; the time of its next try.
WAITS_FOR = ("worker", "turn", "retry")
REPLIES_QUEUE, CAPTURES_QUEUE = "architect", "captures"


def broker_queues() -> list[str]:
    routed = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
    return sorted(routed | lines())


def lines() -> set[str]:
    """The queues whose waiting work stands in the database."""
    return {REPLIES_QUEUE, CAPTURES_QUEUE} | {workflow_for(each).queue for each in known_types()}


def of_database() -> Iterator[Metric]:
    """Cost what is under way costs, not what has ever been. Raises django.db.Error."""
    active = Operation.objects.filter(status__in=Operation.ACTIVE)
    counts = active.values_list("type", "status").annotate(rows=Count("pk")).order_by()
    under_way = dict.fromkeys(product(known_types(), Operation.ACTIVE), 0)
    under_way |= {(type_, Operation.Status(status)): rows for type_, status, rows in counts}
    yield _gauge(
        "orchard_operations_active",
        "Operations that wait or run, by type and status.",
        ["type", "status"],
        (([type_, status], rows) for (type_, status), rows in under_way.items()),
    )
    depths: Counter[tuple[str, str]] = Counter()
    ages = dict.fromkeys(product(sorted(lines()), WAITS_FOR), 0.0)
    for queue, waits_for, rows, age in [*_waiting_operations(), *_waiting_replies(), *_waiting_captures()]:
        depths[queue, waits_for] += rows
        # Never negative: whoever wrote the time may have had another clock than the database.
        ages[queue, waits_for] = max(ages.get((queue, waits_for), 0.0), age)
    yield _gauge(
        "orchard_queue_depth",
        "Operations, replies and captures that wait, by queue and by what they wait for: a worker, their turn behind "
        "other work of their project, the time of their next try.",
        ["queue", "waits_for"],
        ((key, depths[key]) for key in ages),
    )
    yield _gauge(
        "orchard_queue_oldest_age_seconds",
        "How long the one that has waited longest has been in line, by queue and by what it waits for; 0 "
        "when nothing does.",
        ["queue", "waits_for"],
        ages.items(),
    )


def of_redis() -> Iterator[Metric]:
    """Raises redis.RedisError."""
    queues = broker_queues()
    with hub.client().pipeline(transaction=False) as pipeline:
        for queue in queues:
            pipeline.llen(queue)
        lengths = pipeline.execute()
    yield _gauge(
        "orchard_queue_messages",
        "Messages that lie in the broker, by queue. They only wake workers: see orchard_queue_depth.",
        ["queue"],
        (([queue], length) for queue, length in zip(queues, lengths, strict=True)),
    )
    serving: dict[str, list[Any]] = {queue: [] for queue in queues}
    for worker in living_workers():
        for queue in worker.queues:
            serving.setdefault(queue, []).append(worker)
    about = "by queue; one that serves several queues counts for each of them, so do not add them up."
    yield _gauge(
        "orchard_workers",
        f"Worker processes that take work, {about}",
        ["queue"],
        (([queue], len(workers)) for queue, workers in serving.items()),
    )
    yield _gauge(
        "orchard_worker_slots",
        f"How many tasks those workers do at a time, {about}",
        ["queue"],
        (([queue], sum(worker.slots for worker in workers)) for queue, workers in serving.items()),
    )
    yield _gauge(
        "orchard_worker_busy_slots",
        f"How many of those slots are at work, whatever queue it came from, {about}",
        ["queue"],
        (([queue], sum(worker.busy for worker in workers)) for queue, workers in serving.items()),
    )
    clients = audience.present_clients()
    yield _gauge(
        "orchard_stream_clients",
        "Open event streams (sse) and workspace sockets (websocket), of all web processes.",
        ["kind"],
        (([way], clients[way]) for way in ("sse", "websocket")),
    )


Waiting = tuple[str, str, int, float]  # queue, what for, how many, seconds of the oldest


def _waiting_operations() -> Iterator[Waiting]:
    """In line since the last event that it told: nothing is told of an operation that only waits."""
    last_event = OperationEvent.objects.filter(operation=OuterRef("pk"), seq=OuterRef("last_seq"))
    in_line_since = Coalesce(Subquery(last_event.values("created_at")[:1]), "created_at")
    waiting = Operation.objects.filter(status=Operation.Status.PENDING).annotate(
        since=Greatest(in_line_since, Coalesce("available_at", "created_at")),
        waits_for=Case(
            When(available_at__gt=Now(), then=Value("retry")),
            When(pk__in=dispatch.unblocked().values("pk"), then=Value("worker")),
            default=Value("turn"),
        ),
    )
    queues = {each: workflow_for(each).queue for each in known_types()}
    for type_, waits_for, rows, age in _oldest(waiting, "type", "waits_for"):
        yield queues.get(type_, "unknown"), waits_for, rows, age


def _waiting_replies() -> Iterator[Waiting]:
    """Of the Architect: one conversation gets one reply at a time."""
    unfinished = (BlueprintMessage.Status.QUEUED, BlueprintMessage.Status.REPLYING)
    replies = BlueprintMessage.objects.filter(status__in=unfinished)
    ahead = replies.filter(blueprint=OuterRef("blueprint"), number__lt=OuterRef("number"))
    unseen = BlueprintReference.objects.filter(
        message=OuterRef("in_reply_to"), status__in=BlueprintReference.UNFINISHED
    )
    waiting = replies.filter(status=BlueprintMessage.Status.QUEUED).annotate(
        since=F("created_at"),
        waits_for=Case(When(Exists(ahead) | Exists(unseen), then=Value("turn")), default=Value("worker")),
    )
    for waits_for, rows, age in _oldest(waiting, "waits_for"):
        yield REPLIES_QUEUE, waits_for, rows, age


def _waiting_captures() -> Iterator[Waiting]:
    """Of pages and pictures that a message refers to."""
    references = BlueprintReference.objects.filter(status__in=BlueprintReference.UNFINISHED)
    waiting = references.filter(status=BlueprintReference.Status.QUEUED).annotate(since=F("created_at"))
    for _, rows, age in _oldest(waiting, "status"):
        yield CAPTURES_QUEUE, "worker", rows, age


def _oldest(waiting: Any, *groups: str) -> Iterator[tuple[Any, ...]]:
    """The groups, how many wait in each, and the seconds that the longest has."""
    grouped = waiting.values(*groups).annotate(rows=Count("pk"), age=Max(Now() - F("since")))
    for *group, rows, age in grouped.order_by().values_list(*groups, "rows", "age"):
        yield *group, rows, age.total_seconds()


def _gauge(
    name: str, help_: str, labels: list[str], values: Iterable[tuple[Iterable[str], float]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, help_, labels=labels)
    for key, value in values:
        family.add_metric([str(label) for label in key], value)
    return family
