"""Statements onto the plan: entities found or made, fields typed, relations turned the right way.

The planner decides what a word refers to: something in the plan, something the domain knows, one of
the usual things applications hold, or something new, whose fields are then a guess and said to be one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from blueprints.architect.offline.bringing import Bringing
from blueprints.architect.offline.derive import BOARD_FIELDS, words_of
from blueprints.architect.offline.fields import (
    CERTAIN,
    FieldDraft,
    counts_something,
    ends_like_field,
    infer,
    known_field,
)
from blueprints.architect.offline.grammar.screens import screens_named
from blueprints.architect.offline.knowledge import Domain, permission_sentence
from blueprints.architect.offline.naming import (
    is_plural,
    pascal,
    plural,
    singular,
    snake,
    spaced,
)
from blueprints.architect.offline.nouns import is_abstract, noun, people_like
from blueprints.architect.offline.plan import Plan
from blueprints.architect.offline.referents import GUESS, LIKELY, MANY_MEANINGS, SURE
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
from blueprints.architect.offline.told_fields import read_field
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

    def __init__(self, plan: Plan, *, built: bool = False) -> None:
        super().__init__(plan)
        self.built = built  # a version runs already, with data in it: nothing said gives way silently
        self.spoken_for: set[str] = set()  # words that named the domain itself ("a blog")
        self._subjects: set[str] = set()

    def take(self, statements: Sequence[Statement]) -> None:
        """Carry out one message's statements: names first, then what is wanted, then the rest."""
        statements = _its_resolved(statements)
        subjects = {
            pascal(singular(s.subject)).lower()
            for s in statements
            if isinstance(s, HasFields) or (isinstance(s, Relates) and s.sure)
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
            elif isinstance(statement, Relates) and statement.subject != "it":
                self.focus = self.existing(statement.subject) or self.focus
        for statement in statements:
            if isinstance(statement, Relates) and statement.sure:
                self._relate(statement)
            elif isinstance(statement, Adds):
                self._add(statement)
        self._want([statement for statement in statements if isinstance(statement, Wants)])
        for statement in statements:
            if isinstance(statement, Relates) and not statement.sure:
                self._relate(statement)
        for template in self.expected:
            if self.existing(spaced(template.name)) is None:
                self.from_template(template, confidence=LIKELY)
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
        for item in statement.items:
            self._field_or_relation(entity, item, add=statement.add)
        self._give_name(entity)
        if not entity.fields:
            template = self.lookup(statement.subject)
            for draft in template.fields if template else self.default_fields():
                if draft.required or template is None:
                    self.plan.add_field(entity, draft, quiet=True)

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

    def _relate(self, statement: Relates) -> None:
        if not statement.sure and not self._knows(statement.target):
            return
        subject = self.focus or self.main() if statement.subject == "it" else self.resolve(statement.subject)
        target = self.keeping_focus(statement.target) if subject is not None else None
        if subject is None or target is None:
            return
        if statement.kind == "has_many":
            self._has_many(subject, target)
        else:
            kind = "one_to_one" if statement.kind == "has_one" else statement.kind
            self.plan.relate(subject, kind, target, required=not statement.optional)

    def _knows(self, words: str) -> bool:
        """Whether these words are a thing without anybody guessing."""
        return (
            self.existing(words) is not None
            or self.lookup(words) is not None
            or pascal(singular(words)).lower() in self._subjects
        )

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
            known = self.lookup(phrase) is not None or (
                owner and last not in MANY_MEANINGS and self.lookup(last) is not None
            )
            if not known and is_abstract(last) and phrase not in counted:
                continue
            if owner and self.lookup(phrase) is None and last in scores and scores[last] >= ENOUGH_FOR_KNOWN:
                continue  # "company resource" beside "resource": one thing, by its shorter name
            if (
                not owner
                and (known_field(phrase) or counts_something(phrase))
                and self.lookup(phrase) is None
            ):
                continue
            if made < WANTED_PER_MESSAGE and score >= (ENOUGH_FOR_KNOWN if known else ENOUGH_FOR_NEW):
                made += self.resolve(phrase, confidence=score) is not None

        if not self.plan.entities and scores:
            self._best_guesses(scores)

    def _best_guesses(self, scores: dict[str, float]) -> None:
        """Nothing was sure enough, but something was said: the likeliest nouns, so that the plan is not empty."""
        ranked = sorted(scores, key=lambda phrase: (is_abstract(phrase.rpartition(" ")[2]), -scores[phrase]))
        for phrase in ranked[:2]:
            if _GIBBERISH.search(phrase):
                continue
            head = phrase.rpartition(" ")[2]
            if people_like(plural(head)) and self.lookup(head) is None:
                continue  # who uses the app is not yet what it holds
            if not known_field(phrase) or len(ranked) == 1:
                self.resolve(phrase, confidence=GUESS)

    def _attach_parts(self) -> None:
        """Comments and the like without a home go, once, to what the app is about."""
        main = self.main()
        for entity in self.plan.entities:
            key = f"home:{entity.id}"
            if (
                entity.name in _SHARED
                and main is not None
                and main is not entity
                and not self.plan.derived(key)
            ):
                linked = bool(entity.relations) or any(
                    link.target == entity.id for other in self.plan.entities for link in other.relations
                )
                self.plan.mark_derived(key)
                if not linked:
                    self.plan.relate(main, "many_to_many", entity, confidence=LIKELY)
                continue
            template = self.lookup(spaced(entity.name))
            if main is None or main is entity or template is None or not template.part:
                continue
            if not entity.relations and not self.plan.derived(key):
                self.plan.mark_derived(key)
                self.plan.relate(entity, "belongs_to", main, confidence=LIKELY)

    def _permit(self, statement: Permits) -> None:
        if statement.noun == "it":
            entity = self.focus or self.main()
        else:
            entity = self.existing(statement.noun) if statement.noun else self.main()
        if entity is None and statement.noun not in ("", "it") and self.lookup(statement.noun) is not None:
            entity = self.resolve(statement.noun, confidence=LIKELY)
        if entity is None and statement.noun in ("", "it"):
            entity = self.main()
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

# No English word looks like this: "asdf qwer zxcv".
_GIBBERISH = re.compile(
    r"\b[b-df-hj-np-tv-xz]{4,}\b|\b(?:asdf|qwer|qwert|zxcv|hjkl|lorem|ipsum|foo|bar|blah?)", re.I
)

# A field of one of these names says which one it is: a list that begins so is complete.
_NAMING = frozenset({"name", "title", "subject", "number", "nickname", "plate", "label", "code", "barcode", "sku", "isbn",
                     "artist", "date", "brand", "question", "word", "headline", "description"})  # fmt: skip
ASSUMED = 0.8  # the confidence of fields that came from a template, see `knowledge._field`


def _its_resolved(statements: Sequence[Statement]) -> list[Statement]:
    """ "it" and "they" as what the message spoke of before, where it did."""
    found: list[Statement] = []
    last = ""
    for said in statements:
        statement = said
        if last and isinstance(said, HasFields | Relates) and said.subject == "it":
            statement = replace(said, subject=last)
        elif last and isinstance(said, Permits) and said.noun == "it":
            statement = replace(said, noun=last)
        if isinstance(statement, HasFields | Relates):
            last = statement.subject if statement.subject not in ("", "it") else last
        elif isinstance(statement, Wants | Adds | Permits) and (
            isinstance(statement, Adds) or statement.noun
        ):
            last = statement.noun if statement.noun != "it" else last
        found.append(statement)
    return found


def _template_owners(planner: Planner, active: Domain) -> list[Entity]:
    named = [planner.plan.find(spaced(template.name)) for template in active.contents.entities]
    return [entity for entity in named if entity is not None]


# Fields when one of them is meant, things of their own when there are many.
_MEDIA = frozenset(
    {"photo", "picture", "image", "file", "document", "attachment", "video", "comment", "note"}
)

# One of these is used by many things at a time.
_SHARED = frozenset({"Tag", "Label", "Keyword", "Skill", "Genre", "Topic", "Hashtag", "Interest"})


def noun_head(words: str) -> str:
    """The word that carries the number: "order items" → "items"."""
    core = re.sub(r"\s+(?:for|of|in|on|with|from|by|to)\s+.*$", "", words.strip(), flags=re.I)
    return core.split()[-1] if core.split() else words
