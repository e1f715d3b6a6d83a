"""The plan's forms: an item to change, one to add, one to remove, a lock to lift."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from blueprints import services, store
from blueprints.models import Blueprint
from blueprints.plan import edits, forms, items
from blueprints.plan.forms import FRAMES, Form, Refused, Subject
from blueprints.schemas import BlueprintDocument
from studio.core.errors import InvalidInput, NotFound
from studio.models import Project
from studio.workspace.errors import trigger_toast
from studio.workspace.replies import show
from studio.workspace.views import Look, looking

FORM = "blueprints/plan/_form.html"
PAGE = "blueprints/plan/form_page.html"


@login_required
@require_http_methods(["GET", "POST"])
def item(request: HttpRequest, slug: str, item_id: str) -> HttpResponse:
    """The form of an item, of the plan's name ("plan") or of its design ("design"); and what was typed."""
    look = looking(request, slug, role="editor")
    if request.method == "GET":
        version, document = _standing(look.project)
        form = forms.show(forms.subject(document, item_id), item_id=item_id, version=version)
        return _ask(request, look, form)
    blueprint = services.ensure_blueprint(project=look.project)
    seen = _seen(request, blueprint)
    about = forms.subject(store.document_at(blueprint, seen), item_id)
    typed = forms.read(about.settings, request.POST)
    return _edit(
        request, look, blueprint, about, seen=seen, typed=typed, item_id=item_id,
        change=forms.change_of(item_id, typed), told=f"Edited {_label(about, item_id)}",
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "POST"])
def new_item(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """The form of an item to be added; `in` is the entity that gets a field or a link."""
    look = looking(request, slug, role="editor")
    entity_id = (request.POST or request.GET).get("in", "")
    if request.method == "GET":
        version, document = _standing(look.project)
        form = forms.show(forms.new_subject(document, kind, entity_id), item_id="", version=version)
        return _ask(request, look, form)
    blueprint = services.ensure_blueprint(project=look.project)
    seen = _seen(request, blueprint)
    before = store.document_at(blueprint, seen)
    about = forms.new_subject(before, kind, entity_id)
    typed = forms.read(about.settings, request.POST)
    again = request.POST.get("again", "")
    gone = items.find(before, again).item if again and items.holds(before, again) else None
    called = next((str(typed[name]) for name in ("name", "path", "role", "text") if typed.get(name)), "")
    where = f" to {about.entity.name}" if about.entity is not None else ""
    return _edit(
        request, look, blueprint, about, seen=seen if gone is None else blueprint.version, typed=typed, item_id="",
        change=forms.addition_of(kind, entity_id, typed, again=gone),
        told=f"Added the {items.KINDS[kind].word} {called[:80]}{where}",
    )  # fmt: skip


@login_required
@require_POST
def removals(request: HttpRequest, slug: str, item_id: str) -> HttpResponse:
    """Take an item out of the plan, with what makes no sense without it."""
    look = looking(request, slug, role="editor")
    blueprint = services.ensure_blueprint(project=look.project)
    seen = _seen(request, blueprint)
    before = store.document_at(blueprint, seen)
    about = forms.subject(before, item_id)
    if not forms.removable(about):
        raise InvalidInput("This is part of every plan: it can be changed, not removed.")
    return _edit(
        request, look, blueprint, about, seen=seen, typed=None, item_id=item_id,
        change=lambda document: items.remove(document, item_id), told=f"Removed {_label(about, item_id)}",
    )  # fmt: skip


@login_required
@require_POST
def unlockings(request: HttpRequest, slug: str, item_id: str) -> HttpResponse:
    """Let the Architect change an item again, or one field of it."""
    look = looking(request, slug, role="editor")
    blueprint = services.ensure_blueprint(project=look.project)
    before = blueprint.version
    field = request.POST.get("field", "")
    edited = edits.unlock(blueprint=blueprint, item_id=item_id, field=field, by=request.user)
    return _done(request, look, before, edited, "Unlocked: the Architect may change it")


# What the four have in common


def _edit(
    request: HttpRequest,
    look: Look,
    blueprint: Blueprint,
    about: Subject,
    *,
    seen: int,
    typed: Mapping[str, Any] | None,
    item_id: str,
    change: Callable[[BlueprintDocument], None],
    told: str,
) -> HttpResponse:
    """Change the plan; or the form again, with what is in the way."""
    before = blueprint.version
    try:
        edited = edits.edit(blueprint=blueprint, seen=seen, change=change, told=told, by=request.user)
    except Refused as refused:
        form = forms.show(about, item_id=item_id, version=seen, typed=typed, errors=refused.errors)
        return _ask(request, look, form)
    except edits.EditClash as clash:
        return _ask(request, look, _clashing(clash, about, item_id, typed, seen))
    return _done(request, look, before, edited, told)


def _clashing(
    clash: edits.EditClash, about: Subject, item_id: str, typed: Mapping[str, Any] | None, seen: int
) -> Form:
    """Hers and theirs side by side, ready to be sent on top of what stands now."""
    if item_id not in FRAMES and not items.holds(clash.now, item_id):
        return replace(forms.show(about, item_id=item_id, version=seen, typed=typed), gone=True)
    # To remove what somebody changed meanwhile, one looks at it first.
    document = clash.met if typed is not None else clash.now
    form = forms.show(forms.subject(document, item_id), item_id=item_id, version=clash.version)
    if typed is None:
        return replace(form, problem="Somebody changed this meanwhile. Remove it all the same?")
    return forms.with_clashes(form, clash.clashes, clash.now)


def _ask(request: HttpRequest, look: Look, form: Form) -> HttpResponse:
    """Inside the plan for HTMX, else as a page of its own."""
    action = (
        reverse("plan-item", args=[look.project.slug, form.item])
        if form.item and not form.gone
        else reverse("plan-addition", args=[look.project.slug, form.kind])
    )
    template = FORM if request.htmx else PAGE  # type: ignore[attr-defined]
    return render(request, template, {"form": form, "project": look.project, "action": action})


def _done(request: HttpRequest, look: Look, before: int, edited: Blueprint, told: str) -> HttpResponse:
    answer = show(request, look, "blueprint", "conversation")
    if edited.version == before:
        return answer
    undo = reverse("plan-restorations", args=[look.project.slug, edited.version - 1])
    return trigger_toast(answer, title=told, undo=f"{undo}?from={edited.version}")


def _standing(project: Project) -> tuple[int, BlueprintDocument]:
    """The plan as it stands, and its version; an empty one where nothing was said yet."""
    blueprint = services.current_blueprint(project)
    if blueprint is None:
        return 0, store.begun(project, project.name)
    return blueprint.version, blueprint.document


def _seen(request: HttpRequest, blueprint: Blueprint) -> int:
    """The version the form was made from. Raises NotFound for one there never was."""
    sent = request.POST.get("version", "")
    if not sent.isdecimal() or len(sent) > 9 or int(sent) > blueprint.version:
        raise NotFound("This form is out of date. Open it again.")
    return int(sent)


def _label(about: Subject, item_id: str) -> str:
    return f"the {FRAMES[item_id]}" if item_id in FRAMES else items.label(about.document, item_id)
