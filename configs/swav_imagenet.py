"""SwAV on ImageNet with ResNet-50: 800 epochs at a batch of 4096, or `:256`, 200 epochs at a batch of 256.

Paper     SwAV, arXiv:2006.09882: 75.3 % linear after 800 epochs, 72.7 % with the small batch after 200. Where this
          differs from the authors' code: the warm-up begins at 0, not at a rate of 0.3; biases and norms have neither
          weight decay nor a trust ratio; the queue is filled before its epoch, and not from it on; the norm of the
          projector is over the whole batch, and not over 512.
Command   python -m launch.pretrain --config=configs/swav_imagenet.py --workdir=runs/swav_imagenet
          python -m launch.pretrain --config=configs/swav_imagenet.py:256 --workdir=runs/swav_imagenet_256
Data      tfds:imagenet2012 (needs the two archives in --config.data.manual_dir and TensorFlow to prepare), or
          --config.data.name=folder:PATH with train/ and val/ sub-folders of one folder per class
"""

from ml_collections import ConfigDict

from jssl.run.imagenet import imagenet


def get_config(batch_size: str = "4096") -> ConfigDict:
    """The paper's settings."""
    if batch_size not in ("4096", "256"):
        raise ValueError(f"batch size {batch_size!r} is neither 4096 nor 256")
    config = imagenet()
    config.augment = {
        "recipe": "multi_crop", "size": 224, "local_views": 6, "local_size": 96, "crop": (0.14, 1.0),
        "local_crop": (0.05, 0.14), "jitter": (0.8, 0.8, 0.8, 0.2), "blur": 0.5, "solarize": 0.0,
    }  # fmt: skip
    config.encoder = {"name": "resnet50", "stem": "imagenet"}
    config.method = {
        "name": "swav", "projector": (2048, 128), "prototypes": 3000, "temperature": 0.1, "epsilon": 0.05,
        "iterations": 3, "freeze": 1.0, "queue": 0, "queue_from": 15.0, "initializer": "torch",
    }  # fmt: skip
    config.batch_size = int(batch_size)
    config.optimizer.weight_decay = 1e-6
    if batch_size == "4096":
        config.encoder.batch_norm = "split:8"  # groups of 512 pictures: eight of the authors' 64 GPUs
        config.optimizer.learning_rate = 0.3  # for 256: 4.8 for 4096
        config.optimizer.final_learning_rate = 4.8e-3
        config.epochs = 800
    else:
        config.method.queue = 3840
        config.optimizer.learning_rate = 0.6
        config.optimizer.final_learning_rate = 6e-4
        config.optimizer.warmup = 0.0
        config.epochs = 200
    config.precision = "bf16"
    config.evaluate.k = 200
    config.evaluate.examples = 50_000
    config.checkpoint.every = 5
    config.paper = {
        "title": "Unsupervised Learning of Visual Features by Contrasting Cluster Assignments",
        "arxiv": "2006.09882",
        "data": "ImageNet",
        "reported": ({"value": {"4096": 75.3, "256": 72.7}[batch_size], "protocol": "linear_sgd", "like": "swav"},),
        "differences": (
            "the warm-up begins at 0, not at a rate of 0.3",
            "biases and norms have neither weight decay nor a trust ratio",
            "the queue is filled before its epoch, and not from it on",
        ),
    }
    return config
