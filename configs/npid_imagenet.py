"""NPID on ImageNet with ResNet-50: 4096 noise samples, 200 epochs.

Paper     NPID, arXiv:1805.01978: 54.0 % linear, 46.5 % kNN.
Command   python -m launch.pretrain --config=configs/npid_imagenet.py --workdir=runs/npid_imagenet
Memory    1.28 million rows of 128: 656 MB in float32 over all devices, half with --config.method.storage=bf16
Data      tfds:imagenet2012 (needs the two archives in --config.data.manual_dir and TensorFlow to prepare), or
          --config.data.name=folder:PATH with train/ and val/ sub-folders of one folder per class
"""

from ml_collections import ConfigDict

from jssl.run.imagenet import imagenet


def get_config() -> ConfigDict:
    """The paper's setting."""
    config = imagenet()
    view = {"jitter": (0.4, 0.4, 0.4, 0.4), "jitter_probability": 1.0, "blur": 0.0}
    config.augment = {"recipe": "moco_v2", "size": 224, **view}
    # 32 pictures in each group: what each of the GPUs had.
    config.encoder = {"name": "resnet50", "stem": "imagenet", "batch_norm": "split:8"}
    config.method = {
        "name": "npid", "dim": 128, "temperature": 0.07, "negatives": 4096, "momentum": 0.5, "proximal": 0.0,
        "storage": "float32", "initializer": "torch",
    }  # fmt: skip
    config.optimizer = {
        "name": "sgd",
        "learning_rate": 0.03,
        "weight_decay": 1e-4,
        "decays": {"vectors": 1.0},
        "warmup": 0.0,
        "drops": (120, 160),
    }
    config.batch_size = 256
    config.epochs = 200
    config.precision = "bf16"
    config.evaluate.k = 200
    config.evaluate.examples = 50_000
    config.checkpoint.every = 5
    config.paper = {
        "title": "Unsupervised Feature Learning via Non-Parametric Instance Discrimination",
        "arxiv": "1805.01978",
        "data": "ImageNet",
        "reported": (
            {"value": 46.5, "protocol": "knn", "k": 200, "temperature": 0.07},
            {"value": 54.0, "protocol": "other", "how": "linear probe, whose settings are not known to us"},
        ),
        "differences": (
            "their neighbours are looked for in the memory bank's 128 dimensions, and here in the encoder's features",
        ),
    }
    return config
