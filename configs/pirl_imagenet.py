"""PIRL with jigsaw puzzles on ImageNet with ResNet-50: 32,000 noise samples, batch 1024, 800 epochs.

Paper     PIRL, arXiv:1912.01991: 63.6 % linear. VISSL's replication: 62.9 % after 200 epochs, 64.29 % after 800.
Command   python -m launch.pretrain --config=configs/pirl_imagenet.py --workdir=runs/pirl_imagenet
Memory    1.28 million rows of 128: 656 MB in float32 over all devices, half with --config.method.storage=bf16
Data      tfds:imagenet2012 (needs the two archives in --config.data.manual_dir and TensorFlow to prepare), or
          --config.data.name=folder:PATH with train/ and val/ sub-folders of one folder per class
"""

from ml_collections import ConfigDict

from jssl.run.imagenet import imagenet


def get_config() -> ConfigDict:
    """The paper's setting."""
    config = imagenet()
    config.augment = {"recipe": "pirl", "size": 224}
    # 32 pictures, or all their patches, in each group: what each of VISSL's GPUs had.
    config.encoder = {"name": "resnet50", "stem": "imagenet", "batch_norm": "split:32"}
    config.method = {
        "name": "pirl", "transform": "jigsaw", "dim": 128, "temperature": 0.07, "negatives": 32000, "momentum": 0.5,
        "weight": 0.5, "storage": "float32",
    }  # fmt: skip
    config.optimizer = {"name": "sgd", "learning_rate": 0.03, "weight_decay": 1e-4, "warmup": 0.0}
    config.optimizer.final_learning_rate = 1.2e-4
    config.batch_size = 1024
    config.epochs = 800
    config.precision = "bf16"
    config.evaluate.k = 200
    config.evaluate.examples = 50_000
    config.checkpoint.every = 5
    config.paper = {
        "title": "Self-Supervised Learning of Pretext-Invariant Representations",
        "arxiv": "1912.01991",
        "data": "ImageNet",
        "reported": (
            {"value": 63.6, "protocol": "other", "how": "linear probe, whose settings are not known to us"},
            {"value": 62.9, "protocol": "other", "how": "VISSL's linear probe, after 200 epochs", "by": "VISSL"},
            {"value": 64.29, "protocol": "other", "how": "VISSL's linear probe, after 800 epochs", "by": "VISSL"},
        ),
    }
    return config
