"""`make bench-architect`: how well the offline Architect understands people, in figures.

Without CORPUS: recall and precision per part over the judged conversations, those that were held out
while the grammar was tuned apart from the rest. With CORPUS=path (JSON lines of {"id", "instruction"}):
what share of the things each request names is in the plan after that one message.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import django
import yaml

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from blueprints.architect.offline.text import stem, stems  # noqa: E402
from blueprints.architect.port import Turn  # noqa: E402
from blueprints.schemas import BlueprintDocument  # noqa: E402
from tests.architect.holding import hold_turn  # noqa: E402
from tests.architect.judging import Judged, conversations, judge, total  # noqa: E402

AIM = 0.9
NAMED = Path(__file__).with_name("named_things.yaml")
_LISTED = re.compile(
    r"\bfunctionalit(?:y|ies)\s+(?:for|to|of|such as|including|like)\s+(.{3,400}?)\.(?:\s|$)", re.I
)
_GENERIC = frozenset(
    stems(
        "the a an and or of for to in on with more etc other various different management manage managing user users "
        "information data function functions feature features displaying display viewing view browsing browse adding add "
        "editing edit creating create deleting delete selecting select providing support basic related such as system "
        "website page content real time online new own their its list lists record records query querying processing"
    )
)


@dataclass
class Named:
    """What one request names, and how much of that the plan holds or at least keeps as a wish."""

    functions: Counter[str] = field(default_factory=Counter)  # "expected", "planned", "kept"
    things: Counter[str] = field(default_factory=Counter)
    listed: Counter[str] = field(default_factory=Counter)
    missing: list[str] = field(default_factory=list)
    entities: int = 0
    unnamed: int = 0  # entities none of whose words is in the request
    colors: int = 0
    seconds: float = 0.0
    builds: bool = False


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench-architect", description=__doc__)
    parser.add_argument("--corpus", type=Path, help="JSON lines with one request each")
    parser.add_argument("--out", type=Path, default=Path("test-results/architect.json"))
    parser.add_argument(
        "--misses", action="store_true", help="print what went wrong, but not of held-out ones"
    )
    options = parser.parse_args()
    judged = [judge(name, body) for name, body in conversations().items()]
    figures: dict[str, Any] = {"conversations": conversation_figures(judged)}
    print(conversation_table(figures["conversations"]))
    if options.misses:
        print(misses(judged))
    if options.corpus:
        requests = [json.loads(line) for line in options.corpus.read_text(encoding="utf-8").splitlines()]
        found = {str(entry["id"]): measure_request(entry["instruction"]) for entry in requests}
        figures["requests"] = request_figures(found.values())
        print(f"\n{request_table(figures['requests'])}")
        if options.misses:
            for key, named in found.items():
                print(f"{key}: {', '.join(named.missing)}")
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(f"\nWritten to {options.out}")


def conversation_figures(judged: Iterable[Judged]) -> dict[str, Any]:
    entries = list(judged)
    groups = {
        "tuned": [entry for entry in entries if not entry.held_out],
        "held_out": [entry for entry in entries if entry.held_out],
    }
    return {
        name: {
            "conversations": len(group),
            **{
                part: {
                    "recall": round(count.recall, 3),
                    "precision": round(count.precision, 3),
                    "expected": count.expected,
                    "given": count.given,
                }
                for part, count in total(group).items()
            },
        }
        for name, group in groups.items()
    }


def conversation_table(figures: Mapping[str, Any]) -> str:
    rows = [f"{'part':14}" + "".join(f"{name:>26}" for name in figures)]
    rows.append(f"{'':14}" + "".join(f"{'recall':>13}{'precision':>13}" for _ in figures))
    for part in ("entities", "fields", "types", "relations", "permissions", "other"):
        row = f"{part:14}"
        for group in figures.values():
            recall, precision = group[part]["recall"], group[part]["precision"]
            row += f"{_bar(recall):>13}" + (f"{_bar(precision):>13}" if group[part]["given"] else f"{'':13}")
        rows.append(row)
    rows.append("conversations " + "".join(f"{group['conversations']:>26}" for group in figures.values()))
    return "\n".join(rows)


def _bar(value: float) -> str:
    return f"{value:.3f}{'' if value >= AIM else ' !'}"


def misses(judged: Iterable[Judged]) -> str:
    rows = []
    for entry in judged:
        wrong = [miss for count in entry.score.values() for miss in count.misses]
        if wrong and not entry.held_out:
            rows.append(f"{entry.name}\n    " + "; ".join(wrong))
    return "\n".join(rows)


# --- requests ---------------------------------------------------------------------------------------


def measure_request(message: str) -> Named:
    started = time.process_time()  # the machine may be busy with other things
    _, proposal = hold_turn(Turn(BlueprintDocument(feature_name="My app"), message, "message-1"))
    named = Named(seconds=time.process_time() - started)
    document = proposal.document
    _, built = hold_turn(Turn(document, "build it", "message-2"))
    named.builds = built.build_requested
    structure, wishes = plan_words(document), wish_text(document)
    vocabulary = yaml.safe_load(NAMED.read_text(encoding="utf-8"))
    for name, signs in vocabulary["functions"].items():
        if re.search(signs["said"], message, re.I):
            planned = has_function(document, signs)
            kept = planned or any(word in wishes for word in signs.get("words", ()))
            _tally(named, named.functions, name, planned=planned, kept=kept)
    said = set(stems(message))
    for name, words in vocabulary["things"].items():
        if words and stem(name) in said:
            planned = any(stem(word) in structure for word in words)
            _tally(named, named.things, name, planned=planned, kept=planned or name in wishes)
    for phrase in listed_functions(message):
        content = [word for word in stems(phrase) if word not in _GENERIC]
        if content:
            planned = any(word in structure for word in content)
            kept = planned or any(word in set(stems(wishes)) for word in content)
            _tally(named, named.listed, f"“{phrase}”", planned=planned, kept=kept)
    entities = document.sections.data_model.entities
    named.entities = len(entities)
    named.unnamed = sum(
        not any(stem(word) in said for word in re.findall(r"[A-Z]?[a-z0-9]+", entity.name))
        for entity in entities
    )
    named.colors = len({token.role for token in document.sections.design_system.colors})
    return named


def _tally(named: Named, counter: Counter[str], name: str, *, planned: bool, kept: bool) -> None:
    counter["expected"] += 1
    counter["planned"] += planned
    counter["kept"] += kept
    if not planned:
        named.missing.append(f"({name})" if kept else name)


def listed_functions(message: str) -> list[str]:
    """ "functionalities for A, B, and C" → A, B, C."""
    match = _LISTED.search(message)
    if match is None:
        return []
    pieces = re.split(r",\s*(?:and\s+)?|\s+and\s+", match[1])
    return [piece.strip() for piece in pieces if piece.strip()]


def has_function(document: BlueprintDocument, signs: Mapping[str, Any]) -> bool:
    sections = document.sections
    if any(screen.kind in signs.get("screens", ()) for screen in sections.ui_components.components):
        return True
    if any(rule.kind in signs.get("rules", ()) for rule in sections.behaviors.rules):
        return True
    wanted = {stem(word) for word in signs.get("entities", ())}
    for entity in sections.data_model.entities:
        if wanted & {stem(word) for word in re.findall(r"[A-Z]?[a-z0-9]+", entity.name)}:
            return True
        for column in entity.fields:
            if column.type in signs.get("types", ()) or column.name in signs.get("fields", ()):
                return True
    return False


def plan_words(document: BlueprintDocument) -> set[str]:
    """Stems of every word in names of entities, fields, links, choices and screens, and in known rules."""
    texts: list[str] = []
    for entity in document.sections.data_model.entities:
        texts += [entity.name, entity.plural]
        texts += [name for column in entity.fields for name in (column.name, *column.choices)]
        texts += [relation.name for relation in entity.relations]
    texts += [f"{s.name} {s.kind} {s.purpose}" for s in document.sections.ui_components.components]
    texts += [rule.text for rule in document.sections.behaviors.rules if rule.kind != "free"]
    spaced = (re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).replace("_", " ") for text in texts)
    return {word for text in spaced for word in stems(text)}


def wish_text(document: BlueprintDocument) -> str:
    return " ".join(rule.text for rule in document.sections.behaviors.rules if rule.kind == "free").lower()


def request_figures(found: Iterable[Named]) -> dict[str, Any]:
    entries = list(found)
    figures: dict[str, Any] = {"requests": len(entries)}
    for part in ("functions", "things", "listed"):
        tally: Counter[str] = sum((getattr(entry, part) for entry in entries), Counter())
        figures[part] = {
            "named": tally["expected"],
            "planned": _share(tally["planned"], tally["expected"]),
            "planned_or_kept": _share(tally["kept"], tally["expected"]),
        }
    milliseconds = sorted(entry.seconds * 1000 for entry in entries)
    figures |= {
        "two_colors": _share(sum(entry.colors >= 2 for entry in entries), len(entries)),
        "without_entities": sum(entry.entities == 0 for entry in entries),
        "entities_per_plan": round(statistics.mean(entry.entities for entry in entries), 2),
        "unnamed_entities": _share(sum(e.unnamed for e in entries), sum(e.entities for e in entries)),
        "build_at_once": _share(sum(entry.builds for entry in entries), len(entries)),
        "turn_cpu_ms": {
            "p50": round(statistics.median(milliseconds), 1),
            "p95": round(milliseconds[int(0.95 * len(milliseconds))], 1),
        },
    }
    return figures


def request_table(figures: Mapping[str, Any]) -> str:
    rows = [
        f"{figures['requests']} requests, one message each",
        f"{'named':28}{'in plan':>9}{'or wish':>9}{'of':>7}",
    ]
    for part in ("functions", "things", "listed"):
        entry = figures[part]
        rows.append(f"{part:28}{entry['planned']:>9.3f}{entry['planned_or_kept']:>9.3f}{entry['named']:>7}")
    plain = ("two_colors", "without_entities", "entities_per_plan", "unnamed_entities", "build_at_once")
    rows += [f"{name:28}{figures[name]:>9}" for name in plain]
    turn = figures["turn_cpu_ms"]
    rows.append(f"{'turn_cpu_ms p50 / p95':28}{turn['p50']:>9}{turn['p95']:>9}")
    return "\n".join(rows)


def _share(part: int, whole: int) -> float:
    return round(part / whole, 3) if whole else 1.0


if __name__ == "__main__":
    sys.exit(main())
