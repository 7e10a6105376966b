"""S4L on ImageNet with the labels of 10 % of it, 100,000 steps; rotation, or `:exemplar`, 50,000.

Paper     S4L, arXiv:1905.03670: 83.82 % top-5 (61.4 % top-1) with rotation, 83.72 % (62.2 %) with exemplar, 80.43 %
          (56.4 %) with the labels alone. Its ResNet-50 has its norms before the convolutions, and its exemplars
          differ in colour too
Command   python -m launch.pretrain --config=configs/s4l_imagenet.py --workdir=runs/s4l_imagenet
          python -m launch.pretrain --config=configs/s4l_imagenet.py:exemplar --workdir=runs/s4l_imagenet_exemplar
Data      tfds:imagenet2012 (needs the two archives in --config.data.manual_dir and TensorFlow to prepare), or
          --config.data.name=folder:PATH with train/ and val/ sub-folders of one folder per class
Steps     the authors' 200 epochs are of their 128,000 labelled pictures, 500 and 250 steps each; by all 1.28 million
          they would be ten times as many
"""

from ml_collections import ConfigDict

from jssl.run.imagenet import imagenet

# Batch, learning rate and steps of each of the authors' 200 epochs; and what the paper reports.
SETTINGS = {"rotation": (256, 0.03, 500, "61.4"), "exemplar": (512, 0.1, 250, "62.2")}


def get_config(task: str = "rotation") -> ConfigDict:
    """As many labelled as unlabelled pictures a step, all of them turned four times, or seen eight times."""
    batch, rate, steps, top1 = SETTINGS[task]
    config = imagenet()
    config.augment = {"recipe": "plain", "size": 224}
    config.encoder = {"name": "resnet50", "stem": "imagenet"}
    config.method = {"name": "s4l", "task": task, "weight": 1.0, "average": 0.0}
    config.labels.which, config.labels.ratio = "10%", 1
    config.optimizer = {
        "name": "sgd", "learning_rate": rate, "scale_by_batch": False, "weight_decay": 1e-3,
        "warmup": "2500 steps", "drops": tuple(f"{epoch * steps} steps" for epoch in (140, 160, 180)),
    }  # fmt: skip
    config.batch_size = batch
    config.epochs = f"{200 * steps} steps"
    config.precision = "bf16"
    config.evaluate.every = 0
    config.checkpoint.every = "5000 steps"
    config.paper = {
        "title": "S4L: Self-Supervised Semi-Supervised Learning",
        "arxiv": "1905.03670",
        "data": "ImageNet",
        "reported": ({"value": float(top1), "protocol": "classifier", "at": {"labels.which": "10%"}},),
        "differences": (
            "their ResNet-50 has its norms before the convolutions",
            "their exemplars differ in colour, too",
        ),
    }
    return config
