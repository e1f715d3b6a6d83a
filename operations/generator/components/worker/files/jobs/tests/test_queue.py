"""The queue: each job is done by one worker, tried again when it fails, and given up in the end."""

from datetime import datetime, timedelta
from datetime import timezone as zones

from django.test import SimpleTestCase, TestCase
from django.utils import timezone

from jobs import queue
from jobs.limits import ATTEMPTS, LEASE_SECONDS
from jobs.models import Job
from jobs.schedule import Schedule, enqueue_due


class QueueTests(TestCase):
    def test_a_job_is_claimed_once(self) -> None:
        job = queue.enqueue("tidy-jobs")
        self.assertEqual(queue.claim("ada"), job)
        self.assertIsNone(queue.claim("ben"))

    def test_a_key_is_queued_once_even_after_the_job_is_done(self) -> None:
        first = queue.enqueue("tidy-jobs", key="today")
        queue.succeed(queue.claim("ada"), "")
        self.assertIsNotNone(first)
        self.assertIsNone(queue.enqueue("tidy-jobs", key="today"))

    def test_a_job_for_later_is_left_alone(self) -> None:
        queue.enqueue("tidy-jobs", run_at=timezone.now() + timedelta(hours=1))
        self.assertIsNone(queue.claim("ada"))

    def test_the_job_of_a_lost_worker_is_taken_over_and_stays_so(self) -> None:
        queue.enqueue("tidy-jobs")
        lost = queue.claim("ada")
        expired = timezone.now() - timedelta(seconds=LEASE_SECONDS)
        Job.objects.update(leased_until=expired)
        taken = queue.claim("ben")
        self.assertEqual((taken.pk, taken.attempts), (lost.pk, 2))
        self.assertFalse(queue.succeed(lost, "too late"))
        self.assertFalse(queue.renew(lost))
        self.assertTrue(queue.succeed(taken, "done"))

    def test_a_failed_job_waits_longer_each_time_and_is_given_up(self) -> None:
        queue.enqueue("tidy-jobs")
        pauses = []
        for _ in range(ATTEMPTS):
            Job.objects.update(run_at=timezone.now())
            job = queue.claim("ada")
            queue.fail(job, "ValueError: no")
            job.refresh_from_db()
            pauses.append((job.run_at - timezone.now()).total_seconds())
        self.assertEqual(job.status, Job.Status.FAILED)
        self.assertEqual(job.error, "ValueError: no")
        self.assertEqual(pauses[:-1], sorted(pauses[:-1]))
        self.assertGreater(pauses[1], 1.5 * pauses[0])

    def test_what_is_long_over_is_forgotten(self) -> None:
        queue.enqueue("tidy-jobs")
        queue.succeed(queue.claim("ada"), "")
        Job.objects.update(finished_at=timezone.now() - timedelta(days=8))
        queue.enqueue("tidy-jobs")
        self.assertEqual(queue.forget(days=7), 1)
        self.assertEqual(Job.objects.count(), 1)


class ScheduleTests(SimpleTestCase):
    def test_is_due_at_the_start_of_its_time(self) -> None:
        now = datetime(2026, 5, 14, 6, 30, 12, tzinfo=zones.utc)  # noqa: UP017
        due = {
            every: Schedule("x", every, str).due_at(now).strftime("%m-%d %H:%M")
            for every in ("minute", "hour", "day", "night", "morning", "week", "month")
        }
        expected = {
            "minute": "05-14 06:30", "hour": "05-14 06:00", "day": "05-14 00:00",
            "night": "05-14 02:00", "morning": "05-13 07:00", "week": "05-11 02:00",
            "month": "05-01 02:00",
        }  # fmt: skip
        self.assertEqual(due, expected)


class DueTests(TestCase):
    def test_each_time_is_queued_once(self) -> None:
        schedules = (Schedule("tidy-jobs", "hour", str),)
        self.assertEqual(len(enqueue_due(schedules)), 1)
        self.assertEqual(enqueue_due(schedules), [])

    def test_what_still_waits_is_not_queued_a_second_time(self) -> None:
        queue.enqueue("tidy-jobs", key="an earlier hour")
        self.assertEqual(enqueue_due((Schedule("tidy-jobs", "hour", str),)), [])
