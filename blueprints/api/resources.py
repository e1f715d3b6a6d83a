"""What the API shows of blueprints, and what it takes."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Literal

from pydantic import Field

from blueprints.models import Blueprint, BlueprintMessage
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


class BlueprintResource(Wire):
    """A plan. `readyToBuild` and `blockers` are computed from it; `version` counts its changes."""

    id: uuid.UUID
    project_id: uuid.UUID
    feature_name: str
    summary: str
    sections: Sections
    references: list[Reference]
    open_questions: list[OpenQuestion]
    decisions: list[Decision]
    assumptions: list[Assumption]
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
                "references": document.references,
                "open_questions": document.open_questions,
                "decisions": document.decisions,
                "assumptions": document.assumptions,
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


class FailureResource(Wire):
    """Why a reply failed, and whether the same message may work later."""

    code: str
    message: str
    retryable: bool


class MessageResource(Wire):
    """One message. `event` tells of an edit or a restore; `blueprintVersion` is set where the plan changed."""

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
    against the Architect; leaving a lock out of `locked` lifts it.
    """

    version: int | None = Field(default=None, ge=0)
    feature_name: Name | None = None
    summary: Sentence | None = None
    sections: SectionEdits | None = None
    open_questions: list[OpenQuestion] | None = None
    decisions: list[Decision] | None = None
    assumptions: list[Assumption] | None = None

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
    """A page (`source` is its address) or an upload (`upload` is its id) to take the design from."""

    type: Literal["url", "screenshot"]
    source: str = ""
    upload: str = ""


class ChatInput(Wire):
    message: str
    references: list[ReferenceInput] = []


class RestoreInput(Wire):
    """`version`, when given, must be the current one: nothing is overwritten unseen."""

    version: int | None = Field(default=None, ge=0)
