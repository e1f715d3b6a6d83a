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
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks import report
from tests.benchmarks.report import Bar, spread
from tests.benchmarks.stream_clients import Crowd
from tests.benchmarks.stream_servers import MISSING_NCHAN, Nchan, Studio
from tests.live import CODE
from tests.servers import Redis

Figures = dict[str, Any]

# By number of clients: events a second, and how many may be under way when nothing else limits them.
PACES = {1: 50, 100: 50, 1_000: 5}
WINDOWS = {1: 8, 100: 8, 1_000: 4}
WARM_UP_EVENTS = 5
PATIENCE_SECONDS = 60
RECONNECTS = 100
STORM_EVENTS = 50
HISTORY_EVENTS = 10_000
STORM_CLIENTS = 1_000
SHUTDOWN_CLIENTS = 100

BARS = (
    Bar("delivery.1000_clients.ratio_to_nchan", at_least=0.5),
    Bar("delivery.100_clients.studio.paced_ms.p99", at_most=50),
    Bar("*.gaps", at_most=0),
    Bar("*.repeats", at_most=0),
    Bar("*.behind", at_most=0),
    Bar("storm.seconds", at_most=3),
    Bar("shutdown.seconds", at_most=5),
    Bar("history.seconds", at_most=1),
)


def measure(quick: bool) -> Figures:
    """All figures; a quick run is as large, but short. The load average tells how much to trust them."""
    cores = sorted(os.sched_getaffinity(0))
    server_core, clients_core = cores[0], cores[-1]
    os.sched_setaffinity(0, {clients_core})  # and what is started from here, unless it is pinned elsewhere
    try:
        with ExitStack() as stack:
            home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="orchard-bench-")))
            redis = Redis().start()
            stack.callback(redis.stop)
            studio = Studio(home / "studio", core=server_core, redis_url=redis.url).start()
            stack.callback(studio.stop)
            nchan = _nchan(home / "nchan", server_core, stack)
            seconds = 2 if quick else 10
            return {
                "load_average_before": round(os.getloadavg()[0], 1),
                "delivery": {
                    f"{clients}_clients": measure_delivery(studio, nchan, clients, seconds)
                    for clients in PACES
                },
                "reconnects": measure_reconnects(studio),
                "redis_killed": measure_redis_killed(studio, redis),
                "storm": measure_storm(studio),
                "history": measure_history(studio),
                "shutdown": measure_shutdown(studio),
                "load_average_after": round(os.getloadavg()[0], 1),
            }
    finally:
        os.sched_setaffinity(0, set(cores))


def measure_delivery(studio: Studio, nchan: Nchan | None, clients: int, seconds: float) -> Figures:
    """Latency at a steady pace and deliveries a second without one, of both servers in turn."""
    figures: Figures = {}
    for name, server in (("studio", studio), ("nchan", nchan)):
        if server is None:
            continue
        before = server.resident_bytes()
        with _streams(server, clients) as (crowd, publisher):
            kib = (server.resident_bytes() - before) / 1024 / clients
            pace = PACES[clients]
            paced = _publish(crowd, publisher, pace=pace, events=int(pace * seconds))
            busy, delivered = server.cpu_seconds(), crowd.deliveries
            per_second = _publish_unpaced(crowd, publisher, window=WINDOWS[clients], seconds=seconds)
            busy, delivered = server.cpu_seconds() - busy, crowd.deliveries - delivered
            figures[name] = {
                "paced_ms": spread(_latencies_ms(crowd, publisher.stamps(), paced)),
                "deliveries_per_second": per_second,
                # What other work on the machine does not blur.
                "deliveries_per_cpu_second": round(delivered / max(busy, 0.01)),
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
            "worst_ms": round(max(_latencies_ms(crowd, publisher.stamps(), events)), 1),
            **crowd.faults(),
        }


def measure_storm(studio: Studio) -> Figures:
    """All clients come back at once, each with the same events to catch up with."""
    crowd = studio.crowd(studio.operation(events=STORM_EVENTS + 10))
    began, busy = time.monotonic(), studio.cpu_seconds()
    crowd.open(STORM_CLIENTS, seen=10)
    last = STORM_EVENTS + 10
    crowd.wait(lambda: not crowd.behind(last), PATIENCE_SECONDS)
    took, busy = time.monotonic() - began, studio.cpu_seconds() - busy
    behind, faults = crowd.behind(last), crowd.faults()
    crowd.close_all()
    return {
        "clients": STORM_CLIENTS,
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


def _latencies_ms(crowd: Crowd, stamps: Mapping[int, int], events: range) -> list[float]:
    return [(arrival - stamps[event]) / 1e6 for event in events for arrival in crowd.arrivals[event]]


def _nchan(folder: Path, core: int, stack: ExitStack) -> Nchan | None:
    if not Nchan.is_installed():
        print(MISSING_NCHAN, file=sys.stderr)
        return None
    nchan = Nchan(folder, core=core).start()
    stack.callback(nchan.stop)
    return nchan


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.streams", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="short runs: whether it works, not how fast")
    parser.add_argument("--out", type=Path, default=Path("test-results/bench-streams.json"))
    options = parser.parse_args()
    figures = measure(options.quick)
    judgements = report.judged("streams", figures, BARS)
    report.write(options.out, {"machine": report.machine(), "streams": figures, "bars": judgements})
    print(f"{report.table(figures)}\n\n{report.bar_table(judgements)}\n\nWritten to {options.out}")


if __name__ == "__main__":
    main()
