"""Evaluate a run, and write its report again.

python -m launch.evaluate --workdir=runs/demo --checkpoint=best
python -m launch.evaluate --workdir=runs/demo --protocol=finetune --labels="10 per class"
python -m launch.evaluate --workdir=runs/demo --protocol=finetune --labels="10 per class" --from=scratch
python -m launch.evaluate --workdir=runs/demo --protocol=propagate

"frozen" is weighted kNN and linear probes, beside the untrained encoder and raw pixels. "finetune" trains the encoder
further, with a linear head, on labelled examples alone; `--from=scratch` is the same budget from random weights.
"propagate" spreads few labels (the run's own, if it saw some) along a graph of the features of both splits.
"""

from absl import flags

from launch import command

WORKDIR = command.define_workdir()
PROTOCOL = flags.DEFINE_enum(
    "protocol", "frozen", ["frozen", "finetune", "propagate"], "What is done with the encoder."
)
CHECKPOINT = flags.DEFINE_string("checkpoint", "latest", '"latest", "best" or a step; not of fine-tuning.')
FROM = flags.DEFINE_enum("from", "pretrained", ["pretrained", "scratch"], "Weights that fine-tuning starts from.")
LABELS = flags.DEFINE_string("labels", "", '"all", "10%" or "4 per class"; "" is "10 per class", or what the run saw.')
DRAWS = flags.DEFINE_integer("draws", 3, "Draws of these labels.", lower_bound=1)
STEPS = flags.DEFINE_integer("steps", 500, "Fine-tuning: optimiser steps.", lower_bound=1)
BATCH = flags.DEFINE_integer("batch_size", 128, "Fine-tuning: examples of a step.", lower_bound=1)
RATES = flags.DEFINE_list("learning_rates", ["1e-3", "3e-3"], "Fine-tuning: of several, the best on held-out labels.")
DECAY = flags.DEFINE_float("layer_decay", 0.75, "Fine-tuning: each layer's rate over that of the next.")
FROZEN = flags.DEFINE_integer("frozen", 0, "Fine-tuning: layers, from the input on, that stay as they are.")


def main() -> None:
    """Evaluate."""
    from jssl.protocols.frozen import assess

    if PROTOCOL.value == "frozen":
        assess(WORKDIR.value, CHECKPOINT.value)
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
    how = FineTuning(LABELS.value or FineTuning().labels, STEPS.value, rates, DECAY.value, FROZEN.value, BATCH.value)
    row = finetune(WORKDIR.value, how, scratch=FROM.value == "scratch", draws=DRAWS.value)
    spread = "" if row["std"] is None else f" ± {100 * row['std']:.1f}"
    print(
        f"fine-tuned, {row['features']}, {row['labels']}: {100 * row['mean']:.1f}{spread} % of the test split right"
        f" (learning rates {', '.join(f'{rate:g}' for rate in row['learning_rates'])})"
    )
    print(f"report: {write_report(WORKDIR.value)}")


if __name__ == "__main__":
    command.run(main)
