"""The configs for digits, moved to 10,000 pictures of CIFAR-10: a wider network, colours, and one CPU budget for all.

`cifar10.npz`, by benchmarks/cifar10_jpeg.py, lies in the folder that a benchmark is started in.
"""

import importlib
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from jssl.augment.recipes import CIFAR

if TYPE_CHECKING:
    from ml_collections import ConfigDict

DATA = {"name": "npz:cifar10.npz", "train": "train[:10000]"}
ENCODER = {"name": "convnet", "width": 32, "depth": 4}
COLOURS = {"mean": CIFAR[0], "std": CIFAR[1]}
UNIT = {"mean": (0.5,) * 3, "std": (0.5,) * 3}
WHOLE = {"recipe": "plain", "size": 32, "crop": (0.6, 1.0)}
WEAK = {"recipe": "fixmatch", "size": 32, "rand_augment": None, "cutout": 0.0}
FEW = (
    "entropy_minimization", "m2", "mixmatch", "noisy_student", "pseudo_label", "s4l", "supervised", "vat",
)  # fmt: skip
"""Methods of few labels that distort no view."""
AUGMENT: dict[str, dict[str, Any]] = {
    "autoencoder": {**WHOLE, **COLOURS},
    "bigan": {**WHOLE, **UNIT},
    "context_encoder": {**WHOLE, **COLOURS},
    "deep_autoencoder": {**WHOLE, "crop": None, "mean": (0.0,) * 3, "std": (1.0,) * 3},
    "deepcluster": {"recipe": "simclr_cifar", "size": 32},
    "deepcluster_v2": {"recipe": "simclr_cifar", "size": 32},
    "denoising_autoencoder": {**WHOLE, **COLOURS},
    "egomotion": {**WHOLE, "crop": None, **COLOURS},
    "meta_pseudo_labels": {"recipe": "fixmatch", "size": 32},
    "lejepa": {"recipe": "multi_crop", "size": 32, "local_views": 0, "crop": (0.3, 1.0), "blur": 0.0, **COLOURS},
    "simclr_v2": {"recipe": "simclr_cifar", "size": 32},
    "super_resolution": {**WHOLE, **COLOURS},
    "vae": {**WHOLE, **COLOURS},
    **dict.fromkeys(FEW, WEAK),
}
"""Views of those that have no config for CIFAR-10 of the paper's size, whose views the others take."""
METHOD: dict[str, dict[str, Any]] = {
    "deepcluster": {"every": 1.0},
    "dino": {"freeze": "2%"},  # of prototypes, by default an epoch, of which there are few
    "vae": {"likelihood": "gaussian"},  # colours are neither black nor white
}
"""What of a method is not as for digits."""
CUT = ("exemplar", "jigsaw", "pirl", "relative_position")
"""They cut pictures, and take all their numbers from the larger config: patches are of a size of pixels."""
ENCODERS = {"mae": {"image_size": 32}, "cpc": {}, "deep_autoencoder": {}, "gan": {}, "split_brain": {}}
"""What changes in networks that are no convnet."""
MANY = ("jigsaw", "pirl", "relative_position", "rotation")
"""They see a picture four to sixteen times in a step, and get half as many."""
EPOCHS = {
    "autoencoder": 9.0, "barlow_twins": 6.0, "bigan": 6.0, "byol": 4.5, "colourisation": 9.0, "context_encoder": 7.5,
    "corinfomax": 6.0, "cpc": 7.68, "deep_autoencoder": 18.0, "deepcluster": 10.5, "deepcluster_v2": 6.0,
    "denoising_autoencoder": 9.0, "dino": 4.5, "egomotion": 5.4, "exemplar": 8.1, "gan": 6.0, "jigsaw": 1.5,
    "lejepa": 6.0, "mae": 12.0, "mixed_barlow_twins": 4.05, "moco_v2": 9.0, "moco_v3": 4.5, "npid": 12.0, "pirl": 2.25,
    "relative_position": 1.5, "rotation": 3.0, "simclr": 6.0, "simclr_v2": 6.0, "simsiam": 6.0, "split_brain": 12.0,
    "super_resolution": 12.0, "swav": 6.0, "vae": 9.0, "vicreg": 6.0,
    # With few labels; of all pictures, most of them without.
    "entropy_minimization": 7.8, "fixmatch": 5.4, "m2": 6.0, "mean_teacher": 4.8, "meta_pseudo_labels": 2.7,
    "mixmatch": 4.5, "noisy_student": 12.0, "pseudo_label": 7.8, "s4l": 1.5, "supervised": 12.0, "vat": 3.6,
}  # fmt: skip
"""What takes each about as long: three minutes of one core for the steps, without compilation and evaluation."""


def moved(method: str) -> "ConfigDict":
    """The config of a method with these pictures."""
    if find_spec(f"configs.{method}_cifar10_small"):
        config = importlib.import_module(f"configs.{method}_cifar10_small").get_config()
    else:
        config = importlib.import_module(f"configs.{method}_mnist5k").get_config()
        config.augment = AUGMENT[method] if method in AUGMENT else _large(method).augment
        config.method = _large(method).method if method in CUT else {**config.method, **METHOD.get(method, {})}
    if method in ENCODERS:
        config.encoder.update(ENCODERS[method])
    else:
        config.encoder = {**ENCODER, **{key: config.encoder[key] for key in {"batch_norm"} & set(config.encoder)}}
    config.data.update(DATA)
    if method in MANY:
        config.batch_size, config.optimizer.learning_rate = config.batch_size // 2, 2 * config.optimizer.learning_rate
    return config


def _large(method: str) -> "ConfigDict":
    return importlib.import_module(f"configs.{method}_cifar10").get_config()
