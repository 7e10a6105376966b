"""SimCLR on a folder of your own pictures, labelled or not: a small network, for a laptop.

Paper     SimCLR, arXiv:2002.05709 (a small setting of ours)
Command   python -m launch.pretrain --config=configs/simclr_pictures.py:PATH --workdir=runs/pictures
          python -m launch.embed --workdir=runs/pictures --data=folder:PATH --out=features.npz
Data      any pictures under PATH; sub-folders are labels, train/ and test/ sub-folders are splits
With a GPU, see configs/simclr_cifar10.py for a ResNet and --config.augment.size for more pixels, twice as many of
--config.data.canvas, the longer side to which pictures are scaled down before crops are drawn in them.
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config(path: str = "pictures") -> ConfigDict:
    """64 pixels, a convnet of four layers; batches of 64, so that small folders do."""
    config = defaults()
    config.data.name = f"folder:{path}"
    config.data.test = ""
    config.data.canvas = 128
    config.augment = {"recipe": "simclr_cifar", "size": 64}
    config.encoder = {"name": "convnet", "width": 32, "depth": 4, "features": 256}
    config.method = {"name": "simclr", "projector": (512, 128), "temperature": 0.2}
    config.optimizer = {"name": "adamw", "learning_rate": 4e-3, "weight_decay": 1e-4, "warmup": "5%"}
    config.batch_size = 64
    config.epochs = 100
    return config
