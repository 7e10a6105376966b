"""ST-DIM on one game of Atari, played at random, made for two CPU cores.

Paper     ST-DIM, arXiv:1906.08226 (a small setting of ours: 10,000 steps of play, screens squeezed to 84 pixels)
Command   python -m launch.prepare --data=games:atari/pong
          python -m launch.pretrain --config=configs/st_dim_atari.py:pong --workdir=runs/st_dim_pong
          python -m launch.evaluate --workdir=runs/st_dim_pong --protocol=ram
Data      any game of the Arcade Learning Environment by its name; ale-py, which brings them, is under the GPL
Measured  F1 of RAM in %, mean of categories, after 500 steps, seed 0: Pong 67.1 (untrained 63.4, 32 components of
          pixels 70.8), Breakout 62.9, after 2,500 65.7 (73.5, 69.5); in 256 numbers below its
          untrained network; see docs/senses.md
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config(game: str = "pong") -> ConfigDict:
    """One frame and the next, as they are; a state in 32 numbers."""
    config = defaults()
    config.data.name = f"games:atari/{game}"
    config.data.frames = 2
    config.data.arrays = ()
    config.input = "clip"
    config.augment = {
        "recipe": "plain", "size": 84, "frames": 1, "crop": None, "flip": 0.0, "mean": (0.5,) * 3, "std": (0.5,) * 3,
    }  # fmt: skip
    config.encoder = {"name": "nature_cnn", "widths": (16, 32, 32), "features": 32}
    config.method = {"name": "st_dim"}
    config.optimizer = {
        "name": "adamw", "learning_rate": 5e-4, "scale_by_batch": False, "weight_decay": 0.0, "warmup": "5%",
    }  # fmt: skip
    config.batch_size = 64
    config.epochs = "500 steps"
    config.evaluate.every = 0
    return config
