"""The games a plan asks for, and no others."""

from __future__ import annotations

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
    app.assert_clean()
    results = app.test_passing()
    verdicts = {v.title: v.status for v in judge(plan, results, None, files)}
    assert verdicts == {
        "games.snake": "met", "games.memory": "met", "games.moles": "met", "games.chess": "unmet",
    }  # fmt: skip


def test_only_the_games_asked_for_are_there() -> None:
    files = render(make_plan([arcade("memory")], ORCHARD))
    assert {name for name in files if name.startswith("static/js/games/")} == {
        "static/js/games/memory.js", "static/js/games/table.js",
    }  # fmt: skip
