"""`/metrics`: what is counted, what is the case, who may read it, and in which words."""

import re
import threading
from datetime import timedelta
from itertools import pairwise

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from blueprints import services as blueprints
from blueprints.models import BlueprintMessage, BlueprintReference
from operations import counters, services
from operations.engine import ending, lease, runner, sweeper
from operations.engine.requeue import hand_back
from operations.models import MetricIncrement, Operation, OperationEvent, OperationPhase
from studio.core import hub, presence
from studio.runtime import heartbeat
from tests.operations import tiny

pytestmark = pytest.mark.django_db(transaction=True)


def scrape(client=None, **headers):
    headers = {"Authorization": f"Bearer {settings.ORCHARD_METRICS_TOKEN}"} | headers
    return (client or Client()).get("/metrics", headers=headers)


class Samples(dict):
    """Values of one scrape, by sample name and labels: `samples("name", label="value")`; None: absent."""

    def __call__(self, name, **labels):
        return self.get((name, frozenset(labels.items())))


def samples(text=None):
    found = Samples()
    for family in parse_text(text or scrape().content.decode()):
        for sample in family.samples:
            key = sample.name, frozenset(sample.labels.items())
            assert key not in found, "a series stands there twice"
            found[key] = sample.value
    return found


def runs(found, type_, phase, outcome):
    """How many runs of a phase the histogram counts."""
    name = "orchard_operation_phase_duration_seconds_count"
    return found(name, type=type_, phase=phase, outcome=outcome) or 0


def total(found, type_, status):
    return found("orchard_operations_total", type=type_, status=status)


def waiting(found, queue, waits_for):
    labels = {"queue": queue, "waits_for": waits_for}
    return found("orchard_queue_depth", **labels), found("orchard_queue_oldest_age_seconds", **labels)


def lost(operation):
    """Its worker has fallen silent."""
    an_hour_ago = timezone.now() - timedelta(hours=1)
    Operation.objects.filter(pk=operation.pk).update(lease_until=an_hour_ago, worker="elsewhere")


def claimed_in_a_phase(operation):
    claim = lease.take(operation.pk, worker="elsewhere")
    started_at = timezone.now() - timedelta(seconds=90)
    operation.phases.filter(slug="first").update(status="running", started_at=started_at)
    return claim


# What is counted


def test_operations_count_when_they_end_and_phases_with_how_long_they_took(project, effects):
    assert total(samples(), "test_two", "succeeded") == 0
    for _ in range(2):
        assert runner.run(tiny.start("test_two", project, effects=str(effects)).pk)

    found = samples()
    assert total(found, "test_two", "succeeded") == 2
    assert total(found, "test_two", "failed") == 0
    for phase in ("first", "second"):
        assert runs(found, "test_two", phase, "complete") == 2
        labels = {"type": "test_two", "phase": phase, "outcome": "complete"}
        assert found("orchard_operation_phase_duration_seconds_bucket", le="1800.0", **labels) == 2
        assert found("orchard_operation_phase_duration_seconds_sum", **labels) > 0


def test_a_duration_falls_into_its_bucket_and_those_above():
    for seconds in (0.1, 0.7, 1, 2000):
        counters.PHASES.observe(seconds, type="build", phase="test", outcome="complete")
    found = samples()

    def bucket(le):
        name = "orchard_operation_phase_duration_seconds_bucket"
        return found(name, type="build", phase="test", outcome="complete", le=le)

    bounds = ("0.1", "0.5", "1.0", "2.5", "1800.0", "+Inf")
    assert [bucket(le) for le in bounds] == [1, 1, 3, 3, 3, 4]
    name = "orchard_operation_phase_duration_seconds_sum"
    assert found(name, type="build", phase="test", outcome="complete") == pytest.approx(2001.8)


def test_bounds_of_another_release_still_count():
    labels = counters._text({"type": "build", "phase": "test", "outcome": "complete", "le": "7.0"})
    MetricIncrement.objects.create(name=f"{counters.PHASES.name}_bucket", labels=labels, value=3)
    found = samples()
    for le, count in {"5.0": 0, "10.0": 3, "+Inf": 3}.items():
        name = "orchard_operation_phase_duration_seconds_bucket"
        assert found(name, type="build", phase="test", outcome="complete", le=le) == count


