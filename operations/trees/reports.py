"""A finished run for people, and for the programs that collect test results."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from operations.trees.record import RunRecord, StepRecord

_WORDS = {"passed": "passed", "failed": "FAILED", "skipped": "skipped", "cancelled": "stopped"}
# XML 1.0 has no place for control characters and for what is no character.
_NO_PLACE = {*range(32), 0xFFFE, 0xFFFF} - {9, 10, 13}
_UNPRINTABLE = dict.fromkeys(_NO_PLACE, "�")


def line_of(step: StepRecord, *, width: int) -> str:
    """How a step ended, for the console: one line, and the reason below it."""
    again = f", attempt {step.attempt}" if step.attempt > 1 else ""
    took = f"{step.seconds:7.1f} s" if step.ended_at and step.started_at else " " * 9
    first, *rest = (step.error or "").splitlines() or [""]
    line = f"{_WORDS.get(step.status, step.status):<8}{step.name:<{width}} {took}{again}"
    line = f"{line}  {first}" if first else line.rstrip()
    return "\n".join([line, *(f"{'':8}{text}" for text in rest)])


def summary_of(run: RunRecord) -> str:
    seconds = (run.ended_at - run.started_at).total_seconds() if run.ended_at else 0
    passed = sum(step.status == "passed" for step in run.steps)
    return f"{run.tree} {run.status}: {passed} of {len(run.steps)} steps passed in {seconds:.1f} s"


def as_json(run: RunRecord) -> dict[str, Any]:
    """The record without the tree's text, with seconds."""
    document = run.model_dump(mode="json", exclude={"source"})
    for section in ("steps", "teardown"):
        for shown, step in zip(document[section], getattr(run, section), strict=True):
            shown["seconds"] = round(step.seconds, 3)
    return document


def as_junit(run: RunRecord) -> str:
    """One test case per step, in the dialect that CI servers read (testsuites/testsuite/testcase)."""
    steps = [("steps", step) for step in run.steps] + [("teardown", step) for step in run.teardown]
    seconds = (run.ended_at - run.started_at).total_seconds() if run.ended_at else 0
    totals = {
        "tests": str(len(steps)),
        "failures": str(len(run.failures)),
        "errors": "0",
        "skipped": str(sum(step.status not in ("passed", "failed") for _, step in steps)),
        "time": f"{seconds:.3f}",
    }
    root = Element("testsuites", {"name": run.tree, **totals})
    suite = SubElement(
        root, "testsuite", {"name": run.tree, **totals, "timestamp": run.started_at.isoformat(), "id": run.id}
    )
    for section, step in steps:
        case = SubElement(
            suite,
            "testcase",
            {"classname": f"{run.tree}.{section}", "name": step.name, "time": f"{step.seconds:.3f}"},
        )
        error = step.error.translate(_UNPRINTABLE)
        if step.status == "failed":
            found = SubElement(case, "failure", {"message": error.split("\n", 1)[0], "type": step.action})
            found.text = error
        elif step.status != "passed":
            SubElement(case, "skipped", {"message": error or step.status})
    indent(root)
    return tostring(root, encoding="unicode", xml_declaration=True) + "\n"
