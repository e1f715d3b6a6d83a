"""What a word refers to: something in the plan, in the domain, among the usual things, or something new."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from blueprints.architect.offline.fields import FieldDraft, infer, known_field
from blueprints.architect.offline.knowledge import (
    Domain,
    EntityTemplate,
    Part,
    RelationTemplate,
    domain,
    domains,
    usual_entities,
)  # fmt: skip
from blueprints.architect.offline.naming import (
    pascal,
    plural,
    singular,
    spaced,
)
from blueprints.architect.offline.nouns import noun
from blueprints.architect.offline.plan import Plan
from blueprints.architect.offline.text import find_phrase, stems
from blueprints.schemas import Entity

SURE, LIKELY, GUESS = 1.0, 0.8, 0.5
# What these mean depends on the word before: a print job is no vacancy, a data table seats nobody.
MANY_MEANINGS = frozenset(
    {"transfer", "repair", "player", "job", "table", "training",
     "card", "plan", "board", "position", "case", "subject", "class", "model", "match", "deal",
     "role", "target", "item", "work", "application", "account", "session", "record", "service", "page", "test", "stock", "asset",
     "contact", "score", "event", "program", "log", "house", "resource", "request", "history", "order", "stage", "point", "code"}
)  # fmt: skip
_DEFAULT_FIELDS = ("name", "description")


class Referents:
    """Finds the entity behind words in one plan, and makes it when there is none yet."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.focus: Entity | None = None  # what was spoken of last
        self.expected: list[EntityTemplate] = []  # named, and linked to what is described
        self.parts_only: set[str] = set()  # entities that came as parts of another

    def active_domains(self) -> list[Domain]:
        names = [
            key.removeprefix("domain:") for key in self.plan.document.derived if key.startswith("domain:")
        ]
        return [found for name in names if (found := domain(name)) is not None]

    def lookup(self, phrase: str) -> EntityTemplate | None:
        """A template for these words, from the active domains first."""
        words = singular(phrase.lower().strip())
        for active in self.active_domains():
            for template in (*active.contents.entities, *active.extra):
                if words == spaced(template.name) or words in template.words:
                    return template
        return usual_entities().get(words)

    def existing(self, phrase: str) -> Entity | None:
        """The entity these words refer to: by name, by another word for it, by its head noun."""
        core = noun(phrase) or singular(phrase.lower().strip())
        entity = self.plan.find(core)
        if entity is not None:
            return entity
        template = self.lookup(core)
        for other in (spaced(template.name), *template.words) if template is not None else ():
            if (entity := self.plan.find(other)) is not None:
                self._call_as_said(entity, template, core)
                return entity
        head = core.rpartition(" ")[2]
        return self.plan.find(head) if " " in core and not known_field(head) else None

    def resolve(self, phrase: str, *, confidence: float = SURE, allow_new: bool = True) -> Entity | None:
        """The entity for these words, made when there is none yet."""
        entity = self.existing(phrase)
        if entity is not None:
            self.focus = entity
            return entity
        core = noun(phrase) or singular(phrase.lower().strip())
        template = self.lookup(core)
        if template is not None:
            own_word = core in template.goes_by
            if own_word or not (template.keep or template.part or self._in_active_domain(template)):
                template = replace(template, name=pascal(core), plural=plural(core).capitalize())
            self.focus = self.from_template(template, confidence=min(confidence, LIKELY))
            return self.focus
        head = core.rpartition(" ")[2]
        head_template = self.lookup(head) if " " in core and head not in MANY_MEANINGS else None
        if head_template is not None and any(
            head_template in active.contents.entities for active in self.active_domains()
        ):
            self.focus = self.from_template(head_template, confidence=min(confidence, LIKELY))
            return self.focus
        if not allow_new and head_template is None:
            return None
        drafts = head_template.fields if head_template else self.default_fields()
        entity = self.plan.add_entity(
            pascal(core), drafts, confidence=min(confidence, LIKELY if head_template else GUESS)
        )
        if entity is not None:
            self.focus = entity
            if head_template is None:
                self.plan.notes.guessed.append(entity.name)
        return entity

    def _call_as_said(self, entity: Entity, template: EntityTemplate | None, core: str) -> None:
        """A thing the domain brought takes the name the person uses for it ("stylist", not "staff")."""
        if template is None or core not in template.goes_by or entity.name != template.name or entity.locked:
            return
        if entity.confidence < SURE and not self.plan.derived(f"named:{entity.id}"):
            self.plan.mark_derived(f"named:{entity.id}")
            self.plan.rename_entity(entity, core, quiet=True)

    def keeping_focus(self, core: str) -> Entity | None:
        focus = self.focus
        found = self.resolve(core)
        self.focus = focus
        return found

    def main(self) -> Entity | None:
        """The thing the app is mostly about: the first that is not a part of another."""
        for entity in self.plan.entities:
            template = self.lookup(spaced(entity.name))
            if template is None or not template.part:
                return entity
        return self.plan.entities[0] if self.plan.entities else None

    def part_named(self, phrase: str) -> Part | None:
        found = stems(phrase)
        for active in self.active_domains():
            for part in active.parts:
                if any(find_phrase(name, found) >= 0 for name in (*part.triggers, part.title)):
                    return part
        return None

    def domain_named(self, phrase: str) -> Domain | None:
        """The domain whose name these words are ("a blog", "an online shop"), not one yet in the plan."""
        found = stems(phrase)
        for entry in domains():
            if not self.plan.derived(f"domain:{entry.name}") and any(
                find_phrase(trigger, found) >= 0 and len(found) <= len(trigger.split()) + 1
                for trigger in entry.triggers
            ):
                return entry
        return None

    def from_template(self, template: EntityTemplate, *, confidence: float) -> Entity | None:
        entity = self.plan.find(spaced(template.name))
        if entity is not None:
            return entity
        entity = self.plan.add_entity(
            template.name,
            template.fields,
            words=template.plural,
            description=template.description,
            confidence=confidence,
        )
        if entity is None:
            return None
        if template.part:
            self.parts_only.add(template.name)
        if template.endpoints == "none" and template.screens == "none":
            self.plan.mark_derived(entity.id)
        self.template_relations(entity, template.relations, create=False)
        self._attach_waiting(entity)
        return entity

    def _in_active_domain(self, template: EntityTemplate) -> bool:
        return any(template in (*active.contents.entities, *active.extra) for active in self.active_domains())

    def template_relations(
        self, entity: Entity, relations: Iterable[RelationTemplate], *, create: bool
    ) -> None:
        for relation in relations:
            target = self.plan.find(spaced(relation.target))
            if target is not None and not any(r.name == relation.name for r in entity.relations):
                self.plan.relate(
                    entity, relation.kind, target, name=relation.name, required=relation.required,
                    confidence=LIKELY, quiet=True,
                )  # fmt: skip

    def _attach_waiting(self, arrived: Entity) -> None:
        """Entities whose usual relation waited for this one."""
        for entity in self.plan.entities:
            template = self.lookup(spaced(entity.name))
            if template is not None and entity is not arrived:
                self.template_relations(
                    entity, [r for r in template.relations if r.target == arrived.name], create=False
                )

    @staticmethod
    def default_fields() -> list[FieldDraft]:
        return [
            replace(draft, confidence=GUESS) for name in _DEFAULT_FIELDS if (draft := infer(name)) is not None
        ]