def test_an_operation_that_fails_is_retried_and_succeeds_counts_for_both(ada, project, effects, tmp_path):
    mended = tmp_path / "mended"
    operation = tiny.start("test_broken", project, effects=str(effects), mended=str(mended))
    runner.run(operation.pk)
    found = samples()
    assert total(found, "test_broken", "failed") == 1
    assert runs(found, "test_broken", "broken", "failed") == 1

    mended.touch()
    services.retry(operation=Operation.objects.get(pk=operation.pk), by=ada)
    runner.run(operation.pk)

    found = samples()
    assert [total(found, "test_broken", status) for status in ("failed", "succeeded")] == [1, 1]
    assert found("orchard_operation_retries_total", type="test_broken", cause="person") == 1
    assert found("orchard_operation_retries_total", type="test_broken", cause="engine") == 0
    assert runs(found, "test_broken", "first", "complete") == 1, "the kept phase is not run again"
    assert [runs(found, "test_broken", "broken", each) for each in ("failed", "complete")] == [1, 1]


def test_a_failure_that_is_tried_again_is_a_retry_and_no_end(project, effects):
    operation = tiny.start("test_flaky", project, effects=str(effects), failures=1)
    runner.run(operation.pk)

    found = samples()
    assert found("orchard_operation_retries_total", type="test_flaky", cause="engine") == 1
    assert runs(found, "test_flaky", "flaky", "retried") == 1
    assert [total(found, "test_flaky", status) for status in ("failed", "succeeded")] == [0, 0]


def test_a_cancelled_operation_counts_its_phase_as_cancelled(ada, project):
    operation = tiny.start("test_two", project)
    claim = claimed_in_a_phase(operation)
    services.cancel(operation=operation, by=ada)
    assert ending.cancel(operation.pk, guard=claim.guard)
    found = samples()
    assert total(found, "test_two", "cancelled") == 1
    assert runs(found, "test_two", "first", "cancelled") == 1


def test_what_a_lost_worker_leaves_counts_as_lost_every_time(project):
    operation = tiny.start("test_two", project)
    for times in range(1, settings.OPERATION_MAX_ATTEMPTS + 1):
        assert claimed_in_a_phase(operation)
        lost(operation)
        sweeper.sweep()
        sweeper.sweep()

        found = samples()
        assert found("orchard_operation_leases_lost_total", type="test_two") == times
        assert runs(found, "test_two", "first", "lost") == times
    assert total(found, "test_two", "failed") == 1
    assert runs(found, "test_two", "first", "failed") == 0
    sum_ = found(
        "orchard_operation_phase_duration_seconds_sum", type="test_two", phase="first", outcome="lost"
    )
    assert sum_ >= 90 * settings.OPERATION_MAX_ATTEMPTS


def test_a_worker_lost_while_its_work_was_being_cancelled_is_lost_too(ada, project):
    operation = tiny.start("test_two", project)
    claimed_in_a_phase(operation)
    services.cancel(operation=operation, by=ada)
    lost(operation)
    sweeper.sweep()
    found = samples()
    assert total(found, "test_two", "cancelled") == 1
    assert found("orchard_operation_leases_lost_total", type="test_two") == 1
    assert runs(found, "test_two", "first", "lost") == 1


def test_work_handed_back_is_not_lost(project):
    claim = claimed_in_a_phase(tiny.start("test_two", project))
    assert hand_back(claim)
    found = samples()
    assert runs(found, "test_two", "first", "handed_back") == 1
    assert found("orchard_operation_leases_lost_total", type="test_two") == 0


def test_what_is_started_counts_by_type(ada, project):
    services.start_teardown(project=project, by=ada)
    services.start_teardown(project=project, by=ada)  # answered with the first one
    assert samples()("orchard_operations_started_total", type="teardown") == 1


def test_what_did_not_happen_is_not_counted(project, effects):
    """The claim is lost in the middle of the phase: the retry that this worker wants is refused."""
    operation = tiny.start("test_meanwhile", project, meanwhile="claim")
    runner.run(operation.pk)
    found = samples()
    assert runs(found, "test_meanwhile", "changed", "retried") == 0
    assert found("orchard_operation_retries_total", type="test_meanwhile", cause="engine") == 0

    with transaction.atomic():
        counters.ENDED.add(type="test_two", status="failed")
        transaction.set_rollback(True)
    assert total(samples(), "test_two", "failed") == 0


