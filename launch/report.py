"""Write the report of a run, or of self-training's rounds, again; or compare runs, side by side on one page.

python -m launch.report --workdir=runs/demo
python -m launch.report runs/simclr runs/byol runs/vicreg --out=comparison.html
"""

from pathlib import Path

from absl import flags

from . import command

WORKDIR = flags.DEFINE_string("workdir", None, "Folder of the run or the rounds, whose report is written again.")
OUT = flags.DEFINE_string("out", "comparison.html", "The page, of several runs.")


def main(compared: list[str]) -> None:
    """Write the page."""
    from jssl.errors import ConfigError
    from jssl.report.compare import write_comparison
    from jssl.report.page import write_report
    from jssl.report.rounds import write_rounds
    from jssl.run.lock import only_one
    from jssl.run.workdir import check_run

    if len(compared) > 1 and not WORKDIR.value:
        print(f"report: {write_comparison(compared, OUT.value)}")
        return
    given = [*([WORKDIR.value] if WORKDIR.value else []), *compared]
    if len(given) != 1 or not given[0].strip():
        raise ConfigError("--workdir must name the folder of a run; several folders, without --workdir, are compared")
    workdir = Path(given[0]).expanduser()
    rounds = (workdir / "round_0").exists()
    if not rounds:
        check_run(workdir)
    with only_one(workdir):
        print(f"report: {(write_rounds if rounds else write_report)(workdir)}")


if __name__ == "__main__":
    command.run(main, takes_rest=True)
