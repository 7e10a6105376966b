"""What a user can type and what a disk can hold: one line that says it and status 2. Anyone may add a row."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.made_up_films import write_numbered
from tests.test_local import ROOT

pytestmark = pytest.mark.long

PRETRAIN = "pretrain --config=tests/tiny_config.py --workdir={new}"
FILMS, HEARD, SOUNDS, TEXTS = (
    f"pretrain --config=configs/{name}.py"
    for name in ("frame_order_videos", "correspondence_videos", "byol_a_sounds", "bert_texts")
)
TYPED = {
    # What only the assessment reads is found before the training.
    f"{PRETRAIN} --config.data.test=nosuch": "no split 'nosuch'; it has",
    f"{PRETRAIN} --config.data.train=test": "config.data.test='test' is what is trained on",
    f"{PRETRAIN} --config.evaluate.draws=0": "config.evaluate.draws=0 must be at least 1",
    f"{PRETRAIN} --config.evaluate.k=0": "config.evaluate.k=0 must be at least 1",
    f"{PRETRAIN} --config.evaluate.temperature=0": "config.evaluate.temperature=0.0 must be above 0",
    # Ranges.
    f"{PRETRAIN} --config.epochs=1e30": "more than the 2147483647 of a run",
    f"{PRETRAIN} --config.seed=-1": "config.seed=-1 must be at least 0",
    f"{PRETRAIN} --config.accumulate=0": "config.accumulate=0 must be at least 1",
    f"{PRETRAIN} --config.log_every=0": "config.log_every=0 must be at least 1",
    f"{PRETRAIN} --config.checkpoint.keep=-1": "config.checkpoint.keep=-1 must be at least 1",
    f"{PRETRAIN} --config.data.size=-3": "size=-3 must be at least",
    f"{PRETRAIN} --config.method.temperature=-1": "config.method of simclr: temperature=-1.0 must be above 0",
    f"{PRETRAIN} --config.method.projector=(512,0)": "projector=(512, 0) must be numbers, each at least 1",
    f"{PRETRAIN} --config.encoder.width=0": "config.encoder: width=0 must be at least 1",
    f"{PRETRAIN} --config.augment.crop=(2,5)": "crop=(2, 5) must be numbers",
    f"{PRETRAIN} --config.optimizer.weight_decay=-1": "weight_decay=-1 must be at least 0",
    f"{PRETRAIN} --config.optimizer.clip=0": "clip=0.0 must be above 0 or None",
    f"{PRETRAIN} --config.optimizer.warmup=inf": "'inf' is no duration",
    # Names.
    f"{PRETRAIN} --config.method.nosuch=1": "config.method.nosuch: there is no such key",
    f"{PRETRAIN} --config.data.name=nosuch": "nosuch",
    f"{PRETRAIN} --config.data.name=tfds:mnist:9.9.9": "mnist:9.9.9",
    f"{PRETRAIN} --config.data.train=train[90%:10%]": "holds no example",
    f"{PRETRAIN} --config.start=/nope": "/nope holds no run",
    f"{PRETRAIN} --config.start=timm:/nope.safetensors": "/nope.safetensors: there is no such file",
    f"{PRETRAIN} --config.start=hf:/nope": "/nope/config.json: there is no such file",
    "pretrain --config=/nope.py --workdir={new}": "--config=/nope.py: there is no such file",
    "pretrain --config=README.md --workdir={new}": "README.md is no Python file",
    "pretrain --config={leaves} --workdir={new}": "leaves.py: SystemExit: 0",
    "pretrain --config={half} --workdir={new}": "returns no whole config, without accumulate, augment",
    "pretrain --config=tests/tiny_config.py --workdir=": "--workdir=: it must name a folder",
    "pretrain --config=tests/tiny_config.py --workdir={file}": "cannot hold a run",
    "pretrain --config=tests/tiny_config.py --workdir={new} --distributed": "finds no cluster",
    "pretrain --nosuchflag": "Unknown command line flag 'nosuchflag'",
    "selftrain --config=tests/tiny_config.py --workdir={new}": "config.rounds names no round",
    "reproduce --config=configs/simclr_cifar10.py --workdir={new} --results=/nope/x.jsonl": "cannot be written to",
    "selftrain --config=tests/tiny_rounds.py --workdir={run}": "holds a run: rounds need a --workdir of their own",
    "local --processes=2 -- /nope": "'/nope' is no program",
    # Films, sounds and texts.
    f"{FILMS}:{{senses}}/cut --workdir={{new}}": "a.mp4 (not a film, or cut short)",
    f"{FILMS}:{{senses}}/sounds --workdir={{new}}": "no film in",
    f"{FILMS}:{{senses}}/pipe --workdir={{new}}": "a.mp4: not a regular file",
    f"{HEARD}:{{senses}}/mute --workdir={{new}}": "a.mp4 (no sound track)",
    f"{HEARD}:{{senses}}/silent --workdir={{new}}": "a.mp4 (silent)",
    f"{FILMS}:{{senses}}/mute --workdir={{new}} --config.data.arrays=('pose',)": "a.mp4 (no a.npz beside it)",
    f"{SOUNDS}:{{senses}}/sounds --workdir={{new}}": "empty.wav (empty file)",
    f"{SOUNDS}:{{senses}}/one --workdir={{new}}": "batch_size=16 does not fit a data set of 1 examples",
    f"{SOUNDS}:{{senses}}/pipe --workdir={{new}}": "a.wav: not a regular file",
    f"{TEXTS}:{{senses}}/empty.txt --workdir={{new}}": "empty.txt holds no text",
    f"{TEXTS}:{{senses}}/latin.txt --workdir={{new}}": "latin.txt is not UTF-8 (invalid",
    f"{TEXTS}:{{senses}}/latin --workdir={{new}}": "a.txt (not UTF-8",
    f"{TEXTS}:{{senses}}/marks.tsv --workdir={{new}} --config.data.label_column=nosuch": "no column 'nosuch'; it has",
    f"{TEXTS}:{{senses}}/marks.tsv --workdir={{new}} --config.data.tokenizer={{file}}": "is no tokenizer.json",
    # Of a finished run.
    "pretrain --config=tests/tiny_config.py --workdir={run} --config.method.temperature=0.3": "holds a run of another",
    "evaluate --workdir={run} --checkpoint=7": "holds no checkpoint '7'",
    "evaluate --workdir={new}": "holds no run",
    "sample --workdir={run}": "writes no texts: next_word does",
    "evaluate --workdir=hf:/nope": "is no run and has no data of its own: name some by --data",
    "evaluate --workdir=hf:/nope --protocol=finetune": "hf:/nope is no run",
    "convert --from={run} --to=timm --out={new}": "config.encoder.name='convnet': weights go to and from",
    "convert --from={run} --to=jax --out=/nope/x.jax": "must be a file in a folder that is there",
    "evaluate --workdir={run} --protocol=finetune --batch_size=100000": "batch_size=100000 does not fit a data set",
    "embed --workdir={run} --data=digits --out=": "must be a file ending in .npz",
    "embed --workdir={run} --data=digits --out={new}": "must be a file ending in .npz",
    "embed --workdir={run} --data=digits --out={folder}": "must be a file ending in .npz",
    "embed --workdir={run} --data=digits --out=/nope/x.npz": "in a folder that can be written",
    "embed --workdir={run} --data=npz:{classes} --out={new}.npz": "a label of `labels` is 1099511627776",
    "embed --workdir={run} --data=npz:{pipe} --out={new}.npz": "pipe.npz",
    "embed --workdir={run} --data=folder:{new} --out={new}.npz": "no such folder",
}
DAMAGED = {
    "config.json": "report",
    "data.json": "evaluate",
    "environment.json": "report",
    "results.json": "report",
    "pictures.npz": "report",
    "exhibit.npz": "report",
}
"""A file of a run that holds nothing sensible, and what is asked of it."""


def launch(line: str) -> subprocess.CompletedProcess:
    name, *arguments = line.split()
    command = [sys.executable, "-m", f"launch.{name}", *arguments]
    environment = {**os.environ, "JAX_NUM_CPU_DEVICES": "1"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)


def senses(folder: Path) -> None:
    """Films, sounds and texts that a disk can hold."""
    for name in ("cut", "mute", "silent", "pipe", "sounds", "one", "latin"):
        (folder / name).mkdir(parents=True)
    write_numbered(folder / "mute" / "a.mp4", 40)
    write_numbered(folder / "silent" / "a.mp4", 40, sound=np.zeros(16_000, np.float32), rate=8000)
    whole = (folder / "mute" / "a.mp4").read_bytes()
    (folder / "cut" / "a.mp4").write_bytes(whole[: len(whole) // 2])
    for name in ("a.mp4", "a.wav"):
        os.mkfifo(folder / "pipe" / name)
    (folder / "sounds" / "empty.wav").touch()
    soundfile.write(folder / "one" / "a.wav", np.array([0.25], np.float32), 8000)
    (folder / "empty.txt").write_text("\n")
    for file in ("latin.txt", "latin/a.txt"):
        (folder / file).write_bytes("früh".encode("latin-1"))
    (folder / "marks.tsv").write_text("good\tsome words\nbad\tother words\n")


@pytest.fixture(scope="module")
def places(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("bad")
    (folder / "file").write_text("no folder")
    os.mkfifo(folder / "pipe.npz")
    (folder / "folder.npz").mkdir()
    (folder / "leaves.py").write_text("raise SystemExit(0)")
    half = "from ml_collections import ConfigDict\ndef get_config():\n    return ConfigDict({'seed': 0})"
    (folder / "half.py").write_text(half)
    np.savez(folder / "classes.npz", images=np.zeros((4, 8, 8), np.uint8), labels=np.array([0, 1, 2, 2**40]))
    senses(folder / "senses")
    done = launch(f"pretrain --config=tests/tiny_config.py --workdir={folder / 'run'}")
    assert done.returncode == 0, done.stderr
    names = {"pipe": "pipe.npz", "classes": "classes.npz", "folder": "folder.npz"}
    names |= {"leaves": "leaves.py", "half": "half.py"}
    return {key: folder / names.get(key, key) for key in ("run", "file", "senses", *names)}


def refused(done: subprocess.CompletedProcess) -> str:
    lines = [line for line in done.stderr.splitlines() if line and "WARNING" not in line]
    assert done.returncode == 2 and "Traceback" not in done.stderr and len(lines) <= 2, done.stderr
    return lines[-1]


@pytest.mark.parametrize("line", TYPED)
def test_what_is_typed_is_answered_in_a_line(line, places, tmp_path) -> None:
    said = refused(launch(line.format(new=tmp_path / "new", **places)))
    assert TYPED[line] in said
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("damage", [b"\x00\xff", b"[1]"])
@pytest.mark.parametrize("file", DAMAGED)
def test_a_damaged_file_is_named(file, damage, places, tmp_path) -> None:
    shutil.copytree(places["run"], tmp_path / "run")
    (tmp_path / "run" / file).write_bytes(damage)
    assert f"{tmp_path}/run/{file}" in refused(launch(f"{DAMAGED[file]} --workdir={tmp_path / 'run'}"))


@pytest.mark.parametrize(("step", "says"), [(b"[]", "says None"), (b'{"step": "x"}', "says 'x'"), (None, "no folder")])
def test_a_damaged_checkpoint_is_named(step, says, places, tmp_path) -> None:
    checkpoints = shutil.copytree(places["run"], tmp_path / "run") / "checkpoints"
    if step is None:
        shutil.rmtree(checkpoints)
        checkpoints.write_text("a file")
    for each in checkpoints.glob("*/data/metadata"):
        each.write_bytes(step)
    said = refused(launch(f"pretrain --config=tests/tiny_config.py --workdir={tmp_path / 'run'}"))
    assert says in said and str(checkpoints) in said
