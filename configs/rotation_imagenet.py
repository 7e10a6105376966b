"""Rotation on ImageNet with ResNet-50, 105 epochs, with the schedule of VISSL's replication.

Paper     Rotation, arXiv:1803.07728: with AlexNet 38.7 % top-1, linear probe on its third layer.
          With ResNet-50, as here, VISSL reports 48.2 % and mmselfsup 47.0 %.
Command   python -m launch.pretrain --config=configs/rotation_imagenet.py --workdir=runs/rotation_imagenet
Data      tfds:imagenet2012 (needs the two archives in --config.data.manual_dir and TensorFlow to prepare), or
          --config.data.name=folder:PATH with train/ and val/ sub-folders of one folder per class
"""

from ml_collections import ConfigDict

from jssl.run.imagenet import imagenet


def get_config() -> ConfigDict:
    """256 pictures a step, 1,024 with their turns; VISSL turns each picture once."""
    config = imagenet()
    config.augment = {"recipe": "plain", "size": 224}
    # 32 pictures, each in its four turns, in each group: what each of VISSL's GPUs had, in one turn.
    config.encoder = {"name": "resnet50", "stem": "imagenet", "batch_norm": "split:8"}
    config.method = {"name": "rotation", "head": ()}
    config.optimizer = {
        "name": "sgd", "learning_rate": 0.1, "weight_decay": 1e-4, "decays": {"biases": 1.0}, "warmup": 0.0,
        "drops": (30.0, 60.0, 90.0, 100.0),
    }  # fmt: skip
    config.batch_size = 256
    config.epochs = 105
    config.precision = "bf16"
    config.evaluate.k = 200
    config.evaluate.examples = 50_000
    config.checkpoint.every = 5
    config.paper = {
        "title": "Unsupervised Representation Learning by Predicting Image Rotations",
        "arxiv": "1803.07728",
        "data": "ImageNet",
        "reported": (
            {"value": 48.2, "protocol": "other", "how": "VISSL's linear probe", "by": "VISSL"},
            {"value": 47.0, "protocol": "other", "how": "mmselfsup's linear probe", "by": "mmselfsup"},
            {"value": 38.7, "protocol": "other", "how": "AlexNet, linear probe on the third layer"},
        ),
    }
    return config
