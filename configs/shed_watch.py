"""ShED on exercises measured at the wrist, for two CPU cores. Which of its moments have changed places?

Paper     DABS, arXiv:2111.12062 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/shed_watch.py:watch.npz --workdir=runs/shed
Data      `python -m benchmarks.watch watch.npz --folder=FOLDER`, or `series` of your own, see `jssl/data/arrays.py`.
          Other domains: --config.input, --config.augment.recipe and --config.encoder.patch of theirs
Measured  60 steps alone, by `python -m benchmarks.any_domain`: docs/senses.md; the loss was still at its constant
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config(path: str = "watch.npz") -> ConfigDict:
    """Segments of four steps; series as they are."""
    config = defaults()
    config.data.name = f"npz:{path}"
    config.input = "series"
    config.augment = {"recipe": "plain"}
    config.encoder = {"name": "domain_transformer", "dim": 64, "depth": 3, "heads": 4, "patch": 4, "hidden": 128}
    config.method = {"name": "shed", "share": 0.15}
    config.optimizer = {"name": "adamw", "learning_rate": 4e-3, "weight_decay": 1e-4, "warmup": "5%", "clip": 1.0}
    config.batch_size = 64
    config.epochs = 30
    config.evaluate.every = 10
    return config
