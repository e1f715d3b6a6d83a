"""What is written for supervisord and Caddy, and where sockets go."""

from __future__ import annotations

import configparser
import json
import shlex
import stat
from pathlib import Path

import pytest
from django.conf import settings
from supervisor.options import ServerOptions

from operations.engine.workflow import known_types, workflow_for
from studio.runtime.caddy import app_routes, front_door
from studio.runtime.layout import private_folder, socket_folder
from studio.runtime.programs import GIB, Instance, PoolSizes, pool_sizes, programs, supervisord_conf


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    home = tmp_path / "a home of one's own"
    for folder in (home / "run" / "apps.d", home / "logs"):
        folder.mkdir(parents=True)
    return Instance(
        home=home,
        code=tmp_path,
        python=Path("/usr/bin/python3"),
        sockets=home / "run",
        web_socket=home / "run" / "web.sock",
        supervisor_socket=home / "run" / "supervisor.sock",
        caddy=Path("/usr/bin/caddy"),
        redis_server=Path("/usr/bin/valkey-server"),
        redis_socket=home / "run" / "redis.sock",
        workers=PoolSizes(builds=2, short=2, trees=2, replies=4),
    )


def read_by_supervisord(instance: Instance, *, with_apps: bool = False) -> ServerOptions:
    path = instance.run / "supervisord.conf"
    path.write_text(supervisord_conf(instance, "root", with_apps=with_apps))
    options = ServerOptions()
    options.realize(["-c", str(path)])
    options.process_config(do_usage=False)
    return options


def test_supervisord_reads_back_what_was_meant_whatever_the_home_is_called(instance):
    groups = {group.name: group for group in read_by_supervisord(instance).process_group_configs}
    assert set(groups) == {"redis", "studio"}
    configured = {config.name: config for group in groups.values() for config in group.process_configs}
    assert set(configured) == {program.name for program in programs(instance)}
    words = shlex.split(configured["redis"].command)
    assert words[-len(programs(instance)[0].command) :] == list(programs(instance)[0].command)
    assert configured["web"].stdout_logfile == str(instance.logs / "web.log")
    assert configured["caddy"].environment["XDG_CONFIG_HOME"] == str(instance.home / "caddy")


def test_what_the_studio_can_answer_without_starts_later(instance):
    (instance.run / "apps.d" / "aeries.conf").write_text("[program:aeries-staging-1]\ncommand = /bin/true\n")
    at_first = read_by_supervisord(instance).process_group_configs
    assert "aeries-staging-1" not in {group.name for group in at_first}
    configured = {config.name: config for group in at_first for config in group.process_configs}
    held_back = {name for name, config in configured.items() if not config.autostart}
    assert held_back == {"trees", "captures", "beat"}
    later = read_by_supervisord(instance, with_apps=True).process_group_configs
    assert "aeries-staging-1" in {group.name for group in later}


def test_only_our_own_code_gets_the_studios_environment(instance):
    parser = configparser.RawConfigParser()
    parser.read_string(supervisord_conf(instance, "root", with_apps=False))
    gets_it = {name for name in parser.sections() if "--environment" in parser[name].get("command", "")}
    assert gets_it == {
        f"program:{name}" for name in ("web", "builds", "short", "replies", "trees", "captures", "beat")
    }


@pytest.mark.parametrize(
    ("cores", "gib", "expected"),
    [
        (1, 1, PoolSizes(builds=1, short=1, trees=1, replies=2)),
        (1, 4, PoolSizes(builds=2, short=2, trees=2, replies=4)),
        (2, 24, PoolSizes(builds=2, short=2, trees=2, replies=4)),
        (16, 16, PoolSizes(builds=8, short=2, trees=2, replies=16)),
    ],
)
def test_pools_fit_the_machine(cores, gib, expected):
    assert pool_sizes(cores=cores, memory_bytes=gib * GIB) == expected


def test_every_queue_has_a_worker(instance):
    """The queues of workflows and tasks, and no worker for a queue that nobody fills."""
    served = {
        queue
        for program in programs(instance)
        if "-Q" in program.command
        for queue in program.command[program.command.index("-Q") + 1].split(",")
    }
    routed = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
    assert served == routed | {workflow_for(type_).queue for type_ in known_types() if "test" not in type_}


def test_an_outside_redis_is_not_started(instance):
    outside = Instance(**{**vars(instance), "redis_server": None})
    assert "redis" not in {program.name for program in programs(outside)}


def front(apps=()):
    return front_door(
        listen=["127.0.0.1:8000"],
        studio_hosts=["localhost"],
        web_socket=Path("/run/web.sock"),
        admin_socket=Path("/run/admin.sock"),
        studio_url="http://localhost:8000",
        scheme="http",
        apps=list(apps),
    )


def test_the_routes_of_apps_survive_a_new_configuration(tmp_path):
    app = {"@id": "app-aeries.localhost", "match": [{"host": ["aeries.localhost"]}]}
    autosave = tmp_path / "autosave.json"
    autosave.write_text(json.dumps(front([app])))
    assert app_routes(autosave) == [app]
    ids = [
        route["@id"] for route in front(app_routes(autosave))["apps"]["http"]["servers"]["front"]["routes"]
    ]
    assert ids == ["studio", "app-aeries.localhost", "nowhere"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"apps": {"http": null}}'])
def test_a_spoilt_autosave_costs_routes_and_nothing_else(tmp_path, content):
    autosave = tmp_path / "autosave.json"
    autosave.write_text(content)
    assert app_routes(autosave) == []
    assert app_routes(tmp_path / "missing.json") == []


def test_sockets_stay_at_home_where_their_paths_fit(monkeypatch, tmp_path):
    assert socket_folder(Path("/home/ada/orchard/var")) == Path("/home/ada/orchard/var/run")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "missing"))
    deep = socket_folder(Path("/home", "a" * 80))
    assert len(str(deep)) <= 60
    assert deep != socket_folder(Path("/home", "b" * 80))


def test_a_private_folder_is_private_and_nobody_elses(tmp_path):
    loose = tmp_path / "loose"
    loose.mkdir(mode=0o777)
    assert stat.S_IMODE(private_folder(loose).stat().st_mode) == 0o700
    (tmp_path / "link").symlink_to(loose)
    with pytest.raises(PermissionError, match="does not belong to this user"):
        private_folder(tmp_path / "link")
