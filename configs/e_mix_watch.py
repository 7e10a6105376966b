"""e-Mix on exercises measured at the wrist, for two CPU cores. Of which two exercises is this a mixture?

Paper     DABS, arXiv:2111.12062 (not a setting of the paper: a small network and small data)
Command   python -m launch.pretrain --config=configs/e_mix_watch.py:watch.npz --workdir=runs/e_mix
Data      `python -m benchmarks.watch watch.npz --folder=FOLDER`, or `series` of your own, see `jssl/data/arrays.py`.
          Other domains: --config.input, --config.augment.recipe and --config.encoder.patch of theirs
Measured  60 steps alone were measured, by `python -m benchmarks.any_domain`: docs/senses.md
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
    config.method = {"name": "e_mix", "projector": (128,), "temperature": 0.2}
    config.optimizer = {"name": "adamw", "learning_rate": 4e-3, "weight_decay": 1e-4, "warmup": "5%", "clip": 1.0}
    config.batch_size = 64
    config.epochs = 30
    config.evaluate.every = 10
    return config
