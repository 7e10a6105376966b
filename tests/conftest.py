"""Every test runs on eight virtual CPU devices, with JAX at its strictest."""

import gc
import os
import re
from collections.abc import Iterator
from pathlib import Path

# XLA sizes its thread pool by this; with fewer threads than devices a collective can wait for ever.
os.environ["NPROC"] = "64"
os.environ.setdefault("JAX_PLATFORMS", "cpu")
# Most of the suite's time is compilation, of programs that run for milliseconds. No optimisation makes it three times
# quicker; the fusion emitters that XLA's CPU backend had before its MLIR ones, three times again.
os.environ["XLA_FLAGS"] = (
    f"{os.environ.get('XLA_FLAGS', '')} --xla_backend_optimization_level=0"
    " --xla_backend_extra_options=xla_cpu_disable_new_fusion_emitters"
)
# What runs here, and the commands that it starts, find nothing that an earlier run has left.
os.environ.setdefault("JAX_ENABLE_COMPILATION_CACHE", "false")

import jax
import numpy as np
import pytest

MANY_MAPS = 20_000
"""Of the 65,530 that Linux gives a process by default; every compiled program takes some."""

jax.config.update("jax_num_cpu_devices", 8)
jax.config.update("jax_numpy_rank_promotion", "raise")


def scope(nodeid: str) -> str:
    """What shares fixtures or compiled steps: a file, and of the conformance suite a method."""
    file, _, test = nodeid.partition("::")
    return re.split(r"[-\[]", test)[-1] if file == "tests/test_methods.py" else file  # "...[jit on 8-simclr]"


@pytest.hookimpl(optionalhook=True)  # xdist is not needed to run the tests
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """A scope runs in one process."""
    from xdist.scheduler import LoadScopeScheduling

    class ByScope(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return scope(nodeid)

    return ByScope(config, log)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Give back what the programs of finished scopes hold: XLA ends a process that runs out of memory maps."""
    if nextitem is None or scope(item.nodeid) == scope(nextitem.nodeid) or memory_maps() < MANY_MAPS:
        return
    for value in vars(item.module).values():
        if hasattr(value, "cache_clear"):
            value.cache_clear()
    jax.clear_caches()
    gc.collect()


def memory_maps() -> int:
    """Of this process; 0 where that cannot be told."""
    maps = Path("/proc/self/maps")
    return len(maps.read_bytes().splitlines()) if maps.exists() else 0


@pytest.fixture(scope="session", autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What is remembered of folders stays out of the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def rng() -> np.random.Generator:
    """A seeded generator."""
    return np.random.default_rng(0)
