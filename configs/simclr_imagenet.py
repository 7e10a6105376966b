"""SimCLR on ImageNet with ResNet-50, as in the paper: batch 4096, 1000 epochs, LARS.

Paper     SimCLR, arXiv:2002.05709: 69.3 % top-1, linear probe.
Command   python -m launch.pretrain --config=configs/simclr_imagenet.py --workdir=runs/simclr_imagenet
Data      tfds:imagenet2012 (needs the two archives in --config.data.manual_dir and TensorFlow to prepare), or
          --config.data.name=folder:PATH with train/ and val/ sub-folders of one folder per class
"""

from ml_collections import ConfigDict

from jssl.run.imagenet import imagenet


def get_config() -> ConfigDict:
    """The paper's setting, in the steps of the authors' code, whose loss is twice the paper's.

    Under LARS half the decay, 5e-7 for the paper's 1e-6, and twice the rate of biases and norms are the same as that.
    """
    config = imagenet()
    config.augment = {"recipe": "simclr", "size": 224}
    config.encoder = {"name": "resnet50", "stem": "imagenet", "zero_init_residual": True}
    config.method = {"name": "simclr", "projector": (2048, 128), "temperature": 0.1}
    config.optimizer = {
        "name": "lars", "learning_rate": 0.3, "weight_decay": 5e-7, "warmup": 10.0, "rates": {"vectors": 2.0},
    }  # fmt: skip
    config.batch_size = 4096
    config.epochs = 1000
    config.precision = "bf16"
    config.evaluate.k = 200
    config.evaluate.examples = 50_000
    config.checkpoint.every = 5
    config.paper = {
        "title": "A Simple Framework for Contrastive Learning of Visual Representations",
        "arxiv": "2002.05709",
        "data": "ImageNet",
        "reported": ({"value": 69.3, "protocol": "linear_sgd", "like": "simclr"},),
    }
    return config
