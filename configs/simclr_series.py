"""SimCLR on your own series, such as what sensors measure: a small transformer, for a laptop.

Paper     SimCLR, arXiv:2002.05709, on views of series (arXiv:2011.11542; not a setting of the papers)
Command   python -m launch.pretrain --config=configs/simclr_series.py:PATH --workdir=runs/series
Data      an .npz: `series` float [n, steps, channels], or `train_series` and `test_series` with `train_labels` and
          `test_labels`, see `jssl/data/arrays.py`; or a folder of .csv files, a row a moment, of which windows of
          --config.data.steps=128 are taken, see `jssl/data/csv_files.py`. Channels are set to mean 0 and deviation 1
          by the training series. `python -m benchmarks.watch watch.npz --folder=FOLDER` makes such a file of seven
          exercises, measured at the wrist
Other     --config.method.name=byol or vicreg with options of theirs; segments of --config.encoder.patch=5 steps
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config(path: str = "watch.npz") -> ConfigDict:
    """Segments of four steps, of stretched, scaled and noisy series."""
    config = defaults()
    config.data.name = f"npz:{path}" if path.endswith(".npz") else f"series:{path}"
    config.input = "series"
    config.augment = {"recipe": "sensors"}
    config.encoder = {"name": "sequence_transformer", "dim": 64, "depth": 2, "heads": 4, "patch": 4}
    config.method = {"name": "simclr", "projector": (128, 64), "temperature": 0.2}
    config.optimizer = {"name": "adamw", "learning_rate": 2e-3, "weight_decay": 1e-4, "warmup": "5%"}
    config.batch_size = 128
    config.epochs = 40
    config.evaluate.every = 10
    return config
