"""The command `jssl`, as it stands where jssl is installed: `jssl pretrain ...` is `python -m launch.pretrain ...`.

jssl COMMAND --help
"""

import ast
import runpy
import sys
from pathlib import Path

HERE = Path(__file__).parent
NOT_COMMANDS = ("__init__", "__main__", "command")


def main() -> None:
    """Run the launcher that the first word names."""
    commands = sorted(path.stem for path in HERE.glob("*.py") if path.stem not in NOT_COMMANDS)
    name = sys.argv[1] if len(sys.argv) > 1 else "--help"
    if name not in commands:
        asked = name in ("-h", "--help", "help")
        lines = [f"  {each:<10} {_about(each)}" for each in commands]
        print("\n".join(["usage: jssl COMMAND --flag=value ...", *lines]), file=sys.stdout if asked else sys.stderr)
        sys.exit(0 if asked else f"jssl: there is no command {name!r}")
    sys.argv[:2] = [f"jssl {name}"]
    runpy.run_module(f"{__package__}.{name}", run_name="__main__", alter_sys=True)


def _about(command: str) -> str:
    text = ast.get_docstring(ast.parse((HERE / f"{command}.py").read_text())) or ""
    return text.splitlines()[0]


if __name__ == "__main__":
    main()
