"""Tracking by colourisation on walks through Doom, made for two CPU cores.

Paper     Tracking emerges by colorizing videos, arXiv:1806.09594 (not a setting of the paper: a small network, and a
          game's pictures)
Data      python -m launch.prepare --data=games:doom
Command   python -m launch.pretrain --config=configs/video_colourisation_doom.py --workdir=runs/coloured_doom
          python -m launch.evaluate --workdir=runs/coloured_doom --protocol=tracking
Cost      120 steps of 16 clips, shrunk beforehand into an npz: 43 CPU seconds; tracking 26
Measured  seed 0, after these 120 steps: 54.4 % of a batch's places get the colour that they have, where who copies the
          same place of the frame before has 63.5. Masks of 55 objects of 41 clips of the test films carried on through
          16 frames, J / F in %: 8.1 / 13.8, untrained 7.8 / 12.3, first mask kept 9.6 / 15.0, optical flow 44.2 / 53.6.
          So short a run follows nothing through a turning view. Nothing was tuned
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """The last of four frames, every other of the film, is coloured by the three before it, in squares of 4 pixels."""
    config = defaults()
    config.data.name = "games:doom"
    config.data.size = 64
    config.data.frames = 16
    config.data.stride = 2
    config.input = "clip"
    config.augment = {
        "recipe": "plain", "size": 64, "frames": 4, "crop": None, "mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0),
    }  # fmt: skip
    config.encoder = {"name": "per_frame", "grey": True, "frame": {"name": "convnet", "width": 32, "depth": 2}}
    config.method = {"name": "video_colourisation", "colours": 16, "temperature": 8.0, "settle": "50 steps"}
    config.optimizer = {"name": "adamw", "learning_rate": 8e-3, "weight_decay": 1e-4, "warmup": "10%"}
    config.batch_size = 32
    config.epochs = "300 steps"
    config.evaluate.every = 0
    return config
