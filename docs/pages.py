"""Pages that the site makes of the code: one a method, the commands, the guide for contributors."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import mkdocs_gen_files

ROOT = Path(__file__).parents[1]
REPOSITORY_FILE = re.compile(r"\]\((?!https?:|#)(?:docs/)?([^)]+)\)")
MEASURED = ("results.md", "senses.md")


def docstring(path: Path) -> str:
    """Of a module, without importing it."""
    return ast.get_docstring(ast.parse(path.read_text())) or ""


def index() -> Iterator[tuple[str, str]]:
    """The methods' names, and the modules they stand in."""
    tree = ast.parse((ROOT / "jssl/methods/__init__.py").read_text())
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((alias.name, node.module) for alias in node.names)


def configs(method: str) -> list[Path]:
    """The configs that name it."""
    naming = re.compile(rf'method(?:\.name)?\s*=\s*(?:\{{\s*"name":\s*)?"{method}"')
    return [path for path in sorted((ROOT / "configs").glob("[!_]*_*.py")) if naming.search(path.read_text())]


def rows(method: str) -> Iterator[tuple[str, str, list[str]]]:
    """What was measured of it: file, section, and a table of its head and the rows that begin with the name."""
    for name in MEASURED:
        section, head, found = "", [], []
        for line in [*(ROOT / "docs" / name).read_text().splitlines(), ""]:
            if line.startswith("|") and len(head) < 2:
                head.append(line)
            elif re.match(rf"\|\s*`?{method}(`|_|\s|,)", line):
                found.append(line)
            elif not line.startswith("|"):
                if found:
                    yield name, section, [*head, *found]
                head, found = [], []
                section = line.removeprefix("## ") if line.startswith("## ") else section


def write(path: str, text: str) -> None:
    """One page."""
    with mkdocs_gen_files.open(path, "w") as page:
        page.write(text)


def method_page(name: str, module: str) -> str:
    """Title, docstring and arguments, configs with what they say of themselves, measured rows."""
    path = ROOT / (module.replace(".", "/") + ".py")
    lines = [f"# {docstring(path).splitlines()[0].rstrip('.')}", "", f'`config.method.name = "{name}"`', ""]
    lines += [f"::: {module}.{name}", "    options: {heading_level: 2}", ""]
    if found := list(rows(name)):
        lines += ["## Measured", ""]
        for source, section, table in found:
            anchor = section.lower().replace(",", "").replace(" ", "-")
            lines += [*table, "", f"Data, seeds and command: [{section}](../{source}#{anchor}).", ""]
    lines += ["## Configs", ""]
    for config in configs(name):
        lines += [f"### {config.stem}", "", "```text", docstring(config), "```", ""]
    return "\n".join(lines)


def methods() -> None:
    """A page of each, and a page of all by family."""
    families: dict[str, dict[str, str]] = {}
    navigation = ["* [All](index.md)"]
    for name, module in index():
        write(f"methods/{name}.md", method_page(name, module))
        about = docstring(ROOT / (module.replace(".", "/") + ".py")).splitlines()[0]
        families.setdefault(module.split(".")[2].replace("_", "-"), {})[name] = about
    lines = ["# Methods", ""]
    for family, members in families.items():
        table = [f"| [{name}]({name}.md) | {about} |" for name, about in members.items()]
        lines += [f"## {family}", "", "| `config.method.name` | |", "|---|---|", *table, ""]
        navigation += [f"* {family}", *(f"    * [{name}]({name}.md)" for name in members)]
    write("methods/index.md", "\n".join(lines))
    write("methods/SUMMARY.md", "\n".join(navigation))


def shell() -> None:
    """Every launcher by its docstring."""
    lines = [
        "# From the shell",
        "",
        "Where jssl is installed, `jssl pretrain ...` is `python -m launch.pretrain ...`.",
        "",
    ]
    for path in sorted((ROOT / "launch").glob("*.py")):
        if path.stem not in ("__init__", "__main__", "command"):
            lines += [f"## {path.stem}", "", "```text", docstring(path), "```", ""]
    write("shell.md", "\n".join(lines))


methods()
shell()
write("guides/contributing.md", REPOSITORY_FILE.sub(r"](../\1)", (ROOT / "CONTRIBUTING.md").read_text()))
