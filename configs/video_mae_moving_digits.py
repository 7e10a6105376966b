"""VideoMAE on clips of moving digits with a small transformer, made for two CPU cores.

Paper     VideoMAE, arXiv:2203.12602 (not a setting of the paper: a small network and made clips)
Command   python -m launch.pretrain --config=configs/video_mae_moving_digits.py --workdir=runs/video_mae
          --config.method.masking=random hides other places in each pair of frames
Cost      91 of its 124 steps: 188 CPU seconds
Measured  seed 0, stopped after these 91 steps: loss 0.18. Masks of 100 digits, one of each test clip, carried on by
          --protocol=tracking, J / F in %: 31.1 / 66.7, and untrained 37.0 / 72.6; first mask kept 12.4 / 38.9, optical
          flow 100 / 100. Of 1,000 training clips and 300 of the test split, kNN / linear probe in %: direction 37.3 /
          57.0, untrained 46.3 / 65.7; digit 24.7 / 34.3, untrained 27.0 / 33.3. So short a run learns less than random
          weights tell. Nothing was tuned
"""

from ml_collections import ConfigDict

from jssl.augment.recipes import MNIST
from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """Tubes of two frames and 4 pixels: 16 of 64 places are seen, in all twelve frames."""
    config = defaults()
    config.data.name = "moving_digits"
    config.input = "clip"
    config.augment = {"recipe": "plain", "size": 32, "crop": (0.8, 1.0), "flip": 0.0, "mean": MNIST[0], "std": MNIST[1]}
    config.encoder = {"name": "video_vit", "dim": 64, "depth": 4, "heads": 4, "tubelet": 2, "patch": 4}
    config.method = {"name": "video_mae", "mask": 0.75, "masking": "tube", "decoder": (32, 1, 2), "norm_pix": True}
    config.optimizer = {"name": "adamw", "learning_rate": 4e-3, "weight_decay": 0.05, "b2": 0.95, "warmup": "10%"}
    config.batch_size = 64
    config.epochs = 2
    config.evaluate.every = 0
    return config
