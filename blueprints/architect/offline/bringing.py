"""Domains, their parts and answers, put into a plan beside what is there, and taken out again."""

from __future__ import annotations

from dataclasses import replace

from blueprints.architect.offline.knowledge import (
    Contents,
    Domain,
    EntityTemplate,
    Part,
)  # fmt: skip
from blueprints.architect.offline.naming import (
    spaced,
)
from blueprints.architect.offline.referents import LIKELY, Referents
from blueprints.architect.offline.text import find_phrase


def _named(contents: Contents, said: list[str]) -> Contents:
    """The entities these words name, those they cannot be without, and their parts; all when none is named."""
    kept = {template.name for template in contents.entities if _is_named(template, said)}
    if not kept:
        return contents
    while True:
        more = {
            relation.target
            for template in contents.entities
            for relation in template.relations
            if template.name in kept and relation.required
        }
        more |= {
            template.name
            for template in contents.entities
            if template.part and any(relation.target in kept for relation in template.relations)
        }
        if more <= kept:
            return replace(contents, entities=tuple(t for t in contents.entities if t.name in kept))
        kept |= more


def _is_named(template: EntityTemplate, said: list[str]) -> bool:
    return any(find_phrase(word, said) >= 0 for word in (spaced(template.name), *template.words))


class Bringing(Referents):
    """Brings in what the knowledge base has for a domain."""

    def bring(self, contents: Contents, *, confidence: float = LIKELY, quiet: bool = False) -> None:
        """Put what a domain, a part or an answer brings into the plan, beside what is there."""
        for template in contents.entities:
            self.from_template(template, confidence=confidence)
        for template in contents.entities:
            entity = self.plan.find(spaced(template.name))
            if entity is not None:
                self.template_relations(entity, template.relations, create=False)
        for rule in contents.rules:
            params = dict(rule.params)
            if rule.entity:
                entity = self.plan.find(spaced(rule.entity))
                if entity is None:
                    continue
                params["entity"] = entity.id
            if rule.kind == "access.permission" and self.plan.has_rule(rule.kind, params):
                continue  # a right that was named for itself outranks a general answer
            self.plan.set_rule(rule.kind, rule.text, params, confidence=rule.confidence, quiet=quiet)
        for screen in contents.screens:
            shown = [
                entity for name in screen.entities if (entity := self.plan.find(spaced(name))) is not None
            ]
            if shown or not screen.entities:
                self.plan.add_screen(screen.name, screen.kind, screen.purpose, shown, screen.route)
        for endpoint in contents.endpoints:
            entity = self.plan.find(spaced(endpoint.entity))
            if entity is not None:
                self.plan.add_endpoint(endpoint.method, endpoint.path, endpoint.description, entity)
        for text in contents.assumptions:
            self.plan.assume(text)

    def activate(self, chosen: Domain, *, whole: bool, named_in: list[str] | None = None) -> None:
        """Take up a domain: `whole` brings its usual things, otherwise only its knowledge serves.

        `named_in` are the stems of a message long enough to name all it wants: then only what it names,
        and what that needs.
        """
        self.plan.mark_derived(f"domain:{chosen.name}")
        if whole:
            contents = chosen.contents
            self.bring(contents if named_in is None else _named(contents, named_in), quiet=True)

    def expect(self, chosen: Domain, said: list[str]) -> None:
        """Beside what a person described: things of the domain that she named without describing them."""
        links = {
            relation.target
            for template in chosen.contents.entities
            if _is_named(template, said)
            for relation in template.relations
        }
        self.expected = [
            template
            for template in chosen.contents.entities
            if template.name in links and _is_named(template, said)
        ]

    def add_part(self, part: Part) -> None:
        self.plan.mark_derived(f"part:{part.name}")
        self.bring(part.contents)

    def remove_part(self, part: Part) -> bool:
        """Take out all a part brought, told as one thing; False when none of it was there."""
        self.plan.mark_derived(f"part:{part.name}")
        told = list(self.plan.notes.removed)
        gone = False
        for template in part.contents.entities:
            entity = self.plan.find(spaced(template.name))
            gone = (entity is not None and self.plan.remove_entity(entity)) or gone
        names = {screen.name for screen in part.contents.screens}
        for screen in list(self.plan.document.sections.ui_components.components):
            gone = (screen.name in names and self.plan.remove_screen(screen)) or gone
        for kind in {rule.kind for rule in part.contents.rules}:
            gone = bool(self.plan.drop_rules(kind)) or gone
        self.plan.notes.removed[:] = [*told, part.title] if gone else told
        return gone
