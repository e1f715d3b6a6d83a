"""Plan in, files out: pure and deterministic.

Templates use `[[ … ]]` and `[% … %]`, since what they make is itself full of `{{ … }}`. A file whose name
ends in `.j2` is rendered, every other one copied. Components come first, blocks after them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jinja2 import Environment, StrictUndefined, Template

from operations.generator import (
    accounts_source,
    insights_source,
    jobs_source,
    naming,
    parts,
    python_source,
    records_source,
    scripts_source,
    tests_source,
)
from operations.generator.coverage import block_context
from operations.generator.design import plan_design
from operations.generator.manifest import COMPONENTS, Manifest, manifests
from operations.generator.model import Plan
from operations.generator.plan import filled
from operations.generator.samples import DAY, histories, planted, samples

REQUIREMENTS_LOCK = COMPONENTS / "service" / "requirements.lock"
SHEETS = (
    "reset", "tokens", "base", "layout", "controls", "components", "tables", "records", "utilities", "theme", "design",
)  # fmt: skip

# What a repository holds beside the rendered files: never removed by a later build.
KEPT = ("*/migrations/[0-9]*.py", ".orchard/schema.migrated.json", ".orchard/features/*", ".git/*")

_source = SimpleNamespace(
    **{
        name: value
        for module in (
            python_source,
            records_source,
            accounts_source,
            insights_source,
            jobs_source,
            scripts_source,
            tests_source,
            parts,
        )
        for name, value in vars(module).items()
        if callable(value) and not name.startswith("_")
    }
)


@dataclass(frozen=True)
class Hook:
    """A callable of a block, imported under a name of its own."""

    module: str
    name: str
    alias: str


def render(plan: Plan) -> dict[str, bytes]:
    """Every file of the repository by path, migrations excepted (see `migrations`)."""
    context = _context(plan)
    files: dict[str, bytes] = {}
    for component in ("service", "web"):
        files.update(_folder(COMPONENTS / component / "files", context))
    for entity in plan.entities:
        template = _template(COMPONENTS / "service" / "entity" / "test_entity.py.j2")
        files[f"records/tests/test_{entity.snake}.py"] = _text(template, {**context, "entity": entity})
    for used in plan.blocks:
        manifest = manifests()[used.name]
        own = {**context, **block_context(plan, used.name)}
        absent = _absent(manifest, used.active | {block.name for block in plan.blocks})
        files.update(_folder(manifest.folder / "files", own, absent))
        if manifest.front:
            template = _template(manifest.folder / "entity" / "frontend.ts.j2")
            for entity in plan.entities:
                path = f"{manifest.front.folder}/src/entities/{entity.slug}.ts"
                files[path] = _text(template, {**own, "entity": entity})
    files["static/css/theme.css"] = (COMPONENTS / "web" / "themes" / f"{plan.style}.css").read_bytes()
    files["requirements.lock"] = REQUIREMENTS_LOCK.read_bytes()
    files[".orchard/schema.json"] = _json(dict(sorted(plan.identities.items())))
    return dict(sorted(files.items()))


def is_kept(path: str) -> bool:
    """Whether a path of the repository stays although no render makes it."""
    return any(fnmatch(path, pattern) for pattern in KEPT)


def _context(plan: Plan) -> dict[str, Any]:
    used = [manifests()[block.name] for block in plan.blocks]
    by_class = {entity.name: entity for entity in plan.entities}
    home = manifests()[plan.home].home if plan.home else ""
    return {
        "project": plan.project,
        "plan": plan,
        "entities": [entity for entity in plan.entities if not entity.account],
        "account": next((entity for entity in plan.entities if entity.account), None),
        "accounts": plan.block("accounts") is not None,
        "design": plan_design(plan.design),
        "samples": samples(plan),
        "planted": planted(plan),
        "histories": histories(plan),
        "sample_day": DAY,
        "source": _source,
        "literal": python_source.literal,
        "sentence": naming.sentence,
        "apps": ["records", "accounts", "archive", *(m.app for m in used if m.app)],
        "block_urls": [
            {"path": filled(url.path, block.names, by_class), "include": url.include}
            for block in plan.blocks
            for url in manifests()[block.name].urls
        ],
        "fronts": {m.name: m.front for m in used if m.front},
        "processes": {m.name: m.process for m in used if m.process},
        "block_folders": {manifest.app or manifest.name: manifest.title for manifest in used},
        "home": _expression(home),
        "url_imports": _url_imports(plan, home),
        "lifespans": [_hook(m.lifespan, m.name) for m in used if m.lifespan],
        "seeds": [_hook(m.seed, m.name) for m in used if m.seed],
        "settings": {name: value for m in used for name, value in m.settings.items()},
        "topbars": [m.topbar for m in used if m.topbar],
        "styles": [f"css/{name}.css" for name in SHEETS] + [sheet for m in used for sheet in m.styles],
    }


def _url_imports(plan: Plan, home: str) -> list[str]:
    lines = [
        "from config.health import healthz",
        "from config.media import media",
        "from records import views",
    ]
    if home:
        module = home.partition(":")[0]
        package, _, name = module.rpartition(".")
        lines.append(f"from {package} import {name} as home_{name}" if package else f"import {name}")
    return sorted(lines, key=lambda line: line.split()[1])


def _expression(home: str) -> str:
    """ "world.views:Page.as_view()" → "home_views.Page.as_view()"."""
    module, _, expression = home.partition(":")
    return f"home_{module.rpartition('.')[2]}.{expression}" if home else ""


def _hook(dotted: str, block: str) -> Hook:
    module, _, name = dotted.rpartition(".")
    return Hook(module, name, f"{block}_{name}" if name != f"{block}_{name}" else name)


def _folder(
    folder: Path, context: Mapping[str, Any], absent: Sequence[str] = ()
) -> Iterator[tuple[str, bytes]]:
    """The files of a folder but for those whose final names match one of `absent`."""
    for path in _files(folder):
        name = path.relative_to(folder).as_posix()
        if "[[" in name:
            name = _environment().from_string(name).render(context)
        final = name.removesuffix(".j2")
        if not any(fnmatch(final, pattern) for pattern in absent):
            yield final, _text(_template(path), context) if name.endswith(".j2") else _bytes(path)


def _absent(manifest: Manifest, present: frozenset[str]) -> list[str]:
    """Patterns of files that belong to rules and blocks that are not in the plan."""
    return [pattern for part in manifest.parts if part.when not in present for pattern in part.files]


def _text(template: Template, context: Mapping[str, Any]) -> bytes:
    text = template.render(context).strip("\n")
    return f"{text}\n".encode() if text else b""


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


@cache
def _environment() -> Environment:
    return Environment(
        undefined=StrictUndefined,
        variable_start_string="[[",
        variable_end_string="]]",
        block_start_string="[%",
        block_end_string="%]",
        comment_start_string="[#",
        comment_end_string="#]",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  (what is made is source code; literals are quoted by python_source)
    )


@cache
def _template(path: Path) -> Template:
    return _environment().from_string(path.read_text(encoding="utf-8"))


@cache
def _files(folder: Path) -> tuple[Path, ...]:
    hidden = ("__pycache__", ".ruff_cache", ".mypy_cache")
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return tuple(
        path
        for path in found
        if not any(part in hidden for part in path.relative_to(COMPONENTS.parent).parts)
    )


@cache
def _bytes(path: Path) -> bytes:
    return path.read_bytes()
