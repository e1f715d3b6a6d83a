"""How a record's form looks: the right control for each kind of value."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models

CLASSES = (
    (forms.CheckboxSelectMultiple, ""),
    (forms.CheckboxInput, "box"),
    (forms.Select, "select"),
    (forms.Textarea, "textarea"),
    (forms.Widget, "input"),
)


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class DateTimeInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%H:%M")


CONTROLS = {
    models.DateField: DateInput,
    models.DateTimeField: DateTimeInput,
    models.TimeField: TimeInput,
    models.ManyToManyField: forms.CheckboxSelectMultiple,
}


def control(field: models.Field, **kwargs: Any) -> forms.Field | None:
    """The form field of a model field, with this app's own controls."""
    widget = CONTROLS.get(type(field))
    return field.formfield(**({"widget": widget} if widget else {}) | kwargs)


class StyledForm:
    """Beside a Django form: its controls get the classes of the style sheet."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            style = next(style for kind, style in CLASSES if isinstance(field.widget, kind))
            field.widget.attrs.setdefault("class", style)
            field.error_messages["required"] = (
                "Please choose one."
                if isinstance(field, forms.ChoiceField)
                else "Please fill this in."
            )
            if isinstance(field, forms.ModelMultipleChoiceField):
                continue
            blank = "Choose one" if field.required else "None"
            if isinstance(field, forms.ModelChoiceField):
                field.empty_label = blank
            elif isinstance(field, forms.ChoiceField):
                field.choices = [
                    (value, label if value else blank) for value, label in field.choices
                ]


class RecordForm(StyledForm, forms.ModelForm):
    class Meta:
        formfield_callback = control
