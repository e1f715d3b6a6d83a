"""What a generated app's test run came to, read strictly: what does not add up is no pass."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from operations.generator.ledger import ReportedTest, parse_test_results
from studio.core.errors import OutsideFailure

LARGEST_BYTES = 16 << 20

# What differs between two runs of the same failure.
_CHANGING = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|0x[0-9a-f]+|(?<=:)\d{2,5}\b|\d+(?:\.\d+)? ?(?:s|ms|seconds)\b|/tmp/[\w./-]+",
    re.IGNORECASE,
)


class Unreadable(OutsideFailure):
    """The report was cut off, tells of no test, or contradicts the exit code."""

    code = "test_report_unreadable"


@dataclass(frozen=True)
class TestResults:
    __test__ = False  # not one of ours to collect

    tests: Sequence[ReportedTest]

    @property
    def failed(self) -> list[ReportedTest]:
        return [test for test in self.tests if test.outcome in ("failed", "error")]

    @property
    def signature(self) -> str:
        """The same for the same failure in two runs."""
        told = sorted(f"{test.id}\n{_CHANGING.sub('~', test.message)}" for test in self.failed)
        return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]


def report_text(path: Path) -> str:
    """What the app wrote there, "" for nothing. Its own code could have put anything there: a link to a
    file of ours is not followed, and more than a report can be is not read."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size > LARGEST_BYTES:
        return ""
    return path.read_text(errors="replace")


def read_report(text: str, *, exit_code: int) -> TestResults:
    """Raises Unreadable."""
    try:
        results = TestResults(parse_test_results(text))
    except OutsideFailure as error:
        raise Unreadable(error.message, **error.details) from error
    if not results.tests:
        raise Unreadable("No test was run.")
    if (exit_code == 0) == bool(results.failed):
        raise Unreadable(f"The test run ended with exit code {exit_code}, which its results contradict.")
    return results
