"""Write a run's report again, from what its folder holds.

python -m launch.report --workdir=runs/demo
"""

from absl import flags

from launch import command

WORKDIR = flags.DEFINE_string("workdir", None, "Folder of the run.", required=True)


def main() -> None:
    """Write the page."""
    from jssl.report.page import write_report

    print(f"report: {write_report(WORKDIR.value)}")


if __name__ == "__main__":
    command.run(main)
