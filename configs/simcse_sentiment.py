"""SimCSE on sentences of film reviews: the contrast of a sentence with itself under other dropout, for a laptop.

Paper     SimCSE, arXiv:2104.08821 (a small setting of ours, from random weights; the paper begins with BERT's)
Command   python -m launch.pretrain --config=configs/simcse_sentiment.py:films.tsv --workdir=runs/simcse
Data      `python -m benchmarks.texts films sentiment.tsv.xz films.tsv`: neg or pos TAB sentence
Measured  kNN 55.5 and linear probe 58.8 % of praise and blame; untrained 54.1 and 56.9, bag of words 65.5 and 74.6
          (5 epochs, seed 0, nine CPU minutes with the probes). From random weights any two texts differ more than
          dropout's copies of one: the loss is next to nothing after ten steps. `--config.start=FOLDER` of a run of
          `bert` with this encoder begins as the paper does
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config(path: str = "films.tsv") -> ConfigDict:
    """The encoder of configs/bert_sentiment.py with dropout, which is all that tells two views apart."""
    config = defaults()
    config.data.name = f"text:{path}"
    config.data.train, config.data.test = "train[:85%]", "train[90%:]"
    config.data.length, config.data.vocabulary = 48, 4096
    config.input = "tokens"
    config.augment = {"recipe": "copies"}
    config.encoder = {
        "name": "text_transformer", "dim": 128, "depth": 2, "heads": 4, "positions": 48, "dropout": 0.1,
    }  # fmt: skip
    config.method = {"name": "simclr", "projector": (128, 128), "temperature": 0.05}
    config.optimizer = {"name": "adamw", "learning_rate": 1e-3, "weight_decay": 0.01, "warmup": "5%", "clip": 1.0}
    config.batch_size = 128
    config.epochs = 5
    config.checkpoint.every = 1
    config.evaluate.every = 1
    return config
