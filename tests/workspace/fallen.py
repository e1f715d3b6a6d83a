"""Deployers whose apps have all fallen over, or have just begun, for what the preview says then."""

from __future__ import annotations

from collections.abc import Sequence

from environments.ports import AppRelease, AppStatus


class FallenDeployer:
    def status(self, release: AppRelease) -> AppStatus:
        return AppStatus("backing_off", restarts=3)

    def logs(self, release: AppRelease, *, lines: int = 200) -> Sequence[str]:
        return ["Starting", "ImportError: No module named <records>"]


class FreshDeployer:
    def __init__(self, restarts: int = 0) -> None:
        self.restarts = restarts

    def status(self, release: AppRelease) -> AppStatus:
        return AppStatus("starting", restarts=self.restarts)


class ReturningDeployer(FreshDeployer):
    def __init__(self) -> None:
        super().__init__(restarts=1)
