"""SimCLR v2's last step on 5,000 MNIST digits: a student of a fine-tuned network, made for two CPU cores.

Paper     SimCLR v2, arXiv:2006.10029 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/simclr_v2_distil_mnist5k.py --workdir=runs/simclr_v2_distil
              --config.teacher=RUN
          where RUN is a network that configs/simclr_v2_mnist5k.py's second command names; with
          --config.encoder.width=8 the student is smaller than its teacher, and --config.method.weight=0.5 gives it the
          ten labels of each class too
Cost      40 epochs of 31 steps: about 60 CPU seconds
Expected  after 8 epochs 91.3 % of the test digits, of a teacher of 91.7 (one seed); all 40 have not been measured
"""

from ml_collections import ConfigDict

from configs.simclr_v2_mnist5k import get_config as pretraining
from jssl.run.config import defaults


def get_config() -> ConfigDict:
    """A student as large as its teacher, on all digits under plain views, and none of their labels."""
    config, base = defaults(), pretraining()
    config.data.name = base.data.name
    config.augment = base.augment.to_dict()
    config.encoder = base.encoder.to_dict()
    config.teacher = ""
    config.method = {
        "name": "distillation", "teacher": base.encoder.to_dict(), "teacher_hidden": tuple(base.method.projector[:1]),
        "temperature": 1.0, "weight": 1.0, "average": 0.99,
    }  # fmt: skip
    config.labels.which, config.labels.ratio = "10 per class", 8
    config.optimizer = {"name": "adamw", "learning_rate": 3e-3, "weight_decay": 1e-4, "warmup": "5%"}
    config.batch_size = 128
    config.epochs = 40
    config.evaluate.every = 0
    return config
