"""DeepCluster-v2 on ImageNet with ResNet-50, 800 epochs.

Paper     DeepCluster-v2, arXiv:2006.09882: 75.2 % linear. The first epoch fills the bank, where
          the authors' code makes a pass over the data.
Command   python -m launch.pretrain --config=configs/deepcluster_v2_imagenet.py --workdir=runs/deepcluster_v2_imagenet
Data      tfds:imagenet2012 (needs the two archives in --config.data.manual_dir and TensorFlow to prepare), or
          --config.data.name=folder:PATH with train/ and val/ sub-folders of one folder per class
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """The paper's setting."""
    config = defaults()
    config.data.name = "tfds:imagenet2012"
    config.data.test = "validation"
    config.data.size = 256
    config.data.route = "stream"
    config.augment = {
        "recipe": "multi_crop", "size": 224, "local_views": 6, "local_size": 96, "crop": (0.14, 1.0),
        "local_crop": (0.05, 0.14), "jitter": (0.8, 0.8, 0.8, 0.2), "blur": 0.5, "solarize": 0.0,
    }  # fmt: skip
    config.encoder = {"name": "resnet50", "stem": "imagenet"}
    config.method = {
        "name": "deepcluster_v2", "projector": (2048, 128), "prototypes": (3000, 3000, 3000), "temperature": 0.1,
        "iterations": 10,
    }  # fmt: skip
    config.optimizer.learning_rate = 0.3  # for 256: 4.8 for 4096
    config.optimizer.final_learning_rate = 4.8e-3
    config.optimizer.weight_decay = 1e-6
    config.batch_size = 4096
    config.epochs = 800
    config.precision = "bf16"
    config.evaluate.k = 200
    config.evaluate.examples = 50_000
    config.checkpoint.every = 5
    config.paper = {
        "title": "Unsupervised Learning of Visual Features by Contrasting Cluster Assignments",
        "arxiv": "2006.09882",
        "data": "ImageNet",
        "reported": ({"value": 75.2, "protocol": "linear_sgd", "like": "swav"},),
    }
    return config
