from django.apps import AppConfig


class BlueprintsConfig(AppConfig):
    name = "blueprints"
    verbose_name = "Blueprints"

    def ready(self) -> None:
        from blueprints import checks  # noqa: F401  (registers them)
        from blueprints.panes import register_panes

        register_panes()
