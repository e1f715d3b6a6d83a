"""Event streams in figures: from the commit of an event to its arrival at 1, 100 and 1,000 clients.

The web process has one core to itself; clients, publisher and Redis share another. Beside it, in the same
run: nchan on nginx, with the same clients and the same payload. Every client checks that it gets each
event once and in order. `python -m tests.benchmarks.streams --help`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks import stream_servers
from tests.benchmarks.stream_clients import Crowd, spread_ms
from tests.benchmarks.stream_servers import CODE, MISSING_NCHAN, Nchan, Redis, Studio

Figures = dict[str, Any]

CROWDS = (1, 100, 1_000)
# By number of clients: events a second, and how many may be under way when nothing else limits them.
PACES = {1: 50, 100: 50, 1_000: 5}
WINDOWS = {1: 8, 100: 8, 1_000: 4}
WARM_UP_EVENTS = 5
PATIENCE_SECONDS = 60
RECONNECTS = 100
STORM_EVENTS = 50
HISTORY_EVENTS = 10_000
SHUTDOWN_CLIENTS = 100


def measure(home: Path, *, seconds: float = 10, crowds: Sequence[int] = CROWDS) -> Figures:
    """All figures. `seconds` is how long each comparison runs; `home` is an empty folder."""
    cores = sorted(os.sched_getaffinity(0))
    server_core, clients_core = cores[0], cores[-1]
    os.sched_setaffinity(0, {clients_core})
    try:
        with ExitStack() as stack:
            studio, redis = stack.enter_context(
                stream_servers.studio(home / "studio", core=server_core, helpers_core=clients_core)
            )
            nchan = _nchan(home / "nchan", server_core, stack)
            figures: Figures = {
                "cores": len(cores),
                "load_before": round(os.getloadavg()[0], 1),
                "delivery": [measure_delivery(studio, nchan, clients, seconds) for clients in crowds],
                "reconnects": measure_reconnects(studio),
                "redis_killed": measure_redis_killed(studio, redis),
                "storm": measure_storm(studio, max(crowds)),
                "history": measure_history(studio),
                "shutdown": measure_shutdown(studio),
                "load_after": round(os.getloadavg()[0], 1),
            }
    finally:
        os.sched_setaffinity(0, set(cores))
    return figures | {"bars": bars(figures)}


def measure_delivery(studio: Studio, nchan: Nchan | None, clients: int, seconds: float) -> Figures:
    """Latency at a steady pace and deliveries a second without one, of both servers in turn."""
    figures: Figures = {"clients": clients}
    for name, server in (("studio", studio), ("nchan", nchan)):
        if server is None:
            continue
        before = server.resident_bytes()
        with _streams(server, clients) as (crowd, publisher):
            kib = (server.resident_bytes() - before) / 1024 / clients
            pace = PACES.get(clients, 5)
            paced = _publish(crowd, publisher, pace=pace, events=int(pace * seconds))
            busy, delivered = server.cpu_seconds(), crowd.deliveries
            per_second = _publish_unpaced(crowd, publisher, window=WINDOWS.get(clients, 4), seconds=seconds)
            busy, delivered = server.cpu_seconds() - busy, crowd.deliveries - delivered
            figures[name] = {
                "paced_ms": spread_ms(_latencies_ms(crowd, publisher.stamps(), paced)),
                "deliveries_per_second": per_second,
                # What other work on the machine does not blur.
                "deliveries_per_cpu_second": round(delivered / busy) if busy else None,
                "kib_per_stream": round(kib, 1),
                "behind": crowd.behind(publisher.last),
                **crowd.faults(),
            }
    if nchan is not None:
        ratio = figures["studio"]["deliveries_per_second"] / figures["nchan"]["deliveries_per_second"]
        figures["ratio_to_nchan"] = round(ratio, 2)
    return figures


def measure_reconnects(studio: Studio, clients: int = 20) -> Figures:
    """Connections cut at random while events flow; each reader comes back where it was."""
    cut = 0
    with _streams(studio, clients) as (crowd, publisher):

        def cut_one(_: int) -> None:
            nonlocal cut
            if cut < RECONNECTS:
                crowd.reopen(random.choice(list(crowd.clients.values())))
                cut += 1

        _publish(crowd, publisher, pace=50, events=RECONNECTS + 50, meanwhile=cut_one)
        return {"reconnects": cut, "behind": crowd.behind(publisher.last), **crowd.faults()}


def measure_redis_killed(studio: Studio, redis: Redis, clients: int = 100) -> Figures:
    """SIGKILL and a restart a second later, in the midst of 50 events a second."""
    with _streams(studio, clients) as (crowd, publisher):

        def kill_once(event: int) -> None:
            if event == 100:
                redis.kill()
            if event == 150:
                redis.start()

        events = _publish(crowd, publisher, pace=50, events=300, meanwhile=kill_once)
        return {
            "clients": clients,
            "behind": crowd.behind(publisher.last),
            "worst_ms": spread_ms(_latencies_ms(crowd, publisher.stamps(), events))["max"],
            **crowd.faults(),
        }


def measure_storm(studio: Studio, clients: int) -> Figures:
    """All clients come back at once, each with the same events to catch up with."""
    crowd = studio.crowd(studio.operation(events=STORM_EVENTS + 10))
    began, busy = time.monotonic(), studio.cpu_seconds()
    crowd.open(clients, seen=10)
    last = STORM_EVENTS + 10
    crowd.wait(lambda: not crowd.behind(last), PATIENCE_SECONDS)
    took, busy = time.monotonic() - began, studio.cpu_seconds() - busy
    behind, faults = crowd.behind(last), crowd.faults()
    crowd.close_all()
    return {
        "clients": clients,
        "events": STORM_EVENTS,
        "seconds": round(took, 2),
        "cpu_seconds": round(busy, 2),
        "behind": behind,
        **faults,
    }


def measure_history(studio: Studio) -> Figures:
    """One client reads a long operation from its beginning to its end."""
    crowd = studio.crowd(studio.operation(events=HISTORY_EVENTS, ended=True))
    studio.forget_peak()
    before = studio.resident_bytes()
    began = time.monotonic()
    (client,) = crowd.open(1)
    crowd.wait(lambda: client.seen == HISTORY_EVENTS, PATIENCE_SECONDS)
    took = time.monotonic() - began
    figures = {
        "events": client.seen,
        "seconds": round(took, 2),
        "memory_growth_mib": round((studio.peak_bytes() - before) / 2**20, 1),
        **crowd.faults(),
    }
    crowd.close_all()
    return figures


def measure_shutdown(studio: Studio) -> Figures:
    """SIGTERM under open streams; then a new process takes them up where they were."""
    with _streams(studio, SHUTDOWN_CLIENTS) as (crowd, publisher):
        _publish(crowd, publisher, pace=50, events=20)
        took = studio.stop()
        publisher.ask()
        studio.start()
        for client in list(crowd.clients.values()):
            crowd.reopen(client)
        _publish(crowd, publisher, pace=50, events=20)
        return {
            "clients": SHUTDOWN_CLIENTS,
            "seconds": round(took, 2),
            "behind": crowd.behind(publisher.last),
            **crowd.faults(),
        }


def bars(figures: Figures) -> dict[str, Any]:
    """Each promise: the figure, the bar, and whether it holds; None where it was not measured."""
    delivery = {found["clients"]: found for found in figures["delivery"]}
    runs = [
        *(found["studio"] for found in figures["delivery"]),
        *(figures[name] for name in ("reconnects", "redis_killed", "storm", "history", "shutdown")),
    ]
    crowd, group = delivery.get(1_000, {}), delivery.get(100, {})
    measured: dict[str, tuple[float | None, str, float]] = {
        "ratio_to_nchan_1000_clients": (crowd.get("ratio_to_nchan"), ">=", 0.5),
        "p99_ms_100_clients": (group["studio"]["paced_ms"]["p99"] if group else None, "<=", 50),
        "gaps_and_repeats": (
            sum(run["gaps"] + run["repeats"] + run.get("behind", 0) for run in runs),
            "<=",
            0,
        ),
        "storm_seconds": (figures["storm"]["seconds"], "<", 3),
        "shutdown_seconds": (figures["shutdown"]["seconds"], "<=", 5),
        "history_seconds": (figures["history"]["seconds"], "<", 1),
    }
    return {
        name: {"figure": figure, "bar": f"{sign} {bar}", "holds": _holds(figure, sign, bar)}
        for name, (figure, sign, bar) in measured.items()
    }


def table(figures: Figures) -> str:
    rows = [
        f"{'clients':>7} {'server':7} {'p50 ms':>8} {'p99 ms':>8} {'max ms':>8} {'deliv./s':>9} {'per CPU s':>9} "
        f"{'KiB/stream':>10}"
    ]
    for found in figures["delivery"]:
        for server in ("studio", "nchan"):
            if server in found:
                it = found[server]
                ms = it["paced_ms"]
                rows.append(
                    f"{found['clients']:>7} {server:7} {ms['p50']:>8} {ms['p99']:>8} {ms['max']:>8} "
                    f"{it['deliveries_per_second']:>9,} {it['deliveries_per_cpu_second'] or '':>9} {it['kib_per_stream']:>10}"
                )
        if "ratio_to_nchan" in found:
            rows.append(f"{'':>7} ratio {found['ratio_to_nchan']}")
    rows += [
        f"{name:14} {json.dumps(figures[name])}"
        for name in ("reconnects", "redis_killed", "storm", "history", "shutdown")
    ]
    for name, it in figures["bars"].items():
        verdict = {True: "holds", False: "MISSED", None: "not measured"}[it["holds"]]
        rows.append(f"{name:28} {it['figure']!s:>8} {it['bar']:>8} {verdict}")
    return "\n".join(rows)


class Publisher:
    """The writing process. `last` is the number of the last event that was asked for."""

    def __init__(self, server: Studio | Nchan, target: str) -> None:
        self.last = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.stream_publisher", server.name, *server.address(target)],
            cwd=CODE,
            env=server.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._asks, self._answers = self._process.stdin, self._process.stdout
        assert self._answers.readline() == b"ready\n", "the publisher does not start"

    def ask(self, events: int = 1) -> None:
        self._asks.write(b"." * events)
        self.last += events

    def stamps(self) -> dict[int, int]:
        """Ends it; when each event was committed, in monotonic nanoseconds."""
        written, _ = self._process.communicate()
        return {int(number): stamp for number, stamp in json.loads(written).items()}

    def end(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()


@contextmanager
def _streams(server: Studio | Nchan, clients: int) -> Iterator[tuple[Crowd, Publisher]]:
    """So many open streams of a fresh operation, and who writes its events."""
    target = server.operation() if isinstance(server, Studio) else server.channel()
    crowd = server.crowd(target)
    publisher = Publisher(server, target)
    try:
        crowd.open(clients)
        crowd.wait_until_open(PATIENCE_SECONDS)
        for _ in range(WARM_UP_EVENTS):
            publisher.ask()
            assert crowd.wait(lambda: not crowd.behind(publisher.last), PATIENCE_SECONDS), "no event arrives"
        yield crowd, publisher
    finally:
        publisher.end()
        crowd.close_all()


def _publish(
    crowd: Crowd,
    publisher: Publisher,
    *,
    pace: float,
    events: int,
    meanwhile: Callable[[int], None] = lambda event: None,
) -> range:
    """So many events at a steady pace, until all have arrived; their numbers."""
    first = publisher.last + 1
    began = time.monotonic()
    for event in range(events):
        while (rest := began + event / pace - time.monotonic()) > 0:
            crowd.read(rest)
        meanwhile(event)
        publisher.ask()
    crowd.wait(lambda: not crowd.behind(publisher.last), PATIENCE_SECONDS)
    return range(first, publisher.last + 1)


def _publish_unpaced(crowd: Crowd, publisher: Publisher, *, window: int, seconds: float) -> int:
    """As fast as all clients get them, with `window` events under way; deliveries a second."""
    clients = len(crowd.clients)
    following = publisher.last + 1
    publisher.ask(window)
    before, began = crowd.deliveries, time.monotonic()
    while time.monotonic() - began < seconds:
        crowd.read(0.05)
        while len(crowd.arrivals[following]) == clients:
            following += 1
            publisher.ask()
    per_second = (crowd.deliveries - before) / (time.monotonic() - began)
    crowd.wait(lambda: not crowd.behind(publisher.last), PATIENCE_SECONDS)
    return round(per_second)


def _latencies_ms(crowd: Crowd, stamps: Mapping[int, int], events: range) -> Iterator[float]:
    for event in events:
        for arrival in crowd.arrivals[event]:
            yield (arrival - stamps[event]) / 1e6


def _nchan(folder: Path, core: int, stack: ExitStack) -> Nchan | None:
    if not Nchan.is_installed():
        print(MISSING_NCHAN, file=sys.stderr)
        return None
    nchan = Nchan(folder, core=core).start()
    stack.callback(nchan.stop)
    return nchan


def _holds(figure: float | None, sign: str, bar: float) -> bool | None:
    if figure is None:
        return None
    return {"<": figure < bar, "<=": figure <= bar, ">=": figure >= bar}[sign]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.streams", description=__doc__)
    parser.add_argument(
        "--seconds", type=float, default=10, help="how long each comparison runs (default 10)"
    )
    parser.add_argument(
        "--clients", type=int, nargs="+", default=list(CROWDS), help="crowds to compare (default 1 100 1000)"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("var/bench/streams.json"), help="where the figures go"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="orchard-streams-") as home:
        figures = measure(Path(home), seconds=options.seconds, crowds=options.clients)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(figures, indent=2) + "\n")
    print(table(figures))
    print(f"\nWritten to {options.out}")


if __name__ == "__main__":
    main()
