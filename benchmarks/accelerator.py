"""All that an accelerator has to show, in the time that it is there for; asked again, it goes on with what is left.

python benchmarks/accelerator.py --minutes=25 --out=accelerator --cifar10=cifar10.npz
python benchmarks/accelerator.py --minutes=25 --out=accelerator --wheels=wheels    # where packages are missing
python benchmarks/accelerator.py --minutes=4 --out=rehearsal --rehearse            # tiny, on a CPU

In order: the methods' first steps beside the CPU's; the ImageNet configs' steps in bfloat16 with their share of the
chip's peak, beside PyTorch's step of the same network where torch and timm are there; then runs on CIFAR-10, which stop
in time and go on from their checkpoints. Each piece is a process of its own. What is done is written to
OUT/results.jsonl after each piece and is not done again; what would not fit into the time left is not begun.

It needs jax, flax, optax, orbax and absl. ml_collections and others in pure Python may lie as wheels in a folder.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
RESERVE = 20.0
"""Seconds at the end that nothing is planned into: a run that is told to stop saves first."""
CASES = (
    "attention", "simclr", "moco", "npid", "swav", "dino", "mae", "bert", "wav2vec2", "correspondence", "gan",
    "fixmatch",
)  # fmt: skip
"""Of `benchmarks.correctness`."""
IMAGENET = {"simclr": 256, "moco_v2": 256, "byol": 256, "vicreg": 256, "swav": 128, "dino": 128, "mae": 256}
"""Configs -> pictures a step, which fit 80 GiB in bfloat16."""
PEERS = {"simclr_resnet50": (256, 224), "inference_resnet50": (256, 224), "inference_vit_small": (256, 224)}
"""Work of `benchmarks/peers/torch_work.py` -> batch and side of the pictures."""
RUNS = ("simclr", "moco_v2", "barlow_twins", "dino")
"""Configs that are trained on CIFAR-10."""


class Piece(NamedTuple):
    """A process to run."""

    name: str
    seconds: float
    """It is not begun with less time left."""
    call: list[str]
    goes_on: bool = False
    """Whether it stops when it is told to and goes on the next time; else it is ended, and begun again."""


def pieces(rehearse: bool, out: Path, cifar10: str) -> list[Piece]:
    """What there is to do, in its order."""
    py, device = sys.executable, "cpu" if rehearse else "cuda"
    found = [
        Piece(f"correct: {case}", 45, [py, "-m", "benchmarks.correctness", f"--cases={case}"])
        for case in CASES[: 2 if rehearse else None]
    ]
    tiny = ["--steps=2", "--warmup=1"] if rehearse else ["--examples=4096"]
    speed = [py, "-m", "benchmarks.throughput", *tiny]
    if rehearse:
        found.append(Piece("speed: tiny", 30, [*speed, "--config=tests/tiny_config.py"]))
    else:
        for name, batch in IMAGENET.items():
            asked = [f"--config=configs/{name}_imagenet.py", f"--config.batch_size={batch}", "--config.precision=bf16"]
            found.append(Piece(f"speed: {name}", 90, [*speed, *asked]))
    for work, (batch, size) in ({"inference_resnet18": (4, 32)} if rehearse else PEERS).items():
        sized = [f"--batch={batch}", f"--size={size}", f"--device={device}", "--precision=bf16", "--steps=20"]
        found.append(Piece(f"peer: {work}", 40, [py, "-m", "benchmarks.peers.torch_work", work, *sized]))
    for name in ("tiny",) if rehearse else RUNS if cifar10 else ():
        run = [py, "-m", "launch.pretrain", f"--workdir={out.resolve() / name}"]
        own = ["--config=tests/tiny_config.py", "--config.epochs=100"]
        if not rehearse:
            own = [f"--config=configs/{name}_cifar10.py", f"--config.data.name=npz:{Path(cifar10).resolve()}"]
        found.append(Piece(f"run: {name}", 60 if not rehearse else 15, [*run, *own], goes_on=True))
    return found


def do(piece: Piece, seconds: float, environment: dict[str, str]) -> dict[str, object]:
    """Run a piece for at most so long; what its last line of JSON says, its status, and what it complained of."""
    start = time.monotonic()
    process = subprocess.Popen(
        piece.call, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        said, complaints = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGTERM if piece.goes_on else signal.SIGKILL)
        said, complaints = process.communicate()
    found = [line for line in said.splitlines() if line.startswith("{")]
    lines = complaints.strip().splitlines()
    return {
        "piece": piece.name,
        "status": process.returncode,
        "minutes": (time.monotonic() - start) / 60,
        "found": json.loads(found[-1]) if found else None,
        "said": lines[-1] if process.returncode and lines else "",
    }


def told(found: dict[str, object] | None) -> str:
    """A piece's result in a few words."""
    found = found or {}
    if "same" in found:
        return f"{'as' if found['same'] else 'NOT as'} on the CPU, on {found['device']}"
    if "examples_per_second" in found:
        share = f", {found['share_of_peak']:.0%} of the peak" if found["share_of_peak"] else ""
        return f"{found['examples_per_second']:,.0f} examples/s at {found['batch_size']}, on {found['device']}{share}"
    if "seconds" in found:
        return f"{1e3 * sorted(found['seconds'])[len(found['seconds']) // 2]:.1f} ms a step"
    return ""


def main() -> None:
    """Do what fits, then print what there is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=25)
    parser.add_argument("--out", type=Path, default=Path("accelerator"))
    parser.add_argument("--wheels", type=Path, help="a folder of wheels in pure Python, which are imported as they are")
    parser.add_argument("--cifar10", default="", help="an .npz of CIFAR-10, see benchmarks/cifar10.py")
    parser.add_argument("--rehearse", action="store_true", help="tiny sizes, on whatever device there is")
    asked = parser.parse_args()
    end = time.monotonic() + 60 * asked.minutes - RESERVE
    asked.out.mkdir(parents=True, exist_ok=True)
    results = asked.out / "results.jsonl"
    wheels = sorted(map(str, asked.wheels.resolve().glob("*.whl"))) if asked.wheels else []
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *wheels])}
    rows = [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []
    for piece in pieces(asked.rehearse, asked.out, asked.cifar10):
        if any(row["piece"] == piece.name and row["status"] == 0 for row in rows):
            continue
        left = end - time.monotonic()
        if left < piece.seconds:
            print(
                f"{piece.name}: not begun: it may take {piece.seconds:.0f} s, and {max(left, 0):.0f} are left",
                flush=True,
            )
            continue
        rows.append(do(piece, left, environment))
        with results.open("a") as file:
            file.write(json.dumps(rows[-1]) + "\n")
        print(f"{piece.name}: {told(rows[-1]['found']) or rows[-1]['said'] or 'done'}", flush=True)
    print("\n| piece | status | minutes | |\n|---|---|---|---|")
    for row in {row["piece"]: row for row in rows}.values():
        what = {0: "done", 75: "goes on next time", -9: "did not fit"}.get(row["status"], "failed")
        print(f"| {row['piece']} | {what} | {row['minutes']:.1f} | {told(row['found']) or row['said']} |")


if __name__ == "__main__":
    main()
