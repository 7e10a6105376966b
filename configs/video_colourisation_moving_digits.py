"""Tracking by colourisation on two coloured digits that move, made for two CPU cores.

Paper     Tracking emerges by colorizing videos, arXiv:1806.09594 (not a setting of the paper: a small network and made
          clips)
Command   python -m launch.pretrain --config=configs/video_colourisation_moving_digits.py --workdir=runs/coloured
          python -m launch.evaluate --workdir=runs/coloured --protocol=tracking
Cost      300 steps: about 110 CPU seconds; tracking 27
Measured  seed 0: of a batch's places 96.5 % get the colour that they have, where who copies the same place of the frame
          before has 92.5. Masks of 199 digits of 100 test clips carried on, J / F in %: 29.1 / 60.3, untrained 21.9 /
          52.5, first mask kept 9.3 / 32.8, optical flow 90.4 / 95.8. Nothing was tuned
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """The last of four frames, every other of the clip, is coloured by the three before it, in squares of 4 pixels."""
    config = defaults()
    config.data.name = "moving_digits"
    config.data.digits = 2
    config.data.coloured = True
    config.data.size = 48
    config.input = "clip"
    config.augment = {
        "recipe": "plain", "size": 48, "frames": 4, "stride": 2, "crop": None, "flip": 0.0,
        "mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0),
    }  # fmt: skip
    config.encoder = {"name": "per_frame", "grey": True, "frame": {"name": "convnet", "width": 32, "depth": 2}}
    config.method = {"name": "video_colourisation", "colours": 16, "temperature": 8.0, "settle": 1.0}
    config.optimizer = {"name": "adamw", "learning_rate": 8e-3, "weight_decay": 1e-4, "warmup": "10%"}
    config.batch_size = 32
    config.epochs = "300 steps"
    config.evaluate.every = 0
    return config
