"""Frame order on clips of moving digits, made for two CPU cores.

Paper     Shuffle and learn, arXiv:1603.08561 (not a setting of the paper: a small network and made clips)
Command   python -m launch.pretrain --config=configs/frame_order_moving_digits.py --workdir=runs/frame_order
          --config.method.form=permuted or replaced asks in another form
Cost      12 epochs of 31 steps: 236 seconds on two CPU cores that others used too
Measured  seed 0: 94.9 % of the triples of test clips told (chance is 50; with the statistics of the batch). Where a
          digit is tells the order, and what it is does not, and the features are like that. On the test split, all
          labels, kNN / linear probe in %, beside the untrained network and the mean frame: digit 15.5 / 44.7 (31.6 /
          35.2, 35.7 / 27.5), direction, which the mean over frames can hardly tell, 49.9 / 24.4 (47.5 / 19.6,
          50.9 / 23.6). Nothing was tuned. The other forms: permuted tells 95.1 % of the triples, 50.0 of clips that
          stand still, 49.8 of noise; digit 16.3 / 46.6, direction 48.7 / 23.8. Replaced tells 98.8, and as many of
          clips that stand still: it asks who is seen and not when; digit 21.5 / 40.6, direction 41.5 / 22.3
"""

from ml_collections import ConfigDict

from jssl.augment.recipes import MNIST
from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """Five frames of each clip, six triples of them; as many right as wrong."""
    config = defaults()
    config.data.name = "moving_digits"
    config.input = "clip"
    config.augment = {"recipe": "plain", "size": 32, "crop": (0.8, 1.0), "flip": 0.0, "mean": MNIST[0], "std": MNIST[1]}
    config.encoder = {"name": "per_frame", "frame": {"name": "convnet", "width": 16, "depth": 3, "features": 128}}
    config.method = {
        "name": "frame_order", "form": "shuffled", "inner": (1, 3), "outer": (1, 2), "right": 0.5, "head": (256,),
    }  # fmt: skip
    config.optimizer = {"name": "adamw", "learning_rate": 6e-3, "weight_decay": 1e-4, "warmup": 2.0}
    config.batch_size = 128
    config.epochs = 12
    config.evaluate.every = 6
    return config
