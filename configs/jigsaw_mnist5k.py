"""Jigsaw on 5,000 MNIST digits, made for two CPU cores.

Paper     Jigsaw, arXiv:1603.09246 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/jigsaw_mnist5k.py --workdir=runs/jigsaw_mnist5k
Cost      16 epochs of 31 steps: about 200 CPU seconds of training
Expected  0.7 of the puzzles solved; on a held-out fifth of the train split, mean of seeds 0, 1 and 2: 0.913 kNN, 0.910
          linear probe and 0.750 with 10 labels per class (untrained: 0.897, 0.895 and 0.689)

Patches of 18 pixels of a whole digit, left as they are, teach less than nothing (0.866, 0.859 and 0.649 with seed 0,
untrained 0.885, 0.869 and 0.653): on black, where the ink lies in a patch tells its place, and nothing need be known of
the digit. So the view is zoomed in until there is ink everywhere, the patches are large and overlap, and each is
turned, zoomed and sheared on its own. The six layers keep what only the puzzle needs out of the features.
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """Large patches that overlap: the encoder is to see whole digits."""
    config = defaults()
    config.data.name = "mnist_5k"
    config.augment = {"recipe": "digits", "size": 28, "puzzle": 32, "affine": (25.0, 0.1, (1.2, 2.0), 25.0)}
    config.encoder = {"name": "convnet", "width": 16, "depth": 3, "features": 256}
    config.method = {
        "name": "jigsaw", "permutations": 100, "patch": 22, "gap": -18, "jitter": 2,
        "affine": (30.0, 0.0, (0.8, 1.2), 20.0), "tile": (512, 512, 512, 512, 512, 512, 64), "head": (256,),
        "shuffles": 8,
    }  # fmt: skip
    config.optimizer = {"name": "sgd", "learning_rate": 0.2, "weight_decay": 1e-4, "warmup": "6.25%"}
    config.batch_size = 128
    config.epochs = 16
    config.evaluate.every = 8
    return config
