"""Where metrics go: JSON lines always, TensorBoard and Weights & Biases when they are there, and a progress line."""

import json
import os
import uuid
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any


class Writers:
    """Writes rows of scalars by step. On resume, rows of steps that are run again are dropped first."""

    def __init__(self, workdir: Path, config: Mapping[str, Any], *, resume_step: int = 0) -> None:
        self._path = workdir / "metrics.jsonl"
        self._keep_until(resume_step)
        self._file = self._path.open("a")
        self._board = self._tensorboard(workdir, resume_step)
        self._wandb = self._weights_and_biases(workdir, config)

    def write(self, step: int, row: Mapping[str, float]) -> None:
        """Write one row; `row` may hold `epoch` and `time` (seconds) beside named metrics."""
        self._file.write(json.dumps({"step": step, **row}) + "\n")
        self._file.flush()
        if self._board is not None:
            for name, value in row.items():
                self._board.add_scalar(name, value, step)
        if self._wandb is not None:
            self._wandb.log(dict(row), step=step)

    def close(self) -> None:
        """Flush and close everything."""
        self._file.close()
        if self._board is not None:
            self._board.close()
        if self._wandb is not None:
            self._wandb.finish()

    def _keep_until(self, step: int) -> None:
        if not self._path.exists():
            return
        partial = self._path.with_name(self._path.name + ".partial")
        with partial.open("w") as file:
            file.writelines(json.dumps(row) + "\n" for row in _rows(self._path) if row["step"] <= step)
        partial.replace(self._path)

    @staticmethod
    def _tensorboard(workdir: Path, resume_step: int) -> Any:
        if find_spec("tensorboardX") is None:
            return None
        from tensorboardX import SummaryWriter

        return SummaryWriter(str(workdir / "tensorboard"), purge_step=resume_step or None)

    @staticmethod
    def _weights_and_biases(workdir: Path, config: Mapping[str, Any]) -> Any:
        # Installed is not enough: without an account wandb would stop the run to ask for one.
        if find_spec("wandb") is None or not {"WANDB_API_KEY", "WANDB_MODE"} & set(os.environ):
            return None
        import wandb

        kept = workdir / "wandb_id"  # folders of different runs may have one name, as the students of rounds have
        if not kept.exists():
            kept.write_text(uuid.uuid4().hex)
        return wandb.init(dir=str(workdir), config=dict(config), id=kept.read_text(), name=workdir.name, resume="allow")


def read_metrics(path: Path, most: int = 20_000) -> list[dict[str, Any]]:
    """The rows of a `metrics.jsonl`; lines that are none, as the last one cut short by a kill, are left out.

    Of more than `most` rows with losses, every second, third, ... is read; those of monitors all are.
    """
    with path.open("rb") as file:
        every = 1 + sum(1 for _ in file) // most
    return [row for i, row in enumerate(_rows(path)) if not i % every or any(key.startswith("monitor/") for key in row)]


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            # An earlier version counted images where any input's examples are meant now.
            try:
                row = json.loads(line.replace('"train/images_per_second"', '"train/examples_per_second"'))
            except json.JSONDecodeError:
                continue
            if isinstance(row, dict) and isinstance(row.get("step"), int):
                yield row


class Progress:
    """A progress bar on a terminal, a line now and then in a log file."""

    def __init__(self, total: int, start: int, *, show: bool = True) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        console = Console(quiet=not show)
        self._plain = console if show and not console.is_terminal else None
        columns = (TextColumn("pretrain"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
        self._bar = Progress(*columns, console=console, disable=not console.is_terminal, refresh_per_second=2)
        self._task = self._bar.add_task("", total=total, completed=start)
        self._total, self._next_line = total, start
        self._bar.start()

    def update(self, step: int, text: str) -> None:
        """Show that `step` steps are done, beside a short text."""
        self._bar.update(self._task, completed=step, description=text)
        if self._plain is not None and (step >= self._next_line or step == self._total):
            self._plain.print(f"step {step}/{self._total}  {text}", highlight=False, soft_wrap=True)
            self._next_line = step + max(self._total // 20, 1)

    def say(self, text: str) -> None:
        """Print a line above the bar."""
        self._bar.console.print(text, highlight=False, markup=False, soft_wrap=True)

    def close(self) -> None:
        """Leave the bar as it stands."""
        self._bar.stop()
