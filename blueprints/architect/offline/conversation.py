"""One turn of the conversation: a message and a plan in, a reply and a changed plan out.

The order matters: answers are taken up before the grammar reads, so that "by proximity" is an answer
and not a thing called Proximity; what follows from the plan is derived last, then the next question.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from blueprints.architect.offline import comments, wording
from blueprints.architect.offline.abilities import about_the_apps
from blueprints.architect.offline.about_plan import about_the_plan
from blueprints.architect.offline.audience import audience_of
from blueprints.architect.offline.components import REACT, use, without_react
from blueprints.architect.offline.derive import derive, words_of
from blueprints.architect.offline.design import apply_design, read_design
from blueprints.architect.offline.dialogue import (
    leaves_it_to_us,
)
from blueprints.architect.offline.domain_choice import find_domain
from blueprints.architect.offline.grammar import read_clause
from blueprints.architect.offline.grammar.capabilities import with_abilities
from blueprints.architect.offline.grammar.screens import screens_told
from blueprints.architect.offline.knowledge import Domain, Part
from blueprints.architect.offline.leftovers import keep_leftovers
from blueprints.architect.offline.naming import join_words, spaced
from blueprints.architect.offline.nouns import noun, technology_names
from blueprints.architect.offline.plan import Plan
from blueprints.architect.offline.planner import Planner
from blueprints.architect.offline.questions import Questions
from blueprints.architect.offline.references import ReferenceTalk
from blueprints.architect.offline.sentence import simple_sentences
from blueprints.architect.offline.smalltalk import (
    ENGLISH_ONLY,
    approval,
    asks_to_build,
    is_foreign,
    small_talk,
)
from blueprints.architect.offline.spelling import mend
from blueprints.architect.offline.statements import (
    Adds,
    Behaves,
    Happens,
    HasFields,
    Permits,
    Relates,
    Removes,
    Renames,
    Shows,
    Statement,
    Uses,
)
from blueprints.architect.offline.text import (
    READ_AT_MOST,
    clauses,
    clean,
    digits,
    find_phrase,
    split_list,
    stems,
)
from blueprints.architect.port import Turn
from blueprints.readiness import assess, with_statuses
from blueprints.schemas import BlueprintDocument

WHAT_TO_BUILD = (
    "What would you like to build? A sentence is enough, for example “a recipe box: recipes with "
    "title, ingredients and minutes”."
)


def aside(technologies: list[str]) -> str:
    """What is said about technologies a person named: they change nothing."""
    return (
        f"{join_words(technologies[:4])} I leave aside: what I plan is always built with Django and server-rendered "
        "pages, on SQLite or PostgreSQL."
    )


DETAILED = 9  # words of a message from which on it may name what it wants, and a domain adds little more

NOT_UNDERSTOOD = (
    "I didn't find anything in that for the plan. I work by rules, so plain sentences help: “tasks with title and "
    "due date”, “a project has many tasks”, “only admins can delete posts”, “remove comments”."
)


@dataclass(frozen=True)
class Outcome:
    """What a turn comes to: the reply's Markdown, the plan as it should be, whether to build it."""

    reply: str
    document: BlueprintDocument
    build_requested: bool = False


