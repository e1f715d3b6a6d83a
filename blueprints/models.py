"""Blueprints and the conversations they come from."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone

from blueprints.schemas import BlueprintDocument
from studio.models import Project


class Blueprint(models.Model):
    """The plan of one feature. The JSON columns together are a `BlueprintDocument`; read and write
    them through `document` and `services`, never piecemeal.

    `version` counts every change of the document; writers pass the version they read.
    `built_version` is the version that last went live.
    """

    class Status(models.TextChoices):
        DRAFT = "draft"
        BUILDING = "building"
        BUILT = "built"
        ARCHIVED = "archived"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="blueprints")
    feature_name = models.CharField(max_length=80)
    summary = models.TextField(blank=True, default="")
    sections = models.JSONField(default=dict)
    references = models.JSONField(default=list)
    open_questions = models.JSONField(default=list)
    decisions = models.JSONField(default=list)
    assumptions = models.JSONField(default=list)
    counters = models.JSONField(default=dict)
    derived = models.JSONField(default=list)
    locked = models.JSONField(default=list)
    ready_to_build = models.BooleanField(default=False)
    blockers = models.JSONField(default=list)
    status = models.CharField(max_length=8, choices=Status, default=Status.DRAFT)
    version = models.PositiveIntegerField(default=0)
    built_version = models.PositiveIntegerField(null=True, blank=True)
    built_feature_slug = models.CharField(max_length=80, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "blueprints"
        ordering = ["-updated_at"]
        indexes = [models.Index(fields=["project", "-updated_at"], name="blueprints_by_project")]

    def __str__(self) -> str:
        return self.feature_name

    @property
    def document(self) -> BlueprintDocument:
        """The columns as a typed document. Raises pydantic.ValidationError when they are not one."""
        return BlueprintDocument.model_validate(
            {
                "featureName": self.feature_name,
                "summary": self.summary,
                "sections": self.sections,
                "references": self.references,
                "openQuestions": self.open_questions,
                "decisions": self.decisions,
                "assumptions": self.assumptions,
                "counters": self.counters,
                "derived": self.derived,
                "locked": self.locked,
            }
        )

    @document.setter
    def document(self, document: BlueprintDocument) -> None:
        """Spread a document over the columns; saving, version and readiness are the service's business."""
        wire = document.model_dump(by_alias=True, mode="json")
        self.feature_name = document.feature_name
        self.summary = document.summary
        self.sections = wire["sections"]
        self.references = wire["references"]
        self.open_questions = wire["openQuestions"]
        self.decisions = wire["decisions"]
        self.assumptions = wire["assumptions"]
        self.counters = wire["counters"]
        self.derived = wire["derived"]
        self.locked = wire["locked"]


