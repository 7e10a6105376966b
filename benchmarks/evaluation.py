"""kNN and the linear probe at growing sizes, beside scikit-learn's; and what ImageNet's features would take on a slice.

python -m benchmarks.evaluation                                # 25,000 to 200,000 made-up features of 512, 10 classes
python -m benchmarks.evaluation --sizes=50000 --peers=50000
python -m benchmarks.evaluation --topology=v5e:2x4             # compiled for TPUs: pip install "jssl[tpu-compile]"

Every measurement is a process of its own, whose peak memory is printed; of two runs in it the second is timed, so that
compilation does not count. scikit-learn does the same work on the same scaled features: `NearestNeighbors` with a vote;
`LogisticRegression` over the same path of penalties, each from the weights of the one before, on four fifths of the
examples, then the best on all of them. Each stops by its own rule; accuracies stand beside the times.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable

import jax
import numpy as np
from absl import flags

from benchmarks.hlo import collectives
from benchmarks.tables import markdown
from jssl.cost.units import binary
from launch import command

TEST, DIM, CLASSES = 5000, 512, 10
IMAGENET = (1_281_168, 50_000, 2048, 1000)
"""Train examples, filled up to a multiple of 8 devices, test examples, dimensions, classes."""


def made_up(examples: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Train and test features, float32 [n, 512], of falling variance, and labels that they tell in part."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, CLASSES, examples + TEST)
    features = rng.standard_normal((examples + TEST, DIM), np.float32)
    features += 0.1 * rng.standard_normal((CLASSES, DIM), np.float32)[labels]
    features *= (1 + np.arange(DIM, dtype=np.float32))[None] ** -0.5
    return features[:examples], labels[:examples], features[examples:], labels[examples:]


def neighbours(train: np.ndarray, labels: np.ndarray, test: np.ndarray, asked: np.ndarray) -> float:
    """scikit-learn's, of unit vectors: for them nearest means most similar."""
    from sklearn.neighbors import NearestNeighbors

    train, test = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (train, test))
    distance, nearest = NearestNeighbors(n_neighbors=20, algorithm="brute").fit(train).kneighbors(test)
    votes = np.exp((1 - distance**2 / 2 - 1) / 0.07)
    score = np.zeros((len(test), CLASSES))
    np.add.at(score, (np.arange(len(test))[:, None], labels[nearest]), votes)
    return float(np.mean(score.argmax(1) == asked))


def regression(train: np.ndarray, labels: np.ndarray, test: np.ndarray, asked: np.ndarray) -> float:
    """scikit-learn's, over the probe's path of penalties."""
    from sklearn.linear_model import LogisticRegression

    from jssl.evaluate.linear import L2_GRID

    mean = train.mean(0)
    scale = np.sqrt(np.mean(np.sum((train - mean) ** 2, 1)))
    train, test = (train - mean) / scale, (test - mean) / scale
    part = np.arange(len(train)) % 5 > 0
    model, scores = LogisticRegression(max_iter=1000, warm_start=True), []
    for l2 in L2_GRID:
        model.C = 1 / (l2 * part.sum())
        scores.append(model.fit(train[part], labels[part]).score(train[~part], labels[~part]))
    model.C = 1 / (L2_GRID[int(np.argmax(scores))] * len(train))
    return float(model.fit(train, labels).score(test, asked))


def ours_knn(*data: np.ndarray) -> float:
    """KNN here."""
    from jssl.evaluate.knn import knn_accuracy

    return knn_accuracy(*data, classes=CLASSES)


def ours_probe(*data: np.ndarray) -> float:
    """The linear probe here."""
    from jssl.evaluate.linear import linear_probe

    return linear_probe(*data, classes=CLASSES).accuracy


WORK: dict[str, tuple[Callable[..., float], Callable[..., float]]] = {
    "kNN": (ours_knn, neighbours),
    "linear probe": (ours_probe, regression),
}


