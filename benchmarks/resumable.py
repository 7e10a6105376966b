"""Measurements that are kept line by line: what is finished is never run again, and a kill costs one of them."""

import json
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any

Row = dict[str, Any]


def finished(path: Path) -> list[Row]:
    """The rows of a results file; a last line that was cut off does not count."""
    rows = []
    for line in path.read_text().splitlines() if path.exists() else ():
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return rows


def measure(
    path: Path, jobs: Mapping[tuple[Any, ...], tuple[Any, ...]], names: tuple[str, ...], score: Callable[..., Row],
    *, workers: int = 1,
) -> tuple[list[Row], bool]:  # fmt: skip
    """Run the jobs whose rows a results file lacks, each in a process of its own, and append each row as it comes.

    Args:
        path: one JSON object a line.
        jobs: what tells a row from all others -> the arguments of `score`.
        names: the keys of a row that hold what tells it apart.
        score: arguments -> row; importable, and the row holds `names`.
        workers: jobs at a time.

    Returns:
        The rows of all jobs, in the order of the jobs, and whether none failed.
    """
    path.parent.mkdir(exist_ok=True)

    def known() -> dict[tuple[Any, ...], Row]:
        return {tuple(row[name] for name in names): row for row in finished(path) if set(names) <= set(row)}

    todo = {key: arguments for key, arguments in jobs.items() if key not in known()}
    print(f"{len(jobs) - len(todo)} of {len(jobs)} are finished")
    # A process for each: its CPU time is the run's, and its memory goes with it.
    with ProcessPoolExecutor(workers, get_context("spawn"), max_tasks_per_child=1) as pool:
        running = {pool.submit(score, *arguments): key for key, arguments in todo.items()}
        for done in as_completed(running):
            if done.exception():  # one failure does not cost the others their runs
                print(f"{running[done]} failed: {done.exception()!r}", file=sys.stderr, flush=True)
                continue
            with path.open("a") as file:
                file.write(json.dumps(done.result()) + "\n")
            print(json.dumps(done.result()), flush=True)
    rows = known()
    return [rows[key] for key in jobs if key in rows], not any(done.exception() for done in running)
