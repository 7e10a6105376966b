"""Our work beside that of PyTorch, timm and stable-pretraining, in turns on the same cores: how many times as quick.

python -m benchmarks.peers.side_by_side --peer_python=peers/bin/python                      # a venv with torch and timm
python -m benchmarks.peers.side_by_side --peer=stable_pretraining --peer_python=...  # see `stable_pretraining_work`
python -m benchmarks.peers.side_by_side --peer_python=... --work=simclr_resnet18 --cores=0 --rounds=9

Two processes are started and warmed up; then each in turn does a few steps while the other waits, round after round, so
that what else the machine does falls on both. Nothing is installed, and what a side cannot do is said and skipped.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import numpy as np
from absl import flags

from benchmarks.tables import markdown
from launch import command

WORK = {
    "simclr_resnet18": {"batch": 64, "size": 32},
    "pretrain_resnet18": {"batch": 64, "size": 32},
    "simclr_vit_cifar": {"batch": 64, "size": 32},
    "pretrain_vit_cifar": {"batch": 64, "size": 32},
    "mae_vit_tiny": {"batch": 16, "size": 224},
    "inference_resnet18": {"batch": 16, "size": 224},
    "inference_vit_small": {"batch": 16, "size": 224},
    **{f"views_{kind}": {"batch": 32, "size": 224} for kind in ("pil", "tensor", "albumentations", "kornia")},
    "folder_resnet18": {"batch": 32, "size": 224},
}
"""See the two sides: "simclr" and "mae" are of pictures as they are, "pretrain" is SimCLR with its views."""
ROOT = Path(__file__).parents[2]


class Side:
    """A process that works when it is told to."""

    def __init__(self, call: list[str], cores: str) -> None:
        pinned = ["taskset", "-c", cores, *call] if cores else call
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self.complaints = TemporaryFile("w+")  # noqa: SIM115, it ends with the side, and a pipe would fill
        self.process = subprocess.Popen(
            pinned, cwd=ROOT, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self.complaints,
        )  # fmt: skip
        self.who = self._answer().get("ready", "")

    def _answer(self) -> dict[str, Any]:
        line = self.process.stdout.readline()
        return json.loads(line) if line else {}

    def work(self, steps: int) -> list[float]:
        """Seconds of each of so many steps."""
        self.process.stdin.write(f"{steps}\n")
        self.process.stdin.flush()
        return self._answer()["seconds"]

    def end(self) -> str:
        """Stop, and tell the last line of what it complained of."""
        self.process.stdin.close()
        self.process.wait()
        self.complaints.seek(0)
        complaints = self.complaints.read().strip().splitlines()
        return complaints[-1] if complaints else ""


def compare(work: str, peer_python: str, cores: str, rounds: int, steps: int) -> dict[str, Any]:
    """Medians over rounds of the medians of their steps, in seconds."""
    threads = len(cores.split(",")) if cores else os.cpu_count()
    options = [work, *(f"--{key}={value}" for key, value in WORK[work].items()), f"--pictures={PICTURES.value}"]
    ours = Side([sys.executable, "-m", "benchmarks.peers.jssl_work", *options], cores)
    theirs = Side([peer_python, "-m", f"benchmarks.peers.{PEER.value}_work", *options, f"--threads={threads}"], cores)
    if not (ours.who and theirs.who):
        return {"work": work, "why": "; ".join(side.end() for side in (ours, theirs) if not side.who)}
    found = [(np.median(ours.work(steps)), np.median(theirs.work(steps))) for _ in range(rounds)]
    for side in (ours, theirs):
        side.end()
    mine, other = (float(np.median(column)) for column in zip(*found, strict=True))
    ratios = [b / a for a, b in found]
    spread = [float(x) for x in np.percentile(ratios, (25, 75))]
    return {
        "work": work,
        "peer": theirs.who,
        "ours": mine,
        "theirs": other,
        "ratio": float(np.median(ratios)),
        "of": spread,
    }


def main() -> None:
    """Print the table."""
    lines = [["work", "peer", "jssl, ms", "peer, ms", "times as quick", "middle half of the rounds"], ["---"] * 6]
    for work in ONLY.value or WORK:
        if work.startswith("folder") and not PICTURES.value:
            print(f"{work}: skipped: no --pictures")
            continue
        found = compare(work, PYTHON.value, CORES.value, ROUNDS.value, STEPS.value)
        if "why" in found:
            print(f"{work}: skipped: {found['why']}", flush=True)
            continue
        low, high = found["of"]
        lines.append([
            work, found["peer"], f"{1e3 * found['ours']:.0f}", f"{1e3 * found['theirs']:.0f}",
            f"{found['ratio']:.2f}", f"{low:.2f} to {high:.2f}",
        ])  # fmt: skip
        print(json.dumps({"benchmark": "side by side", **WORK[work], **found}), flush=True)
    print(markdown(lines))


if __name__ == "__main__":
    PEER = flags.DEFINE_enum("peer", "torch", ["torch", "stable_pretraining"], "Beside whom.")
    PYTHON = flags.DEFINE_string("peer_python", sys.executable, "A Python that has what the peer needs.")
    ONLY = flags.DEFINE_list("work", [], f"Some of {', '.join(WORK)}.")
    CORES = flags.DEFINE_string("cores", "", "Cores that both sides share, such as 0 or 0,1; all by default.")
    PICTURES = flags.DEFINE_string("pictures", "", "A folder of classes' folders of JPEGs, which are embedded.")
    ROUNDS = flags.DEFINE_integer("rounds", 7, "Turns of each side.")
    STEPS = flags.DEFINE_integer("steps", 3, "In each turn.")
    command.run(main)
