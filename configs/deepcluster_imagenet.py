"""DeepCluster on ImageNet with ResNet-50, 200 epochs.

Paper     DeepCluster, arXiv:1807.05520: 41.0 % linear on AlexNet's third layer. The network
          here is a ResNet-50 on colours, where the paper has an AlexNet on Sobel edges.
Command   python -m launch.pretrain --config=configs/deepcluster_imagenet.py --workdir=runs/deepcluster_imagenet
Data      tfds:imagenet2012 (needs the two archives in --config.data.manual_dir and TensorFlow to prepare), or
          --config.data.name=folder:PATH with train/ and val/ sub-folders of one folder per class
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """The paper's clusters and components, and the optimiser of its code: one rate throughout."""
    config = defaults()
    config.data.name = "tfds:imagenet2012"
    config.data.test = "validation"
    config.data.size = 256
    config.data.route = "stream"
    config.augment = {"recipe": "plain", "size": 224}
    config.encoder = {"name": "resnet50", "stem": "imagenet"}
    config.method = {
        "name": "deepcluster", "clusters": 10_000, "components": 256, "iterations": 20, "every": 1.0,
    }  # fmt: skip
    config.optimizer = {
        "name": "sgd", "learning_rate": 0.05, "final_learning_rate": 0.05, "weight_decay": 1e-5,
        "decays": {"vectors": 1.0}, "warmup": 0.0,
    }  # fmt: skip
    config.batch_size = 256
    config.epochs = 200
    config.precision = "bf16"
    config.evaluate.k = 200
    config.evaluate.examples = 50_000
    config.checkpoint.every = 5
    config.paper = {
        "title": "Deep Clustering for Unsupervised Learning of Visual Features",
        "arxiv": "1807.05520",
        "data": "ImageNet",
        "reported": (
            {"value": 41.0, "protocol": "other", "how": "linear probe on conv3 of AlexNet"},
            {"value": 37.88, "protocol": "other", "by": "VISSL", "how": "VISSL's linear probe of AlexNet"},
        ),
    }
    return config
