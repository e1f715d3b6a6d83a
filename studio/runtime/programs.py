"""What the embedded mode runs, and supervisord's configuration for it. Pure: strings in, strings out."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

GIB = 1 << 30
# The tests of one build and, beside them, the app that is tried out: what both hold at their peak.
BUILD_BYTES = GIB


@dataclass(frozen=True)
class Program:
    """One supervised process. `order` is that of starting; stopping goes the other way round.

    `ours` runs our code and gets the Studio's environment; others get only `environment`.
    `stop_signal` asks it to end; after `stop_seconds` its whole process group is killed. `later` ones
    are started by `launch` once the Studio answers, so that they do not slow down its start.
    """

    name: str
    command: Sequence[str]
    order: int
    ours: bool = True
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_signal: str = "TERM"
    stop_seconds: int = 10
    later: bool = False


@dataclass(frozen=True)
class PoolSizes:
    """How many of each kind are worked on at a time; the names are those of the queues they come from."""

    builds: int
    short: int
    trees: int
    replies: int


def pool_sizes(*, cores: int, memory_bytes: int) -> PoolSizes:
    """A pool for each kind of work, so that none waits behind another: a set-up of two seconds behind
    builds of minutes, a build behind the tree that waits for it, an answer behind any.

    Builds keep the processors busy, so there are as many as there are processors, and memory for half of
    it at most; two even on one processor, because one project must not wait for another. The others
    mostly wait for something, and cost some 60 MB of memory each.
    """
    roomy = memory_bytes >= 2 * GIB
    builds = max(2 if roomy else 1, min(cores, memory_bytes // (2 * BUILD_BYTES)))
    return PoolSizes(
        builds=builds,
        short=2 if roomy else 1,
        trees=2 if roomy else 1,
        replies=max(4, cores) if roomy else 2,
    )


@dataclass(frozen=True)
class Instance:
    """One running Studio: its home, its sockets, the binaries, and how much is done at a time.

    `redis_server` and `redis_socket` are None when an outside Redis is used.
    """

    home: Path
    code: Path
    python: Path
    sockets: Path
    web_socket: Path
    supervisor_socket: Path
    caddy: Path
    redis_server: Path | None
    redis_socket: Path
    workers: PoolSizes

    @property
    def run(self) -> Path:
        return self.home / "run"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def environment_file(self) -> Path:
        return self.run / "environment.json"

    @property
    def caddy_config(self) -> Path:
        return self.run / "caddy.json"

    @property
    def caddy_autosave(self) -> Path:
        return self.home / "caddy" / "caddy" / "autosave.json"


def programs(instance: Instance) -> list[Program]:
    """Everything but the apps, in the order of starting."""
    python = str(instance.python)
    found = [
        # Nothing is lost with it: rows are the truth, sweepers queue them again. So it keeps no file.
        Program(
            "redis",
            [
                *(
                    str(instance.redis_server),
                    "--port",
                    "0",
                    "--daemonize",
                    "no",
                    "--save",
                    "",
                    "--appendonly",
                    "no",
                ),
                *("--unixsocket", str(instance.redis_socket), "--unixsocketperm", "600"),
                *("--dir", str(instance.run), "--maxmemory-policy", "noeviction"),
            ],
            order=10,
            ours=False,
        ),
        # QUIT, because it waits on TERM for every open stream, and those never end by themselves.
        Program(
            "caddy",
            # Resuming brings back the apps' routes when it is restarted after a crash.
            [str(instance.caddy), "run", "--resume", "--config", str(instance.caddy_config)],
            order=20,
            ours=False,
            environment={name: str(instance.home / "caddy") for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME")},
            stop_signal="QUIT",
        ),
        Program(
            "web",
            [
                *(python, "-m", "uvicorn", "studio.asgi:application", "--uds", str(instance.web_socket)),
                *("--loop", "uvloop", "--http", "httptools", "--lifespan", "off", "--no-access-log"),
                *("--proxy-headers", "--forwarded-allow-ips", "*", "--timeout-graceful-shutdown", "3"),
            ],
            order=30,
        ),
        _worker(instance, "builds", "builds", instance.workers.builds),
        _worker(instance, "short", "short", instance.workers.short),
        _worker(instance, "replies", "architect", instance.workers.replies),
        replace(_worker(instance, "trees", "trees", instance.workers.trees), later=True),
        # One process, because each that looks at pages keeps a browser of its own warm.
        replace(_worker(instance, "captures", "captures", 1), later=True),
        Program(
            "beat",
            [
                *(python, "-m", "celery", "-A", "studio.celery", "beat", "--pidfile="),
                "--schedule",
                str(instance.run / "beat-schedule"),
            ],
            order=30,
            later=True,
        ),
    ]
    return [program for program in found if program.name != "redis" or instance.redis_server]


def _worker(instance: Instance, name: str, queues: str, concurrency: int) -> Program:
    command = [
        *(
            str(instance.python),
            "-m",
            "celery",
            "-A",
            "studio.celery",
            "worker",
            "-n",
            f"{name}@%h",
            "-Q",
            queues,
        ),
        *("--pool", "prefork", "--concurrency", str(concurrency), "--loglevel", "INFO"),
        # What these announce nobody reads here, and starting without them is a second faster.
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    ]
    # Running work is handed back to the queue within some seconds (`studio.runtime.shutdown`).
    return Program(name, command, order=30, stop_seconds=15)


def supervisord_conf(instance: Instance, user: str, *, with_apps: bool) -> str:
    """`user` is who runs it: supervisord warns when it runs as root without being told to.

    Apps are included once the Studio answers: many of them starting would keep it from that for seconds.
    """
    sections: list[tuple[str, dict[str, object]]] = [
        (
            "supervisord",
            {
                "nodaemon": "true",
                "silent": "true",
                "user": user,
                "identifier": "orchard",
                "directory": instance.code,
                "logfile": instance.logs / "supervisord.log",
                "logfile_maxbytes": "5MB",
                "logfile_backups": "2",
                "pidfile": instance.run / "supervisord.pid",
                "childlogdir": instance.logs,
                "strip_ansi": "true",
            },
        ),
        ("unix_http_server", {"file": instance.supervisor_socket, "chmod": "0600"}),
        (
            "rpcinterface:supervisor",
            {"supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"},
        ),
    ]
    running = programs(instance)
    sections += [(f"program:{program.name}", _program(instance, program)) for program in running]
    # In one group, because supervisord stops the members of a group together, groups one by one. Redis
    # goes after those that use it.
    together = [program for program in running if program.name != "redis"]
    names = ",".join(program.name for program in together)
    sections.append(("group:studio", {"programs": names, "priority": together[0].order}))
    text = "\n\n".join(
        f"[{name}]\n" + "\n".join(f"{key} = {_escaped(value)}" for key, value in values.items())
        for name, values in sections
    )
    # One file per app, written by the deployer; relative to this file, because the list is split at spaces.
    include = "\n\n[include]\nfiles = apps.d/*.conf" if with_apps else ""
    return f"{text}{include}\n"


def _program(instance: Instance, program: Program) -> dict[str, object]:
    # KILL when supervisord itself was killed: a build must not go on unseen, and its lease brings it back.
    tether = [
        str(instance.python),
        "-I",
        "-S",
        str(Path(__file__).with_name("tether.py")),
        "--signal",
        "KILL",
    ]
    if program.ours:
        tether += ["--environment", str(instance.environment_file)]
    return {
        "command": shlex.join([*tether, *program.command]),
        "environment": ",".join(f'{name}="{value}"' for name, value in program.environment.items()),
        "priority": program.order,
        "autostart": "false" if program.later else "true",
        # Longer than importing our code takes: dying on the way counts as failing, and is backed off from.
        "startsecs": 6 if program.ours else 1,
        "startretries": 10,
        "autorestart": "true",
        "stopsignal": program.stop_signal,
        "stopwaitsecs": program.stop_seconds,
        "killasgroup": "true",
        "redirect_stderr": "true",
        "stdout_logfile": instance.logs / f"{program.name}.log",
        "stdout_logfile_maxbytes": "10MB",
        "stdout_logfile_backups": 3,
    }


def _escaped(value: object) -> str:
    return str(value).replace("%", "%%")
