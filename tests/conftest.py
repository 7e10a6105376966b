"""Every test runs on eight virtual CPU devices, with JAX at its strictest."""

import os
import re

# XLA sizes its thread pool by this; with fewer threads than devices a collective can wait for ever.
os.environ["NPROC"] = "64"
os.environ.setdefault("JAX_PLATFORMS", "cpu")
# Most of the suite's time is compilation, of programs that run for milliseconds. No optimisation makes it three times
# quicker; the fusion emitters that XLA's CPU backend had before its MLIR ones, three times again.
os.environ["XLA_FLAGS"] = (
    f"{os.environ.get('XLA_FLAGS', '')} --xla_backend_optimization_level=0"
    " --xla_backend_extra_options=xla_cpu_disable_new_fusion_emitters"
)

import jax
import numpy as np
import pytest

jax.config.update("jax_num_cpu_devices", 8)
jax.config.update("jax_numpy_rank_promotion", "raise")


@pytest.hookimpl(optionalhook=True)  # xdist is not needed to run the tests
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """What shares fixtures or compiled steps runs in one process: a file, and of the conformance suite a method."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFileOrMethod(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file, _, test = nodeid.partition("::")
            return re.split(r"[-\[]", test)[-1] if file == "tests/test_methods.py" else file  # "...[jit on 8-simclr]"

    return ByFileOrMethod(config, log)


@pytest.fixture
def rng() -> np.random.Generator:
    """A seeded generator."""
    return np.random.default_rng(0)
