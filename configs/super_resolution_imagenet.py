"""Super-resolution on ImageNet: four times larger, by SRResNet.

Paper     SRGAN, arXiv:1609.04802: a PSNR of 32.05 dB on Set5 where bicubic has 28.42; features it does not report
Command   python -m launch.pretrain --config=configs/super_resolution_imagenet.py --workdir=runs/super_resolution
          ... --config.method.adversarial=1e-3   the adversarial term, without the loss by VGG, which knows labels
Data      tfds:imagenet2012 (needs the two archives in --config.data.manual_dir and TensorFlow to prepare), or
          --config.data.name=folder:PATH with train/ and val/ sub-folders of one folder per class
Differs   what is painted is added to the bicubic picture, by one pixel shuffle of 4 in place of two of 2
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """The paper's setting."""
    config = defaults()
    config.data.name = "tfds:imagenet2012"
    config.data.test = "validation"
    config.data.size = 256
    config.data.route = "stream"
    config.augment = {"recipe": "plain", "size": 96, "crop": (0.1406, 0.1406), "ratio": (1.0, 1.0)}
    config.encoder = {"name": "srresnet", "width": 64, "blocks": 16}
    config.method = {"name": "super_resolution", "factor": 4, "hidden": 256}
    config.optimizer = {
        "name": "adamw", "learning_rate": 1e-4, "scale_by_batch": False, "weight_decay": 0.0, "warmup": 0.0,
        "constant": ("encoder", "details"),
    }  # fmt: skip
    config.batch_size = 16
    config.epochs = "1000000 steps"
    config.evaluate.k = 200
    config.evaluate.examples = 50_000
    config.paper = {
        "title": "Photo-Realistic Single Image Super-Resolution Using a Generative Adversarial Network",
        "arxiv": "1609.04802",
        "data": "ImageNet",
        "reported": (
            {"value": 32.05, "unit": "dB", "protocol": "other", "how": "Set5: PSNR of lightness, four times"},
        ),
    }
    return config
