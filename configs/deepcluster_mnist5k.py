"""DeepCluster on 5,000 MNIST digits, for two CPU cores, to be compared with configs/simclr_mnist5k.py.

Paper     DeepCluster, arXiv:1807.05520 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/deepcluster_mnist5k.py --workdir=runs/deepcluster_mnist5k
Cost      60 epochs of 31 steps, each less than one of that demo costs, and 30 clusterings
Expected  of the test digits, seed 0: 92.3 % kNN, 95.1 % linear probe, 87.8 % with 10 labels per class (untrained: 89.0,
          86.8, 66.8; raw pixels: 93.4, 89.5, 75.5)
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """Ten clusters for each digit, found anew every other epoch."""
    config = defaults()
    config.data.name = "mnist_5k"
    config.augment = {"recipe": "digits", "size": 28, "affine": (25.0, 0.1, (0.7, 1.3), 25.0), "crop": (0.6, 1.0)}
    config.encoder = {"name": "convnet", "width": 16, "depth": 3, "features": 256}
    config.method = {"name": "deepcluster", "clusters": 100, "components": 64, "every": 2.0}
    config.optimizer = {"name": "adamw", "learning_rate": 4e-3, "weight_decay": 1e-4, "warmup": "5%"}
    config.batch_size = 128
    config.epochs = 60
    config.evaluate.every = 20
    return config
