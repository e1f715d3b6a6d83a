from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "operations"
    verbose_name = "Operations"

    def ready(self) -> None:
        from blueprints.signals import build_requested, model_called
        from operations import counters, workflows  # noqa: F401  (registers them)
        from operations.panes import register_panes
        from operations.services import build_as_requested
        from studio.runtime import preparation

        register_panes()
        preparation.register(preparation.Step("Python packages of the apps", _install_packages_of_apps))
        build_requested.connect(build_as_requested, dispatch_uid="operations.build_as_requested")
        model_called.connect(counters.count_model_call, dispatch_uid="operations.count_model_call")


def _install_packages_of_apps() -> None:
    """So that the first project need not wait for a package index."""
    from environments.adapters.python_runtime import python_runtime
    from operations.generator.render import REQUIREMENTS_LOCK

    python_runtime(REQUIREMENTS_LOCK)
