from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.utils import timezone

from operations.trees.client import StudioClient
from operations.trees.commands import execute_here
from operations.trees.reading import read_tree
from operations.trees.record import RunRecord, new_run
from operations.trees.runner import GRACE_SECONDS, TreeRunner
from tests.trees.small_studio import SmallStudio, small_studio


@pytest.fixture
def studio() -> Iterator[SmallStudio]:
    with small_studio() as studio:
        yield studio


@pytest.fixture
def run(studio: SmallStudio) -> Callable[..., RunRecord]:
    """`run(text, name=…)` runs a tree to its end; `record` resumes one."""

    def run(
        text: str,
        *,
        record: RunRecord | None = None,
        listener=None,
        stop=lambda: None,
        grace_seconds=GRACE_SECONDS,
        restart_seconds=0,
        **given,
    ):
        tree = read_tree(text, name="tree")
        record = record or new_run(tree, given, run_id="run1", now=timezone.now())
        with StudioClient(studio.url, "ork_key") as client:
            return TreeRunner(
                tree,
                record,
                studio=client,
                execute=execute_here,
                listener=listener or (lambda run, step: None),
                stop=stop,
                poll_seconds=0.02,
                grace_seconds=grace_seconds,
                restart_seconds=restart_seconds,
            ).run()

    return run
