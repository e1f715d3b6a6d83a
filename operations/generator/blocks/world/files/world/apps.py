from django.apps import AppConfig


class WorldConfig(AppConfig):
    name = "world"
    verbose_name = "World"
    default_auto_field = "django.db.models.BigAutoField"
