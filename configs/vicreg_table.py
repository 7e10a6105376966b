"""VICReg on the rows of your own table of numbers: layers on all columns, for a laptop.

Paper     VICReg, arXiv:2105.04906, on rows of which values are missing (not a setting of the paper)
Command   python -m launch.pretrain --config=configs/vicreg_table.py:PATH --workdir=runs/table
Data      an .npz: `tables` float [n, columns], NaN where a value is missing, or `train_tables` and `test_tables` with
          their labels, see `jssl/data/arrays.py`; or a .csv file, see `jssl/data/csv_files.py`, with
          --config.data.label_column=NAME --config.data.train=train[:80%] --config.data.test=train[80%:]. Columns are
          set to mean 0 and deviation 1 by the training rows; categories are columns of 0 and 1
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config(path: str = "table.npz") -> ConfigDict:
    """Noisy rows, without three in ten of their values."""
    config = defaults()
    config.data.name = f"npz:{path}" if path.endswith(".npz") else f"table:{path}"
    config.input = "table"
    config.augment = {"recipe": "columns"}
    config.encoder = {"name": "perceptron", "widths": (128, 64)}
    config.method = {"name": "vicreg", "expander": (128, 128)}
    config.optimizer = {"name": "adamw", "learning_rate": 2e-3, "weight_decay": 1e-4, "warmup": "5%"}
    config.batch_size = 64
    config.epochs = 60
    config.evaluate.every = 20
    return config
