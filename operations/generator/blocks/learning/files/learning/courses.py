"""Courses: lessons in their order, and how far a person has come."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from learning.models import Mark, marked, person_of
from learning.parameters import (
    COURSE_LESSONS,
    LESSON_CONTENT,
    LESSON_COURSE,
    LESSON_ORDER,
    Course,
    CourseDetail,
    Lesson,
    LessonDetail,
)
from records.access import may, visible

KIND = "lesson"


def progress(request: HttpRequest, course: Course) -> dict[str, Any]:
    """The lessons a person may see, which of them are done, and the share of these in percent."""
    every = Lesson.objects.filter(**{LESSON_COURSE: course}).order_by(*LESSON_ORDER)
    lessons = list(visible(request.user, every))
    done = marked(request, KIND)
    finished = sum(lesson.pk in done for lesson in lessons)
    return {
        "lessons": [{"lesson": lesson, "done": lesson.pk in done} for lesson in lessons],
        "finished": finished,
        "share": round(100 * finished / len(lessons)) if lessons else 0,
        "next": next((lesson for lesson in lessons if lesson.pk not in done), None),
    }


class CoursePage(CourseDetail):
    template_name = "learning/course.html"

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        self.related = tuple(one for one in self.related if one.accessor != COURSE_LESSONS)
        add = self.create_url(Lesson, LESSON_COURSE)
        return super().get_context_data(
            progress=progress(self.request, self.object), add_lesson=add, **context
        )


class LessonPage(LessonDetail):
    template_name = "learning/lesson.html"

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        course = getattr(self.object, LESSON_COURSE)
        told = progress(self.request, course)
        numbers = [one["lesson"].pk for one in told["lessons"]]
        at = numbers.index(self.object.pk) if self.object.pk in numbers else 0
        lessons = [one["lesson"] for one in told["lessons"]]
        return super().get_context_data(
            course=course,
            progress=told,
            words=getattr(self.object, LESSON_CONTENT),
            number=at + 1,
            before=lessons[at - 1] if at else None,
            after=lessons[at + 1] if at + 1 < len(lessons) else None,
            done=self.object.pk in marked(self.request, KIND),
            **context,
        )


@require_POST
def finish(request: HttpRequest, pk: int) -> HttpResponse:
    """Tick a lesson off, or take that back; goes on to the next."""
    lesson = get_object_or_404(visible(request.user, Lesson.objects.all(), "read"), pk=pk)
    if not may(request.user, "read", Lesson, lesson):
        raise PermissionDenied
    mark, is_new = Mark.objects.get_or_create(kind=KIND, number=pk, person=person_of(request))
    if not is_new:
        mark.delete()
        return redirect(lesson.get_absolute_url())
    course = getattr(lesson, LESSON_COURSE)
    following = progress(request, course)["next"]
    return redirect((following or course).get_absolute_url())
