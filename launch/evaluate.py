"""Evaluate a run: weighted kNN and linear probes, beside the untrained encoder and raw pixels; rewrites its report.

python -m launch.evaluate --workdir=runs/demo --checkpoint=best
"""

from absl import flags

from launch import command

WORKDIR = flags.DEFINE_string("workdir", None, "Folder of the run.", required=True)
CHECKPOINT = flags.DEFINE_string("checkpoint", "latest", '"latest", "best" or a step.')


def main() -> None:
    """Evaluate."""
    from jssl.assess import assess

    assess(WORKDIR.value, CHECKPOINT.value)


if __name__ == "__main__":
    command.run(main)
