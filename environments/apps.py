from django.apps import AppConfig


class EnvironmentsConfig(AppConfig):
    name = "environments"
    verbose_name = "Environments"

    def ready(self) -> None:
        from environments.panes import register_panes
        from environments.sealed import PURPOSE
        from studio.core import secrets

        secrets.register(PURPOSE)
        register_panes()
