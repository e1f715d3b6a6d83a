"""Form fields drawn with this app's own templates."""

from django.forms.renderers import TemplatesSetting


class AppFormRenderer(TemplatesSetting):
    field_template_name = "forms/field.html"