def test_a_clock_that_is_behind_makes_no_negative_duration(project):
    operation = tiny.start("test_two", project)
    claim = claimed_in_a_phase(operation)
    operation.phases.filter(slug="first").update(started_at=timezone.now() + timedelta(hours=1))
    hand_back(claim)
    labels = {"type": "test_two", "phase": "first", "outcome": "handed_back"}
    assert samples()("orchard_operation_phase_duration_seconds_sum", **labels) == 0


def test_counters_outlive_what_they_counted(project, effects):
    runner.run(tiny.start("test_two", project, effects=str(effects)).pk)
    before = counted(samples())
    assert before

    project.delete()
    Operation.objects.all().delete()

    assert not OperationPhase.objects.exists()
    assert counted(samples()) == before


def counted(found):
    """All that may never shrink."""
    return {
        key: value
        for key, value in found.items()
        if key[0].startswith("orchard_")
        and key[0].endswith(("_total", "_bucket", "_count", "_sum"))
        and value
    }


# Folding


def fill(times):
    for number in range(times):
        counters.ENDED.add(type="build", status="succeeded")
        counters.PHASES.observe(0.1 * number, type="build", phase="test", outcome="complete")


def test_folding_leaves_few_rows_and_the_same_numbers(django_assert_max_num_queries):
    fill(60)
    counters.ENDED.add(type="build", status="failed")
    before, rows = counted(samples()), MetricIncrement.objects.count()

    gone = counters.fold()

    assert gone > 60
    assert MetricIncrement.objects.count() == rows - gone
    assert counted(samples()) == before
    assert counters.fold() == 0
    with django_assert_max_num_queries(1):
        counters.fold()


def test_sums_are_the_same_to_the_last_digit_however_they_are_folded():
    """0.1 + 0.2 + 0.3 depends on the order, and a counter that shrinks by a billionth looks restarted."""
    name = "orchard_operation_phase_duration_seconds_sum"
    labels = {"type": "build", "phase": "test", "outcome": "complete"}
    for seconds in [0.1, 0.2, 0.3, 1e9, 0.7] * 10:
        counters.PHASES.observe(seconds, **labels)
    before = samples()(name, **labels)
    counters.fold()
    assert samples()(name, **labels) == before


def test_while_many_count_and_fold_at_once_no_reader_sees_a_number_shrink():
    writers, each = 3, 60
    done = threading.Event()
    seen, broken = [], []

    def guarded(work):
        def run():
            try:
                work()
            except Exception as error:  # noqa: BLE001 — told by the test
                broken.append(error)
            finally:
                connection.close()

        return threading.Thread(target=run)

    def until_done(work):
        def run():
            while not done.is_set():
                work()

        return guarded(run)

    def read():
        counts = counters.read()
        count = sum(counts.get(counters.ENDED.name, {}).values())
        summed = sum(counts.get(f"{counters.PHASES.name}_sum", {}).values())
        seen.append((count, summed))

    writing = [guarded(lambda: fill(each)) for _ in range(writers)]
    beside = [until_done(counters.fold), until_done(counters.fold), until_done(read)]
    for thread in [*beside, *writing]:
        thread.start()
    for thread in writing:
        thread.join()
    done.set()
    for thread in beside:
        thread.join()

    assert broken == []
    read()
    assert seen == sorted(seen) and len(seen) > 1
    assert all(later[1] >= earlier[1] for earlier, later in pairwise(seen))
    assert seen[-1][0] == writers * each


# What is the case


def aged(operation, **ago):
    """As if it had been put in line that long ago."""
    at = timezone.now() - timedelta(**ago)
    Operation.objects.filter(pk=operation.pk).update(created_at=at)
    operation.events.update(created_at=at)
    return operation


