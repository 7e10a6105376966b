"""The categories that two senses came to agree about, beside k-means on each sense alone.

python -m benchmarks.disagreement --workdir=runs/moo

Of a run of `minimising_disagreement`, on its test split: the share of examples whose category has the right name when
every category gets the name that fits it best (one each), by what is seen and by what is heard, and how often both say
the same. Beside it k-means of as many clusters, fitted on the training split, of what needs no network and of the
untrained encoders. The names are read from the labels of the test split, for every row alike.
"""

from functools import partial

import jax
import numpy as np
from absl import flags

from jssl.data.senses import only
from jssl.data.source import Source
from jssl.encoder import Encoder, load
from jssl.errors import ConfigError
from jssl.evaluate.matching import matched_accuracy
from jssl.methods.crossmodal.minimising_disagreement import categories_of
from jssl.run.config import open_split
from launch import command


def clustered(train: np.ndarray, test: np.ndarray, clusters: int, seed: int) -> np.ndarray:
    """Clusters of the test examples, of k-means fitted on the training examples, the best of three starts."""
    from sklearn.cluster import KMeans

    return KMeans(clusters, n_init=3, random_state=seed).fit(train).predict(test)


def compare(encoder: Encoder, train: Source, test: Source) -> dict[str, float]:
    """The numbers by what they are of, in [0, 1].

    Raises:
        ConfigError: a run of another method; no labels.
    """
    if "codebooks" not in encoder.params or test.labels is None:
        raise ConfigError("a run of minimising_disagreement on data with labels is needed")
    categories, seed, found = encoder.config.method.get("categories", 10), encoder.config.seed, {}
    senses = {name: (only(train, input), only(test, input)) for name, input in encoder.inputs.items()}
    features = {name: encoder.embed(own[1]) for name, own in senses.items()}
    said = jax.tree.map(np.asarray, jax.jit(partial(categories_of, encoder.params))(features))
    untrained = encoder.untrained()
    for name, splits in senses.items():
        found[f"{name}, by disagreement"] = matched_accuracy(said[name], test.labels)
        baseline, fit = encoder.inputs[name].baselines[0]
        for what, embed in ((baseline, fit(splits[0])), ("untrained", untrained.embed)):
            groups = clustered(*(np.asarray(embed(split)) for split in splits), categories, seed)
            found[f"{name}, k-means of {what}"] = matched_accuracy(groups, test.labels)
    one, other = said.values()
    found["agreement"] = float(np.mean(one == other))
    return found


def main() -> None:
    """Print a line a number, in percent."""
    encoder = load(WORKDIR.value)
    train, test = (open_split(encoder.config, name) for name in (encoder.config.data.train, encoder.config.data.test))
    for name, value in compare(encoder, train, test).items():
        print(f"{name}: {100 * value:.1f}")


if __name__ == "__main__":
    WORKDIR = flags.DEFINE_string("workdir", None, "Folder of a run.", required=True)
    command.run(main)
