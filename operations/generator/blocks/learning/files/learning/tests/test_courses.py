"""Lessons are gone through one by one, and progress is one's own."""

from django.test import Client, TestCase
from django.urls import reverse

from learning.parameters import LESSON_COURSE, Course, Lesson
from records.tests.build import build, user


class CourseTests(TestCase):
    def setUp(self) -> None:
        self.client.force_login(user(is_superuser=True, is_staff=True))
        self.course = build(Course)
        self.lessons = [build(Lesson, **{LESSON_COURSE: self.course}) for _ in range(2)]

    def test_finishing_leads_to_the_next_lesson_and_counts(self) -> None:
        first, second = self.lessons
        answer = self.client.post(reverse("learning:finish", args=[first.pk]))
        self.assertEqual(answer.headers["location"], second.get_absolute_url())
        self.assertContains(self.client.get(self.course.get_absolute_url()), "1 of 2 done")

    def test_the_last_lesson_leads_back_to_the_course(self) -> None:
        for lesson in self.lessons:
            answer = self.client.post(reverse("learning:finish", args=[lesson.pk]))
        self.assertEqual(answer.headers["location"], self.course.get_absolute_url())

    def test_progress_is_a_persons_own(self) -> None:
        self.client.post(reverse("learning:finish", args=[self.lessons[0].pk]))
        other = Client()
        other.force_login(user(is_superuser=True, is_staff=True))
        self.assertContains(other.get(self.course.get_absolute_url()), "0 of 2 done")

    def test_lessons_lead_to_their_neighbours(self) -> None:
        first, second = self.lessons
        self.assertContains(self.client.get(first.get_absolute_url()), second.get_absolute_url())
        self.assertContains(self.client.get(second.get_absolute_url()), first.get_absolute_url())
