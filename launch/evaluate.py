"""Evaluate a run, and write its report again.

python -m launch.evaluate --workdir=runs/demo --checkpoint=best
python -m launch.evaluate --workdir=runs/demo --protocol=finetune --labels="10 per class"
python -m launch.evaluate --workdir=runs/demo --protocol=finetune --labels="10 per class" --from=scratch
python -m launch.evaluate --workdir=runs/demo --protocol=linear_sgd --probe=simclr --epochs=30 --batch_size=256
python -m launch.evaluate --workdir=runs/demo --protocol=propagate
python -m launch.evaluate --workdir=runs/ttt --protocol=ttt --corruptions=gaussian:0.4,contrast:0.7
python -m launch.evaluate --workdir=runs/texts --protocol=tags --data=tagged:PATH
python -m launch.evaluate --workdir=runs/pong --protocol=ram
python -m launch.evaluate --workdir=runs/speech --protocol=ctc --labels="10 per class" --transcripts=zero,one,two
python -m launch.evaluate --workdir=runs/mae --protocol=dense --data=masks:PATH     # or masks:tfds:oxford_iiit_pet
python -m launch.evaluate --workdir=runs/clips --protocol=tracking --data=games:doom
python -m launch.evaluate --workdir=hf:FOLDER --data=mnist_5k

"frozen" is weighted kNN and linear probes, beside the untrained encoder and raw pixels. "finetune" trains the encoder
further, with a linear head, on labelled examples alone; `--from=scratch` is the same budget from random weights, and
`--head_layers=1` keeps the first layer of the run's projector, too.
"linear_sgd" is the papers' own linear probe, by the settings of one of them: a classifier trained by SGD or LARS on the
frozen encoder, on random crops and flips; `--from=scratch` is the same on the untrained encoder. "propagate" spreads
few labels (the run's own, if it saw some) along a graph of the features of both splits. "ttt" spoils the test split and
classifies it, without and with test-time training on each of its pictures, by a run of that method. "tags" is a linear
probe of what a run on texts makes of single words: their parts of speech, or any tags of a file of `word/tag`. "ctc"
teaches an encoder of waves to write down, letter by letter, what is said in a recording of each class:
`--transcripts`, or the names of the classes. "dense" tells from the tokens of patches which class every pixel of a
picture is of, and cuts out its object without labels. "tracking" carries the masks of a clip's first frame on by the
features of its places, beside the first mask and optical flow (`pip install "jssl[flow]"`). "ram" tells the bytes of a
game's RAM from its screen, by linear probes of a run on a game that was recorded alone. Of weights of others, which are
no run, "frozen", "dense", "tracking" and "tags" print their tables alone.
"""

from absl import flags

from . import command

WORKDIR = command.define_workdir()
PROTOCOL = flags.DEFINE_enum(
    "protocol",
    "frozen",
    ["frozen", "finetune", "linear_sgd", "propagate", "tags", "ttt", "ctc", "dense", "tracking", "ram"],
    "What is done.",
)
CHECKPOINT = flags.DEFINE_string(
    "checkpoint", "latest", '"latest", "best" or a step; frozen, propagate, tags, dense, tracking and ram.'
)
CLIPS = flags.DEFINE_integer("clips", 1, "Frozen: of long films, sounds, texts, the mean over so many.", lower_bound=1)
DATA = flags.DEFINE_string(
    "data",
    "",
    "tags: tagged:PATH, dense: masks:PATH, of which a fifth is tested; tracking: clips with masks; of weights of others"
    " the data.",
)
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
TRANSCRIPTS = flags.DEFINE_list("transcripts", [], "CTC: what is said in each class; the classes' names by default.")
FROZEN = flags.DEFINE_integer("frozen", 0, "Fine-tuning: layers, from the input on, that stay as they are.")
HEAD = flags.DEFINE_integer("head_layers", 0, "Fine-tuning: layers of the projector that are kept.", lower_bound=0)
CORRUPTIONS = flags.DEFINE_list(
    "corruptions", ["none:0", "gaussian:0.3", "salt_and_pepper:0.2", "mask:0.3", "contrast:0.7"],
    "ttt: how the test pictures are spoilt, see jssl.augment.corrupt, and how much.",
)  # fmt: skip
EXAMPLES = flags.DEFINE_integer(
    "examples", None, "ttt: test pictures, 1,000; ram: frames of each split, 3,000.", lower_bound=1
)


def main() -> None:
    """Evaluate."""
    run = {
        "frozen": _frozen, "finetune": _finetune, "linear_sgd": _linear_sgd, "propagate": _propagate, "tags": _tags,
        "ttt": _ttt, "ctc": _ctc, "dense": _dense, "tracking": _tracking, "ram": _ram,
    }  # fmt: skip
    run[PROTOCOL.value]()


