"""Statements onto the plan: entities found or made, fields typed, relations turned the right way.

The planner decides what a word refers to: something in the plan, something the domain knows, one of
the usual things applications hold, or something new, whose fields are then a guess and said to be one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from blueprints.architect.offline.bringing import Bringing
from blueprints.architect.offline.derive import words_of
from blueprints.architect.offline.fields import ends_like_field, infer, known_field, read_field
from blueprints.architect.offline.grammar.screens import screens_named
from blueprints.architect.offline.knowledge import (
    permission_sentence,
)  # fmt: skip
from blueprints.architect.offline.naming import (
    is_plural,
    pascal,
    singular,
    spaced,
)
from blueprints.architect.offline.nouns import is_abstract, noun
from blueprints.architect.offline.plan import Plan
from blueprints.architect.offline.referents import GUESS, LIKELY, SURE
from blueprints.architect.offline.removals import remove, rename
from blueprints.architect.offline.screens import show
from blueprints.architect.offline.statements import (
    Adds,
    Behaves,
    HasFields,
    Permits,
    Relates,
    Removes,
    Renames,
    Shows,
    Statement,
    Wants,
)  # fmt: skip
from blueprints.schemas import Entity

WANTED_PER_MESSAGE = 8
ENOUGH_FOR_KNOWN, ENOUGH_FOR_NEW = 0.4, 0.6

_QUANTIFIED = re.compile(
    r"^(?:an?\s+)?(?:many|several|multiple|lots of|a lot of|list of|lists of|any number of|one or more|"
    r"zero or more|various|"
    r"numerous|few|some)\s+(.+)$",
    re.I,
)
_FILLER = re.compile(r"^(?:etc|and so on|so on|more|others?|and more|similar|the like|such)\b\.?$", re.I)


class Planner(Bringing):
    """Carries out the statements of one message."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.spoken_for: set[str] = set()  # words that named the domain itself ("a blog")
        self._subjects: set[str] = set()

    def take(self, statements: Sequence[Statement]) -> None:
        """Carry out one message's statements: names first, then what is wanted, then the rest."""
        subjects = {
            pascal(singular(s.subject)).lower() for s in statements if isinstance(s, HasFields | Relates)
        }
        self._subjects = subjects
        for statement in statements:
            if isinstance(statement, Removes):
                remove(self, statement)
            elif isinstance(statement, Renames):
                rename(self, statement)
        for statement in statements:
            if isinstance(statement, HasFields) and statement.subject:
                self._has_fields(statement)
        for statement in statements:
            if isinstance(statement, Relates):
                self._relate(statement)
            elif isinstance(statement, Adds):
                self._add(statement)
        self._want([statement for statement in statements if isinstance(statement, Wants)])
        self._attach_parts()
        for statement in statements:
            if isinstance(statement, HasFields) and not statement.subject:
                self._has_fields(statement)
        for statement in statements:
            if isinstance(statement, Permits):
                self._permit(statement)
            elif isinstance(statement, Shows):
                show(self, statement)
            elif isinstance(statement, Behaves):
                self.plan.set_rule("free", statement.text, {}, confidence=LIKELY)

    def _has_fields(self, statement: HasFields) -> None:
        if not statement.subject:
            entity = self.main()
            if entity is None:
                return
        else:
            entity = self.existing(statement.subject)
        if entity is None and statement.add and self.lookup(statement.subject) is not None:
            entity = self.resolve(statement.subject)
        if entity is None:
            name = pascal(singular(statement.subject))
            template = self.lookup(statement.subject)
            known = template is not None and (template.keep or template.name == name)
            entity = self.plan.add_entity(
                template.name if template is not None and known else name, [],
                words=template.plural if template is not None and known else "",
            )  # fmt: skip
            if entity is None:
                return
            if template is not None and template.part:
                self.parts_only.add(entity.name)
        self.focus = entity
        for item in statement.items:
            self._field_or_relation(entity, item, add=statement.add)
        if not entity.fields:
            template = self.lookup(statement.subject)
            for draft in template.fields if template else self.default_fields():
                if draft.required or template is None:
                    self.plan.add_field(entity, draft, quiet=True)

    def _field_or_relation(self, entity: Entity, item: str, *, add: bool) -> None:
        bare = re.sub(r"^(?:(?:the|an?|its|their|optional|also)\s+)+", "", item.strip(), flags=re.I)
        if _FILLER.match(bare):
            return
        own = f"{spaced(entity.name)} "
        if bare.lower().startswith(own) and known_field(bare[len(own) :]):
            item = bare = bare[len(own) :]
        many = _QUANTIFIED.match(item.strip())
        words = many[1] if many else bare
        other = self._as_entity(entity, words, counted=many is not None)
        if other is not None:
            if many or is_plural(noun_head(words)):
                self._has_many(entity, other)
            else:
                self.plan.relate(entity, "belongs_to", other)
            return
        if len(words.split()) > 7:
            self.plan.notes.unclear.append(item)
            return
        draft = read_field(item)
        if draft is None:
            self.plan.notes.unclear.append(item)
        else:
            self.plan.add_field(entity, draft, quiet=not add and entity.name in self.plan.notes.entities)

    def _as_entity(self, owner: Entity, words: str, *, counted: bool) -> Entity | None:
        """The entity a listed word stands for, None when it is a plain field."""
        core = noun(words) or singular(words.lower().strip())
        if "(" in words or ":" in words or not core:
            return None
        present = self.plan.find(core)
        if present is not None and present is not owner:
            return present
        if pascal(core).lower() in self._subjects and pascal(core).lower() != owner.name.lower():
            return self.resolve(core)
        if counted and not known_field(words):
            return self.keeping_focus(core)
        template = self.lookup(core)
        if (
            template is None
            or known_field(words)
            or (ends_like_field(words) and not is_plural(noun_head(words)))
        ):
            return None
        if template.name == owner.name or (
            not is_plural(noun_head(words)) and not template.part and template.name not in _LINKED_BY_NAME
        ):
            return None
        return self.keeping_focus(core)

    def _relate(self, statement: Relates) -> None:
        subject = self.resolve(statement.subject)
        target = self.keeping_focus(statement.target) if subject is not None else None
        if subject is None or target is None:
            return
        if statement.kind == "has_many":
            self._has_many(subject, target)
        else:
            kind = "one_to_one" if statement.kind == "has_one" else statement.kind
            self.plan.relate(subject, kind, target, required=not statement.optional)

    def _has_many(self, one: Entity, many: Entity) -> None:
        if many.name in _SHARED:
            self.plan.relate(one, "many_to_many", many)
            return
        if any(relation.target == many.id and relation.kind == "many_to_many" for relation in one.relations):
            return
        if any(relation.target == one.id and relation.kind == "many_to_many" for relation in many.relations):
            return
        if any(relation.target == many.id and relation.kind == "belongs_to" for relation in one.relations):
            # "a course has many students" after "a student has many courses": both, so many to many.
            relation = next(r for r in one.relations if r.target == many.id)
            if not relation.locked:
                one.relations.remove(relation)
                self.plan.relate(one, "many_to_many", many)
            return
        self.plan.relate(many, "belongs_to", one)

    def _add(self, statement: Adds) -> None:
        phrase = statement.noun
        part = self.part_named(phrase)
        if part is not None:
            self.add_part(part)
            return
        core = noun(phrase)
        shows = screens_named(phrase)
        if core and (present := self.plan.find(core)) is not None:
            self.plan.notes.present.append(spaced(present.name))
            return
        template = self.lookup(core or phrase)
        about = self.focus or self.main()
        if (
            template is None
            and about is not None
            and (known_field(phrase) or ends_like_field(phrase) or "(" in phrase)
        ):
            draft = read_field(phrase)
            if draft is not None:
                self.plan.add_field(about, draft)
                return
        if shows and template is None:
            for wanted in shows:
                show(self, wanted)
            return
        if template is None and (chosen := self.domain_named(phrase)) is not None:
            self.activate(chosen, whole=True)
            return
        if not core:
            self.plan.notes.unclear.append(phrase)
            return
        self.resolve(core, confidence=SURE)

    def _want(self, wanted: list[Wants]) -> None:
        scores: dict[str, float] = {}
        counted = {want.noun for want in wanted if want.counted}
        for want in wanted:
            if want.noun in self.spoken_for:
                continue
            scores[want.noun] = min(
                1.0, max(scores.get(want.noun, 0.0), want.weight) + (0.1 if want.noun in scores else 0)
            )
        ranked = sorted(scores.items(), key=lambda item: -item[1])[: WANTED_PER_MESSAGE * 2]
        order = list(scores)
        made = 0
        for phrase, score in sorted(ranked, key=lambda item: order.index(item[0])):
            if self.existing(phrase) is not None:
                self.focus = self.existing(phrase)
                continue
            owner, _, last = phrase.rpartition(" ")
            entity = self.existing(owner) if owner else None
            names_field = owner and known_field(last) and not self.lookup(phrase)
            if names_field and (entity is not None or self.lookup(last) is None):
                if (
                    entity is not None
                    and (draft := infer(last)) is not None
                    and self.plan.find_field(entity, last) is None
                ):
                    self.plan.add_field(entity, draft)
                continue
            known = self.lookup(phrase) is not None or (owner and self.lookup(last) is not None)
            if not known and is_abstract(last) and phrase not in counted:
                continue
            if owner and self.lookup(phrase) is None and last in scores and scores[last] >= ENOUGH_FOR_KNOWN:
                continue  # "company resource" beside "resource": one thing, by its shorter name
            if not owner and known_field(phrase) and self.lookup(phrase) is None:
                continue
            if made < WANTED_PER_MESSAGE and score >= (ENOUGH_FOR_KNOWN if known else ENOUGH_FOR_NEW):
                made += self.resolve(phrase, confidence=score) is not None

        if not self.plan.entities and scores:
            self._best_guesses(scores)

    def _best_guesses(self, scores: dict[str, float]) -> None:
        """Nothing was sure enough, but something was said: the likeliest nouns, so that the plan is not empty."""
        ranked = sorted(scores, key=lambda phrase: (is_abstract(phrase.rpartition(" ")[2]), -scores[phrase]))
        for phrase in ranked[:2]:
            if not known_field(phrase) or len(ranked) == 1:
                self.resolve(phrase, confidence=GUESS)

    def _attach_parts(self) -> None:
        """Comments and the like without a home go, once, to what the app is about."""
        main = self.main()
        for entity in self.plan.entities:
            key = f"home:{entity.id}"
            template = self.lookup(spaced(entity.name))
            if main is None or main is entity or template is None or not template.part:
                continue
            if not entity.relations and not self.plan.derived(key):
                self.plan.mark_derived(key)
                self.plan.relate(entity, "belongs_to", main, confidence=LIKELY)

    def _permit(self, statement: Permits) -> None:
        entity = self.existing(statement.noun) if statement.noun else self.main()
        if entity is None and statement.noun and self.lookup(statement.noun) is not None:
            entity = self.resolve(statement.noun, confidence=LIKELY)
        entity = entity or self.main()
        if entity is None:
            self.plan.set_rule("free", statement.text, {})
            return
        many = words_of(entity).lower()
        text = permission_sentence(statement.who, statement.action, many)
        self.plan.set_rule(
            "access.permission", text, {"entity": entity.id, "action": statement.action, "who": statement.who}
        )


# Written in the singular beside plain fields these are still things of their own: "orders with customer and total".
_LINKED_BY_NAME = frozenset(
    {"Customer", "Product", "Project", "Supplier", "Team", "Course", "Student", "Doctor", "Patient", "Event", "Department",
     "Album", "Playlist", "Room", "Recipe", "Book", "Member", "Task", "Channel", "Poll", "Warehouse", "Vehicle"}
)  # fmt: skip

# One of these is used by many things at a time.
_SHARED = frozenset({"Tag", "Label", "Keyword", "Skill", "Genre", "Topic", "Hashtag", "Interest"})


def noun_head(words: str) -> str:
    """The word that carries the number: "order items" → "items"."""
    core = re.sub(r"\s+(?:for|of|in|on|with|from|by|to)\s+.*$", "", words.strip(), flags=re.I)
    return core.split()[-1] if core.split() else words
