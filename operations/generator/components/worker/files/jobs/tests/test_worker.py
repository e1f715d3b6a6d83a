"""The worker does what is queued, says that it lives, and ends in order."""

import threading
from datetime import timedelta
from unittest.mock import patch

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from jobs import queue
from jobs.limits import SILENT_SECONDS
from jobs.models import Heartbeat, Job
from jobs.registry import FUNCTIONS
from jobs.schedule import Schedule
from jobs.worker import Worker


class WorkerTests(TestCase):
    def setUp(self) -> None:
        self.worker = Worker(schedules=(), name="ada")

    def test_does_a_job_and_keeps_what_it_said(self) -> None:
        queue.enqueue("tidy-jobs", days=3)
        self.assertTrue(self.worker.work_once())
        job = Job.objects.get()
        self.assertEqual((job.status, job.result), (Job.Status.DONE, "0 old jobs forgotten"))
        self.assertFalse(self.worker.work_once())

    def test_does_what_is_due(self) -> None:
        done = []
        self.worker.schedules = (Schedule("tick", "minute", lambda: done.append(1) or "ticked"),)
        with patch.dict(FUNCTIONS, tick=self.worker.schedules[0].action):
            self.worker.work_once()
        self.assertEqual(done, [1])

    def test_a_job_that_fails_is_queued_again_with_its_reason(self) -> None:
        def explode() -> None:
            raise ValueError("no")

        queue.enqueue("explode")
        with patch.dict(FUNCTIONS, explode=explode), self.assertLogs("jobs.worker", "ERROR"):
            self.worker.work_once()
        job = Job.objects.get()
        self.assertEqual((job.status, job.error), (Job.Status.QUEUED, "ValueError: no"))

    def test_a_job_nobody_knows_is_no_end_of_the_worker(self) -> None:
        queue.enqueue("unheard-of")
        with self.assertLogs("jobs.worker", "ERROR"):
            self.assertTrue(self.worker.work_once())
        self.assertIn("unheard-of", Job.objects.get().error)

    def test_a_beat_keeps_the_job_at_hand(self) -> None:
        queue.enqueue("slow")
        past = timezone.now() - timedelta(seconds=1)

        def slow() -> None:
            Job.objects.update(leased_until=past)
            self.worker.beat()

        with patch.dict(FUNCTIONS, slow=slow):
            self.worker.work_once()
        self.assertGreater(Job.objects.get().leased_until, timezone.now())

    def test_the_command_does_what_waits_and_ends(self) -> None:
        queue.enqueue("tidy-jobs")
        with patch("jobs.management.commands.work.Worker", lambda: self.worker):
            call_command("work", once=True)
        self.assertEqual(Job.objects.get().status, Job.Status.DONE)

    def test_ends_when_it_is_told_to(self) -> None:
        told = threading.Event()

        def work_once() -> bool:
            self.worker.stop()
            told.set()
            return False

        without_database = patch.multiple(self.worker, work_once=work_once, beat=lambda: None)
        with without_database, self.assertLogs("jobs.worker"):
            self.worker.run()
        self.assertTrue(told.is_set())


class HealthTests(TestCase):
    def test_says_when_no_worker_is_heard_of(self) -> None:
        answer = self.client.get("/health/worker")
        self.assertEqual((answer.status_code, answer.json()["status"]), (503, "missing"))

    def test_tells_the_last_beat_and_how_much_waits(self) -> None:
        Worker(schedules=(), name="ada").beat()
        queue.enqueue("tidy-jobs")
        queue.enqueue("tidy-jobs", run_at=timezone.now() + timedelta(hours=1))
        answer = self.client.get("/health/worker")
        self.assertEqual(answer.status_code, 200)
        told = answer.json()
        self.assertEqual((told["status"], told["queued"], told["later"]), ("ok", 1, 1))
        self.assertIsNotNone(told["last_heartbeat"])

    def test_a_silent_worker_is_missing(self) -> None:
        long_ago = timezone.now() - timedelta(seconds=2 * SILENT_SECONDS)
        Heartbeat.objects.create(worker="ada", beat_at=long_ago)
        self.assertEqual(self.client.get("/health/worker").status_code, 503)


class AdminTests(TestCase):
    def test_a_failed_job_can_be_tried_again(self) -> None:
        boss = get_user_model().objects.create_superuser("boss", "boss@example.org", "secret")
        self.client.force_login(boss)
        job = queue.enqueue("tidy-jobs")
        Job.objects.update(status=Job.Status.FAILED, attempts=5)
        self.client.post(
            reverse("admin:jobs_job_changelist"),
            {"action": "try_again", "_selected_action": [job.pk]},
        )
        job.refresh_from_db()
        self.assertEqual((job.status, job.attempts), (Job.Status.QUEUED, 0))
