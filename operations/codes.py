"""Every way in which an operation can end without success: what `error.code` says, in one place.

A code is for programs, `error.message` beside it for people. Terminal events carry the same code.
"""

from __future__ import annotations

# By the engine, whatever the work.
ENGINE = {
    "cancelled": "somebody stopped it",
    "no_progress": "a phase was silent for longer than its limit",
    "worker_lost": "its worker died repeatedly within one phase",
    "database_failed": "the Studio's database failed repeatedly within one phase",
    "disk_full": "the Studio's disk has no room left",
    "unknown_type": "no worker's release knows how to do this",
    "internal": "a fault of the Studio; its log has the details",
}
# By the work itself: a repetition helps once the cause is gone.
WORK = {
    "project_failed": "the project's set-up failed before",
    "blueprint_deleted": "the plan was deleted meanwhile",
    "generation_failed": "no app could be made of the plan",
    "merge_conflict": "the build and changes made by hand touch the same lines; a retry keeps the latter",
    "tests_failed": "the app's own tests failed",
    "test_report_unreadable": "the app's tests did not report",
    "app_failed": "the app did not start, or could not be prepared",
    "migrate_failed": "the release could not migrate its database",
    "seed_failed": "the release could not fill in its sample data",
    "build_failed": "the app's front end could not be built",
    "prepare_failed": "the release could not be put in place",
    "unhealthy": "the release did not answer its health check",
    "deploy_failed": "the release could not be deployed",
    "superseded": "a newer release went live meanwhile",
    "key_reused": "the deployment was begun for another commit",
    "not_answering": "the app's address does not answer",
    "tree_failed": "a step of the tree failed",
    "person_gone": "the person who started the tree has left",
}
# By what the Studio stands on: tried again with growing pauses where that may help, before it ends so.
OUTSIDE = {
    "gateway_failed": "the gateway did not take a route",
    "supervisor_failed": "the supervisor refused a program",
    "supervisor_unreachable": "the supervisor does not answer",
    "sandbox_unavailable": "no sandbox could be started",
    "git_failed": "git refused",
    "git_missing": "there is no git on this machine",
    "node_missing": "there is no Node.js on this machine that is new enough for a React front end",
    "packages_unreachable": "the registry of npm packages does not answer",
    "branch_moved": "others kept changing the same branch",
    "unsafe_path": "a file has a name that no repository can hold",
    "secret_unreadable": "a secret was sealed with a key that is not here",
    "not_found": "something the work needs is gone",
    "invalid": "something the work was given cannot be used",
    "conflict": "something was changed meanwhile",
    "outside_failure": "something beyond the Studio failed",
}
CODES = ENGINE | WORK | OUTSIDE


def as_text() -> str:
    """For the API's documentation."""
    return "; ".join(f"`{code}`: {meaning}" for code, meaning in CODES.items())
