"""Relative position on ImageNet with ResNet-50: the paper's patches, 70 epochs with mmselfsup's schedule.

Paper     Relative position, arXiv:1505.05192: with AlexNet, fine-tuned on VOC 2007 detection, 46.3 mAP (colours
          dropped) and 45.7 (projected). mmselfsup's number for ResNet-50, as here, is of another puzzle and not
          comparable: patches out of 255 pixels, two thirds of the pictures grey.
Command   python -m launch.pretrain --config=configs/relative_position_imagenet.py --workdir=runs/relative_position
Data      tfds:imagenet2012 (needs the two archives in --config.data.manual_dir and TensorFlow to prepare), or
          --config.data.name=folder:PATH with train/ and val/ sub-folders of one folder per class
"""

from ml_collections import ConfigDict

from jssl.run.imagenet import imagenet


def get_config() -> ConfigDict:
    """Patches of 96 pixels, 48 apart, moved by -7 to 7: nine fill 398 pixels of pictures of 390 to 670."""
    config = imagenet()
    config.augment = {
        "recipe": "plain", "size": 224, "puzzle": 398, "crop": (0.35, 1.0), "ratio": (1.0, 1.0), "flip": 0.0,
    }  # fmt: skip
    config.encoder = {"name": "resnet50", "stem": "imagenet"}
    config.method = {
        "name": "relative_position", "patch": 96, "gap": 48, "jitter": 14, "colors": "drop", "rescaled": 0.33,
        "smallest": 10, "head": (4096, 4096),
    }  # fmt: skip
    config.optimizer = {
        "name": "sgd", "learning_rate": 0.1, "weight_decay": 1e-4, "decays": {"head": 5.0, "vectors": 1.0},
        "warmup": 5.0, "drops": (30.0, 50.0),
    }  # fmt: skip
    config.batch_size = 512
    config.epochs = 70
    config.precision = "bf16"
    config.evaluate.k = 200
    config.evaluate.examples = 50_000
    config.checkpoint.every = 5
    config.paper = {
        "title": "Unsupervised Visual Representation Learning by Context Prediction",
        "arxiv": "1505.05192",
        "data": "ImageNet",
        "reported": ({"value": 40.4, "protocol": "other", "how": "mmselfsup's linear probe", "by": "mmselfsup"},),
    }
    return config
