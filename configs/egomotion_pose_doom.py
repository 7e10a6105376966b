"""Egomotion on first-person films of Doom, by the player's true pose, for two CPU cores.

Paper     Egomotion, arXiv:1505.01596 (not a setting of the paper: a game's pictures, a small network and small data)
Command   python -m launch.prepare --data=games:doom
          python -m launch.pretrain --config=configs/egomotion_pose_doom.py --workdir=runs/egomotion_pose_doom
Measured  not learnt so far: after 300 steps (52 CPU seconds) it says of test films no more than the commonest
          class of each motion does, 40 / 57 / 45 % where that has 41 / 57 / 45; see docs/senses.md
"""

from ml_collections import ConfigDict

from jssl.augment.recipes import IMAGENET
from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """Frames of 48 pixels, up to seven apart, 17 in a second. Its last layer sees what lies where, as motion is of."""
    config = defaults()
    config.data.name = "games:doom"
    config.data.size = 48
    config.data.frames = 8
    config.data.stride = 1
    config.data.arrays = ("pose",)
    config.input = "clip"
    config.augment = {
        "recipe": "plain", "size": 48, "frames": 2, "stride": 7, "crop": None, "flip": 0.0, "mean": IMAGENET[0],
        "std": IMAGENET[1],
    }  # fmt: skip
    config.encoder = {"name": "per_frame", "frame": {"name": "convnet", "width": 16, "depth": 4, "features": 256}}
    config.method = {
        "name": "egomotion_pose", "apart": 7, "reach": (110.0, 30.0, 50.0), "bins": 5, "head": (256,),
    }  # fmt: skip
    config.optimizer = {
        "name": "adamw", "learning_rate": 3e-3, "scale_by_batch": False, "weight_decay": 1e-4, "warmup": "5%",
    }  # fmt: skip
    config.batch_size = 64
    config.epochs = "300 steps"
    config.evaluate.every = 0
    return config
