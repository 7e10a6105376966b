"""DeepCluster-v2 on 5,000 MNIST digits, for two CPU cores, to be compared with configs/simclr_mnist5k.py.

Paper     DeepCluster-v2, arXiv:2006.09882 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/deepcluster_v2_mnist5k.py --workdir=runs/deepcluster_v2_mnist5k
Cost      60 epochs of 31 steps, each about what one of that demo costs, and 60 clusterings
Expected  0.972 kNN on the held-out fifth of the train split after 40 epochs; of the test digits, seed 0: 96.5 % kNN,
          97.4 % linear probe, 92.1 % with 10 labels per class (untrained: 89.0, 86.8, 66.8; pixels: 93.4, 89.5, 75.5)
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """Three clusterings of a hundred, in a space of 32 dimensions."""
    config = defaults()
    config.data.name = "mnist_5k"
    config.augment = {"recipe": "digits", "size": 28, "affine": (25.0, 0.1, (0.7, 1.3), 25.0), "crop": (0.6, 1.0)}
    config.encoder = {"name": "convnet", "width": 16, "depth": 3, "features": 256}
    config.method = {"name": "deepcluster_v2", "projector": (512, 32), "prototypes": (100, 100, 100)}
    config.optimizer = {"name": "adamw", "learning_rate": 4e-3, "weight_decay": 1e-4, "warmup": "5%"}
    config.batch_size = 128
    config.epochs = 60
    config.evaluate.every = 20
    return config
