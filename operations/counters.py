"""What has happened, counted for good: how often operations ended, phases took how long, leases were lost.

A counter lives in the database, so it is the same whichever process is asked, and outlives all of them.
It grows by a row inserted in the transaction of the event that it counts (`MetricIncrement`): what is
rolled back was never counted, nobody waits for a shared row, and deleting a project takes nothing back.
`fold` keeps the rows few.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import inf
from typing import Literal

from django.db import transaction
from django.db.models import Count, F, Sum
from django.db.models.functions import Now
from prometheus_client.metrics_core import CounterMetricFamily, HistogramMetricFamily, Metric

from blueprints.models import ModelCall
from operations.models import MetricIncrement, Operation, OperationPhase

# A scrape reads at most this many rows of one series (and what came since the last fold).
ROWS_KEPT = 4
FOLDED_AT_ONCE = 5_000
MICROS = 1_000_000  # millionths: of seconds, of dollars

# How a run of a phase ends: by itself (a failure may be tried again), or with its worker.
Outcome = Literal["complete", "failed", "cancelled", "retried", "lost", "handed_back"]

Labels = Mapping[str, str]
# Values by name, then by labels as they are stored.
Counts = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Counter:
    """`name` ends in `_total`. Stored are whole numbers: `unit` of them make one of what is shown."""

    name: str
    help: str
    labels: Sequence[str]
    unit: int = 1

    def add(self, value: int = 1, /, **labels: str) -> None:
        MetricIncrement.objects.create(name=self.name, labels=_text(labels), value=value)

    def family(self, counts: Counts, *, expected: Sequence[Sequence[str]] = ()) -> Metric:
        """`expected` label values are shown as 0 before the first time, which alerts need to see a rise."""
        family = CounterMetricFamily(self.name, self.help, labels=self.labels)
        values: dict[tuple[str, ...], float] = {tuple(each): 0.0 for each in expected}
        for labels, value in _read(counts, self.name):
            values[tuple(labels[label] for label in self.labels)] = value / self.unit
        for each, total in sorted(values.items()):
            family.add_metric(each, total)
        return family


@dataclass(frozen=True)
class Histogram:
    """Of seconds; `name` ends in `_seconds`. A row says in which bucket a duration fell (not cumulative, so
    that bounds may change from one version to the next), another one how long it was."""

    name: str
    help: str
    labels: Sequence[str]
    bounds: Sequence[float]

    def observe(self, seconds: float, **labels: str) -> None:
        position = bisect_left(self.bounds, seconds)
        bound = _bound(self.bounds[position] if position < len(self.bounds) else inf)
        told = {
            (f"{self.name}_bucket", _text({**labels, "le": bound})): 1,
            (f"{self.name}_sum", _text(labels)): round(seconds * MICROS),
        }
        MetricIncrement.objects.bulk_create(
            MetricIncrement(name=name, labels=text, value=value) for (name, text), value in told.items()
        )

    def family(self, counts: Counts) -> Metric:
        family = HistogramMetricFamily(self.name, self.help, labels=self.labels)
        buckets: dict[tuple[str, ...], list[int]] = {}
        for labels, value in _read(counts, f"{self.name}_bucket"):
            found = buckets.setdefault(self._key(labels), [0] * (len(self.bounds) + 1))
            found[bisect_left(self.bounds, float(labels["le"]))] += value
        sums = {self._key(labels): value for labels, value in _read(counts, f"{self.name}_sum")}
        names = [_bound(bound) for bound in (*self.bounds, inf)]
        for key, found in sorted(buckets.items()):
            cumulative = list(zip(names, accumulate(found), strict=True))
            family.add_metric(key, cumulative, sums.get(key, 0) / MICROS)
        return family

    def _key(self, labels: Labels) -> tuple[str, ...]:
        return tuple(labels[label] for label in self.labels)


STARTED = Counter(
    "orchard_operations_started_total", "Operations that somebody asked for, by type.", ["type"]
)
ENDED = Counter(
    "orchard_operations_total",
    "Operations that ended, by type and terminal status; once more for each time they were retried.",
    ["type", "status"],
)
RETRIES = Counter(
    "orchard_operation_retries_total",
    "Tries after a failure, by type and cause: the engine's own (engine), or asked for by a person (person).",
    ["type", "cause"],
)
LEASES_LOST = Counter(
    "orchard_operation_leases_lost_total",
    "Running operations whose worker stopped renewing its lease, by type.",
    ["type"],
)
PHASES = Histogram(
    "orchard_operation_phase_duration_seconds",
    "How long each run of a phase took, by type of operation, phase and outcome: complete, failed, "
    "retried (a failure that is tried again), cancelled, lost (with its worker).",
    ["type", "phase", "outcome"],
    [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800],
)

MODEL_CALLS = Counter(
    "orchard_model_calls_total",
    "Calls of a paid model, by model and how they ended: done, stopped, failed, lost (with their worker).",
    ["model", "status"],
)
MODEL_TOKENS = Counter(
    "orchard_model_tokens_total",
    "Tokens that calls of a paid model used, by model and kind: input (uncached), output, cache_read, cache_write.",
    ["model", "kind"],
)
MODEL_COST = Counter(
    "orchard_model_cost_dollars_total",
    "What calls of a paid model cost, where its price is known.",
    ["model"],
    unit=MICROS,
)


def count_model_call(sender: object, *, call: ModelCall, **_: object) -> None:
    """A call of a model is settled (`blueprints.signals.model_called`)."""
    MODEL_CALLS.add(model=call.model, status=call.status)
    for kind in ("input", "output", "cache_read", "cache_write"):
        if used := getattr(call, f"{kind}_tokens"):
            MODEL_TOKENS.add(used, model=call.model, kind=kind)
    if call.cost_micros:
        MODEL_COST.add(call.cost_micros, model=call.model)


def count_end(operation: Operation, status: Operation.Status, *, lost: bool) -> None:
    """The operation has come to a terminal status; `lost`: with its worker."""
    ENDED.add(type=operation.type, status=status)
    endings: dict[str, Outcome] = {Operation.Status.FAILED: "failed", Operation.Status.CANCELLED: "cancelled"}
    count_runs(operation, "lost" if lost else endings.get(status, "complete"))


def count_runs(operation: Operation, outcome: Outcome) -> None:
    """Runs of phases are over, which the database still shows as running."""
    if outcome == "lost":
        LEASES_LOST.add(type=operation.type)
    running = OperationPhase.objects.filter(operation=operation, status=OperationPhase.Status.RUNNING)
    for slug, took in running.annotate(took=Now() - F("started_at")).values_list("slug", "took"):
        # Clocks of two machines may differ: no run took less than no time.
        seconds = max(took.total_seconds(), 0.0) if took else 0.0
        PHASES.observe(seconds, type=operation.type, phase=slug, outcome=outcome)


def read() -> Counts:
    """All there is. One statement, hence one snapshot: a fold that runs meanwhile changes no sum."""
    sums = MetricIncrement.objects.values_list("name", "labels").annotate(total=Sum("value"))
    counts: dict[str, dict[str, int]] = {}
    for name, labels, total in sums.order_by():
        counts.setdefault(name, {})[labels] = int(total)
    return counts


def fold() -> int:
    """Put one row in the place of the many of a series. Any number of processes may do so at once: each
    takes the rows that nobody else has taken. How many rows went away."""
    series = MetricIncrement.objects.values("name", "labels").annotate(rows=Count("pk"))
    long = series.filter(rows__gt=ROWS_KEPT).order_by().values_list("name", "labels")
    return sum(_fold_series(name, labels) for name, labels in list(long))


def _fold_series(name: str, labels: str) -> int:
    gone = 0
    while True:
        with transaction.atomic():
            rows = MetricIncrement.objects.filter(name=name, labels=labels).order_by("pk")
            found = dict(rows.select_for_update(skip_locked=True).values_list("pk", "value")[:FOLDED_AT_ONCE])
            if len(found) < 2:
                return gone
            MetricIncrement.objects.filter(pk__in=found).delete()
            MetricIncrement.objects.create(name=name, labels=labels, value=sum(found.values()))
        gone += len(found) - 1
        if len(found) < FOLDED_AT_ONCE:
            return gone


def _read(counts: Counts, name: str) -> Iterator[tuple[Labels, int]]:
    for text, value in counts.get(name, {}).items():
        yield json.loads(text), value


def _text(labels: Labels) -> str:
    """The same labels make the same text."""
    return json.dumps(labels, sort_keys=True, separators=(",", ":"))


def _bound(seconds: float) -> str:
    """As the text format writes the upper bound of a bucket: "2.5", "+Inf"."""
    return "+Inf" if seconds == inf else str(float(seconds))