@dataclass
class Conversation:
    """The state of one turn while it is worked out."""

    turn: Turn
    plan: Plan = field(init=False)
    planner: Planner = field(init=False)
    questions: Questions = field(init=False)
    consumed: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.plan = Plan(self.turn.document, self.turn.message_id)
        self.planner = Planner(self.plan, built=self.turn.built)
        self.questions = Questions(self.planner, built=self.turn.built)
        self.references = ReferenceTalk(self.plan, self.turn)
        self.questions.about_references = self.references.questions()

    def answer(self) -> Outcome:
        commented = comments.act(self.planner, self.turn.comments)
        message = "\n".join(part for part in [clean(self.turn.message), *commented] if part)
        text = mend(message, self.turn.document)
        said = [sentence for clause in clauses(text) for sentence in simple_sentences(clause)]
        if not said and self.turn.comments:
            derive(self.plan)
            self.questions.withdraw_senseless()
            return self._outcome([*wording.describe(self.plan, heard=[]), *self._next_step(ask=True)])
        if not said:
            return self._outcome(["I could not read anything in that message.", *self._next_step(ask=False)])
        if is_foreign(text):
            return self._outcome([ENGLISH_ONLY, *self._next_step(ask=False)])
        was_asked = self._was_asked_to_build()
        talk = [
            small_talk(clause)
            # As an answer to "Ready to build?" it is a yes.
            or (None if was_asked else approval(clause))
            or about_the_apps(clause)
            or about_the_plan(clause, self.planner)
            for clause in said
        ]
        if all(talk):
            replies = list(dict.fromkeys(reply for reply in talk if reply))
            done = wording.describe(self.plan, heard=[])
            return self._outcome([*done, *replies, *self._next_step(ask=True)])
        said = [clause for clause, reply in zip(said, talk, strict=True) if reply is None]
        build = asks_to_build(said, was_asked=was_asked) and not self._answers_a_question(said)
        said = self._components(said)
        heard = [audience_of(clause) for clause in said]
        self._read([*(rest for _, rest in heard), *self.references.suggests()], build)
        self.plan.keep_settings(self.turn.document)
        lines = wording.describe(self.plan, heard=self.questions.heard)
        if named := technology_names(" ".join(said)):
            lines.append(aside(named))
        if len(self.turn.message) > READ_AT_MOST:
            lines.append(f"That was long: I read the first {READ_AT_MOST:,} characters.")
        if build:
            return self._build(lines)
        whom = next((audience for audience, _ in heard if audience is not None), None)
        if whom is not None and not self.plan.entities:
            self.questions.ask_what_for(whom)
            return self._outcome([*lines, f"So it is for {whom.who}.", *self._next_step(ask=False)])
        if not lines and not self.plan.notes.anything_done() and not self.references.new:
            return self._outcome(self._not_understood(" ".join(said)))
        return self._outcome([*lines, *self._next_step(ask=True)])

    def _components(self, said: list[str]) -> list[str]:
        """Plan the components that are named along the way; the clauses without those words."""
        rest: list[str] = []
        for clause in said:
            left = without_react(clause)
            if left is not None:
                use(self.plan, REACT)
            rest += [clause] if left is None else left
        return rest

    def _read(self, said: list[str], build: bool) -> None:
        domain = find_domain(self.planner, said, template=self.turn.template)
        if domain is not None:
            self.plan.mark_derived(f"domain:{domain.name}")
        answers = self.questions.answers_in(said)
        self.consumed = {answer.at for answer in answers if answer.at >= 0}
        statements = self._statements(said, build)
        if domain is not None:
            described = any(_describes(item) for item in statements)
            self.planner.spoken_for = {noun(trigger) for trigger in domain.triggers} - _entity_words(domain)
            fresh = not self.plan.entities
            words = [word for clause in said for word in stems(clause)]
            detailed = len(words) >= DETAILED and not domain.closed and not domain.whole
            self.planner.activate(
                domain, whole=domain.closed or (fresh and not described), named_in=words if detailed else None
            )
            if described and fresh and not domain.whole and not domain.closed:
                self.planner.expect(domain, words)
        self._parts(said, statements)
        self.planner.take(statements)
        if domain is not None and (not self.plan.entities or (domain.whole and described and fresh)):
            self.planner.bring(domain.contents, quiet=True)
        for answer in answers:
            self.questions.take(answer)
        self._numbers(said)
        derive(self.plan, parts=frozenset(self.planner.parts_only))
        self._answer_ahead(said, {answer.question.topic for answer in answers})
        self.questions.withdraw_senseless()
        if domain is not None:
            self._domain_screens(domain)
        keep_leftovers(self.planner, statements)
        self._summarise(domain)

    def _answer_ahead(self, said: list[str], taken: set[str]) -> None:
        """Questions that only arise from this message may be answered in it ("no login, just a list of …")."""
        document = self.plan.document
        known = {item.topic for item in document.open_questions} | {item.topic for item in document.decisions}
        for answer in self.questions.answers_in(said):
            if answer.question.topic not in taken | known and self.questions.makes_sense(answer.question):
                self.questions.take(answer)

    def _statements(self, said: list[str], build: bool) -> list[Statement]:
        found: list[Statement] = []
        closed = any(active.closed for active in self.planner.active_domains())
        for index, clause in enumerate(said):
            wish = read_design(clause)
            if wish:
                apply_design(self.plan, wish)
            if wish and not _says_more(clause):
                self.consumed.add(index)
                continue
            if build and asks_to_build([clause], was_asked=True):
                continue
            if leaves_it_to_us(clause) and len(clause.split()) <= 6:
                continue
            read = with_abilities(clause, read_clause(clause))
            if index in self.consumed or closed:
                read = [
                    item
                    for item in read
                    if isinstance(item, _PLAIN_SPEECH) and not self._is_answer_talk(index, item)
                ]
            if index in self.consumed and not read:
                read = [item for order in self._orders_beside_answer(clause) for item in read_clause(order)]
            if not any(isinstance(item, Behaves | Happens) for item in read):
                read += self._wishes(
                    clause, answer=index in self.consumed, closed=closed, said_more=bool(read)
                )
            if not closed:
                read += [shown for shown in screens_told(clause) if shown not in read]
            found += read
        return found

    def _orders_beside_answer(self, clause: str) -> list[str]:
        """ "anyone, and add a priority to tasks": the pieces that tell what to change."""
        pieces = split_list(clause, alternatives=False)
        return [
            piece
            for piece in pieces[1:]
            if _ORDER.match(piece) and not self._only_answers(piece, answer=True)
        ]

    def _wishes(self, clause: str, *, answer: bool, closed: bool, said_more: bool) -> list[Statement]:
        """What a clause asks for beside its answer and its statements, kept in the person's words."""
        pieces = split_list(clause, alternatives=False) if answer or closed else [clause]
        wished: list[Statement] = []
        for piece in pieces:
            interval = closed and _INTERVAL.search(piece) is not None
            if not interval and (said_more or not (_WISH.search(piece) and self._mentions_the_plan(piece))):
                continue
            if interval or not self._only_answers(piece, answer=answer):
                wished.append(Behaves(f"{piece[:1].upper()}{piece[1:].rstrip('.')}."))
        return wished

    def _only_answers(self, text: str, *, answer: bool) -> bool:
        """Whether this is (part of) an answer; in one that was just given, loose words count as well."""
        firm = _MODAL_VERB.search(text) is not None
        return self.questions.answered_by(text, loosely=answer and not firm)

    def _mentions_the_plan(self, clause: str) -> bool:
        found = stems(clause)
        return any(
            find_phrase(word, found) >= 0
            for entity in self.plan.entities
            for word in (spaced(entity.name), entity.plural)
        )

    def _is_answer_talk(self, index: int, item: Statement) -> bool:
        """Inside an answer ("no bubbles, click to view") only what names something known is a statement."""
        if isinstance(item, Behaves):
            return self._only_answers(item.text, answer=index in self.consumed)
        if isinstance(item, Removes) and index in self.consumed:
            return self.planner.existing(item.target) is None
        if isinstance(item, HasFields | Adds | Relates):
            subject = item.noun if isinstance(item, Adds) else item.subject
            known = (
                self.planner.existing(subject)
                or self.planner.lookup(subject)
                or self.planner.part_named(subject)
            )
            return known is None if index not in self.consumed else self.planner.existing(subject) is None
        return False

    def _parts(self, said: list[str], statements: list[Statement]) -> None:
        for active in self.planner.active_domains():
            for part in active.parts:
                if self.plan.derived(f"part:{part.name}"):
                    continue
                for clause in said:
                    found = stems(clause)
                    named = any(find_phrase(trigger, found) >= 0 for trigger in part.triggers)
                    if named and not any(isinstance(item, Removes) for item in read_clause(clause)):
                        self.planner.add_part(part)
                        self._forget_restated(part, statements)
                        break

    def _forget_restated(self, part: Part, statements: list[Statement]) -> None:
        """ "Add a weather system" is done once the part is in: its own statement must not add it again."""
        for item in list(statements):
            if isinstance(item, Adds) and self.planner.part_named(item.noun) is part:
                statements.remove(item)

    def _domain_screens(self, domain: Domain) -> None:
        """Screens a domain knows for entities that came by the person's own words."""
        for screen in domain.contents.screens:
            shown = [
                entity for name in screen.entities if (entity := self.plan.find(spaced(name))) is not None
            ]
            if shown and len(shown) == len(screen.entities):
                self.plan.add_screen(screen.name, screen.kind, screen.purpose, shown, screen.route)

    def _summarise(self, domain: Domain | None) -> None:
        document = self.plan.document
        if domain is not None and not document.summary:
            document.summary = domain.summary
        own = "An app to keep "
        if (not document.summary or document.summary.startswith(own)) and self.plan.entities:
            many = [words_of(entity).lower() for entity in self.plan.entities[:4]]
            document.summary = f"{own}{join_words(many)}."

    def _answers_a_question(self, said: list[str]) -> bool:
        """A bare "yes" or "go" may answer an open question rather than ask for the build."""
        return any(answer.at >= 0 for answer in self.questions.answers_in(said)) and not asks_to_build(
            said, was_asked=False
        )

    def _numbers(self, said: list[str]) -> None:
        text = digits(" ".join(said))
        for active in self.planner.active_domains():
            for number in active.numbers:
                match = number.pattern.search(text)
                rule = self.plan.document.rule(number.rule)
                if match is None or rule is None:
                    continue
                figure = min(number.most, max(number.least, int(match[1])))
                params = {**rule.params, number.param: figure}
                text_now = number.text.replace("{n}", str(figure)) if len(rule.params) == 1 else rule.text
                if rule.params != params:
                    self.plan.set_rule(rule.kind, text_now, params)
                    if len(rule.params) > 1:
                        self.questions.heard.append(f"{number.param} {figure}")

    def _next_step(self, *, ask: bool) -> list[str]:
        """The closing paragraphs: a question, or that the plan is complete, or what is missing."""
        document = self.plan.document
        if not self.plan.entities and not document.sections.ui_components.components:
            waiting = [question for question in document.open_questions if question.must]
            return [wording.ask(waiting[:1])] if waiting else [WHAT_TO_BUILD]
        new = self.questions.ask_next() if ask else []
        if new:
            if all(not question.must for question in new) and not assess(document):
                return (
                    [wording.ask(new), "You can also build right away."]
                    if not self.turn.built
                    else [wording.ask(new)]
                )
            return [wording.ask(new)]
        if waiting := [question for question in document.open_questions if question.must]:
            return [wording.ask(waiting[:1])]
        problems = assess(document)
        if problems:
            return ["Before building: " + " ".join(problem.message for problem in problems[:3])]
        return [wording.READY]

    def _build(self, lines: list[str]) -> Outcome:
        """Settle what is open by stating what is assumed, then hand over."""
        document = self.plan.document
        if not self.plan.entities and not document.sections.ui_components.components:
            return self._outcome(
                [*lines, "There is nothing in the plan to build yet.", *self._next_step(ask=False)]
            )
        assumed = [f"- {statement}" for statement in self.questions.assume_the_rest()]
        derive(self.plan)
        if problems := assess(document):
            return self._outcome(
                [*lines, "I can't build yet. " + " ".join(problem.message for problem in problems[:3])]
            )
        if assumed:
            lines.append(
                "What was still open I assume, and you can change it at any time:\n" + "\n".join(assumed)
            )
        lines.append("Building it now." if not self.turn.built else "Building the new version now.")
        return self._outcome(lines, build=True)

    def _was_asked_to_build(self) -> bool:
        last = next((past for past in reversed(self.turn.history) if past.role == "architect"), None)
        return last is not None and (
            last.content.rstrip().endswith(wording.READY) or "build right away" in last.content
        )

    def _not_understood(self, said: str) -> list[str]:
        """With a question open, its options; otherwise what kind of sentence helps."""
        waiting = self.plan.document.open_questions[:1]
        for question in waiting:
            choices = join_words([f"**{option.label}**" for option in question.options], last="or")
            if _EXPLAIN.search(said):
                return [question.why or "It changes what the app does.", f"{question.question} {choices}?"]
            if question.must:
                return [f"I couldn't tell which one you mean: {choices}?", question.question]
        if self.questions.answered_by(said, loosely=False):
            return ["That is how it is planned already.", *self._next_step(ask=False)]
        return [NOT_UNDERSTOOD, *self._next_step(ask=False)]

    def _outcome(self, lines: list[str], *, build: bool = False) -> Outcome:
        lines = self.references.conclude(self.questions, lines)
        return Outcome("\n\n".join(line for line in lines if line), with_statuses(self.plan.document), build)