def test_a_line_tells_how_many_wait_for_what_and_how_long_the_oldest_has(project, other_project):
    nothing = samples()
    assert waiting(nothing, "builds", "worker") == (0, 0)

    aged(tiny.start("test_two", project), hours=3)
    aged(tiny.start("test_two", project), hours=2)
    aged(tiny.start("test_two", other_project), hours=1)
    trying_again = aged(tiny.start("test_two", None), hours=4)
    in_a_moment = timezone.now() + timedelta(minutes=5)
    Operation.objects.filter(pk=trying_again.pk).update(available_at=in_a_moment)

    found = samples()
    depth, age = waiting(found, "builds", "worker")
    assert depth == 2 and 3 * 3600 <= age < 4 * 3600
    depth, age = waiting(found, "builds", "turn")
    assert depth == 1 and 2 * 3600 <= age < 3 * 3600
    assert waiting(found, "builds", "retry")[0] == 1
    assert waiting(found, "trees", "worker") == (0, 0)
    assert found("orchard_operations_active", type="test_two", status="pending") == 4
    assert found("orchard_operations_active", type="test_two", status="running") == 0


def test_one_that_came_back_into_the_line_has_not_waited_since_it_was_made(ada, project):
    operation = tiny.start("test_two", project)
    Operation.objects.filter(pk=operation.pk).update(
        status="failed", created_at=timezone.now() - timedelta(days=3)
    )
    operation.refresh_from_db()
    services.retry(operation=operation, by=ada)
    depth, age = waiting(samples(), "builds", "worker")
    assert depth == 1 and age < 3600


def test_one_whose_back_off_is_over_has_waited_since_then(project):
    operation = aged(tiny.start("test_two", project), hours=5)
    Operation.objects.filter(pk=operation.pk).update(available_at=timezone.now() - timedelta(hours=1))
    depth, age = waiting(samples(), "builds", "worker")
    assert depth == 1 and 3600 <= age < 2 * 3600


def test_a_time_ahead_of_the_databases_clock_is_no_negative_age(project):
    aged(tiny.start("test_two", project), hours=-2)
    assert waiting(samples(), "builds", "worker") == (1, 0)


def test_what_a_newer_release_put_in_line_is_shown_all_the_same(project):
    operation = tiny.start("test_two", project)
    Operation.objects.filter(pk=operation.pk).update(type="from_the_future")
    found = samples()
    assert waiting(found, "unknown", "worker")[0] == 1
    assert found("orchard_operations_active", type="from_the_future", status="pending") == 1


def test_replies_wait_in_the_architects_line(ada, project):
    blueprint = blueprints.create_blueprint(project=project, feature_name="World")
    for text in ("add Cat", "add Dog", "add Bird"):
        blueprints.send_message(blueprint=blueprint, author=ada, text=text, dispatch=False)
    found = samples()
    assert waiting(found, "architect", "worker")[0] == 1
    assert waiting(found, "architect", "turn")[0] == 2


def test_a_reply_waits_its_turn_while_its_reference_waits_for_a_worker(ada, project):
    blueprint = blueprints.create_blueprint(project=project, feature_name="World")
    reply = blueprints.send_message(blueprint=blueprint, author=ada, text="like this", dispatch=False)
    reference = BlueprintReference.objects.create(
        blueprint=blueprint, message=reply.in_reply_to, kind="url", status="queued"
    )
    found = samples()
    assert [waiting(found, "architect", each)[0] for each in ("worker", "turn")] == [0, 1]
    assert waiting(found, "captures", "worker")[0] == 1

    BlueprintReference.objects.filter(pk=reference.pk).update(status="capturing")
    found = samples()
    assert [waiting(found, "architect", each)[0] for each in ("worker", "turn")] == [0, 1]
    assert waiting(found, "captures", "worker")[0] == 0


def test_workers_tell_how_busy_they_are_by_queue():
    heartbeat.sign("builds@one", {"builds"}, slots=4, busy=3)
    heartbeat.sign("builds@two", {"builds"}, slots=2, busy=0)
    heartbeat.sign("all@three", {"builds", "architect"}, slots=8, busy=1)
    found = samples()

    def of(queue):
        names = ("orchard_workers", "orchard_worker_slots", "orchard_worker_busy_slots")
        return [found(name, queue=queue) for name in names]

    assert of("builds") == [3, 14, 4]
    assert of("architect") == [1, 8, 1]
    assert of("trees") == [0, 0, 0], "no worker is a number, too: an alert compares with it"


def test_listeners_are_those_of_all_processes():
    presence.announce("audience", "one:1", {"sse": 3, "websocket": 1})
    presence.announce("audience", "two:1", {"sse": 4})
    found = samples()
    assert found("orchard_stream_clients", kind="sse") == 7
    assert found("orchard_stream_clients", kind="websocket") == 1


