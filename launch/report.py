"""Write the report of a run, or of self-training's rounds, again, from what its folder holds.

python -m launch.report --workdir=runs/demo
"""

from pathlib import Path

from . import command

WORKDIR = command.define_workdir("Folder of the run or the rounds.")


def main() -> None:
    """Write the page."""
    from jssl.report.page import write_report
    from jssl.report.rounds import write_rounds
    from jssl.run.lock import only_one
    from jssl.run.workdir import check_run

    workdir = Path(WORKDIR.value).expanduser()
    rounds = (workdir / "round_0").exists()
    if not rounds:
        check_run(workdir)
    with only_one(workdir):
        print(f"report: {(write_rounds if rounds else write_report)(workdir)}")


if __name__ == "__main__":
    command.run(main)
