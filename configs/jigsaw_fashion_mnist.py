"""Jigsaw on Fashion-MNIST, through TFDS, made for two CPU cores.

Paper     Jigsaw, arXiv:1603.09246 (not a setting of the paper: a small network and small data)
Prepare   python -m launch.prepare --data=tfds:fashion_mnist        (30 MB; --manual_dir=DIR for files at hand)
Command   python -m launch.pretrain --config=configs/jigsaw_fashion_mnist.py --workdir=runs/jigsaw_fashion_mnist
Cost      one epoch of 468 steps: about 2.5 CPU minutes of training
Expected  0.7 of the puzzles solved; on 5,000 pictures held out (--config.data.train="train[:-5000]"
          --config.data.test="train[-5000:]"), mean of seeds 0, 1 and 2: 0.853 kNN, 0.858 linear probe and 0.677 with 10
          labels per class (untrained: 0.831, 0.837 and 0.662)
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """Patches as in configs/jigsaw_mnist5k.py, a little smaller: a garment fills its picture."""
    config = defaults()
    config.data.name = "tfds:fashion_mnist"
    config.augment = {
        "recipe": "digits", "size": 28, "puzzle": 32, "affine": (25.0, 0.1, (1.2, 2.0), 25.0), "flip": 0.5,
        "mean": (0.286,), "std": (0.353,),
    }  # fmt: skip
    config.encoder = {"name": "convnet", "width": 16, "depth": 3, "features": 256}
    config.method = {
        "name": "jigsaw", "permutations": 100, "patch": 18, "gap": -12, "jitter": 2,
        "affine": (30.0, 0.0, (0.8, 1.2), 20.0), "tile": (512, 512, 512, 512, 512, 512, 64), "head": (256,),
        "shuffles": 8,
    }  # fmt: skip
    config.optimizer = {"name": "sgd", "learning_rate": 0.2, "weight_decay": 1e-4, "warmup": "10%"}
    config.batch_size = 128
    config.epochs = 1
    config.evaluate.every = 1
    return config