def measure(task: str, peer: bool, examples: int) -> dict[str, float]:
    """Seconds, CPU seconds and accuracy of the second of two runs, and the peak memory of this process, bytes."""
    data, work = made_up(examples), WORK[task][peer]
    if not peer:
        work(*data)  # compiles
    wall, cpu = time.perf_counter(), time.process_time()
    accuracy = work(*data)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    spent = {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    return {**spent, "accuracy": accuracy, "peak_bytes": peak}


def in_a_process(task: str, peer: bool, examples: int) -> dict[str, float]:
    """`measure`, in a process that does nothing else."""
    call = [sys.executable, "-m", "benchmarks.evaluation", f"--one={task},{int(peer)},{examples}"]
    return json.loads(subprocess.run(call, capture_output=True, text=True, check=True).stdout.splitlines()[-1])


def compiled(topology: str) -> None:
    """Print what a device of a slice needs for ImageNet's features, by the TPU compiler."""
    from benchmarks.tpu_compile import topology_devices
    from jssl.evaluate import knn, linear
    from jssl.parallel import make_layout

    layout = make_layout(devices=topology_devices(topology))
    n, m, d, classes = IMAGENET

    def rows(count: int, *shape: int, dtype: type = np.float32) -> jax.ShapeDtypeStruct:
        return jax.ShapeDtypeStruct((count, *shape), dtype, sharding=layout.rows)

    def known(count: int) -> jax.ShapeDtypeStruct:
        return rows(count, dtype=np.int32)

    programs = {
        "kNN": (knn._program(layout, 20, classes), (rows(n, d), known(n), rows(m, d), known(m), 0.07)),
        "linear probe": (
            linear._program(layout, classes, 1),
            (rows(n, d), known(n), known(n), rows(m, d), known(m), np.array(linear.L2_GRID, np.float32)),
        ),
    }
    print(f"{n:,} x {d} train and {m:,} test features, {classes:,} classes, on {topology}; per device")
    for name, (program, arguments) in programs.items():
        done = program.lower(*arguments).compile()
        memory = done.memory_analysis()
        peak = memory.argument_size_in_bytes + memory.temp_size_in_bytes + memory.output_size_in_bytes
        largest = max((c.bytes for c in collectives(done.as_text())), default=0)
        print(
            f"{name}: {binary(memory.argument_size_in_bytes)} of arguments, {binary(memory.temp_size_in_bytes)} of "
            f"temporaries, {binary(peak)} in all; the largest collective {binary(largest)}",
            flush=True,
        )


def main() -> None:
    """Measure, one process after the other, and print the table."""
    if ONE.value:
        task, peer, examples = ONE.value
        print(json.dumps(measure(task, bool(int(peer)), int(examples))))
        return
    if TOPOLOGY.value:
        jax.config.update("jax_platforms", "cpu")
        compiled(TOPOLOGY.value)
        return
    head = ["", "examples", "seconds", "CPU seconds", "peak", "accuracy", "scikit-learn: seconds", "CPU seconds"]
    lines = [[*head, "peak", "accuracy", "times as quick", "by CPU seconds"], ["---"] * 12]
    for task in WORK:
        for size in map(int, SIZES.value):
            ours, line = in_a_process(task, False, size), [task, f"{size:,}"]
            found = [ours]
            if str(size) in PEERS.value:
                found.append(in_a_process(task, True, size))
            for each in found:
                line += [f"{each['seconds']:.1f}", f"{each['cpu']:.1f}", binary(each["peak_bytes"])]
                line.append(f"{100 * each['accuracy']:.1f}")
            if len(found) > 1:
                line += [f"{found[1][key] / ours[key]:.2f}" for key in ("seconds", "cpu")]
            lines.append(line + [""] * (12 - len(line)))
            print(" | ".join(lines[-1]), flush=True)
    print(markdown(lines))


if __name__ == "__main__":
    SIZES = flags.DEFINE_list("sizes", ["25000", "50000", "100000", "200000"], "Numbers of train examples.")
    PEERS = flags.DEFINE_list("peers", ["25000", "50000", "100000"], "Of these, scikit-learn is measured, too.")
    TOPOLOGY = flags.DEFINE_string("topology", "", "Compile for this TPU slice instead, such as v5e:2x4.")
    ONE = flags.DEFINE_list("one", [], "Measure in this process: task, 0 or 1 for scikit-learn, examples.")
    command.run(main)