_WISH = re.compile(
    r"\b(?:should|must|will|shall|have to|need to|always|never|when|whenever|if|every|each)\b", re.I
)
_ORDER = re.compile(r"^(?:(?:also|please|then)\s+)*(?:add|remove|delete|drop|take out|rename)\b", re.I)
_MODAL_VERB = re.compile(r"\b(?:should|must|will|shall|have to|need to)\b", re.I)
_INTERVAL = re.compile(
    r"\bevery\s+(?:(?:\d+|other|few|half|couple of|[a-z]+ty|two|three|four|five|six|seven|eight|nine|ten|twelve|"
    r"fifteen)\s+)?(?:seconds?|minutes?|hours?|days?|weeks?)\b",
    re.I,
)
_EXPLAIN = re.compile(
    r"\b(?:difference|what do you mean|what does that mean|explain|why do you (?:ask|need)|why is that|"
    r"what would you|not sure what)\b",
    re.I,
)
_PLAIN_SPEECH = (HasFields, Adds, Relates, Removes, Renames, Permits, Shows, Behaves, Uses, Happens)


def _describes(item: Statement) -> bool:
    """Whether a person said herself what the app holds, so that a domain need not fill it in."""
    return isinstance(item, Relates | Permits) or (isinstance(item, HasFields) and not item.add)


def _says_more(clause: str) -> bool:
    """A clause about looks that also names parts of the app ("… but tasks with a due date")."""
    return bool(
        re.search(
            r"\b(?:users?|with (?:a )?(?:title|name|date)|can|functionalit|has many|have many)\b",
            clause,
            re.I,
        )
    )


def _entity_words(domain: Domain) -> set[str]:
    entities = domain.contents.entities
    return {word for entity in entities for word in (spaced(entity.name), *entity.words)}