def _frozen() -> None:
    from jssl.convert.origins import is_origin
    from jssl.errors import ConfigError
    from jssl.protocols.frozen import assess, compare

    if not is_origin(WORKDIR.value):
        assess(WORKDIR.value, CHECKPOINT.value, clips=CLIPS.value)
        return
    import jssl

    if not DATA.value:
        raise ConfigError(f"--workdir={WORKDIR.value} is no run and has no data of its own: name some by --data")
    compare(jssl.load(WORKDIR.value), DATA.value)


def _finetune() -> None:
    from jssl.protocols.finetune import FineTuning, finetune

    how = FineTuning(
        LABELS.value or FineTuning().labels, STEPS.value, _rates(), DECAY.value, FROZEN.value, BATCH.value or 128,
        magnitude=MAGNITUDE.value, head_layers=HEAD.value,
    )  # fmt: skip
    row = finetune(WORKDIR.value, how, scratch=FROM.value == "scratch", draws=DRAWS.value)
    spread = "" if row["std"] is None else f" ± {100 * row['std']:.1f}"
    print(
        f"{row['task']}, {row['features']}, {row['labels']}: {100 * row['mean']:.1f}{spread} % of the test split right"
        f" (learning rates {', '.join(f'{rate:g}' for rate in row['learning_rates'])})"
    )
    print(f"networks: {', '.join(row['networks'])}")
    _report()


def _propagate() -> None:
    from jssl.protocols.propagation import propagate_labels, table

    print(table(propagate_labels(WORKDIR.value, LABELS.value, checkpoint=CHECKPOINT.value, draws=DRAWS.value)))
    _report()


def _tags() -> None:
    from jssl.protocols.tagging import probe_tags, table

    print(table(probe_tags(WORKDIR.value, DATA.value, checkpoint=CHECKPOINT.value)))


def _dense() -> None:
    from jssl.protocols.dense import probe_patches, table

    print(table(probe_patches(WORKDIR.value, DATA.value, checkpoint=CHECKPOINT.value)))
    _report()


def _ttt() -> None:
    from jssl.protocols.ttt import Adaptation, read_corruptions, table, train_at_test

    how = Adaptation(read_corruptions(CORRUPTIONS.value), examples=EXAMPLES.value or 1000)
    print(table(train_at_test(WORKDIR.value, how)))
    _report()


def _tracking() -> None:
    from jssl.protocols.tracking import table, track

    print(table(track(WORKDIR.value, DATA.value, checkpoint=CHECKPOINT.value)))
    _report()


def _ram() -> None:
    from jssl.protocols.ram import probe_ram, table

    print(table(probe_ram(WORKDIR.value, checkpoint=CHECKPOINT.value, examples=EXAMPLES.value or 3000)))
    _report()


def _ctc() -> None:
    from jssl.protocols.ctc import Writing, write_down

    how = Writing(
        tuple(TRANSCRIPTS.value), LABELS.value or Writing().labels, STEPS.value, max(_rates()), FROZEN.value,
        BATCH.value or Writing().batch_size,
    )  # fmt: skip
    row = write_down(WORKDIR.value, how, scratch=FROM.value == "scratch", draws=DRAWS.value)
    print(
        f"CTC, {row['features']}, {row['labels']}: {100 * row['letter_error']:.1f} % of the letters wrong,"
        f" {100 * row['mean']:.1f} % of the words right to the letter, {100 * row['accuracy']:.1f} % by dictionary"
    )
    _report()


def _linear_sgd() -> None:
    from jssl.protocols.linear_sgd import linear_sgd, probing

    how = probing(PROBE.value, epochs=EPOCHS.value, batch_size=BATCH.value, learning_rate=RATE.value)
    row = linear_sgd(WORKDIR.value, how, untrained=FROM.value == "scratch")
    print(
        f"{row['task']} as {how.like}, {row['features']}, all labels: {100 * row['mean']:.1f} % of the test split right"
    )
    _report()


def _rates() -> tuple[float, ...]:
    from jssl.errors import ConfigError

    try:
        return tuple(map(float, RATES.value))
    except ValueError as error:
        raise ConfigError(f"--learning_rates={','.join(RATES.value)}: {error}") from error


def _report() -> None:
    from jssl.convert.origins import is_origin
    from jssl.report.page import write_report

    if not is_origin(WORKDIR.value):
        print(f"report: {write_report(WORKDIR.value)}")


if __name__ == "__main__":
    command.run(main)
