"""Components an app may have beside service and web: a worker, a React front end."""

from __future__ import annotations

import re

from blueprints.architect.offline.plan import Plan
from blueprints.schemas import Dependency

WORKER, REACT = "worker", "app-react"
PURPOSES = {
    WORKER: "A process beside the service, over the same data: jobs that are planned ahead and tried again.",
    REACT: "The screens as a React app in TypeScript, over the service's API with a typed client.",
}
_REPLIES = {
    WORKER: "A **background worker** runs beside the service; what it does shows in the app's admin.",
    REACT: "The screens become a **React** app in TypeScript, served by the app itself; the API stays underneath.",
}
_WORDS = {
    WORKER: re.compile(r"\b(?:(?:background )?worker|scheduler|background jobs?|job queue)\b", re.I),
    REACT: re.compile(r"\breact\b", re.I),
}
_LIBRARY = r"react(?:\.?js)?"
_SCREENS = (
    r"front[- ]?end|user interface|interface|ui|client|screens?|pages?|spa|single[- ]page app(?:lication)?"
)
_FRONT = rf"(?:{_SCREENS})"
# "with a React front end", "the screens are a React app", "frontend in React", "use React for the pages".
_REACT = re.compile(
    rf"(?:\b(?:with|using|as|in|has|have|and|use|add|build|make)\s+)?(?:\ban?\s+|\bthe\s+)?\b{_LIBRARY}\b(?:\s+and\s+"
    rf"(?:typescript|vite))*\s+(?:for (?:the|its|my|our)\s+)?(?:{_SCREENS}|(?:web )?app(?:lication)?)\b|"
    rf"(?:(?:the|its|my|our|an?|and|with)\s+)*\b{_FRONT}\s+(?:(?:is|are|should be|must be|be|built|made|written|comes?)\s+)*"
    rf"(?:with|in|using|as|by)?\s*(?:an?\s+)?\b{_LIBRARY}\b(?:\s+(?:app|front[- ]?end|components?))?",
    re.I,
)
_OTHERS = re.compile(r"\b(?:react native|vue|angular|svelte|next\.?js|flutter)\b", re.I)


def use(plan: Plan, component: str) -> None:
    """Plan it, and say so, unless it is planned already."""
    if plan.add_dependency(component, "component", PURPOSES[component]):
        plan.notes.components.append(_REPLIES[component])
    else:
        plan.notes.present.append("a background worker" if component == WORKER else "a React front end")


def without_react(clause: str) -> list[str] | None:
    """What a clause says beside asking for a React front end, None when it does not ask for one. Where a
    choice between libraries is named, nobody asked for this one."""
    if _OTHERS.search(clause) or not (match := _REACT.search(clause)):
        return None
    pieces = (clause[: match.start()], clause[match.end() :])
    rest = [re.sub(r"^[\s,.:;]*(?:(?:and|with)\b)?\s*", "", piece).rstrip(" ,") for piece in pieces]
    return [piece for piece in rest if piece.strip(" .,!")]


def component_named(plan: Plan, words: str) -> Dependency | None:
    """The planned component that these words name; "background worker" → the worker."""
    for item in plan.document.sections.dependencies.items:
        if item.name in _WORDS and _WORDS[item.name].search(words):
            return item
    return None


def let_go(plan: Plan, component: Dependency) -> None:
    """Take it out of the plan, with all that only it can do."""
    if plan.remove_dependency(component) and component.name == WORKER:
        for rule in list(plan.document.sections.behaviors.rules):
            if rule.kind.startswith("job."):
                plan.drop_rule(rule)
