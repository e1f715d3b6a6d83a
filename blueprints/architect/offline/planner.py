"""Statements onto the plan: entities found or made, fields typed, relations turned the right way.

The planner decides what a word refers to: something in the plan, something the domain knows, one of
the usual things applications hold, or something new, whose fields are then a guess and said to be one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from blueprints.architect.offline.components import use
from blueprints.architect.offline.derive import words_of
from blueprints.architect.offline.describing import SHARED, Describing
from blueprints.architect.offline.fields import (
    counts_something,
    ends_like_field,
    infer,
    known_field,
)
from blueprints.architect.offline.grammar.screens import screens_named
from blueprints.architect.offline.happenings import happen
from blueprints.architect.offline.knowledge import permission_sentence
from blueprints.architect.offline.naming import (
    pascal,
    plural,
    singular,
    spaced,
)
from blueprints.architect.offline.nouns import is_abstract, noun, people_like
from blueprints.architect.offline.referents import GUESS, LIKELY, MANY_MEANINGS, SURE
from blueprints.architect.offline.removals import remove, rename
from blueprints.architect.offline.screens import show
from blueprints.architect.offline.statements import (
    Adds,
    Behaves,
    Happens,
    HasFields,
    Offers,
    Permits,
    Relates,
    Removes,
    Renames,
    Shows,
    Statement,
    Uses,
    Wants,
)  # fmt: skip
from blueprints.architect.offline.told_fields import read_field

WANTED_PER_MESSAGE = 8
ENOUGH_FOR_KNOWN, ENOUGH_FOR_NEW = 0.4, 0.6


class Planner(Describing):
    """Carries out the statements of one message."""

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
            elif isinstance(statement, Uses):
                use(self.plan, statement.component)
            elif isinstance(statement, Happens):
                happen(self, statement)
            elif isinstance(statement, Offers):
                self.plan.set_rule(statement.kind, statement.text, {}, confidence=LIKELY)
            elif isinstance(statement, Behaves):
                self.plan.set_rule("free", statement.text, {}, confidence=LIKELY)
        if self.looks_for:
            show(self, Shows("search"))
            self.looks_for = False

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
                entity.name in SHARED
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


# No English word looks like this: "asdf qwer zxcv".
_GIBBERISH = re.compile(
    r"\b[b-df-hj-np-tv-xz]{4,}\b|\b(?:asdf|qwer|qwert|zxcv|hjkl|lorem|ipsum|foo|bar|blah?)", re.I
)


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
