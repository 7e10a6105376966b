"""Context encoder on ImageNet: 128 pixels, of which the central 64 are painted, as in the authors' code.

Paper     Context Encoders, arXiv:1604.07379: 56.5 % on VOC 2007 classification, fine-tuned
Command   python -m launch.pretrain --config=configs/context_encoder_imagenet.py --workdir=runs/context_encoder_imagenet
          ... --config=configs/context_encoder_imagenet.py:features   squared error alone on random blocks, which is
          what the paper learned its features by
Data      tfds:imagenet2012 (needs the two archives in --config.data.manual_dir and TensorFlow to prepare), or
          --config.data.name=folder:PATH with train/ and val/ sub-folders of one folder per class
Differs   the paper's features are AlexNet's. Here the encoder is the one the authors inpaint with (five layers that
          halve the picture, 4,000 features), but of 3x3 kernels and twice as wide from its second to its fourth layer.
          Batch, rates, weights and overlap are from the command in the authors' code; 7 pixels of overlap are the
          paper's. Its 500 epochs would be ten million steps here: of the paper's other data, 14,900 pictures of Paris,
          they are 116,000
"""

from ml_collections import ConfigDict

from jssl.run.imagenet import imagenet


def get_config(purpose: str = "center") -> ConfigDict:
    """The joint loss on central holes, "center", or the paper's way to features, "features"."""
    config = imagenet()
    crop = (128 / 350) ** 2  # 128 pixels of a picture whose shorter side has 350, at no other scale
    config.augment = {"recipe": "plain", "size": 128, "crop": (crop, crop), "square": True, "ratio": (1.0, 1.0)}
    config.encoder = {"name": "convnet", "width": 64, "depth": 5, "features": 4000}
    config.method = {"name": "context_encoder", "region": "center", "overlap": 4}
    players = ("encoder", "decoder", "discriminator")
    config.optimizer = {
        "name": "adamw", "learning_rate": 2e-3, "scale_by_batch": False, "weight_decay": 0.0, "b1": 0.5,
        "warmup": 0.0, "rates": {"discriminator": 0.1}, "constant": players,
    }  # fmt: skip
    if purpose == "features":
        config.method = {
            "name": "context_encoder", "region": "blocks", "overlap": 7, "reconstruction": 1.0, "adversarial": 0.0,
        }  # fmt: skip
        # The tenfold rate goes with the joint loss alone.
        config.optimizer.learning_rate = 2e-4
        config.optimizer.rates, config.optimizer.constant = {}, players[:2]
    config.batch_size = 64
    config.epochs = "100000 steps"
    config.checkpoint.every = "5000 steps"
    config.precision = "bf16"
    config.evaluate.k = 200
    config.evaluate.examples = 50_000
    config.paper = {
        "title": "Context Encoders: Feature Learning by Inpainting",
        "arxiv": "1604.07379",
        "data": "ImageNet",
        "reported": (
            {
                "value": 56.5,
                "unit": "% mAP",
                "protocol": "other",
                "how": "PASCAL VOC 2007 classification, AlexNet, fine-tuned",
            },
        ),
    }
    return config
