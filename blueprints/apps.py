from django.apps import AppConfig


class BlueprintsConfig(AppConfig):
    name = "blueprints"
    verbose_name = "Blueprints"

    def ready(self) -> None:
        from blueprints.panes import register_panes

        register_panes()
