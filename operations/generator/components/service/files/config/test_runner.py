"""Django's test runner, writing what happened to $TEST_REPORT as one JSON object per line.

Each test gives {"id", "outcome", "seconds", "message"}; outcome is passed, failed, error or skipped.
The last line, {"total": n}, says that the run came to its end.
"""

from __future__ import annotations

import json
import os
import time
import unittest
from pathlib import Path
from typing import Any

from django.test.runner import DiscoverRunner


class ReportingResult(unittest.TextTestResult):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.entries: list[dict[str, Any]] = []
        self._started = time.monotonic()
        self._unhappy: dict[str, tuple[str, str]] = {}

    def startTest(self, test: unittest.TestCase) -> None:
        self._started = time.monotonic()
        super().startTest(test)

    def stopTest(self, test: unittest.TestCase) -> None:
        super().stopTest(test)
        self._write(test, *self._unhappy.pop(test.id(), ("passed", "")))

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:
        super().addFailure(test, err)
        self._note(test, "failed", self._exc_info_to_string(err, test))

    def addError(self, test: unittest.TestCase, err: Any) -> None:
        super().addError(test, err)
        self._note(test, "error", self._exc_info_to_string(err, test))

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: Any) -> None:
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._note(test, "failed", self._exc_info_to_string(err, test))

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        super().addSkip(test, reason)
        self._note(test, "skipped", reason)

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:
        super().addUnexpectedSuccess(test)
        self._note(test, "failed", "It passed, but was expected to fail.")

    def _note(self, test: unittest.TestCase, outcome: str, message: str) -> None:
        """Keep the first trouble; what never started (a broken import, setUpClass) is told at once."""
        if hasattr(test, "_testMethodName"):
            self._unhappy.setdefault(test.id(), (outcome, message))
        else:
            self._write(test, outcome, message)

    def _write(self, test: unittest.TestCase, outcome: str, message: str) -> None:
        seconds = round(time.monotonic() - self._started, 4)
        entry = {"id": test.id(), "outcome": outcome, "seconds": seconds, "message": message}
        self.entries.append(entry)


class ReportingRunner(DiscoverRunner):
    def get_resultclass(self) -> Any:
        return super().get_resultclass() or ReportingResult

    def suite_result(self, suite: Any, result: Any, **kwargs: Any) -> int:
        report = os.environ.get("TEST_REPORT")
        if report and isinstance(result, ReportingResult):
            lines = [*result.entries, {"total": len(result.entries)}]
            text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
            Path(report).write_text(text, encoding="utf-8")
        return super().suite_result(suite, result, **kwargs)
