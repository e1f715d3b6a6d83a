"""Rendering panes: the one way from a registered pane to HTML, for page, HTMX reply and push."""

from __future__ import annotations

from collections.abc import Iterable

from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from studio.access import Viewer
from studio.models import Project
from studio.workspace import slots
from studio.workspace.slots import Pane

# Idiomorph changes only what differs, so focus, caret, scroll and frames survive a push.
OUT_OF_BAND = mark_safe(' hx-swap-oob="morph"')


def render_pane(pane: Pane, project: Project, viewer: Viewer, *, oob: bool = False) -> SafeString:
    """The element `#<pane.name>`; `oob` marks it to be swapped in wherever it stands."""
    mark = OUT_OF_BAND if oob else SafeString("")
    model = pane.build(project, viewer)
    if model is None:
        return format_html('<div id="{}" hidden{}></div>', pane.name, mark)
    context = {"pane": model, "project": project, "viewer": viewer, "oob": mark}
    return render_to_string(pane.template, context)


def render_slot(slot: str, project: Project, viewer: Viewer) -> SafeString:
    return _joined(render_pane(pane, project, viewer) for pane in slots.in_slot(slot))


def render_topics(topics: Iterable[str], project: Project, viewer: Viewer) -> SafeString:
    """What changes on screen when these topics are announced: the push, and an HTMX reply."""
    return _joined(render_pane(pane, project, viewer, oob=True) for pane in slots.showing(set(topics)))


def render_everything(project: Project, viewer: Viewer) -> SafeString:
    """The whole state of a workspace, for whoever may have missed something."""
    return _joined(render_pane(pane, project, viewer, oob=True) for pane in slots.pushed())


def _joined(fragments: Iterable[str]) -> SafeString:
    return mark_safe("\n".join(fragments))  # noqa: S308 - each fragment is a rendered template
