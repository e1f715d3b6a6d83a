"""The form below a record: as few questions as there can be."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms import modelform_factory

from records.form import RecordForm
from social.parts import Part

STARS = [(5, "★★★★★ Excellent"), (4, "★★★★ Good"), (3, "★★★ Fair"), (2, "★★ Poor"), (1, "★ Bad")]


def form_of(part: Part, user: Any, data: Any = None) -> forms.ModelForm:
    """For `user`: somebody who is signed in is not asked who it is."""
    known = user.is_authenticated or not part.author
    names = part.asked if known else (part.author, *part.asked)
    form = modelform_factory(part.model, form=RecordForm, fields=names)(data)
    form.auto_id = f"{part.model._meta.model_name}_%s"
    if not known:
        form.fields[part.author].label = "Your name"
    if part.rating:
        form.fields[part.rating] = forms.TypedChoiceField(
            choices=[("", "Choose one"), *STARS],
            coerce=int,
            label="Your rating",
            widget=forms.Select(attrs={"class": "select"}),
            error_messages={"required": "Please choose one."},
        )
    if part.text:
        form.fields[part.text].label = f"Your {part.model._meta.verbose_name}"
        form.fields[part.text].widget.attrs |= {"rows": 3}
    return form
