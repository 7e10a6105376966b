"""BYOL-A as in the paper, on a folder of AudioSet's clips.

Paper     BYOL-A, arXiv:2103.06695: linear evaluation, 2048 features: SPCV2 92.2 %, NSynth 74.1 %, US8K 79.1 %
Command   python -m launch.pretrain --config=configs/byol_a_audioset.py:PATH --workdir=runs/byol_a
Data      the clips of AudioSet's train lists (1.9 million of ten seconds) as files under PATH, which you must fetch
Cost      100 epochs of 7,500 steps; not run here
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config(path: str = "audioset") -> ConfigDict:
    """16 kHz, .95 s, 64 bands of 60 to 7800 Hz by 96 frames; Adam, 3e-4 whatever the batch, which is 256."""
    config = defaults()
    config.data.name = f"sound:{path}"
    config.data.test = ""
    config.data.rate = 16_000
    config.data.seconds = 0.95
    config.input = "sound"
    config.augment = {"recipe": "byol_a"}
    config.encoder = {"name": "audio_cnn", "width": 64, "features": 2048}
    config.method = {"name": "byol", "projector": (4096, 256), "predictor": (4096, 256), "momentum": 0.99}
    config.optimizer = {"name": "adamw", "learning_rate": 3e-4, "weight_decay": 0.0, "warmup": 0.0}
    config.batch_size = 256
    config.epochs = 100
    return config