def test_messages_in_the_broker_are_counted():
    hub.client().rpush("builds", "one", "two")
    assert samples()("orchard_queue_messages", queue="builds") == 2


# Sources that do not answer


def test_without_redis_the_database_still_speaks(project, settings):
    counters.ENDED.add(type="build", status="failed")
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    hub.client.cache_clear()
    try:
        found = samples()
    finally:
        hub.client.cache_clear()
    assert found("orchard_metrics_source_up", source="redis") == 0
    assert found("orchard_metrics_source_up", source="database") == 1
    assert total(found, "build", "failed") == 1
    assert found("orchard_worker_slots", queue="builds") is None, "unknown is not zero"


def test_without_a_database_redis_still_speaks():
    heartbeat.sign("builds@one", {"builds"}, slots=4, busy=3)
    with transaction.atomic():
        transaction.set_rollback(True)  # from here on every query is refused with a DatabaseError
        found = samples()
    assert found("orchard_metrics_source_up", source="database") == 0
    assert found("orchard_metrics_source_up", source="redis") == 1
    assert found("orchard_worker_slots", queue="builds") == 4
    assert total(found, "build", "failed") is None, "a counter that fell to 0 would look restarted"


# What a scrape costs


def test_a_scrape_asks_as_much_however_much_there_is(project, other_project, django_assert_num_queries):
    samples()
    with django_assert_num_queries(5):
        scrape()
    fill(30)
    for each in (project, other_project, None):
        for _ in range(5):
            tiny.start("test_two", each)
    with django_assert_num_queries(5):
        scrape()


def test_no_query_reads_through_all_operations_events_or_messages(project, django_assert_num_queries):
    """Only what is under way: by a key, or through an index that holds nothing else. The planner is told
    that scans are dear; what it scans all the same, it could not have found in an index."""
    much_that_is_over(project)
    tiny.start("test_two", project)
    with django_assert_num_queries(5) as asked:
        scrape()
    queries = [query["sql"] for query in asked.captured_queries if "metric_increments" not in query["sql"]]
    assert len(queries) == 4
    for sql in queries:
        used, scans = scans_of(sql)
        assert used, "the plan names no index"
        assert scans <= PARTIAL, sql


def much_that_is_over(project):
    """Enough for the planner to prefer the index that leaves it out."""
    Operation.objects.bulk_create(
        Operation(type="build", status="succeeded", project=project, last_seq=1) for _ in range(300)
    )
    OperationEvent.objects.bulk_create(
        OperationEvent(operation=operation, seq=1, event_type="log", payload={})
        for operation in Operation.objects.all()
    )
    blueprint = blueprints.create_blueprint(project=project, feature_name="World")
    BlueprintMessage.objects.bulk_create(
        BlueprintMessage(blueprint=blueprint, number=number, role="user") for number in range(100, 400)
    )
    BlueprintReference.objects.bulk_create(
        BlueprintReference(blueprint=blueprint, kind="url", status="captured") for _ in range(300)
    )
    if connection.vendor == "postgresql":  # which does so by itself, sooner or later; SQLite never does
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


PARTIAL = {
    index.name
    for model in (Operation, BlueprintMessage, BlueprintReference)
    for index in (*model._meta.indexes, *model._meta.constraints)
    if getattr(index, "condition", None) is not None
}


def scans_of(sql):
    """The indexes that a query uses, and what it reads as a whole: tables, and indexes without a key."""
    postgresql = connection.vendor == "postgresql"
    with transaction.atomic(), connection.cursor() as cursor:
        if postgresql:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"{'EXPLAIN' if postgresql else 'EXPLAIN QUERY PLAN'} {sql}".replace("%", "%%"))
        plan = [row[-1] for row in cursor.fetchall()] + [""]
    used, scans = set(), set()
    for line, following in pairwise(plan):
        if found := re.search(r"Seq Scan on (\w+)|^SCAN (\w+)$", line):
            scans.add(found[1] or found[2])
        elif found := re.search(r"(?:Scan using|USING (?:COVERING )?INDEX) (\w+)", line):
            used.add(found[1])
            if not (line.startswith("SEARCH") or "Index Cond" in following):
                scans.add(found[1])
    return used, scans


