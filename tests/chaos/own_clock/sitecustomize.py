# ruff: noqa: INP001 (found by its folder, of no package)
"""On the Python path of a worker whose clock is moved: its clock is loaded by now and stays with what it forks.

The programs it starts keep the machine's time: git, for one, does not start with the library in a process
namespace of its own.
"""

import os

os.environ.pop("LD_PRELOAD", None)
