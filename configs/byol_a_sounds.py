"""BYOL-A on a folder of your own sounds, labelled or not: a small network, for a laptop; dozens of files suffice.

Paper     BYOL-A, arXiv:2103.06695 (a small setting of ours)
Command   python -m launch.pretrain --config=configs/byol_a_sounds.py:PATH --workdir=runs/sounds
          python -m launch.embed --workdir=runs/sounds --data=sound:PATH --out=features.npz
Data      wav, flac, ogg or mp3 of any rate and length under PATH; sub-folders are labels, train/ and test/ are splits
Of a long recording each pass sees another clip of .95 s. With a GPU, see configs/byol_a_audioset.py for the paper's
network.
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config(path: str = "sounds") -> ConfigDict:
    """The paper's clips and views at twice its hop, 64 bands by 48 frames; batches of 16, so that small folders do."""
    config = defaults()
    config.data.name = f"sound:{path}"
    config.data.test = ""
    config.data.rate = 16_000
    config.data.seconds = 0.95
    config.input = "sound"
    config.augment = {"recipe": "byol_a", "hop": 320}
    config.encoder = {"name": "audio_cnn", "width": 16, "features": 512}
    config.method = {"name": "byol", "projector": (512, 128), "predictor": (512, 128), "momentum": 0.97}
    config.optimizer = {"name": "adamw", "learning_rate": 8e-3, "weight_decay": 1e-4, "warmup": "5%"}
    config.batch_size = 16
    config.epochs = 100
    return config
