"""An Architect that says what a test tells it to: a port implementation, named by the setting."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

from blueprints.architect.port import ArchitectError, ArchitectEvent, Delta, Proposal, Pulse, Thinking, Turn
from blueprints.schemas import BlueprintDocument, Component, Entity, EntityField


class ScriptedArchitect:
    """Understands a few commands: `add Cat`, `drop Cat`, `build`, `fail`, `break`, `wait`, `say …`.

    Several may stand in one message, a line each. `waiting` is set while it waits for `go`.
    """

    name = "Architect (scripted)"
    waiting = threading.Event()
    go = threading.Event()
    turns: list[Turn] = []

    def reply(self, turn: Turn) -> Iterator[ArchitectEvent]:
        self.turns.append(turn)
        document, build = turn.document.model_copy(deep=True), False
        for line in turn.message.splitlines():
            command, _, rest = line.partition(" ")
            match command:
                case "add":
                    _add(document, rest, turn.message_id)
                case "drop":
                    data = document.sections.data_model
                    data.entities = [entity for entity in data.entities if entity.name != rest]
                case "build":
                    build = True
                case "fail":
                    yield Delta("Let me th")
                    raise ArchitectError(
                        "Too many requests; try again in a minute.", code="rate_limited", retryable=True
                    )
                case "break":
                    raise RuntimeError("the secret word is swordfish")
                case "wait":
                    yield Thinking("Waiting")
                    yield Delta("Well")
                    self.waiting.set()
                    yield from self._silence()
                    yield Delta(", then")
                case "say":
                    for word in rest.split(" "):
                        yield Delta(word + " ")
        yield Delta(f"Done with {turn.message!r}.")
        yield Proposal(document, build_requested=build)

    def _silence(self) -> Iterator[ArchitectEvent]:
        deadline = time.monotonic() + 20
        while not self.go.wait(0.05):
            assert time.monotonic() < deadline
            yield Pulse()


def _add(document: BlueprintDocument, name: str, source: str) -> None:
    entity = Entity(id=document.new_id("ENT"), name=name, source=source)
    entity.fields.append(EntityField(id=document.new_id("FLD"), name="title", source=source))
    document.sections.data_model.entities.append(entity)
    document.sections.ui_components.components.append(
        Component(
            id=document.new_id("UI"),
            name=f"{name} list",
            kind="list",
            entities=[entity.id],
            route=f"/{name}/",
        )
    )
