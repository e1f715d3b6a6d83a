"""Everything long, as rows: operations, their phases, their events, and the convergence ledger."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from blueprints.models import Blueprint
from studio.models import Project


class Operation(models.Model):
    """One piece of long work. The row is the truth; Celery only carries its id.

    Claim: `worker`, `lease_until`, and `fence`, which grows with every claim; a write that carries an
    old fence changes nothing. `attempt` counts the workers lost since the last finished phase. `last_seq`
    numbers events. From `decided_at` on it can only be finished: what it does stands already.
    `project` becomes None once a teardown has removed it; `project_slug` still tells which it was.
    """

    class Type(models.TextChoices):
        SPAWN = "spawn"
        BUILD = "build"
        PUBLISH = "publish"
        ROLLBACK = "rollback"
        ADD_SERVICE = "add_service"
        REMOVE_SERVICE = "remove_service"
        TREE = "tree"
        TEARDOWN = "teardown"

    class Status(models.TextChoices):
        PENDING = "pending"
        RUNNING = "running"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        CANCELLED = "cancelled"

    ACTIVE = (Status.PENDING, Status.RUNNING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, null=True, on_delete=models.SET_NULL, related_name="operations")
    project_slug = models.CharField(max_length=40)
    blueprint = models.ForeignKey(
        Blueprint, null=True, blank=True, on_delete=models.SET_NULL, related_name="operations"
    )
    type = models.CharField(max_length=20, choices=Type)
    status = models.CharField(max_length=9, choices=Status, default=Status.PENDING)
    current_phase = models.CharField(max_length=40, blank=True, default="")
    input = models.JSONField(default=dict, blank=True)
    result = models.JSONField(null=True, blank=True)
    error = models.JSONField(null=True, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    worker = models.CharField(max_length=100, blank=True, default="")
    fence = models.PositiveIntegerField(default=0)
    attempt = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    available_at = models.DateTimeField(null=True, blank=True)
    dispatched_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    last_seq = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "operations"
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["project"],
                name="one_running_operation_per_project",
                condition=models.Q(status="running"),
            ),
        ]
        # Each way in which people list them (`operations.listing`), in the order in which they are listed.
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="operations_newest"),
            models.Index(fields=["project", "-created_at", "-id"], name="operations_of_project"),
            models.Index(fields=["project", "status", "-created_at", "-id"], name="operations_by_status"),
            models.Index(fields=["project", "type", "-created_at", "-id"], name="operations_by_type"),
            models.Index(fields=["blueprint", "-created_at", "-id"], name="operations_of_blueprint"),
            models.Index(
                fields=["requested_by", "-created_at", "-id"],
                name="operations_of_no_project",
                condition=models.Q(project=None),
            ),
            models.Index(
                fields=["status", "lease_until"],
                name="operations_active",
                condition=models.Q(status__in=["pending", "running"]),
            ),
            models.Index(
                fields=["created_at", "id"],
                name="operations_waiting",
                condition=models.Q(status="pending"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} of {self.project_slug}"

    @property
    def is_active(self) -> bool:
        return self.status in self.ACTIVE

    @property
    def failed_live(self) -> bool:
        """It failed after what it brings had gone live."""
        return self.status == self.Status.FAILED and self.decided_at is not None


class OperationPhase(models.Model):
    """One named phase of one operation, and its checkpoint: what later phases and a resume need.

    `attempt` counts starts, `failures` those that ended in a retryable failure. `message` is what the
    phase last said of itself.
    """

    class Status(models.TextChoices):
        PENDING = "pending"
        RUNNING = "running"
        COMPLETE = "complete"
        FAILED = "failed"

    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="phases")
    slug = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=8, choices=Status, default=Status.PENDING)
    attempt = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    message = models.CharField(max_length=200, blank=True, default="")
    checkpoint = models.JSONField(default=dict, blank=True)
    error = models.JSONField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "operation_phases"
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["operation", "slug"], name="phase_once")]

    def __str__(self) -> str:
        return f"{self.slug} ({self.status})"


class OperationEvent(models.Model):
    """What happened, in order: `seq` counts from 1 per operation without gap, written in the
    transaction of the change it tells of, announced on commit."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="events")
    seq = models.PositiveIntegerField()
    event_type = models.CharField(max_length=20)
    payload = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "operation_events"
        ordering = ["seq"]
        constraints = [models.UniqueConstraint(fields=["operation", "seq"], name="event_seq_once")]

    def __str__(self) -> str:
        return f"{self.event_type} #{self.seq}"


class IdempotencyKey(models.Model):
    """A key that a person has sent with a request, and the operation it was answered with: one that the
    request started, or one under way that it met."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    request = models.JSONField()
    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "idempotency_keys"
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="idempotency_key_once")]

    def __str__(self) -> str:
        return self.key


class MetricIncrement(models.Model):
    """What a counter grew by: a series' value is the sum of its rows, which the sweeper folds into few.

    Never updated, so that nobody waits for anybody who counts the same; without a foreign key, so that
    nothing that is deleted takes them along. Whole numbers (seconds as microseconds): sums of fractions
    depend on their order, and a counter that shrinks by a billionth looks like one that began anew.
    """

    name = models.CharField(max_length=60)
    labels = models.CharField(max_length=300)
    value = models.BigIntegerField()

    class Meta:
        db_table = "metric_increments"
        indexes = [models.Index(fields=["name", "labels"], name="metric_increments_by_series")]

    def __str__(self) -> str:
        return f"{self.name}{self.labels} +{self.value}"


class LedgerEntry(models.Model):
    """Whether one blueprint item stands in the built app, and what shows it. Rewritten by each build."""

    class Status(models.TextChoices):
        MET = "met"
        PARTIAL = "partial"
        UNMET = "unmet"

    blueprint = models.ForeignKey(Blueprint, on_delete=models.CASCADE, related_name="ledger")
    operation = models.ForeignKey(Operation, null=True, on_delete=models.SET_NULL, related_name="ledger")
    item_id = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    status = models.CharField(max_length=7, choices=Status)
    location = models.CharField(max_length=300, blank=True, default="")
    test = models.CharField(max_length=300, blank=True, default="")
    probe = models.CharField(max_length=300, blank=True, default="")
    reason = models.TextField(blank=True, default="")
    checked_at = models.DateTimeField()

    class Meta:
        db_table = "ledger_entries"
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["blueprint", "item_id"], name="ledger_item_once")]

    def __str__(self) -> str:
        return f"{self.item_id} {self.status}"
