"""A generated world in real time: it moves, talks, remembers, and hands over to the next release."""

from __future__ import annotations

import pytest

from tests.generator.world.documents import WEATHER, world_document
from tests.generator.world.village import Release, Village


@pytest.fixture(scope="module")
def village(tmp_path_factory) -> Village:
    return Village(tmp_path_factory.mktemp("village")).build(world_document()).migrate()


def positions(release: Release) -> dict[int, tuple[float, float]]:
    return {agent["id"]: (agent["x"], agent["y"]) for agent in release.get("/api/agents/")["results"]}


def texts_of(conversations) -> set[str]:
    return {message["text"] for talk in conversations for message in talk["messages"]}


def test_agents_walk_talk_and_are_streamed_to_everybody(village):
    with village.serve() as release:
        release.wait_for(lambda: release.get("/api/agents/")["count"] == 12, 60)
        before = positions(release)
        talks = release.get("/api/conversations/")["count"]
        release.wait_for(lambda: release.get("/api/conversations/")["count"] > talks, 120)
        release.wait_for(lambda: sum(positions(release)[id_] != at for id_, at in before.items()) > 6, 60)

        with release.watch() as one, release.watch() as other:
            next(one)
            snapshots = [next(one) for _ in range(10)]
            # By the world's own clock, in milliseconds: at most ten a second.
            assert snapshots[-1]["t"] - snapshots[0]["t"] >= 850
            assert len(snapshots[0]["agents"]) == 12
            shown = {snapshot["t"] for snapshot in snapshots}
            assert shown & {next(other)["t"] for _ in range(10)}


def test_conversations_survive_a_restart_and_the_server_stops_at_once(village):
    with village.serve() as release:
        release.wait_for(lambda: texts_of(release.get("/api/conversations/")["results"]), 90)
        said = texts_of(release.get("/api/conversations/?page_size=200")["results"])
        with release.watch() as snapshots:
            next(snapshots)
            assert release.stop() < 30  # its streams never end by themselves
    with village.serve() as release:
        assert said <= texts_of(release.get("/api/conversations/?page_size=200")["results"])
        assert release.get("/api/agents/")["count"] == 12


def test_the_newest_release_takes_over_and_the_old_one_stops_writing(village):
    with village.serve() as old:
        with village.serve() as new:
            old.wait_for(lambda: "A newer release keeps the world now" in old.log.read_text(), 60)
            with old.watch() as snapshots:
                next(snapshots)  # its visitors still see a world until they are sent to the new one
            assert "stopped; it starts again" not in old.log.read_text() + new.log.read_text()
        old.wait_for(lambda: old.log.read_text().count("The world is open") == 2, 60)


def test_weather_comes_with_a_later_build_and_nothing_is_lost(tmp_path):
    village = Village(tmp_path).build(world_document()).migrate()
    with village.serve() as release:
        release.wait_for(lambda: texts_of(release.get("/api/conversations/")["results"]), 90)
        said = texts_of(release.get("/api/conversations/?page_size=200")["results"])
        names = {agent["name"] for agent in release.get("/api/agents/")["results"]}
    village.build(world_document(), world_document(rules=WEATHER)).migrate()
    with village.serve() as release:
        assert said <= texts_of(release.get("/api/conversations/?page_size=200")["results"])
        assert names == {agent["name"] for agent in release.get("/api/agents/")["results"]}
        assert release.post("/api/world/commands", {"name": "weather", "value": "snow"}) == 202
        # Right after the start there is no weather yet: "now" is null until the world has opened.
        release.wait_for(lambda: (release.get("/api/weather/")["now"] or {}).get("kind") == "snow", 60)
        release.wait_for(
            lambda: [row["kind"] for row in release.get("/api/weather/")["results"]][:1] == ["snow"], 60
        )
        assert 'data-weather="snow"' in release.get("/")
