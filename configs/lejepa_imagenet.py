"""LeJEPA on ImageNet with ViT-H/14, or `:resnet50`, 100 epochs.

Paper     LeJEPA, arXiv:2511.08544: 79 % linear with ViT-H/14, frozen. Rates, weight decay, crops and the test's
          settings are the paper's recommendations, the batch is one of the small ones that it says suffice.
Command   python -m launch.pretrain --config=configs/lejepa_imagenet.py --workdir=runs/lejepa_imagenet
          python -m launch.pretrain --config=configs/lejepa_imagenet.py:resnet50 --workdir=runs/lejepa_resnet50
Data      tfds:imagenet2012 (needs the two archives in --config.data.manual_dir and TensorFlow to prepare), or
          --config.data.name=folder:PATH with train/ and val/ sub-folders of one folder per class
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config(network: str = "vit_huge") -> ConfigDict:
    """Two large crops and six small ones; the small ones' 98 pixels are whole patches of 14."""
    if network not in ("vit_huge", "resnet50"):
        raise ValueError(f"network {network!r} is neither vit_huge nor resnet50")
    config = defaults()
    config.data.name = "tfds:imagenet2012"
    config.data.test = "validation"
    config.data.size = 256
    config.data.route = "stream"
    config.augment = {
        "recipe": "multi_crop", "size": 224, "local_views": 6, "local_size": 98, "crop": (0.3, 1.0),
        "local_crop": (0.05, 0.3),
    }  # fmt: skip
    config.method = {"name": "lejepa", "projector": (2048, 2048, 64), "weight": 0.05, "slices": 1024}
    config.optimizer = {"name": "adamw", "learning_rate": 5e-4, "weight_decay": 5e-2, "warmup": 10.0}
    config.encoder = {"name": "vit", "dim": 1280, "depth": 32, "heads": 16, "patch": 14, "image_size": 224}
    if network == "resnet50":
        config.encoder = {"name": "resnet50", "stem": "imagenet"}
        config.optimizer.weight_decay = 5e-4
    config.batch_size = 512
    config.epochs = 100
    config.precision = "bf16"
    config.evaluate.examples = 50_000
    config.checkpoint.every = 5
    config.paper = {
        "title": "LeJEPA: Provable and Scalable Self-Supervised Learning Without the Heuristics",
        "arxiv": "2511.08544",
        "data": "ImageNet",
        "reported": ({"value": 79.0, "protocol": "other", "how": "frozen linear evaluation"},)
        if network == "vit_huge"
        else (),
    }
    return config
