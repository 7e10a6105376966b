"""Run a config that has a paper, measure it as the paper did, and print measured beside reported.

python -m launch.reproduce --config=configs/simclr_imagenet.py --workdir=runs/simclr_imagenet
python -m launch.reproduce --config=configs/simclr_imagenet.py --dry-run --chips=v5e:256

A finished --workdir is measured and not run again. Every number stands beside what was measured by its own protocol, or
beside "not measured", with every setting that is known to differ; a line for each is appended to --results. `--dry-run`
prints steps, time by the peak of the chips, disk and what data is missing, and runs nothing.
"""

from pathlib import Path

from absl import flags

from . import command

CONFIG = command.define_config()
WORKDIR = flags.DEFINE_string("workdir", "", "Folder of the run.")
RESULTS = flags.DEFINE_string("results", "reproduced.jsonl", "File that a line for each number is appended to.")
DRY_RUN = flags.DEFINE_bool("dry-run", False, "Print the plan, and run nothing.")
CHIPS = flags.DEFINE_string("chips", "v5e:8", "Of the dry run: v4, v5e, v5p, v6e, a100, h100 or h200, and how many.")
UTILISATION = flags.DEFINE_float("utilisation", 0.4, "Of the dry run: share of the chips' peak that is assumed.")


def main() -> None:
    """Reproduce."""
    from jssl.errors import ConfigError
    from jssl.protocols.reproduce import changed, check, reproduce, table
    from jssl.run.paper import elsewhere

    numbers = check(CONFIG.value)
    if DRY_RUN.value:
        from jssl.protocols import dry_run

        for number in numbers:
            print(f"{number.name}: {number.said} by {number.by or 'the paper'}")
            print("".join(f"  differs   {line}\n" for line in elsewhere(number, CONFIG.value)), end="")
        for line in [*CONFIG.value.paper.get("differences", ()), *changed(CONFIG.value, command.original())]:
            print(f"differs     {line}")
        print(dry_run.table(dry_run.dry_run(CONFIG.value, CHIPS.value, UTILISATION.value)))
        return
    if not WORKDIR.value:
        raise ConfigError("--workdir must name the folder of the run")
    rows = reproduce(CONFIG.value, command.original(), WORKDIR.value, Path(RESULTS.value))
    print(table(CONFIG.value, rows))
    print(f"appended to {RESULTS.value}")


if __name__ == "__main__":
    command.run(main)
