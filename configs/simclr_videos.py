"""SimCLR on a folder of your own films, labelled or not: a small network, for a laptop.

Paper     SimCLR, arXiv:2002.05709, on clips, all frames of a view drawn alike (a small setting of ours)
Command   python -m launch.pretrain --config=configs/simclr_videos.py:PATH --workdir=runs/videos
          python -m launch.embed --workdir=runs/videos --data=video:PATH --out=features.npz
Data      any films under PATH (pip install "jssl[video]"); sub-folders are labels, train/ and test/ sub-folders are
          splits, and so are the lists of UCF-101; or what launch.prepare --data=games:doom has recorded
With a GPU, more pixels and frames: --config.data.size, --config.augment.size, --config.data.frames.
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config(path: str = "videos") -> ConfigDict:
    """Eight frames of 64 pixels, a convnet in space and time; batches of 16, so that small folders do."""
    config = defaults()
    config.data.name = f"video:{path}"
    config.data.test = ""
    config.data.size = 72
    config.data.frames = 8  # of a clip: where in the film it begins is drawn anew at each step
    config.data.stride = 4
    config.input = "clip"
    config.augment = {"recipe": "simclr_cifar", "size": 64}
    config.encoder = {"name": "clip_convnet", "width": 16, "depth": 4}
    config.method = {"name": "simclr", "projector": (256, 64), "temperature": 0.2}
    config.optimizer = {"name": "adamw", "learning_rate": 8e-3, "weight_decay": 1e-4, "warmup": "5%"}
    config.batch_size = 16
    config.epochs = 100
    return config
