"""What must hold after a strike, however it went: looked up in the world, not only in rows.

Every function returns complaints, one sentence each; an empty list is what a drill wants.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import httpx

from blueprints.models import Blueprint
from environments.models import Environment, Release
from operations.generator.samples import COUNT as SEEDED
from operations.models import LedgerEntry, Operation, OperationEvent, OperationPhase
from operations.workshop.commits import TRAILER
from studio.models import ApiKey, Project
from tests.chaos import processes
from tests.chaos.follower import Follower
from tests.chaos.struck import ALIAS, StruckStudio

# The commits that one build makes: by subject, on `main` and what was merged into it.
BUILD_COMMITS = ("Specify Tasks", "Design Tasks", "Implement Tasks", "Report on Tasks")
COMMITTING_PHASES = {
    Operation.Type.SPAWN: {"skeleton"},
    Operation.Type.BUILD: {"spec", "design", "implement", "deploy"},
}


def events(operation: Operation, followers: Sequence[Follower]) -> Iterator[str]:
    """Numbered from 1 without gap, each phase completed once, one end; a client saw exactly these."""
    rows = list(
        OperationEvent.objects.using(ALIAS)
        .filter(operation_id=operation.pk)
        .order_by("seq")
        .values_list("seq", "payload")
    )
    if [seq for seq, _ in rows] != list(range(1, operation.last_seq + 1)):
        yield f"events are numbered {[seq for seq, _ in rows]}, the last should be {operation.last_seq}"
    phases = [payload for _, payload in rows if payload["type"] == "phase"]
    ended = Counter(payload["phase"] for payload in phases if payload["status"] == "complete")
    yield from (
        f"{phase} is said to be complete {times} times" for phase, times in ended.items() if times > 1
    )
    ends = [seq for seq, payload in rows if payload["type"] == "complete"]
    if operation.status == Operation.Status.SUCCEEDED and ends != [operation.last_seq]:
        yield f"the end is told at {ends}, the last event is {operation.last_seq}"
    for follower in followers:
        yield from (f"stream: {fault}" for fault in follower.faults)
        seen = [(seq, payload) for seq, payload in follower.seen]
        if seen != rows:
            missing = {seq for seq, _ in rows} - {seq for seq, _ in seen}
            yield f"the client saw {len(seen)} of {len(rows)} events, not {sorted(missing)}"


def phases(operation: Operation) -> Iterator[str]:
    rows = OperationPhase.objects.using(ALIAS).filter(operation_id=operation.pk).order_by("position")
    for row in rows:
        if operation.status == Operation.Status.SUCCEEDED and row.status != OperationPhase.Status.COMPLETE:
            yield f"the phase {row.slug} of a succeeded operation is {row.status}"
    # By the events' numbers: the times are those of the workers' own clocks, which a drill moves.
    told = OperationEvent.objects.using(ALIAS).filter(operation_id=operation.pk, event_type="phase")
    steps = [
        (payload["phase"], payload["status"])
        for payload in told.order_by("seq").values_list("payload", flat=True)
    ]
    for before, after in pairwise(row.slug for row in rows):
        began = (after, "in_progress")
        if began in steps and (before, "complete") not in steps[: steps.index(began)]:
            yield f"{after} began before {before} had ended"


def effects(studio: StruckStudio, operation: Operation) -> Iterator[str]:
    """Of a succeeded one."""
    if operation.type == Operation.Type.TEARDOWN:
        yield from _nothing_left_of(studio, operation.project_slug)
        return
    if operation.type == Operation.Type.TREE:
        yield from _tree(operation)
        return
    assert operation.project_id is not None
    project = Project.objects.using(ALIAS).get(pk=operation.project_id)
    repository = studio.home / "repositories" / f"{project.pk}.git"
    yield from _commits(repository, operation)
    yield from _releases(operation)
    yield from _apps(studio, project)
    if operation.type == Operation.Type.SPAWN:
        if project.status != Project.Status.LIVE:
            yield f"the project is {project.status}"
    elif operation.blueprint_id:
        yield from _plan(studio, operation, project)


def leftovers(studio: StruckStudio, *, hired: tuple[int, ...] = ()) -> Iterator[str]:
    """Processes, temporary files, sockets, drafts that nobody will ever clear away."""
    assert studio.process is not None
    rows = studio.programs()
    known = {row["pid"] for row in rows}
    supervisor = studio.process.pid
    for process in processes.children(studio.process.pid):
        if "supervisor.supervisord" in process.command:
            supervisor = process.pid
        else:
            yield f"process, orphaned: {process}"
    for process in processes.children(supervisor):
        if process.pid not in known:
            yield f"process, not supervised: {process}"
    workers = {row["pid"] for row in rows if row["group"] == "studio"} | set(hired)
    for worker in workers:
        for process in processes.below(worker):
            if "celery" not in process.command:
                yield f"process, of a worker: {process}"
    live = {
        f"{release.environment.project.slug}-{release.environment.name}-{release.number}"
        for release in Release.objects.using(ALIAS)
        .filter(status=Release.Status.LIVE)
        .select_related("environment__project")
    }
    supervised = {row["name"] for row in rows if row["group"] not in ("studio", "redis")}
    yield from (f"app without a live release: {name}" for name in supervised - live)
    yield from (f"live release without an app: {name}" for name in live - supervised)
    sockets = list((studio.sockets / "apps").glob("*"))
    if len(sockets) != len(live):
        yield f"{len(sockets)} socket folders for {len(live)} apps"
    for path in studio.scratch.iterdir():
        if not path.name.startswith("pymp-"):  # multiprocessing's own, empty; of a killed pool
            yield f"temporary: {path.name}"
    for pattern in ("repositories/.*", "apps/*/*/releases/*/.*", "**/orchard-scratch-*"):
        yield from (f"draft: {path}" for path in studio.home.glob(pattern))
    for repository in (studio.home / "repositories").glob("*.git"):
        # Not `rglob`: a project that goes meanwhile takes its folders along.
        for folder, _, names in os.walk(repository):
            yield from (f"lock: {folder}/{name}" for name in names if name.endswith(".lock"))
        if not (repository / "HEAD").exists():
            continue
        drafts = _git(repository, "for-each-ref", "--format=%(refname)", "refs/drafts")
        if drafts:
            yield f"draft commits: {drafts}"


def _commits(repository: Path, operation: Operation) -> Iterator[str]:
    """Each committing phase made one, and `main` holds it; the repository is sound."""
    bodies = _git(repository, "log", "--all", "--format=%B").splitlines()
    made = Counter(
        match[1]
        for line in bodies
        if (match := re.match(rf"{TRAILER}: {operation.pk}/(\w+) [0-9a-f]+$", line))
    )
    expected = dict.fromkeys(COMMITTING_PHASES[Operation.Type(operation.type)], 1)
    if made != expected:
        yield f"commits by phase are {dict(made)}"
    subjects = Counter(_git(repository, "log", "main", "--format=%s").splitlines())
    wanted = ("Begin with an empty app",)
    if operation.type == Operation.Type.BUILD:
        wanted += BUILD_COMMITS
    for subject in wanted:
        if subjects[subject] != 1:
            yield f"“{subject}” is {subjects[subject]} times on main"
    if broken := _git(repository, "fsck", "--no-dangling", "--no-progress"):
        yield f"git fsck: {broken}"


def _releases(operation: Operation) -> Iterator[str]:
    rows = (
        Release.objects.using(ALIAS).filter(key__startswith=f"{operation.pk}/").select_related("environment")
    )
    made = Counter(row.environment.name for row in rows)
    names = {"staging", "production"} if operation.type == Operation.Type.SPAWN else {"staging"}
    if made != dict.fromkeys(names, 1):
        yield f"releases by environment are {dict(made)}"
    later = {Release.Status.LIVE, Release.Status.RETIRED}
    yield from (
        f"release {row.number} is {row.status}: {row.error}" for row in rows if row.status not in later
    )


def _apps(studio: StruckStudio, project: Project) -> Iterator[str]:
    """Both environments stand once, with a database each, and answer through the front door."""
    places = list(Environment.objects.using(ALIAS).filter(project=project))
    if sorted(place.name for place in places) != ["production", "staging"]:
        yield f"the environments are {[place.name for place in places]}"
    for place in places:
        if place.releases.using(ALIAS).filter(status=Release.Status.LIVE).count() != 1:
            yield f"{place.name} has not one live release"
        if not list((studio.home / "apps" / project.slug / place.name / "data").glob("*.sqlite3")):
            yield f"{place.name} has no database"
        answer = httpx.get(
            f"{studio.url}/healthz", headers={"Host": f"{place.hostname}:{studio.port}"}, timeout=20
        )
        if answer.status_code != httpx.codes.OK:
            yield f"{place.hostname} answers {answer.status_code}"


def _plan(studio: StruckStudio, operation: Operation, project: Project) -> Iterator[str]:
    blueprint = Blueprint.objects.using(ALIAS).get(pk=operation.blueprint_id)
    if (blueprint.status, blueprint.built_version) != (Blueprint.Status.BUILT, operation.input["version"]):
        yield f"the plan is {blueprint.status}, version {blueprint.built_version} is built"
    messages = Counter(blueprint.messages.using(ALIAS).values_list("role", flat=True))
    if messages["user"] != 1 or len(messages) != 2 or sum(messages.values()) > 3:
        yield f"the conversation has {dict(messages)}"
    items = Counter(
        LedgerEntry.objects.using(ALIAS).filter(blueprint=blueprint).values_list("status", flat=True)
    )
    if set(items) != {"met"}:
        yield f"the ledger says {dict(items)}"
    host = Environment.objects.using(ALIAS).get(project=project, name="staging").hostname
    tasks = httpx.get(
        f"{studio.url}/api/tasks/?limit=1", headers={"Host": f"{host}:{studio.port}"}, timeout=20
    ).json()
    if tasks["count"] != SEEDED:
        yield f"the app holds {tasks['count']} tasks, its samples are {SEEDED}"


def _tree(operation: Operation) -> Iterator[str]:
    """The project it makes was made, built and deleted once; its key is revoked."""
    run = OperationPhase.objects.using(ALIAS).get(operation_id=operation.pk).checkpoint["run"]
    name = f"slackpath-1-{run['id']}"
    made = Counter(Operation.objects.using(ALIAS).filter(project_slug=name).values_list("type", flat=True))
    if made != {"spawn": 1, "build": 1, "teardown": 1}:
        yield f"the tree started {dict(made)}"
    keys = ApiKey.objects.using(ALIAS).filter(name__contains=str(operation.pk), revoked_at=None)
    if keys.exists():
        yield f"{keys.count()} keys of the run still open doors"


def _nothing_left_of(studio: StruckStudio, slug: str) -> Iterator[str]:
    if Project.objects.using(ALIAS).filter(slug=slug).exists():
        yield "the project's row is still there"
    projects = {str(key) for key in Project.objects.using(ALIAS).values_list("pk", flat=True)}
    for repository in (studio.home / "repositories").glob("*.git"):
        if repository.stem not in projects:
            yield f"a repository without project: {repository.name}"
    for pattern in (f"apps/{slug}", f"logs/app-{slug}-*", f"run/apps.d/{slug}-*"):
        yield from (f"still there: {path}" for path in studio.home.glob(pattern))
    answer = httpx.get(
        f"{studio.url}/healthz", headers={"Host": f"staging.{slug}.localhost:{studio.port}"}, timeout=20
    )
    if answer.status_code == httpx.codes.OK:
        yield "its host name still answers"


def world(studio: StruckStudio, operations: list[str]) -> dict[str, object]:
    """All that a late worker could change: rows, branches, files of apps, programs."""
    found: dict[str, object] = {}
    for operation in operations:
        row = studio.operation(operation)
        found[f"{row}: row"] = (row.status, row.fence, row.last_seq, row.result, row.error)
        rows = OperationEvent.objects.using(ALIAS).filter(operation_id=row.pk).order_by("seq")
        found[f"{row}: events"] = list(rows.values_list("seq", "payload"))
        if row.project_id:
            repository = studio.home / "repositories" / f"{row.project_id}.git"
            found[f"{row}: branches"] = branches(repository)
            found[f"{row}: files"] = _files(studio.home / "apps" / row.project_slug)
    found["programs"] = sorted((row["name"], row["pid"]) for row in studio.programs())
    found["projects"] = sorted(Operation.objects.using(ALIAS).values_list("project_slug", "type", "status"))
    return found


def _files(folder: Path) -> dict[str, int]:
    """Files of releases and where they stand; what the running app itself writes is its own business."""
    return {
        str(path.relative_to(folder)): path.stat().st_mtime_ns
        for path in folder.glob("*/releases/**/*")
        if path.is_file()
    }


def branches(repository: Path) -> str:
    return _git(repository, "for-each-ref", "--format=%(refname) %(objectname)")


def _git(repository: Path, *argv: str) -> str:
    done = subprocess.run(
        ["git", "-c", "safe.directory=*", f"--git-dir={repository}", *argv],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() if done.returncode == 0 else (done.stdout + done.stderr).strip()
