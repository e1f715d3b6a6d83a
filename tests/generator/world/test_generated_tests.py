"""The tests that a generated world brings along: they pass, and each of its variants is well formed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from blueprints.schemas import BlueprintDocument, Entity, EntityField, Relation
from tests.generator.world.documents import WEATHER, world_document
from tests.generator.world.village import Village


def agents_with_more_to_tell() -> BlueprintDocument:
    """People wished for more than a world needs: an age, other moods, and a guild to belong to."""
    document = world_document()
    guild = Entity(id=document.new_id("ENT"), name="Guild", plural="guilds")
    guild.fields.append(EntityField(id=document.new_id("FLD"), name="title"))
    agent = Entity(id=document.new_id("ENT"), name="Agent", plural="agents")
    agent.fields += [
        EntityField(id=document.new_id("FLD"), name="name"),
        EntityField(id=document.new_id("FLD"), name="age", type="integer"),
        EntityField(id=document.new_id("FLD"), name="mood", type="choice", choices=["calm", "shy"]),
    ]
    agent.relations.append(Relation(id=document.new_id("REL"), name="guild", target=guild.id))
    document.sections.data_model.entities += [guild, agent]
    return document


VARIANTS = {
    "proximity and bubbles": world_document(),
    "interest and click": world_document(trigger="interest", display="click"),
    "weather and day": world_document(rules={**WEATHER, "daynight.cycle": {}}),
    "interest with weather for the eye": world_document(
        trigger="interest", rules={"weather.cycle": {"kinds": ["sun", "snow"]}}
    ),
    "agents with more to tell": agents_with_more_to_tell(),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_generated_world_is_tidy_and_its_own_tests_pass(tmp_path, variant):
    village = Village(tmp_path).build(VARIANTS[variant])
    for check in (("check", "--quiet"), ("format", "--check", "--quiet")):
        tidy = subprocess.run(
            [sys.executable, "-m", "ruff", *check, "--no-cache", "world"],
            cwd=village.root,
            capture_output=True,
            text=True,
            check=False,
        )
        assert tidy.returncode == 0, tidy.stdout
    # The tests of the records are the same in every variant: one is enough.
    labels = () if variant == "weather and day" else ("world",)
    said = village.run("manage.py", "test", *labels, APP_ENVIRONMENT="test", DATABASE_URL="sqlite:")
    assert "OK" in said
