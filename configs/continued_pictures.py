"""BYOL on a folder of your own pictures, from the weights of others on.

Paper     BYOL, arXiv:2006.07733 (a small setting of ours: few steps, a low rate)
Command   python -m launch.pretrain --config=configs/continued_pictures.py:hf:FOLDER,PATH --workdir=runs/continued
Data      any pictures under PATH; sub-folders are labels, train/ and test/ sub-folders are splits
Weights   hf:FOLDER, timm:FILE or torchvision:FILE, of a ViT or a ResNet: see docs/guides/weights.md

The encoder and what it sees (size, mean, deviation) are those of the weights. Its teacher starts from them, too.
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults
from jssl.run.foreign import told


def get_config(argument: str = "pictures") -> ConfigDict:
    """Batches of 64, 10 epochs; `argument` is WEIGHTS,PATH, or PATH alone for a random ResNet-18 to compare with."""
    start, _, path = argument.rpartition(",")
    config = defaults()
    config.start = start
    config.encoder, seen = told(start) if start else ({"name": "resnet18"}, {"size": 224})
    config.data.name = f"folder:{path}"
    config.data.test = ""
    config.data.canvas = 2 * seen["size"]
    config.augment = {"recipe": "byol", **seen}
    config.method = {"name": "byol", "projector": (1024, 256), "predictor": (1024, 256)}
    config.optimizer = {"name": "adamw", "learning_rate": 1e-4, "weight_decay": 0.04, "warmup": "10%"}
    config.batch_size = 64
    config.epochs = 10
    return config
