"""Evaluate a run, and write its report again.

python -m launch.evaluate --workdir=runs/demo --checkpoint=best
python -m launch.evaluate --workdir=runs/demo --protocol=finetune --labels="10 per class"
python -m launch.evaluate --workdir=runs/demo --protocol=finetune --labels="10 per class" --from=scratch
python -m launch.evaluate --workdir=runs/demo --protocol=linear_sgd --probe=simclr --epochs=30 --batch_size=256
python -m launch.evaluate --workdir=runs/demo --protocol=propagate
python -m launch.evaluate --workdir=hf:FOLDER --data=mnist_5k

"frozen" is weighted kNN and linear probes, beside the untrained encoder and raw pixels. "finetune" trains the encoder
further, with a linear head, on labelled examples alone; `--from=scratch` is the same budget from random weights.
"linear_sgd" is the papers' own linear probe, by the settings of one of them: a classifier trained by SGD or LARS on the
frozen encoder, on random crops and flips; `--from=scratch` is the same on the untrained encoder. "propagate" spreads
few labels (the run's own, if it saw some) along a graph of the features of both splits. Of weights of others, which are
no run, "frozen" prints its table alone.
"""

from absl import flags

from launch import command

WORKDIR = command.define_workdir()
DATA = flags.DEFINE_string("data", "", "Of weights of others: the data set; a run has its own.")
PROTOCOL = flags.DEFINE_enum(
    "protocol", "frozen", ["frozen", "finetune", "linear_sgd", "propagate"], "What is done with the encoder."
)
CHECKPOINT = flags.DEFINE_string("checkpoint", "latest", '"latest", "best" or a step; frozen and propagate.')
FROM = flags.DEFINE_enum("from", "pretrained", ["pretrained", "scratch"], "Weights that fine-tuning starts from.")
LABELS = flags.DEFINE_string("labels", "", '"all", "10%" or "4 per class"; "" is "10 per class", or what the run saw.')
DRAWS = flags.DEFINE_integer("draws", 3, "Draws of these labels.", lower_bound=1)
STEPS = flags.DEFINE_integer("steps", 500, "Fine-tuning: optimiser steps.", lower_bound=1)
BATCH = flags.DEFINE_integer("batch_size", None, "Examples of a step; fine-tuning takes 128.", lower_bound=1)
RATES = flags.DEFINE_list("learning_rates", ["1e-3", "3e-3"], "Fine-tuning: of several, the best on held-out labels.")
MAGNITUDE = flags.DEFINE_float("magnitude", 0.0, "Fine-tuning on pictures: strength of RandAugment, 0 to 1.")
PROBE = flags.DEFINE_string("probe", "simclr", "linear_sgd: whose settings, see jssl.protocols.linear_sgd.PROBES.")
EPOCHS = flags.DEFINE_string("epochs", None, 'linear_sgd: in place of the paper\'s, such as 30 or "500 steps".')
RATE = flags.DEFINE_float("learning_rate", None, "linear_sgd: in place of the paper's, per 256 examples.")
DECAY = flags.DEFINE_float("layer_decay", 0.75, "Fine-tuning: each layer's rate over that of the next.")
FROZEN = flags.DEFINE_integer("frozen", 0, "Fine-tuning: layers, from the input on, that stay as they are.")


def main() -> None:
    """Evaluate."""
    from jssl.convert.origins import is_origin
    from jssl.protocols.frozen import assess, compare

    if is_origin(WORKDIR.value) and PROTOCOL.value == "frozen":
        import jssl
        from jssl.errors import ConfigError

        if not DATA.value:
            raise ConfigError(f"--workdir={WORKDIR.value} is no run and has no data of its own: name some by --data")
        compare(jssl.load(WORKDIR.value), DATA.value)
        return
    if PROTOCOL.value == "frozen":
        assess(WORKDIR.value, CHECKPOINT.value)
        return
    if PROTOCOL.value == "linear_sgd":
        _linear_sgd()
        return
    from jssl.errors import ConfigError
    from jssl.protocols.finetune import FineTuning, finetune
    from jssl.report.page import write_report

    if PROTOCOL.value == "propagate":
        from jssl.protocols.propagation import propagate_labels, table

        rows = propagate_labels(WORKDIR.value, LABELS.value, checkpoint=CHECKPOINT.value, draws=DRAWS.value)
        print(f"{table(rows)}\nreport: {write_report(WORKDIR.value)}")
        return
    try:
        rates = tuple(map(float, RATES.value))
    except ValueError as error:
        raise ConfigError(f"--learning_rates={','.join(RATES.value)}: {error}") from error
    how = FineTuning(
        LABELS.value or FineTuning().labels, STEPS.value, rates, DECAY.value, FROZEN.value, BATCH.value or 128,
        magnitude=MAGNITUDE.value,
    )  # fmt: skip
    row = finetune(WORKDIR.value, how, scratch=FROM.value == "scratch", draws=DRAWS.value)
    spread = "" if row["std"] is None else f" ± {100 * row['std']:.1f}"
    print(
        f"fine-tuned, {row['features']}, {row['labels']}: {100 * row['mean']:.1f}{spread} % of the test split right"
        f" (learning rates {', '.join(f'{rate:g}' for rate in row['learning_rates'])})"
    )
    print(f"report: {write_report(WORKDIR.value)}")


def _linear_sgd() -> None:
    from jssl.protocols.linear_sgd import linear_sgd, probing
    from jssl.report.page import write_report

    how = probing(PROBE.value, epochs=EPOCHS.value, batch_size=BATCH.value, learning_rate=RATE.value)
    row = linear_sgd(WORKDIR.value, how, untrained=FROM.value == "scratch")
    print(
        f"{row['task']} as {how.like}, {row['features']}, all labels: {100 * row['mean']:.1f} % of the test split right"
    )
    print(f"report: {write_report(WORKDIR.value)}")


if __name__ == "__main__":
    command.run(main)
