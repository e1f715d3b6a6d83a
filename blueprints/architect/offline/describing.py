"""What a person says a thing holds: fields typed, listed words that are things of their own linked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from blueprints.architect.offline.bringing import Bringing
from blueprints.architect.offline.derive import BOARD_FIELDS
from blueprints.architect.offline.fields import (
    CERTAIN,
    FieldDraft,
    ends_like_field,
    infer,
    known_field,
)
from blueprints.architect.offline.knowledge import Domain
from blueprints.architect.offline.naming import (
    is_plural,
    pascal,
    plural,
    singular,
    snake,
    spaced,
)
from blueprints.architect.offline.nouns import noun, people_like
from blueprints.architect.offline.plan import Plan
from blueprints.architect.offline.statements import (
    HasFields,
)  # fmt: skip
from blueprints.architect.offline.told_fields import read_field
from blueprints.schemas import Entity

_QUANTIFIED = re.compile(
    r"^(?:an?\s+)?(?:many|several|multiple|lots of|a lot of|list of|lists of|any number of|one or more|"
    r"zero or more|various|"
    r"numerous|few|some)\s+(.+)$",
    re.I,
)
_FILLER = re.compile(r"^(?:etc|and so on|so on|more|others?|and more|similar|the like|such)\b\.?$", re.I)
# Written in the singular beside plain fields these are still things of their own: "orders with customer and total".
_LINKED_BY_NAME = frozenset(
    {"Customer", "Product", "Project", "Supplier", "Team", "Course", "Student", "Doctor", "Patient", "Event", "Department",
     "Album", "Playlist", "Room", "Recipe", "Book", "Member", "Task", "Channel", "Poll", "Warehouse", "Vehicle"}
)  # fmt: skip
# A field of one of these names says which one it is: a list that begins so is complete.
_NAMING = frozenset({"name", "title", "subject", "number", "nickname", "plate", "label", "code", "barcode", "sku", "isbn",
                     "artist", "date", "brand", "question", "word", "headline", "description"})  # fmt: skip
# Said in the plural of many things, each of which has one: "photos with captions".
_ONE_EACH = frozenset(
    {"captions", "titles", "names", "prices", "descriptions", "deadlines", "authors", "headlines"}
)
# Listed like fields, done with the things: "recipes with ingredients, comments, likes and search".
_LOOKING = frozenset({"search", "searching", "filter", "filters", "filtering", "search and filter"})
_LIKING = frozenset({"likes", "hearts", "upvotes"})
_SAYING = frozenset({"comments", "replies", "reviews"})
ASSUMED = 0.8  # the confidence of fields that came from a template, see `knowledge._field`
# Fields when one of them is meant, things of their own when there are many.
_MEDIA = frozenset(
    {"photo", "picture", "image", "file", "document", "attachment", "video", "comment", "note"}
)
# One of these is used by many things at a time.
SHARED = frozenset({"Tag", "Label", "Keyword", "Skill", "Genre", "Topic", "Hashtag", "Interest"})


class Describing(Bringing):
    """Carries out `HasFields`."""

    def __init__(self, plan: Plan, *, built: bool = False) -> None:
        super().__init__(plan)
        self.built = built  # a version runs already, with data in it: nothing said gives way silently
        self.spoken_for: set[str] = set()  # words that named the domain itself ("a blog")
        self._subjects: set[str] = set()
        self.looks_for = False  # something is to be searched, said among its fields

    def _has_fields(self, statement: HasFields) -> None:
        if statement.subject in ("", "it"):
            entity = (self.focus if statement.subject else None) or self.main()
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
        if not statement.add:
            self._forget_assumed(entity, statement.items)
            self._was_a_column(entity)
        for item in self._without_doings(entity, statement.items):
            self._field_or_relation(entity, item, add=statement.add)
        self._give_name(entity)
        self._give_picture(entity)
        if not entity.fields:
            template = self.lookup(statement.subject)
            for draft in template.fields if template else self.default_fields():
                if draft.required or template is None:
                    self.plan.add_field(entity, draft, quiet=True)

    def _without_doings(self, entity: Entity, items: Sequence[str]) -> list[str]:
        """The items that are fields or things; what people do with the entity is planned as that."""
        said = {item.strip().lower() for item in items}
        left = []
        for item in items:
            word = item.strip().lower()
            if len(items) > 1 and word in _LOOKING:
                self.looks_for = True
            elif word in _LIKING and said & _SAYING and (like := self.keeping_focus("like")) is not None:
                self._has_many(entity, like)
            elif word in _ONE_EACH:
                left.append(singular(word))
            else:
                left.append(item)
        return left

    def _give_picture(self, entity: Entity) -> None:
        """A photo has its picture, whatever else was said of it."""
        template = self.lookup(spaced(entity.name))
        usual = (
            next((f for f in template.fields if f.type == "image" and f.required), None) if template else None
        )
        if usual is None or template is None or template.name != entity.name or self.built:
            return
        if usual.name in ("image", "photo", "picture") and not any(
            field.type in ("image", "file", "url") for field in entity.fields
        ):
            self.plan.add_field(entity, replace(usual, confidence=ASSUMED), quiet=True)

    def _give_name(self, entity: Entity) -> None:
        """People have a name, said or not; so has what else would have nothing to be known by."""
        named = any(
            field.name in _NAMING
            or (field.name.rpartition("_")[2] in _NAMING and field.type == "string")
            or field.name in ("pseudonym", "email")
            for field in entity.fields
        )
        telling = any(
            field.type in ("string", "text", "date", "datetime", "image", "integer", "decimal")
            for field in entity.fields
        )
        person = people_like(plural(spaced(entity.name))) and len(entity.fields) > 1
        if entity.fields and not named and not entity.relations and (person or not telling):
            draft = infer("name")
            if draft is not None:
                column = self.plan.add_field(entity, replace(draft, confidence=ASSUMED), quiet=True)
                if column is not None:
                    entity.fields.remove(column)
                    entity.fields.insert(0, column)

    def _forget_assumed(self, entity: Entity, items: Sequence[str]) -> None:
        """Fields nobody asked for give way when a person says, name first, what the thing holds."""
        if self.built or any(
            entity in _template_owners(self, active) for active in self.active_domains() if active.closed
        ):
            return
        said = {draft.name for item in items if (draft := read_field(item)) is not None}
        naming = {name for name in said if name in _NAMING or name.rpartition("_")[2] in _NAMING}
        if len(items) < 2 or not (naming or len(items) > 2):
            return
        for column in list(entity.fields):
            assumed = column.confidence <= ASSUMED and not column.locked
            if assumed and column.name not in said and column.type not in ("image", "file"):
                entity.fields.remove(column)

    def _was_a_column(self, entity: Entity) -> None:
        """ "exercise" was a plain field of a workout; once exercises are things, it is a link to one."""
        name = snake(spaced(entity.name))
        for other in self.plan.entities:
            column = next(
                (f for f in other.fields if f.name == name and f.type == "string" and not f.locked), None
            )
            if column is not None and other is not entity and not self.built:
                self.plan.relate(other, "belongs_to", entity)

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
        if bare == "file" and add and any(field.type in ("file", "image") for field in entity.fields):
            return
        draft = read_field(item)
        if draft is None:
            self.plan.notes.unclear.append(item)
        else:
            draft = self._as_usual(entity, draft)
            self.plan.add_field(entity, draft, quiet=not add and entity.name in self.plan.notes.entities)

    def _as_usual(self, entity: Entity, draft: FieldDraft) -> FieldDraft:
        """A field as this kind of thing usually has it: a song's length is a duration, a value's a number."""
        if draft.name == "status" and draft.choices:
            stage = next(
                (f.name for f in entity.fields if f.type == "choice" and f.name in BOARD_FIELDS), "status"
            )
            return replace(draft, name=stage)
        template = self.lookup(spaced(entity.name))
        usual = (
            next((field for field in template.fields if field.name == draft.name), None) if template else None
        )
        if usual is None or draft.confidence == CERTAIN or usual.type == draft.type:
            return draft
        return replace(usual, required=draft.required)

    def _as_entity(self, owner: Entity, words: str, *, counted: bool) -> Entity | None:
        """The entity a listed word stands for, None when it is a plain field."""
        core = noun(words) or singular(words.lower().strip())
        if "(" in words or ":" in words or not core or re.search(r"\d", words):
            return None
        present = self.plan.find(core)
        if present is not None and present is not owner:
            return present
        if pascal(core).lower() in self._subjects and pascal(core).lower() != owner.name.lower():
            return self.resolve(core)
        if counted and (not known_field(words) or core in _MEDIA):
            return self.keeping_focus(core)
        template = self.lookup(core)
        if (
            template is not None
            and template.part
            and is_plural(noun_head(words))
            and not (known_field(words) and core not in _MEDIA)
        ):
            return self.keeping_focus(core)
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

    def _has_many(self, one: Entity, many: Entity) -> None:
        if many.name in SHARED:
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


def _template_owners(planner: Describing, active: Domain) -> list[Entity]:
    named = [planner.plan.find(spaced(template.name)) for template in active.contents.entities]
    return [entity for entity in named if entity is not None]


def noun_head(words: str) -> str:
    """The word that carries the number: "order items" → "items"."""
    core = re.sub(r"\s+(?:for|of|in|on|with|from|by|to)\s+.*$", "", words.strip(), flags=re.I)
    return core.split()[-1] if core.split() else words
