"""Noisy-student rounds by a config, or what is left of them; prints a line a round and writes their report.

python -m launch.selftrain --config=configs/noisy_student_mnist5k.py --workdir=runs/noisy_student_mnist5k

Exit status: as launch.pretrain.
"""

import os

from absl import flags

from . import command

CONFIG = command.define_config("Config file with rounds, see configs/noisy_student_*.py.")
WORKDIR = command.define_workdir("Folder of the rounds.")
DISTRIBUTED = flags.DEFINE_bool("distributed", False, "Join a run of many processes (SLURM, TPU pods, Open MPI).")


def main() -> None:
    """Train, label, select, train again; report."""
    if DISTRIBUTED.value or "JSSL_PROCESSES" in os.environ:
        command.join()

    import jax

    from jssl.report.rounds import write_rounds
    from jssl.selftrain.rounds import self_train

    manifests = self_train(CONFIG.value, WORKDIR.value)
    if jax.process_index() > 0:
        return
    for done in manifests:
        text = f"round {done['round']}: accuracy {100 * done['accuracy']:.1f} %"
        if "kept" in done:
            kept, right = 100 * done["kept"], 100 * done["pseudo_accuracy"]
            text += f"; {kept:.1f} % of the pool kept, {right:.1f} % of that labelled right"
        print(text)
    print(f"report: {write_rounds(WORKDIR.value)}")


if __name__ == "__main__":
    command.run(main)
