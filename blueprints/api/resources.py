"""What the API shows of blueprints, and what it takes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from django.core.files.uploadedfile import UploadedFile
from django.db.models import Prefetch, prefetch_related_objects
from django.urls import reverse
from pydantic import Field, InstanceOf, WithJsonSchema

from blueprints.metering import TOKENS as COUNTED
from blueprints.metering import Spent, spent_on
from blueprints.models import (
    Blueprint,
    BlueprintComment,
    BlueprintMessage,
    BlueprintReference,
    ModelCall,
    ReferenceComparison,
)
from blueprints.references import comparing, given
from blueprints.references.capturing import TOKENS
from blueprints.references.tokens import Tokens
from blueprints.schemas import (
    ApiEndpointsSection,
    Assumption,
    BehaviorsSection,
    Blocker,
    BlueprintDocument,
    DataModelSection,
    Decision,
    DependenciesSection,
    DesignSystemSection,
    Name,
    OpenQuestion,
    Reference,
    Sections,
    Sentence,
    UiComponentsSection,
)
from studio.api import Wire

# Out


class FailureResource(Wire):
    """Why something failed, and whether the same may work later."""

    code: str
    message: str
    retryable: bool
    retry_after_seconds: int | None = None


class LikenessPart(Wire):
    """`score` is 0 to 100; `weight` says how much it counts beside the others."""

    name: str
    score: int
    weight: int
    reasons: list[str]


class ComparisonResource(Wire):
    """The last build beside the reference, by palette and layout; `score` (0 to 100) once it is done. A
    comparison that failed says why, and never fails the build."""

    operation_id: uuid.UUID
    version: int
    status: Literal["pending", "done", "failed"]
    score: int | None
    parts: list[LikenessPart]
    error: FailureResource | None
    picture: str
    thumbnail: str
    completed_at: datetime | None

    @classmethod
    def of(cls, reference: BlueprintReference) -> ComparisonResource | None:
        last = comparing.newest(reference)
        if last is None:
            return None
        addresses = {
            field: reverse(
                "reference-picture",
                args=[
                    str(reference.blueprint.project_id),
                    reference.blueprint_id,
                    reference.item_id,
                    name,
                ],
            )
            for name, field in given.BUILT_PICTURES.items()
            if getattr(last, field)
        }
        return cls.model_validate(
            {
                "operation_id": last.build,
                "version": last.version,
                "status": "pending" if last.status in ReferenceComparison.UNFINISHED else last.status,
                "score": last.score,
                "parts": last.parts,
                "error": last.error,
                "completed_at": last.completed_at,
                "picture": "",
                "thumbnail": "",
                **addresses,
            }
        )


class ReferenceResource(Wire):
    """A page or a picture to take the design from; `origin` is the page's address or the file's name.

    `status` is pending until the page has been looked at; `progress` says what happens meanwhile. The
    pictures are WebP, at addresses that members of the project may read: the top of the page, the whole
    of it on a desk, and on a phone (a page only).
    """

    id: str
    type: Literal["url", "screenshot"]
    origin: str
    title: str
    status: Literal["pending", "captured", "failed"]
    progress: str
    error: FailureResource | None
    thumbnail: str
    desktop: str
    phone: str
    tokens: Tokens | None
    comparison: ComparisonResource | None
    created_at: datetime

    @classmethod
    def of(cls, row: BlueprintReference) -> ReferenceResource:
        unfinished = row.status in BlueprintReference.UNFINISHED
        return cls.model_validate(
            {
                "id": row.item_id,
                "type": row.kind,
                "origin": row.source,
                "title": row.title,
                "status": "pending" if unfinished else row.status,
                "progress": row.progress or "Waiting to be looked at" if unfinished else "",
                "error": row.error,
                "tokens": TOKENS.validate_python(row.tokens) if row.tokens and not unfinished else None,
                "comparison": ComparisonResource.of(row),
                "created_at": row.created_at,
                **pictures_of(row),
            }
        )


PICTURES = ("thumbnail", "desktop", "phone")


def pictures_of(row: BlueprintReference) -> dict[str, str]:
    """Where each picture of a reference is read; "" for one that there is not."""
    blueprint = row.blueprint
    return {
        name: reverse("reference-picture", args=[str(blueprint.project_id), blueprint.pk, row.item_id, name])
        if getattr(row, name)
        else ""
        for name in PICTURES
    }


# What is shown of references, in one query for any number of plans.
_ROWS = Prefetch(
    "given_references", BlueprintReference.objects.defer("facts").prefetch_related("comparisons")
)


def with_references(blueprints: Any) -> Any:
    """The queryset, with its references read beside it."""
    return blueprints.prefetch_related(_ROWS)


def references_of(blueprint: Blueprint, items: Sequence[Reference]) -> list[ReferenceResource]:
    """In the order of the plan."""
    rows: Mapping[str, BlueprintReference] = {}
    if items:
        prefetch_related_objects([blueprint], _ROWS)
        rows = {row.item_id: row for row in blueprint.given_references.all()}
    return [ReferenceResource.of(rows[item.id]) for item in items if item.id in rows]


class BlueprintResource(Wire):
    """A plan. `readyToBuild` and `blockers` are computed from it; `version` counts its changes.

    `locked` names what a person edited beside the items ("featureName", "summary", "designSystem.theme");
    items say it in their own `locked`.
    """

    id: uuid.UUID
    project_id: uuid.UUID
    feature_name: str
    summary: str
    sections: Sections
    references: list[ReferenceResource]
    open_questions: list[OpenQuestion]
    decisions: list[Decision]
    assumptions: list[Assumption]
    locked: list[str]
    ready_to_build: bool
    blockers: list[Blocker]
    status: Literal["draft", "building", "built", "archived"]
    version: int
    built_version: int | None
    built_feature_slug: str | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, blueprint: Blueprint) -> BlueprintResource:
        document = blueprint.document
        return cls.model_validate(
            {
                "id": blueprint.pk,
                "project_id": blueprint.project_id,
                "feature_name": document.feature_name,
                "summary": document.summary,
                "sections": document.sections,
                "references": references_of(blueprint, document.references),
                "open_questions": document.open_questions,
                "decisions": document.decisions,
                "assumptions": document.assumptions,
                "locked": document.locked,
                "ready_to_build": blueprint.ready_to_build,
                "blockers": blueprint.blockers,
                "status": blueprint.status,
                "version": blueprint.version,
                "built_version": blueprint.built_version,
                "built_feature_slug": blueprint.built_feature_slug,
                "created_at": blueprint.created_at,
                "updated_at": blueprint.updated_at,
            }
        )


class ChangesResource(Wire):
    """Ids of the items a turn, an edit or a restore added, changed and removed."""

    added: list[str] = []
    changed: list[str] = []
    removed: list[str] = []
    summary: str = ""


class CommentResource(Wire):
    """What somebody says of one item of a plan. `messageId` is the message it was sent with, null while it is
    pending; `label` is what the item was called then."""

    id: uuid.UUID
    item_id: str
    label: str
    text: str
    author: str | None
    message_id: uuid.UUID | None
    created_at: datetime

    @classmethod
    def of(cls, row: BlueprintComment) -> CommentResource:
        return cls.model_validate(
            {
                "id": row.pk,
                "item_id": row.item_id,
                "label": row.label,
                "text": row.text,
                "author": row.by.get_username() if row.by else None,
                "message_id": row.message_id,
                "created_at": row.created_at,
            }
        )


class UsageResource(Wire):
    """What calls of a model used and cost. `costMicros` are millionths of a US dollar, null where the price of
    a model is not known. `inputTokens` are those read neither from the cache nor into it.
    """

    calls: int
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    cost_micros: int | None

    @classmethod
    def of(cls, spent: Spent) -> Self:
        return cls.model_validate(_sums(spent))


class MessageUsageResource(UsageResource):
    """What one reply cost, failed and corrected calls included. `attempts` counts HTTP requests, `requestIds`
    are the vendor's. `estimated`: a call broke off before its count came.
    """

    models: list[str]
    attempts: int
    request_ids: list[str]
    estimated: bool

    @classmethod
    def of_calls(cls, calls: Sequence[ModelCall]) -> MessageUsageResource | None:
        """None for a reply that called no model."""
        over = [call for call in calls if call.status != ModelCall.Status.RUNNING]
        if not over:
            return None
        return cls.model_validate(
            {
                **_sums(spent_on(over)),
                "models": list(dict.fromkeys(call.model for call in over)),
                "attempts": sum(call.attempts for call in over),
                "request_ids": [call.request_id for call in over if call.request_id],
                "estimated": any(call.estimated for call in over),
            }
        )


def _sums(spent: Spent) -> dict[str, int | None]:
    sums: dict[str, int | None] = {name: getattr(spent, name) for name in ("calls", *COUNTED)}
    return sums | {"cost_micros": None if spent.unpriced else spent.cost_micros}


class BlueprintUsageResource(UsageResource):
    blueprint_id: uuid.UUID
    feature_name: str


class ProjectUsageResource(Wire):
    """What Claude cost a project. `month` is the current one (UTC); the budgets are in millionths of a US
    dollar, null without a limit: `budgetMicros` for the project's month, `messageBudgetMicros` for one message.
    """

    month: UsageResource
    month_start: datetime
    total: UsageResource
    blueprints: list[BlueprintUsageResource]
    budget_micros: int | None
    message_budget_micros: int | None


class MessageResource(Wire):
    """One message. `event` tells of an edit or a restore; `blueprintVersion` is set where the plan changed.
    `replacedBy` is the message that was sent instead of it or of an earlier one: it counts no longer.
    `usage` is null where no model was paid for it.
    """

    id: uuid.UUID
    number: int
    role: Literal["user", "architect", "event"]
    author: str | None
    content: str
    status: Literal["queued", "replying", "done", "stopped", "failed"]
    error: FailureResource | None
    changes: ChangesResource
    blueprint_version: int | None
    build_requested: bool
    replaced_by: uuid.UUID | None
    usage: MessageUsageResource | None
    created_at: datetime
    completed_at: datetime | None

    @classmethod
    def of(cls, message: BlueprintMessage) -> MessageResource:
        return cls.model_validate(
            {
                "id": message.pk,
                "number": message.number,
                "role": message.role,
                "author": message.author.get_username() if message.author else None,
                "content": message.content,
                "status": message.status,
                "error": message.error,
                "changes": message.changes,
                "blueprint_version": message.blueprint_version,
                "build_requested": message.build_requested,
                "replaced_by": message.replaced_by_id,
                "usage": MessageUsageResource.of_calls(list(message.model_calls.all())),
                "created_at": message.created_at,
                "completed_at": message.completed_at,
            }
        )


class ChatResource(Wire):
    """The end of a turn: what the Architect said, and the plan as it stands after it."""

    reply: str
    blueprint: BlueprintResource
    message: MessageResource
    open_questions: list[OpenQuestion]


class VersionResource(Wire):
    """One state of the plan; `messageId` is the message whose turn made it."""

    version: int
    message_id: uuid.UUID
    author: str | None
    changes: ChangesResource
    created_at: datetime

    @classmethod
    def of(cls, message: BlueprintMessage) -> VersionResource:
        return cls.model_validate(_version(message))


class VersionDetail(VersionResource):
    """A version with its whole document."""

    document: BlueprintDocument

    @classmethod
    def of(cls, message: BlueprintMessage) -> VersionDetail:
        return cls.model_validate(_version(message) | {"document": message.blueprint_snapshot})


def _version(message: BlueprintMessage) -> dict[str, object]:
    return {
        "version": message.blueprint_version,
        "message_id": message.pk,
        "author": message.author.get_username() if message.author else None,
        "changes": message.changes,
        "created_at": message.completed_at or message.created_at,
    }


# In


class NewBlueprint(Wire):
    feature_name: str


class SectionEdits(Wire):
    """The sections to replace; those left out stay. Their `status` is computed."""

    data_model: DataModelSection | None = None
    api_endpoints: ApiEndpointsSection | None = None
    ui_components: UiComponentsSection | None = None
    dependencies: DependenciesSection | None = None
    design_system: DesignSystemSection | None = None
    behaviors: BehaviorsSection | None = None


class BlueprintEdit(Wire):
    """The parts to replace; those left out stay. `version` is the one edited (or send `If-Match`).

    Items keep their `id`; a new item may bring any, and gets one of its own. Edited fields are locked
    against the Architect; leaving a lock out of `locked` lifts it. `locked` beside the parts is that of the
    plan's name, summary and design settings.
    """

    version: int | None = Field(default=None, ge=0)
    feature_name: Name | None = None
    summary: Sentence | None = None
    sections: SectionEdits | None = None
    open_questions: list[OpenQuestion] | None = None
    decisions: list[Decision] | None = None
    assumptions: list[Assumption] | None = None
    locked: list[str] | None = None

    def applied_to(self, document: BlueprintDocument) -> BlueprintDocument:
        """A copy of the document with the given parts replaced."""
        result = document.model_copy(deep=True)
        for name in self.model_fields_set - {"version", "sections"}:
            value = getattr(self, name)
            if value is not None:
                setattr(result, name, value)
        for name in self.sections.model_fields_set if self.sections else ():
            section = getattr(self.sections, name)
            if section is not None:
                setattr(result.sections, name, section)
        return result


class ReferenceInput(Wire):
    """A page (`source` is its address), or a picture that was uploaded to `…/references` before (`upload`
    is the id it got there, "REF-1"), to take the design from."""

    type: Literal["url", "screenshot"]
    source: str = ""
    upload: str = ""


class NewReference(Wire):
    """A page to look at."""

    url: str


class NewUpload(Wire):
    """A picture: PNG, JPEG, WebP, GIF, or AVIF where the server reads it; at most 10 MB."""

    file: Annotated[
        InstanceOf[UploadedFile],  # type: ignore[type-arg]
        WithJsonSchema({"type": "string", "format": "binary"}),
    ]


class NewComment(Wire):
    """`itemId` is an item of the plan ("ENT-1"), "plan" or "design"."""

    item_id: str
    text: str


class CommentEdit(Wire):
    text: str


class ChatInput(Wire):
    message: str
    references: list[ReferenceInput] = []


class ResendInput(Wire):
    message: str


class RestoreInput(Wire):
    """`version`, when given, must be the current one: nothing is overwritten unseen."""

    version: int | None = Field(default=None, ge=0)
