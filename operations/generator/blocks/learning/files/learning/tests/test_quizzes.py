"""A quiz is taken, scored and remembered; what is missing is said."""

from __future__ import annotations

from typing import Any

from django.test import TestCase
from django.urls import reverse

from learning.parameters import (
    ATTEMPT_QUIZ,
    ATTEMPT_SCORE,
    CHOICE_CORRECT,
    CHOICE_QUESTION,
    QUESTION_QUIZ,
    Attempt,
    Choice,
    Question,
    Quiz,
)
from learning.quizzes import asked
from records.tests.build import build, user


def quiz_of(number: int) -> Any:
    """A quiz of `number` questions, the first choice of each being right."""
    quiz = build(Quiz)
    for _ in range(number):
        question = build(Question, **{QUESTION_QUIZ: quiz})
        for right in (True, False):
            build(Choice, **{CHOICE_QUESTION: question, CHOICE_CORRECT: right})
    return quiz


def answers(quiz: Any, *, right: int) -> dict[str, str]:
    """The first `right` questions answered well, the others badly."""
    given = {"person": "Ada"}
    for number, question in enumerate(asked(quiz, {})):
        wished = next(c for c in question["choices"] if c["correct"] is (number < right))
        given[question["name"]] = str(wished["number"])
    return given


class QuizTests(TestCase):
    def setUp(self) -> None:
        self.client.force_login(user(is_superuser=True, is_staff=True))

    def take(self, quiz: Any, given: dict[str, str]) -> Any:
        return self.client.post(reverse("learning:take", args=[quiz.pk]), given)

    def test_the_score_is_told_and_kept(self) -> None:
        quiz = quiz_of(3)
        self.assertContains(self.take(quiz, answers(quiz, right=2)), "2 of 3 right")
        kept = Attempt.objects.get(**{ATTEMPT_QUIZ: quiz})
        self.assertEqual(getattr(kept, ATTEMPT_SCORE), 2)

    def test_an_unanswered_question_is_pointed_out(self) -> None:
        quiz = quiz_of(2)
        given = answers(quiz, right=2)
        given.pop(asked(quiz, {})[0]["name"])
        self.assertContains(self.take(quiz, given), "1 question without", status_code=422)
        self.assertFalse(Attempt.objects.filter(**{ATTEMPT_QUIZ: quiz}).exists())

    def test_a_choice_of_another_question_counts_as_none(self) -> None:
        quiz, other = quiz_of(1), quiz_of(1)
        foreign = list(answers(other, right=1).values())[-1]
        given = answers(quiz, right=1) | {asked(quiz, {})[0]["name"]: foreign}
        self.assertEqual(self.take(quiz, given).status_code, 422)

    def test_the_page_leads_to_the_questions(self) -> None:
        quiz = quiz_of(1)
        page = self.client.get(quiz.get_absolute_url())
        self.assertContains(page, reverse("learning:take", args=[quiz.pk]))
        taking = self.client.get(reverse("learning:take", args=[quiz.pk]))
        self.assertNotContains(taking, "correct")

    def test_a_quiz_without_questions_says_so(self) -> None:
        quiz = build(Quiz)
        self.assertContains(self.client.get(quiz.get_absolute_url()), "No questions yet")
