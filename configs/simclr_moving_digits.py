"""SimCLR on clips of moving digits, made for two CPU cores: what moves where, by a network in space and time.

Paper     SimCLR, arXiv:2002.05709 (a small setting of ours); on clips CVRL, arXiv:2008.03800, does the same
Command   python -m launch.pretrain --config=configs/simclr_moving_digits.py --workdir=runs/simclr_clips
Cost      6 epochs of 31 steps: 659 seconds on two CPU cores that several others used too
Measured  seed 0, 1,000 test clips, all labels, in %; beside the untrained network and the mean frame:
          direction (of 8)  kNN 80.4 (56.2, 50.9)   linear 94.1 (62.9, 23.6)
          digit             kNN 22.7 (22.7, 35.7)   linear 45.6 (32.3, 27.5)
"""

from ml_collections import ConfigDict

from jssl.augment.recipes import MNIST
from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """Two stretches of eight frames of each clip; neither turned nor mirrored, which would change the direction."""
    config = defaults()
    config.data.name = "moving_digits"
    config.input = "clip"
    config.augment = {
        "recipe": "plain", "size": 32, "frames": 8, "crop": (0.6, 1.0), "flip": 0.0, "mean": MNIST[0], "std": MNIST[1],
    }  # fmt: skip
    config.encoder = {"name": "clip_convnet", "width": 8, "depth": 4}
    config.method = {"name": "simclr", "projector": (128, 64), "temperature": 0.2}
    config.optimizer = {"name": "adamw", "learning_rate": 6e-3, "weight_decay": 1e-4, "warmup": 1.0}
    config.batch_size = 128
    config.epochs = 6
    config.evaluate.every = 6
    return config
