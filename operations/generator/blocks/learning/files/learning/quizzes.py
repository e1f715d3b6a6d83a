"""Quizzes: every question on one page, scored at once, each result kept."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.generic import View

from learning.parameters import (
    ATTEMPT_OWNER,
    ATTEMPT_PERSON,
    ATTEMPT_QUIZ,
    ATTEMPT_SCORE,
    CHOICE_CORRECT,
    CHOICE_LABEL,
    QUESTION_CHOICES,
    QUESTION_QUIZ,
    QUESTION_TEXT,
    Attempt,
    Question,
    Quiz,
    QuizDetail,
)
from records.access import may, visible

BEST = 10


def questions_of(quiz: Quiz) -> QuerySet:
    """Those with something to choose from, in the order they were written."""
    return (
        Question.objects.filter(**{QUESTION_QUIZ: quiz, f"{QUESTION_CHOICES}__isnull": False})
        .distinct()
        .order_by("pk")
        .prefetch_related(QUESTION_CHOICES)
    )


def asked(quiz: Quiz, given: dict[str, str]) -> list[dict[str, Any]]:
    """Each question with its choices, and the one `given` under its name, None for none."""
    found = []
    for question in questions_of(quiz):
        choices = sorted(getattr(question, QUESTION_CHOICES).all(), key=lambda one: one.pk)
        name = f"question-{question.pk}"
        chosen = next((one for one in choices if str(one.pk) == given.get(name)), None)
        found.append(
            {
                "name": name,
                "text": getattr(question, QUESTION_TEXT),
                "choices": [
                    {
                        "number": one.pk,
                        "label": getattr(one, CHOICE_LABEL),
                        "correct": getattr(one, CHOICE_CORRECT),
                        "chosen": one == chosen,
                    }
                    for one in choices
                ],
                "answered": chosen is not None,
                "right": chosen is not None and getattr(chosen, CHOICE_CORRECT),
            }
        )
    return found


class QuizPage(QuizDetail):
    template_name = "learning/quiz.html"

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        attempts = visible(self.request.user, Attempt.objects.filter(**{ATTEMPT_QUIZ: self.object}))
        best = attempts.order_by(f"-{ATTEMPT_SCORE}", "pk")[:BEST]
        return super().get_context_data(
            number=questions_of(self.object).count(),
            best=[
                {"name": getattr(one, ATTEMPT_PERSON), "score": getattr(one, ATTEMPT_SCORE)}
                for one in best
            ],
            **context,
        )


class Take(View):
    def quiz(self, pk: int) -> Quiz:
        user = self.request.user
        quiz = get_object_or_404(visible(user, Quiz.objects.all(), "read"), pk=pk)
        if not may(user, "read", Quiz, quiz):
            raise PermissionDenied
        return quiz

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        quiz = self.quiz(pk)
        context = {"quiz": quiz, "questions": asked(quiz, {})}
        return render(request, "learning/take.html", context)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        quiz = self.quiz(pk)
        questions = asked(quiz, request.POST.dict())
        known = request.user.is_authenticated
        person = str(request.user) if known else request.POST.get("person", "").strip()[:100]
        missing = sum(not one["answered"] for one in questions)
        context = {"quiz": quiz, "questions": questions, "person": person}
        if missing or not person or not questions:
            context |= {"missing": missing, "nameless": not person}
            return render(request, "learning/take.html", context, status=422)
        score = sum(one["right"] for one in questions)
        result = Attempt(**{ATTEMPT_QUIZ: quiz, ATTEMPT_PERSON: person, ATTEMPT_SCORE: score})
        if known and ATTEMPT_OWNER:
            setattr(result, ATTEMPT_OWNER, request.user)
        result.save()
        context |= {"score": score, "share": round(100 * score / len(questions))}
        return render(request, "learning/result.html", context)
