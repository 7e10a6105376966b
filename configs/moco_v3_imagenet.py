"""MoCo v3 on ImageNet with ViT-S/16, 300 epochs; `:resnet50` for ResNet-50, 1000 epochs.

Paper     MoCo v3, arXiv:2104.02057: 73.2 % linear with ViT-S, 74.6 % with ResNet-50.
Command   python -m launch.pretrain --config=configs/moco_v3_imagenet.py --workdir=runs/moco_v3_imagenet
          python -m launch.pretrain --config=configs/moco_v3_imagenet.py:resnet50 --workdir=runs/moco_v3_resnet50
Data      tfds:imagenet2012 (needs the two archives in --config.data.manual_dir and TensorFlow to prepare), or
          --config.data.name=folder:PATH with train/ and val/ sub-folders of one folder per class
"""

from ml_collections import ConfigDict

from jssl.run.imagenet import imagenet


def get_config(network: str = "vit_small") -> ConfigDict:
    """The paper's settings."""
    if network not in ("vit_small", "resnet50"):
        raise ValueError(f"network {network!r} is neither vit_small nor resnet50")
    config = imagenet()
    config.augment = {"recipe": "byol", "size": 224}
    config.batch_size = 4096
    if network == "vit_small":
        # Twice the heads of DeiT's ViT-S.
        config.encoder = {"name": "vit", "dim": 384, "depth": 12, "heads": 12, "initializer": "xavier_apart"}
        config.method = {
            "name": "moco_v3", "projector": (4096, 4096, 256), "predictor": (4096, 256), "predictor_norm": True,
            "temperature": 0.2, "momentum": 0.99, "frozen": ("embed",), "initializer": "torch",
        }  # fmt: skip
        config.optimizer = {
            "name": "adamw", "learning_rate": 1.5e-4, "weight_decay": 0.1, "decays": {"vectors": 1.0}, "warmup": 40.0,
        }  # fmt: skip
        config.epochs = 300
    else:
        config.augment.crop = (0.2, 1.0)
        config.encoder = {"name": "resnet50", "stem": "imagenet", "zero_init_residual": True}
        config.method = {
            "name": "moco_v3", "projector": (4096, 256), "predictor": (4096, 256), "predictor_norm": False,
            "temperature": 1.0, "momentum": 0.996, "initializer": "torch",
        }  # fmt: skip
        config.optimizer.learning_rate = 0.3
        config.optimizer.weight_decay = 1.5e-6
        config.epochs = 1000
    config.precision = "bf16"
    config.evaluate.k = 200
    config.evaluate.examples = 50_000
    config.checkpoint.every = 5
    config.paper = {
        "title": "An Empirical Study of Training Self-Supervised Vision Transformers",
        "arxiv": "2104.02057",
        "data": "ImageNet",
        "reported": (
            {
                "protocol": "linear_sgd",
                **{"vit_small": {"value": 73.2, "like": "moco_v3_vit"}, "resnet50": {"value": 74.6, "like": "moco_v3"}}[
                    network
                ],
            },
        ),
        "differences": ("the paper chooses the probe's rate",),
    }
    return config