# In which words


@pytest.fixture
def busy(project, effects, ada):
    """Something of everything."""
    runner.run(tiny.start("test_two", project, effects=str(effects)).pk)
    tiny.start("test_two", project)
    heartbeat.sign("builds@one", {"builds"}, slots=4, busy=3)
    counters.LEASES_LOST.add(type='a "quoted"\\\n type')


def test_both_formats_can_be_read(busy):
    answer = scrape()
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert "no-store" in answer.headers["Cache-Control"]
    plain = {family.name for family in parse_text(answer.content.decode())}

    answer = scrape(Accept="application/openmetrics-text; version=1.0.0; charset=utf-8")
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
    strict = {family.name for family in parse_openmetrics(answer.content.decode())}  # checks buckets, too
    assert plain == strict


def test_names_follow_the_conventions(busy):
    """What promtool's linter looks for."""
    families = list(parse_text(scrape().content.decode()))
    ours = [family for family in families if family.name.startswith("orchard_")]
    assert len(ours) > 10
    for family in families:
        assert family.documentation.strip(), family.name
        assert family.type in {"counter", "gauge", "histogram"}, family.name
        assert re.fullmatch(r"[a-z][a-z0-9_]*", family.name)
        assert not re.search(r"_(total|count|sum|bucket|info)$", family.name) or family.name == "python_info"
        assert not re.search(r"(milli|micro|nano)?(minutes|hours|days|kilobytes|megabytes|ms)", family.name)
        assert family.type not in family.name.split("_"), "the type is no part of a name"
        for sample in family.samples:
            assert sample.name.endswith("_total") == (family.type == "counter"), sample.name
            assert all(re.fullmatch(r"[a-z][a-z0-9_]*", label) for label in sample.labels)
            assert "le" not in sample.labels or sample.name.endswith("_bucket")
    assert all(family.name.endswith("_seconds") for family in ours if family.type == "histogram")
    assert all(family.documentation.endswith(".") for family in ours)


@pytest.mark.parametrize("document", ["README.md", "deploy/prometheus/alerts.yaml"])
def test_what_the_documents_ask_for_is_there(busy, document):
    counters.PHASES.observe(1, type="build", phase="test", outcome="complete")
    asked = set(re.findall(r"orchard_\w+", (settings.BASE_DIR / document).read_text()))
    assert len(asked) > 3
    assert asked <= {name for name, _ in samples()}


def test_the_process_that_answers_names_itself():
    found = samples()
    name = presence.this_process()
    assert found("process_resident_memory_bytes", process=name) > 1_000_000
    assert found("process_cpu_seconds_total", process=name) > 0


# Who may read


def test_the_token_is_asked_for(client):
    assert scrape().status_code == 200
    assert Client().head("/metrics", headers={"Authorization": f"bearer {settings.ORCHARD_METRICS_TOKEN}"})
    token = settings.ORCHARD_METRICS_TOKEN
    for wrong in (
        None,
        "",
        "Bearer",
        "Bearer ",
        f"Bearer {token}x",
        f"Bearer {token[:-1]}",
        token,
        "Bearer ü",
    ):
        answer = client.get("/metrics", headers={} if wrong is None else {"Authorization": wrong})
        assert answer.status_code == 401, wrong
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert b"orchard_" not in answer.content


def test_staff_may_look_in_a_browser_and_other_people_may_not(ada):
    client = Client()
    client.force_login(ada)
    assert client.get("/metrics").status_code == 404
    User.objects.update(is_staff=True)
    assert client.get("/metrics").status_code == 200
    User.objects.update(is_active=False)
    assert client.get("/metrics").status_code == 401


def test_an_api_key_is_no_way_in(ada, api):
    User.objects.update(is_staff=True)
    answer = api(ada).get("/metrics")
    assert answer.status_code == 401


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_nobody_is_let_in_for_being_on_this_machine(client, address):
    """Behind a front door, everybody is."""
    assert client.get("/metrics", REMOTE_ADDR=address).status_code == 401
    assert client.get("/metrics", headers={"X-Forwarded-For": address}).status_code == 401


def test_it_is_read_only(client):
    assert client.post("/metrics", headers={"Authorization": "Bearer x"}).status_code == 405
