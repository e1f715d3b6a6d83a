"""The questions of a plan: which make sense, which are open, what an answer changes."""

from __future__ import annotations

from blueprints.architect.offline import audience
from blueprints.architect.offline.derive import words_of
from blueprints.architect.offline.dialogue import (
    Answer,
    is_correction,
    read_answers,
    recommended,
    spoken,
)
from blueprints.architect.offline.grammar import read_clause
from blueprints.architect.offline.knowledge import Option, Question, access_question
from blueprints.architect.offline.naming import spaced
from blueprints.architect.offline.planner import Planner
from blueprints.architect.offline.statements import (
    HasFields,
    Permits,
    Relates,
    Removes,
    Renames,
)
from blueprints.schemas import Decision, OpenQuestion
from blueprints.schemas import Option as AskedOption

OPTIONAL_QUESTIONS = 2  # in one conversation: beyond that, asking is a nuisance


class Questions:
    """Asks about one plan and takes up the answers."""

    def __init__(self, planner: Planner, *, built: bool) -> None:
        self.planner = planner
        self.plan = planner.plan
        self.built = built
        self.heard: list[str] = []  # labels of the answers taken up in this turn
        self.about_references: list[Question] = []

    def all(self) -> list[Question]:
        """Every question that makes sense for the plan as it is, in the order to ask them."""
        found = list(self.about_references)
        found += [
            audience.as_asked(item)
            for item in self.plan.document.open_questions
            if item.topic == audience.TOPIC
        ]
        for active in self.planner.active_domains():
            found += active.questions
            for part in active.parts:
                if self.plan.derived(f"part:{part.name}"):
                    found += part.questions
        main = self._access_entity()
        if main:
            found.append(access_question(*main))
        return found

    def _access_entity(self) -> tuple[str, str] | None:
        active = self.planner.active_domains()
        if any(not entry.access for entry in active):
            return None
        for entry in active:
            entity = self.plan.find(spaced(entry.access))
            if entity is not None:
                return entity.name, words_of(entity).lower()
        main = self.planner.main()
        return (main.name, words_of(main).lower()) if main is not None else None

    def makes_sense(self, question: Question) -> bool:
        """It is about what the plan holds, and what an answer would bring is not there already."""
        if question.topic == audience.TOPIC and self.plan.entities:
            return False
        if any(self.plan.find(spaced(name)) is None for name in question.about):
            return False
        about = set(question.about)
        for option in question.options:
            brought = [template.name for template in option.brings.entities if template.name not in about]
            if brought and all(self.plan.find(spaced(name)) is not None for name in brought):
                return False
        return True

    def answers_in(self, said: list[str]) -> list[Answer]:
        document = self.plan.document
        questions = {question.topic: question for question in self.all()}
        asked = [questions[item.topic] for item in document.open_questions if item.topic in questions]
        decided = [
            (questions[item.topic], item.value) for item in document.decisions if item.topic in questions
        ]
        seen = {question.topic for question in asked} | {question.topic for question, _ in decided}
        return read_answers(
            said,
            strictly={index for index, clause in enumerate(said) if self._speaks_for_itself(clause)},
            asked=asked,
            decided=decided,
            unasked=[question for topic, question in questions.items() if topic not in seen],
            correcting=is_correction(" ".join(said)),
        )

    def _speaks_for_itself(self, clause: str) -> bool:
        """Whether a clause states something, so that a loose word in it is no answer ("no categories")."""
        for item in read_clause(clause):
            if isinstance(item, Permits | Relates | Renames) or (
                isinstance(item, HasFields) and not item.add
            ):
                return True
            if isinstance(item, Removes) and self.planner.existing(item.target) is not None:
                return True
        return False

    def answered_by(self, text: str, *, loosely: bool) -> bool:
        """Whether this text chooses an option of any question, settled ones included."""
        return any(spoken(question, text, loosely=loosely) is not None for question in self.all())

    def take(self, answer: Answer, *, assumed: bool = False) -> None:
        document, question, option = self.plan.document, answer.question, answer.option
        previous = next((item for item in document.decisions if item.topic == question.topic), None)
        open_one = next((item for item in document.open_questions if item.topic == question.topic), None)
        if previous is not None and previous.locked:
            if previous.value != option.value:
                self.plan.notes.refused.append(f"the answer “{previous.label or previous.value}”")
            return
        self._undo_other_options(question, option, previous.value if previous else None)
        for name in option.drops:
            self._drop(name)
        self.planner.bring(option.brings, quiet=True)
        if previous is not None:
            previous.value, previous.label, previous.assumed = option.value, option.label, assumed
            previous.source = self.plan.source
        else:
            document.decisions.append(
                Decision(
                    id=open_one.id if open_one else document.new_id("Q"), source=self.plan.source,
                    topic=question.topic, question=question.ask, value=option.value, label=option.label, assumed=assumed,
                )
            )  # fmt: skip
        document.open_questions = [item for item in document.open_questions if item.topic != question.topic]
        document.assumptions = [item for item in document.assumptions if item.topic != question.topic]
        if not assumed:
            self.heard.append(
                option.label[:1].lower() + option.label[1:]
                if not option.label[:2].isupper()
                else option.label
            )

    def _undo_other_options(self, question: Question, chosen: Option, previous: str | None) -> None:
        """Take back what the other answers would have brought: rules always, things if it was given before."""
        for other in question.options:
            if other.value == chosen.value:
                continue
            for rule in other.brings.rules:
                entity = self.plan.find(spaced(rule.entity)) if rule.entity else None
                self.plan.take_back(rule.kind, dict(rule.params) | ({"entity": entity.id} if entity else {}))
            if other.value == previous:
                for template in other.brings.entities:
                    self._drop(template.name)
                for screen in other.brings.screens:
                    self._drop(screen.name)

    def _drop(self, name: str) -> None:
        if "." in name:
            self.plan.drop_rules(name)
            return
        entity = self.plan.find(spaced(name))
        if entity is not None:
            self.plan.remove_entity(entity)
        for screen in list(self.plan.document.sections.ui_components.components):
            if screen.name == name:
                self.plan.remove_screen(screen)

    def ask_next(self) -> list[OpenQuestion]:
        """Open the next question: musts one at a time, then a few optional ones."""
        document = self.plan.document
        settled = {item.topic for item in document.decisions} | {
            item.topic for item in document.open_questions
        }
        left = [q for q in self.all() if q.topic not in settled and self.makes_sense(q)]
        if any(item.must for item in document.open_questions):
            return []
        must = next((question for question in left if question.must), None)
        if must is not None:
            return [self.open(must)]
        asked = [key for key in document.derived if key.startswith("asked:")]
        optional = next((question for question in left if f"asked:{question.topic}" not in asked), None)
        if optional is None or (len(asked) >= OPTIONAL_QUESTIONS and not self.built):
            return []
        self.plan.mark_derived(f"asked:{optional.topic}")
        return [self.open(optional)]

    def ask_what_for(self, whom: audience.Audience) -> None:
        """Of an app known only by whom it is for, ask what it should do; once."""
        document = self.plan.document
        if audience.TOPIC not in {item.topic for item in document.open_questions}:
            self.open(audience.purpose_question(whom))

    def open(self, question: Question) -> OpenQuestion:
        """Put a question into the plan."""
        asked = OpenQuestion(
            id=self.plan.document.new_id("Q"), source=self.plan.source, topic=question.topic, question=question.ask,
            why=question.why, must=question.must,
            options=[AskedOption(value=o.value, label=o.label, recommended=o.recommended) for o in question.options],
        )  # fmt: skip
        self.plan.document.open_questions.append(asked)
        return asked

    def withdraw_senseless(self) -> None:
        """Open questions about what is no longer in the plan, or what came another way, are settled."""
        senseless = {question.topic for question in self.all() if not self.makes_sense(question)}
        document = self.plan.document
        document.open_questions = [item for item in document.open_questions if item.topic not in senseless]

    def assume_the_rest(self) -> list[str]:
        """Settle what a build needs and nobody answered by its recommended option; what was assumed."""
        document = self.plan.document
        assumed: list[str] = []
        for question in self.all():
            settled = any(item.topic == question.topic for item in document.decisions)
            is_open = any(item.topic == question.topic for item in document.open_questions)
            if settled or not self.makes_sense(question) or not (question.must or is_open):
                continue
            option = recommended(question)
            self.take(Answer(question, option, -1), assumed=True)
            statement = f"{question.ask.partition('?')[0]}? {option.label}."
            self.plan.assume(statement, question.topic)
            assumed.append(statement)
        return assumed
