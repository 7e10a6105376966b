"""MoCo v2 on ImageNet with ResNet-50, 200 epochs; `:v1` for MoCo v1.

Paper     MoCo v2, arXiv:2003.04297: 67.5 % linear (800 epochs: 71.1 %). MoCo v1, arXiv:1911.05722: 60.6 % linear.
          v1 steps the learning rate down at 120 and 160 epochs, v2 follows a cosine.
Command   python -m launch.pretrain --config=configs/moco_v2_imagenet.py --workdir=runs/moco_v2_imagenet
          python -m launch.pretrain --config=configs/moco_v2_imagenet.py:v1 --workdir=runs/moco_v1_imagenet
Devices   batch norm is over groups of 32, the paper's images per GPU: at this batch size up to 8 devices; for more,
          a larger batch or --config.encoder.batch_norm=ghost:16
Data      tfds:imagenet2012 (needs the two archives in --config.data.manual_dir and TensorFlow to prepare), or
          --config.data.name=folder:PATH with train/ and val/ sub-folders of one folder per class
"""

from ml_collections import ConfigDict

from jssl.run.imagenet import imagenet


def get_config(version: str = "v2") -> ConfigDict:
    """The papers' settings. v2 adds blur and a hidden layer, and raises the temperature."""
    if version not in ("v1", "v2"):
        raise ValueError(f"version {version!r} is neither v1 nor v2")
    config = imagenet()
    first = {"jitter": (0.4, 0.4, 0.4, 0.4), "jitter_probability": 1.0, "blur": 0.0}
    config.augment = {"recipe": "moco_v2", "size": 224, **(first if version == "v1" else {})}
    config.encoder = {"name": "resnet50", "stem": "imagenet", "batch_norm": "ghost:32"}
    head = {"v1": {"projector": (128,), "temperature": 0.07}, "v2": {"projector": (2048, 128), "temperature": 0.2}}
    config.method = {
        "name": "moco", "queue": 65536, "momentum": 0.999, "shuffle": True, "initializer": "torch", **head[version],
    }  # fmt: skip
    config.optimizer = {
        "name": "sgd", "learning_rate": 0.03, "weight_decay": 1e-4, "decays": {"vectors": 1.0}, "warmup": 0.0,
    }  # fmt: skip
    if version == "v1":
        config.optimizer.drops = (120, 160)
    config.batch_size = 256
    config.epochs = 200
    config.precision = "bf16"
    config.evaluate.k = 200
    config.evaluate.examples = 50_000
    config.checkpoint.every = 5
    config.paper = {
        "title": "Momentum Contrast for Unsupervised Visual Representation Learning",
        "arxiv": "1911.05722",
        "data": "ImageNet",
        "reported": (
            {
                "value": {"v1": 60.6, "v2": 67.5}[version],
                "protocol": "linear_sgd",
                "like": "moco",
                "at": {"epochs": 200},
            },
        ),
    }
    return config
