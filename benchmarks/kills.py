"""Kill a run again and again, at random moments, and see whether it ends as one that was never touched.

python -m benchmarks.kills --kills=100
python -m benchmarks.kills --kills=100 --config.epochs=30 --noassess
python -m benchmarks.kills --config=configs/simclr_mnist5k.py --config.epochs=5 --config.checkpoint.every="20 steps"

Prints how often it was killed in which phase of its life (starting, training, assessing), and whether every array of
the last state has the same checksum. Status 1 where one has not.
"""

import argparse
import collections
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from jssl.run.checkpoint import SUMS, saved_steps

TINY = "tests/tiny_config.py"


def main() -> int:
    """Kill, start again, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", default=TINY)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    arguments, overrides = parser.parse_known_args()
    overrides = overrides or ["--config.epochs=100"] * (arguments.config == TINY)
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole"
        for workdir in (Path(folder) / "first", whole):  # the first compiles, and the others find its programs
            begun = time.monotonic()
            if start(workdir, arguments.config, *overrides).wait():
                raise SystemExit(f"{arguments.config} does not run to its end untouched")
        lasts = time.monotonic() - begun
        found, runs, wrong = collections.Counter(), 0, 0
        draw = random.Random(arguments.seed)
        while sum(found.values()) < arguments.kills:
            runs += 1
            killed = Path(folder) / f"killed_{runs}"
            while True:
                process = start(killed, arguments.config, *overrides)
                try:
                    ended = process.wait(draw.uniform(0.1, 1.1) * lasts)
                except subprocess.TimeoutExpired:
                    found[phase(killed)] += 1
                    process.kill()
                    process.wait()
                    continue
                if ended:
                    raise SystemExit(f"a run that was killed does not go on: {killed}")
                break
            wrong += last(whole) != last(killed)
            phases = ", ".join(f"{number} {name}" for name, number in sorted(found.items()))
            print(f"{runs} runs, killed {sum(found.values())} times ({phases}): {wrong} ended otherwise", flush=True)
    return int(wrong > 0)


def start(workdir: Path, config: str, *overrides: str) -> subprocess.Popen:
    """The run, its words thrown away."""
    command = [sys.executable, "-m", "launch.pretrain", f"--config={config}", f"--workdir={workdir}", *overrides]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def phase(workdir: Path) -> str:
    """What a run is at, by what it has written."""
    if not (workdir / "metrics.jsonl").exists():
        return "starting"
    return "training" if last(workdir) is None else "assessing"


def last(workdir: Path) -> dict[str, Any] | None:
    """The checksums of every array of the run's last step; None where it is not there yet."""
    config = json.loads((workdir / "config.json").read_text())
    for step in sorted(saved_steps(workdir / "checkpoints"), reverse=True)[:1]:
        data = json.loads((workdir / "checkpoints" / str(step) / "data" / "metadata").read_text())
        if data["step"] * config["batch_size"] > (config["epochs"] - 1) * data["examples"]:
            return data[SUMS]
    return None


if __name__ == "__main__":
    sys.exit(main())
