"""What the suite needs of the machine beside Python packages: a browser and a sandbox.

Run by `make test`. As root on Debian it installs what is missing; elsewhere it says what to do.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from studio.runtime import binaries


def main() -> None:
    if binaries.chromium() is None and not _playwright_installs_chromium():
        apt_install("chromium")
    if binaries.chromium() is None:
        raise SystemExit("The browser tests need Chromium: install chromium or google-chrome.")
    if sys.platform == "linux" and shutil.which("bwrap") is None:
        apt_install("bubblewrap")
        if shutil.which("bwrap") is None:
            raise SystemExit(
                "The sandbox tests need bubblewrap: apt-get install bubblewrap, dnf install bubblewrap, …"
            )


def _playwright_installs_chromium() -> bool:
    print("No Chromium found; trying playwright install chromium …", flush=True)
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    try:
        return subprocess.run(command, timeout=300, capture_output=True, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def apt_install(package: str) -> None:
    """On Debian as root; elsewhere nothing happens, and the caller finds out."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    print(f"Installing {package} with apt-get …", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", package],
    ):
        subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)


if __name__ == "__main__":
    main()
