"""Split-brain autoencoder on CIFAR-10 with two small networks, made for two CPU cores.

Paper     Split-Brain Autoencoders, arXiv:1611.09842 (not a setting of the paper: small networks and small data)
Command   python -m launch.pretrain --config=configs/split_brain_cifar10_small.py --workdir=runs/split_brain_small
Data      npz:cifar10.npz in this folder (benchmarks/cifar10_jpeg.py makes one), or --config.data.name=tfds:cifar10
Cost      3 epochs of 390 steps: about 3 minutes on two cores that others load too
Expected  of 5,000 pictures held out of the train split, 49.0 % by kNN and 53.9 % by the linear probe (untrained: 38.4
          and 46.2, raw pixels: 35.8 and 43.2)
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """Each half has as many features as half of those of colourisation_cifar10_small."""
    config = defaults()
    config.data.name = "npz:cifar10.npz"
    config.augment = {"recipe": "plain", "size": 32, "crop": (0.4, 1.0), "mean": (0.0,) * 3, "std": (1.0,) * 3}
    config.encoder = {"name": "lab_halves", "half": {"name": "convnet", "width": 16, "depth": 4}}
    config.method = {"name": "split_brain", "hidden": 128}
    config.optimizer = {"name": "adamw", "learning_rate": 6e-3, "weight_decay": 1e-4, "warmup": "5%"}
    config.batch_size = 128
    config.epochs = 3
    config.evaluate.every = 1
    return config