class BlueprintMessage(models.Model):
    """One message of the conversation. An architect's message is created `queued` beside the person's
    and lives through `replying` to a terminal status; what was streamed so far stays in `content`.

    `number` orders a conversation without gaps. `blueprint_snapshot` is the document after the turn,
    `blueprint_version` its version; both None where the turn changed nothing.
    `claimed_by`/`lease_until` are the claim of the process that writes the reply; while queued,
    `lease_until` is when to remind a worker of it. `attempt` counts claims.
    A person's message is `done`, or `stopped` when it was withdrawn before its turn came.
    `replaced_by` is the message that was sent instead of it or of an earlier one (None: it counts), and
    `rewinds` says that this message took the plan back; its snapshot is the plan as it was then.
    """

    class Role(models.TextChoices):
        USER = "user"
        ARCHITECT = "architect"
        EVENT = "event"

    class Status(models.TextChoices):
        QUEUED = "queued"
        REPLYING = "replying"
        DONE = "done"
        STOPPED = "stopped"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    blueprint = models.ForeignKey(Blueprint, on_delete=models.CASCADE, related_name="messages")
    number = models.PositiveIntegerField()
    role = models.CharField(max_length=9, choices=Role)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    in_reply_to = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="reply"
    )
    replaced_by = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="replaces"
    )
    rewinds = models.BooleanField(default=False)
    content = models.TextField(blank=True, default="")
    status = models.CharField(max_length=8, choices=Status, default=Status.DONE)
    error = models.JSONField(null=True, blank=True)
    changes = models.JSONField(default=dict, blank=True)
    blueprint_snapshot = models.JSONField(null=True, blank=True)
    blueprint_version = models.PositiveIntegerField(null=True, blank=True)
    build_requested = models.BooleanField(default=False)
    claimed_by = models.CharField(max_length=64, blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "blueprint_messages"
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["blueprint", "number"], name="message_number_once"),
            models.UniqueConstraint(
                fields=["blueprint"], name="one_reply_at_a_time", condition=models.Q(status="replying")
            ),
        ]
        indexes = [
            models.Index(
                fields=["lease_until"],
                name="messages_unfinished",
                condition=models.Q(status__in=["queued", "replying"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.role} #{self.number}"


class ModelCall(models.Model):
    """One request to a model that costs money: asked for within the budgets, then settled with what it used.
    It outlives its message and its project, because the money is spent.

    While `running`, the tokens are what was expected. `cost_micros` are millionths of a dollar, None where the
    model's price is not known; `budget_micros` is what the budgets count: the expected cost, then the cost
    (of the dearest model where it is not known). `estimated` and `request_id` as in `architect.port.Usage`;
    `error` is the code of the failure.
    """

    class Status(models.TextChoices):
        RUNNING = "running"
        DONE = "done"
        STOPPED = "stopped"
        FAILED = "failed"
        LOST = "lost"  # with the process that made it

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, null=True, on_delete=models.SET_NULL, related_name="model_calls")
    project_slug = models.CharField(max_length=40)
    blueprint = models.ForeignKey(Blueprint, null=True, on_delete=models.SET_NULL, related_name="model_calls")
    message = models.ForeignKey(
        BlueprintMessage, null=True, on_delete=models.SET_NULL, related_name="model_calls"
    )
    model = models.CharField(max_length=100)
    status = models.CharField(max_length=7, choices=Status, default=Status.RUNNING)
    error = models.CharField(max_length=40, blank=True, default="")
    input_tokens = models.PositiveBigIntegerField(default=0)
    output_tokens = models.PositiveBigIntegerField(default=0)
    cache_read_tokens = models.PositiveBigIntegerField(default=0)
    cache_write_tokens = models.PositiveBigIntegerField(default=0)
    estimated = models.BooleanField(default=True)
    cost_micros = models.PositiveBigIntegerField(null=True)
    budget_micros = models.PositiveBigIntegerField(default=0)
    request_id = models.CharField(max_length=100, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(default=1)
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "model_calls"
        ordering = ["started_at"]
        indexes = [
            models.Index(fields=["project", "started_at"], name="model_calls_by_project"),
            models.Index(fields=["started_at"], name="model_calls_by_time"),
            models.Index(
                fields=["started_at"], name="model_calls_running", condition=models.Q(status="running")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model} for {self.project_slug}"


def _picture_path(reference: BlueprintReference, name: str) -> str:
    return f"references/{reference.blueprint_id}/{reference.pk}/{name}"


class BlueprintReference(models.Model):
    """A page or a picture that a person gave, and what was seen in it; the plan's item `item_id` names it.

    `message` is the one that brought it: its reply waits until the reference is captured or has failed.
    `facts` are `references.facts.PageFacts`, `tokens` a `references.tokens.Tokens`; both None until captured,
    but a picture's tokens are there from the beginning.
    `progress` says what the capture does right now; `claimed_by`, `lease_until` and `attempt` as in
    `BlueprintMessage`.
    """

    class Kind(models.TextChoices):
        URL = "url"
        SCREENSHOT = "screenshot"

    class Status(models.TextChoices):
        QUEUED = "queued"
        CAPTURING = "capturing"
        CAPTURED = "captured"
        FAILED = "failed"

    UNFINISHED = (Status.QUEUED, Status.CAPTURING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    blueprint = models.ForeignKey(Blueprint, on_delete=models.CASCADE, related_name="given_references")
    item_id = models.CharField(max_length=20, blank=True, default="")
    message = models.ForeignKey(
        BlueprintMessage, null=True, blank=True, on_delete=models.SET_NULL, related_name="references"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    kind = models.CharField(max_length=10, choices=Kind)
    source = models.CharField(max_length=2000)
    title = models.CharField(max_length=200, blank=True, default="")
    status = models.CharField(max_length=9, choices=Status, default=Status.QUEUED)
    progress = models.CharField(max_length=80, blank=True, default="")
    error = models.JSONField(null=True, blank=True)
    desktop = models.FileField(upload_to=_picture_path, blank=True, default="")
    phone = models.FileField(upload_to=_picture_path, blank=True, default="")
    thumbnail = models.FileField(upload_to=_picture_path, blank=True, default="")
    facts = models.JSONField(null=True, blank=True)
    tokens = models.JSONField(null=True, blank=True)
    claimed_by = models.CharField(max_length=64, blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "blueprint_references"
        ordering = ["created_at"]
        indexes = [
            models.Index(
                fields=["lease_until"],
                name="references_unfinished",
                condition=models.Q(status__in=["queued", "capturing"]),
            )
        ]

    def __str__(self) -> str:
        return self.source


def _comparison_path(comparison: ReferenceComparison, name: str) -> str:
    return f"references/{comparison.reference.blueprint_id}/{comparison.reference_id}/{comparison.pk}-{name}"


class ReferenceComparison(models.Model):
    """What a build made beside one reference: how alike they are.

    `build` is the operation's id, `version` the plan's that was built. `parts` are `likeness.Part`s; `score`
    (0 to 100) and the pictures are there once it is done. `claimed_by`, `lease_until` and `attempt` as in
    `BlueprintMessage`.
    """

    class Status(models.TextChoices):
        QUEUED = "queued"
        COMPARING = "comparing"
        DONE = "done"
        FAILED = "failed"

    UNFINISHED = (Status.QUEUED, Status.COMPARING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.ForeignKey(BlueprintReference, on_delete=models.CASCADE, related_name="comparisons")
    build = models.UUIDField()
    version = models.PositiveIntegerField()
    status = models.CharField(max_length=9, choices=Status, default=Status.QUEUED)
    score = models.PositiveSmallIntegerField(null=True, blank=True)
    parts = models.JSONField(default=list)
    error = models.JSONField(null=True, blank=True)
    picture = models.FileField(upload_to=_comparison_path, blank=True, default="")
    thumbnail = models.FileField(upload_to=_comparison_path, blank=True, default="")
    claimed_by = models.CharField(max_length=64, blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "reference_comparisons"
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(fields=["reference", "build"], name="comparison_once_a_build"),
        ]
        indexes = [
            models.Index(fields=["build"], name="comparisons_by_build"),
            models.Index(
                fields=["lease_until"],
                name="comparisons_unfinished",
                condition=models.Q(status__in=["queued", "comparing"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} beside build {self.build}"


class BlueprintComment(models.Model):
    """What a person says of one item of the plan. It goes to the Architect with `message`; None: with her next.

    `label` is what the item was called when she wrote it, so that a comment on something removed still says
    what it was about.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    blueprint = models.ForeignKey(Blueprint, on_delete=models.CASCADE, related_name="comments")
    item_id = models.CharField(max_length=20)
    label = models.CharField(max_length=200)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    text = models.TextField()
    message = models.ForeignKey(
        BlueprintMessage, null=True, blank=True, on_delete=models.SET_NULL, related_name="comments"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "blueprint_comments"
        ordering = ["created_at"]

    def __str__(self) -> str:
        return f"{self.label}: {self.text[:40]}"
