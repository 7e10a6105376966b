"""Pretrain by a config, or go on with an interrupted run; then evaluate it and write its report.

python -m launch.pretrain --config=configs/simclr_mnist5k.py --workdir=runs/demo --config.epochs=20

Exit status: 0 done, 75 told to stop (the state is saved: start again), 2 refused, 1 failed.
"""

import os

from absl import flags

from . import command

CONFIG = command.define_config()
WORKDIR = command.define_workdir()
ASSESS = flags.DEFINE_bool("assess", True, "Evaluate the run and write its report at the end.")
DISTRIBUTED = flags.DEFINE_bool("distributed", False, "Join a run of many processes (SLURM, TPU pods, Open MPI).")


def main() -> None:
    """Pretrain, evaluate, report."""
    if DISTRIBUTED.value or "JSSL_PROCESSES" in os.environ:
        command.join()

    from jssl.errors import ConfigError
    from jssl.protocols.frozen import assess
    from jssl.run.config import open_split
    from jssl.run.train import fit

    data = CONFIG.value.data
    if ASSESS.value and data.test:  # refused now, and not after the training
        if data.test == data.train:
            raise ConfigError(
                f"config.data.test={data.test!r} is what is trained on, which scores itself: name another split, or "
                '"" for none'
            )
        open_split(CONFIG.value, data.test)
    fit(CONFIG.value, WORKDIR.value)
    if ASSESS.value:
        assess(WORKDIR.value)


if __name__ == "__main__":
    command.run(main)
