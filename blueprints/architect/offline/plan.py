"""The plan under the Architect's pencil: every change of a turn goes through here and is noted down.

Works on its own copy of the document. What a person locked is left alone and noted as refused, so
that the reply can say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from blueprints import frame
from blueprints.architect.offline.fields import FieldDraft
from blueprints.architect.offline.naming import kebab, pascal, plural, singular, snake, spaced
from blueprints.architect.offline.notes import Notes
from blueprints.architect.offline.plan_words import relation_sentence, reworded, type_words
from blueprints.removing import hanging_on, remove_entity
from blueprints.schemas import (
    Assumption,
    BlueprintDocument,
    Component,
    ComponentKind,
    Dependency,
    Endpoint,
    Entity,
    EntityField,
    Item,
    Method,
    Relation,
    RelationKind,
    Rule,
    Scalar,
)  # fmt: skip

MOST_ENTITIES, MOST_FIELDS = 40, 40


class Plan:
    def __init__(self, document: BlueprintDocument, source: str | None) -> None:
        self.document = document.model_copy(deep=True)
        self.source = source
        self.notes = Notes()

    def keep_settings(self, stored: BlueprintDocument) -> None:
        """Settings a person locked are as they were, and it is noted where a wish went against that."""
        for name in frame.changed(stored, self.document) & set(stored.locked):
            frame.write(self.document, name, frame.read(stored, name))
            if name != "summary":
                self.notes.refused.append(f"the {spaced(pascal(name.rpartition('.')[2]))}")

    # --- finding -------------------------------------------------------------------------------

    @property
    def entities(self) -> list[Entity]:
        return self.document.sections.data_model.entities

    def find(self, phrase: str) -> Entity | None:
        """The entity these words name: "recipes", "cat photo", "Line items"."""
        name = pascal(singular(phrase.strip()))
        for entity in self.entities:
            if name and name.lower() in (entity.name.lower(), pascal(singular(entity.plural)).lower()):
                return entity
        return None

    def find_field(self, entity: Entity, phrase: str) -> EntityField | Relation | None:
        wanted = snake(phrase)
        parts: list[EntityField | Relation] = [*entity.fields, *entity.relations]
        for item in parts:
            if wanted and wanted in (item.name, singular(item.name), plural(item.name)):
                return item
        return None

    def derived(self, key: str) -> bool:
        return key in self.document.derived

    def mark_derived(self, key: str) -> None:
        if key not in self.document.derived:
            self.document.derived.append(key)

    # --- data model ----------------------------------------------------------------------------

    def add_entity(
        self,
        name: str,
        drafts: Iterable[FieldDraft],
        *,
        words: str = "",
        description: str = "",
        confidence: float = 1.0,
    ) -> Entity | None:
        """A new entity with these fields; None when there is no room or no name for it."""
        if not name or len(self.entities) >= MOST_ENTITIES:
            return None
        entity = Entity(
            id=self.document.new_id("ENT"), source=self.source, confidence=confidence, name=name,
            plural=words or plural(spaced(name)).capitalize(), description=description,
        )  # fmt: skip
        self.entities.append(entity)
        self.notes.entities.append(name)
        for draft in drafts:
            self.add_field(entity, draft, quiet=True)
        return entity

    def add_field(self, entity: Entity, draft: FieldDraft, *, quiet: bool = False) -> EntityField | None:
        """A column, unless there is one of this name: that one then takes over what was said."""
        present = self.find_field(entity, draft.name)
        if isinstance(present, Relation) or len(entity.fields) >= MOST_FIELDS:
            return None
        if present is not None:
            return self._refine_field(entity, present, draft)
        column = EntityField(id=self.document.new_id("FLD"), source=self.source, **draft.attributes())
        entity.fields.append(column)
        if not quiet:
            self.notes.fields.append((entity.name, column.name))
        return column

    def _refine_field(self, entity: Entity, column: EntityField, draft: FieldDraft) -> EntityField:
        if draft.confidence < 1.0 or (column.type == draft.type and tuple(column.choices) == draft.choices):
            self.notes.present.append(f"{entity.name}.{column.name}")
        elif self.may_touch(column, f"{entity.name}.{column.name}"):
            for key, value in draft.attributes().items():
                if key != "name":
                    setattr(column, key, value)
            self.notes.changed.append(
                f"{spaced(entity.name)} {spaced(column.name)} is now {type_words(column)}"
            )
        return column

    def relate(
        self,
        holder: Entity,
        kind: RelationKind,
        target: Entity,
        *,
        name: str = "",
        required: bool = True,
        confidence: float = 1.0,
        quiet: bool = False,
    ) -> Relation | None:
        """A link, kept once: a second one between the same two under the same kind is not added."""
        for relation in holder.relations:
            if relation.target == target.id and (not name or relation.name == name):
                if relation.kind != kind and self.may_touch(relation, f"{holder.name}.{relation.name}"):
                    relation.kind = kind
                    self.notes.relations.append(relation_sentence(holder, relation, target))
                elif relation.source == self.source and not quiet:
                    self.notes.relations.append(relation_sentence(holder, relation, target))
                return relation
        chosen = name or snake(plural(spaced(target.name)) if kind == "many_to_many" else spaced(target.name))
        if holder.id == target.id and not name:
            chosen = f"parent_{chosen}" if kind == "belongs_to" else f"related_{chosen}"
            required = False
        taken = self.find_field(holder, chosen)
        if isinstance(taken, EntityField):  # "author" was a plain column until it became an entity
            if taken.locked:
                chosen = f"{chosen}_link"
            else:
                holder.fields.remove(taken)
        relation = Relation(
            id=self.document.new_id("REL"), source=self.source, confidence=confidence, name=chosen, kind=kind,
            target=target.id, required=required and kind != "many_to_many",
        )  # fmt: skip
        holder.relations.append(relation)
        if not quiet:
            self.notes.relations.append(relation_sentence(holder, relation, target))
        return relation

    def remove_entity(self, entity: Entity) -> bool:
        """The entity with all that hangs on it; refused when a person locked any of that."""
        doomed = [entity, *entity.fields, *entity.relations, *hanging_on(self.document, entity)]
        if not all(self.may_touch(item, spaced(entity.name)) for item in doomed):
            return False
        remove_entity(self.document, entity)
        self.notes.removed.append(plural(spaced(entity.name)))
        return True

    def remove_field(self, entity: Entity, item: EntityField | Relation) -> bool:
        label = f"{spaced(item.name)} from {entity.plural.lower() or spaced(entity.name)}"
        if not self.may_touch(item, label):
            return False
        if isinstance(item, EntityField):
            entity.fields.remove(item)
        else:
            entity.relations.remove(item)
        self.notes.removed.append(label)
        return True

    def rename_entity(self, entity: Entity, words: str, *, quiet: bool = False) -> bool:
        name = pascal(singular(words))
        if not name or self.find(words) is not None or not self.may_touch(entity, entity.name):
            return False
        old_name, old_plural = entity.name, entity.plural or plural(spaced(entity.name))
        entity.name, entity.plural = name, plural(spaced(name)).capitalize()
        for endpoint in self.document.sections.api_endpoints.endpoints:
            if endpoint.entity == entity.id and not endpoint.locked:
                endpoint.path = endpoint.path.replace(f"/{kebab(old_plural)}/", f"/{kebab(entity.plural)}/")
                endpoint.description = reworded(endpoint.description, old_name, old_plural, entity)
        for screen in self.document.sections.ui_components.components:
            if entity.id in screen.entities and not screen.locked:
                screen.route = screen.route.replace(f"/{kebab(old_plural)}/", f"/{kebab(entity.plural)}/")
                screen.name = reworded(screen.name, old_name, old_plural, entity)
                screen.purpose = reworded(screen.purpose, old_name, old_plural, entity)
        for other in self.entities:
            for relation in other.relations:
                if relation.target == entity.id and not relation.locked:
                    if relation.name == snake(spaced(old_name)):
                        relation.name = snake(spaced(name))
                    elif relation.name == snake(old_plural):
                        relation.name = snake(entity.plural)
        if old_name in self.notes.entities:
            self.notes.entities[self.notes.entities.index(old_name)] = name
        if not quiet:
            self.notes.renamed.append((spaced(old_name), spaced(name)))
        return True

    def rename_field(self, entity: Entity, item: EntityField | Relation, words: str) -> bool:
        name = snake(words)
        if not name or self.find_field(entity, name) is not None or not self.may_touch(item, item.name):
            return False
        self.notes.renamed.append((f"{spaced(entity.name)} {spaced(item.name)}", spaced(name)))
        item.name = name
        return True

    # --- behaviour, endpoints, screens ---------------------------------------------------------

    def set_rule(
        self,
        kind: str,
        text: str,
        params: Mapping[str, Scalar | list[str]],
        *,
        confidence: float = 1.0,
        quiet: bool = False,
    ) -> Rule:
        """One rule per kind (per entity and action for permissions, per sentence for free ones, per thing and
        what becomes of it for the worker's)."""
        present = next((rule for rule in self._rules if _same_rule(rule, kind, text, params)), None)
        if present is None:
            present = Rule(
                id=self.document.new_id("RULE"), source=self.source, confidence=confidence, kind=kind, text=text,
                params=dict(params),
            )  # fmt: skip
            self._rules.append(present)
            if not quiet:
                self.notes.rules.append(text)
        elif (present.text, present.params) != (text, dict(params)) and self.may_touch(present, present.text):
            present.text, present.params, present.confidence = text, dict(params), confidence
            present.source = self.source
            if not quiet:
                self.notes.rules.append(text)
        return present

    def has_rule(self, kind: str, params: Mapping[str, Scalar | list[str]], text: str = "") -> bool:
        """Whether such a rule stands already, whatever else it says."""
        return any(_same_rule(rule, kind, text, params) for rule in self._rules)

    def drop_rules(self, kind: str) -> int:
        doomed = [rule for rule in self._rules if rule.kind == kind and self.may_touch(rule, rule.text)]
        for rule in doomed:
            self._rules.remove(rule)
        return len(doomed)

    def take_back(self, kind: str, params: Mapping[str, Scalar | list[str]]) -> None:
        """Drop a rule that says exactly this."""
        for rule in list(self._rules):
            if rule.kind == kind and rule.params == params and not rule.locked:
                self._rules.remove(rule)

    def drop_rule(self, rule: Rule) -> bool:
        if self.may_touch(rule, rule.text):
            self._rules.remove(rule)
            self.notes.removed.append(f"the rule “{rule.text}”")
            return True
        return False

    def add_endpoint(
        self, method: Method, path: str, description: str, entity: Entity, confidence: float = 0.9
    ) -> None:
        endpoints = self.document.sections.api_endpoints.endpoints
        if any((item.method, item.path) == (method, path) for item in endpoints):
            return
        endpoints.append(
            Endpoint(
                id=self.document.new_id("API"), source=self.source, confidence=confidence, method=method, path=path,
                description=description, entity=entity.id,
            )
        )  # fmt: skip

    def add_screen(
        self,
        name: str,
        kind: ComponentKind,
        purpose: str,
        entities: Iterable[Entity],
        route: str,
        *,
        quiet: bool = True,
    ) -> bool:
        """A screen, unless one of this name or at this address is there already."""
        screens = self.document.sections.ui_components.components
        if any(item.name.lower() == name.lower() for item in screens):
            return False
        if route and any(item.route == route for item in screens):
            route = f"/{kebab(name)}/"
        if route and any(item.route == route for item in screens):
            return False
        screens.append(
            Component(
                id=self.document.new_id("UI"), source=self.source, confidence=0.9, name=name, kind=kind,
                purpose=purpose, entities=[entity.id for entity in entities], route=route,
            )
        )  # fmt: skip
        if not quiet:
            self.notes.screens.append(name)
        return True

    def remove_screen(self, screen: Component) -> bool:
        if self.may_touch(screen, screen.name):
            self.document.sections.ui_components.components.remove(screen)
            self.notes.removed.append(f"the screen “{screen.name}”")
            return True
        return False

    def remove_endpoint(self, endpoint: Endpoint) -> bool:
        if self.may_touch(endpoint, endpoint.path):
            self.document.sections.api_endpoints.endpoints.remove(endpoint)
            self.notes.removed.append(f"{endpoint.method} {endpoint.path}")
            return True
        return False

    def add_dependency(self, name: str, kind: str, purpose: str) -> bool:
        """Whether it was not there before."""
        items = self.document.sections.dependencies.items
        if any(item.name == name for item in items):
            return False
        items.append(
            Dependency.model_validate(
                {"id": self.document.new_id("DEP"), "name": name, "kind": kind, "purpose": purpose}
            )
        )
        return True

    def remove_dependency(self, item: Dependency) -> bool:
        if self.may_touch(item, item.name):
            self.document.sections.dependencies.items.remove(item)
            self.notes.removed.append(f"the component “{item.name}”")
            return True
        return False

    def assume(self, text: str, topic: str = "", confidence: float = 0.7) -> None:
        known = self.document.assumptions
        if all(item.text != text and (not topic or item.topic != topic) for item in known):
            known.append(
                Assumption(
                    id=self.document.new_id("ASM"),
                    source=self.source,
                    confidence=confidence,
                    topic=topic,
                    text=text,
                )
            )

    # -------------------------------------------------------------------------------------------

    @property
    def _rules(self) -> list[Rule]:
        return self.document.sections.behaviors.rules

    def may_touch(self, item: Item, label: str) -> bool:
        if item.locked and label not in self.notes.refused:
            self.notes.refused.append(label)
        return not item.locked


def _same_rule(rule: Rule, kind: str, text: str, params: Mapping[str, Any]) -> bool:
    if rule.kind != kind:
        return False
    if kind == "free":
        return rule.text.lower() == text.lower()
    if kind == "access.permission":
        return all(rule.params.get(key) == params.get(key) for key in ("entity", "action"))
    if kind.startswith("job."):
        told_apart = ("entity", "of", "field", "value", *(("days", "when") if kind == "job.remind" else ()))
        return all(rule.params.get(key) == params.get(key) for key in told_apart)
    return True
