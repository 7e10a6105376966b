"""Jigsaw on ImageNet with ResNet-50: the paper's puzzle, 105 epochs with the schedule of VISSL's replication.

Paper     Jigsaw, arXiv:1603.09246: with AlexNet, 67.6 / 53.2 / 37.6 on VOC classification, detection and segmentation.
          VISSL's numbers for ResNet-50, as here, are of another puzzle and not comparable: 100 or 2,000 orders,
          patches of 64 from cells of 85, at any place in them, and two thirds of the pictures grey.
Command   python -m launch.pretrain --config=configs/jigsaw_imagenet.py --workdir=runs/jigsaw_imagenet
Data      tfds:imagenet2012 (needs the two archives in --config.data.manual_dir and TensorFlow to prepare), or
          --config.data.name=folder:PATH with train/ and val/ sub-folders of one folder per class
"""

from ml_collections import ConfigDict

from jssl.run.imagenet import imagenet


def get_config() -> ConfigDict:
    """Patches of 64 from cells of 75, 1,000 orders, a third of the pictures grey, channels moved by up to 2 pixels."""
    config = imagenet()
    # 225 pixels of a picture whose shorter side has 256, at no other scale.
    config.augment = {
        "recipe": "plain", "size": 224, "puzzle": 225, "crop": (0.7725, 0.7725), "square": True, "ratio": (1.0, 1.0),
        "grey": 0.3,
    }  # fmt: skip
    # 32 pictures, or all their patches, in each group: what each of VISSL's GPUs had.
    config.encoder = {"name": "resnet50", "stem": "imagenet", "batch_norm": "split:8"}
    config.method = {
        "name": "jigsaw", "permutations": 1000, "patch": 64, "gap": 11, "jitter": 11, "shift": 2, "tile": (1024,),
        "head": (4096,),
    }  # fmt: skip
    config.optimizer = {
        "name": "sgd", "learning_rate": 0.1, "weight_decay": 1e-4, "decays": {"biases": 1.0}, "warmup": 5.0,
        "drops": (30.0, 60.0, 90.0, 100.0),
    }  # fmt: skip
    config.batch_size = 256
    config.epochs = 105
    config.precision = "bf16"
    config.evaluate.k = 200
    config.evaluate.examples = 50_000
    config.checkpoint.every = 5
    config.paper = {
        "title": "Unsupervised Learning of Visual Representations by Solving Jigsaw Puzzles",
        "arxiv": "1603.09246",
        "data": "ImageNet",
        "reported": (
            {"value": 48.57, "protocol": "other", "how": "VISSL's linear probe, 100 permutations", "by": "VISSL"},
            {"value": 46.73, "protocol": "other", "how": "VISSL's linear probe, 2,000 permutations", "by": "VISSL"},
        ),
        "differences": ("VISSL's patches are of 64 pixels from cells of 85",),
    }
    return config
