"""Noisy-student rounds by a config, or what is left of them; prints a line a round.

python -m launch.selftrain --config=configs/noisy_student_mnist5k.py --workdir=runs/noisy_student_mnist5k
"""

from absl import flags
from ml_collections import config_flags

from launch import command

CONFIG = config_flags.DEFINE_config_file("config", None, "Config file with rounds, see configs/noisy_student_*.py.")
WORKDIR = flags.DEFINE_string("workdir", None, "Folder of the rounds.")
flags.mark_flags_as_required(["config", "workdir"])


def main() -> None:
    """Train, label, select, train again."""
    from jssl.selftrain.rounds import self_train

    for done in self_train(CONFIG.value, WORKDIR.value):
        text = f"round {done['round']}: accuracy {100 * done['accuracy']:.1f} %"
        if "kept" in done:
            kept, right = 100 * done["kept"], 100 * done["pseudo_accuracy"]
            text += f"; {kept:.1f} % of the pool kept, {right:.1f} % of that labelled right"
        print(text)


if __name__ == "__main__":
    command.run(main)
