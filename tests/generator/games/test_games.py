"""The games a plan asks for, and no others."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from blueprints.schemas import BlueprintDocument
from operations.generator.ledger import judge
from operations.generator.plan import make_plan
from operations.generator.render import render
from tests.generator.documents import ORCHARD, rule
from tests.generator.generated import GeneratedApp


def arcade(*games: str) -> BlueprintDocument:
    document = BlueprintDocument(feature_name="Arcade", summary="A few minutes of play.")
    for game in games:
        rule(document, f"games.{game}")
    return document


def test_an_arcade_is_clean_and_passes_its_tests(tmp_path: Path) -> None:
    plan = make_plan([arcade("snake", "memory", "moles", "chess")], ORCHARD)
    app = GeneratedApp(tmp_path / "app")
    files = app.build(plan)
    for command in (["check"], ["format", "--check"]):
        ruff = subprocess.run(
            [Path(sys.executable).with_name("ruff"), *command, "--no-cache", "."],
            cwd=app.root, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ruff.returncode == 0, ruff.stdout
    results = app.test()
    assert [(r.id, r.message[-400:]) for r in results if r.outcome != "passed"] == []
    verdicts = {v.title: v.status for v in judge(plan, results, None, files)}
    assert verdicts == {
        "games.snake": "met", "games.memory": "met", "games.moles": "met", "games.chess": "unmet",
    }  # fmt: skip


def test_only_the_games_asked_for_are_there() -> None:
    files = render(make_plan([arcade("memory")], ORCHARD))
    assert {name for name in files if name.startswith("static/js/games/")} == {
        "static/js/games/memory.js", "static/js/games/table.js",
    }  # fmt: skip
