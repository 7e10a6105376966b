"""Compiled programs are kept, so that what was started before, or goes on after a stop, compiles nothing."""

import hashlib
import importlib.util
import platform
from collections.abc import MutableMapping
from pathlib import Path

WORTH = 0.1
"""Seconds of compiling from which on a program is kept."""
LARGEST = 2 << 30
"""Bytes of the folder, from which on what was not used for longest goes."""


def keep_programs(environment: MutableMapping[str, str]) -> None:
    """Tell JAX, before it is imported, to keep programs in a folder of the user's, unless it has been told already.

    `JAX_COMPILATION_CACHE_DIR` names another folder, and `JAX_ENABLE_COMPILATION_CACHE=false` keeps none.
    """
    if "JAX_COMPILATION_CACHE_DIR" in environment:
        return
    cache = Path(environment.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    folder = cache / "jssl" / f"programs-{_processor()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:  # a home that cannot be written to keeps nothing
        return
    environment["JAX_COMPILATION_CACHE_DIR"] = str(folder)
    environment.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", str(WORTH))
    if importlib.util.find_spec("filelock"):  # without it JAX cannot count what is there
        environment.setdefault("JAX_COMPILATION_CACHE_MAX_SIZE", str(LARGEST))


def _processor() -> str:
    """What tells processors apart whose programs differ, which JAX's own key does not: homes may be shared."""
    told = f"{platform.machine()} {platform.processor()}"
    about = Path("/proc/cpuinfo")
    if about.is_file():
        told = next((line for line in about.read_text().splitlines() if line.startswith(("flags", "Features"))), told)
    return hashlib.sha256(told.encode()).hexdigest()[:8]
