"""Write the report of a run, or of self-training's rounds, again, from what its folder holds.

python -m launch.report --workdir=runs/demo
"""

from pathlib import Path

from absl import flags

from launch import command

WORKDIR = flags.DEFINE_string("workdir", None, "Folder of the run or the rounds.", required=True)


def main() -> None:
    """Write the page."""
    from jssl.report.page import write_report
    from jssl.report.rounds import write_rounds

    workdir = Path(WORKDIR.value).expanduser()
    write = write_rounds if (workdir / "round_0").exists() else write_report
    print(f"report: {write(workdir)}")


if __name__ == "__main__":
    command.run(main)
