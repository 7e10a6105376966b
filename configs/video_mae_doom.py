"""VideoMAE on walks through Doom with a small transformer, made for two CPU cores.

Paper     VideoMAE, arXiv:2203.12602 (not a setting of the paper: a small network, and a game's pictures)
Data      python -m launch.prepare --data=games:doom
Command   python -m launch.pretrain --config=configs/video_mae_doom.py --workdir=runs/video_mae_doom
          python -m launch.evaluate --workdir=runs/video_mae_doom --protocol=tracking
Measured  not yet
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """Tubes of two frames and 4 pixels: 26 of 256 places are seen, in all of four frames, every other of the film."""
    config = defaults()
    config.data.name = "games:doom"
    config.data.size = 64
    config.data.frames = 16
    config.data.stride = 2
    config.input = "clip"
    config.augment = {"recipe": "plain", "size": 64, "frames": 4, "crop": None}
    config.encoder = {"name": "video_vit", "dim": 64, "depth": 4, "heads": 4, "tubelet": 2, "patch": 4}
    config.method = {"name": "video_mae", "mask": 0.9, "masking": "tube", "decoder": (32, 1, 2), "norm_pix": True}
    config.optimizer = {"name": "adamw", "learning_rate": 8e-3, "weight_decay": 0.05, "b2": 0.95, "warmup": "10%"}
    config.batch_size = 32
    config.epochs = "300 steps"
    config.evaluate.every = 0
    return config
