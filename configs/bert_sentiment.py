"""BERT on sentences of film reviews: do masked words teach what is praise and what is blame? For a laptop.

Paper     BERT, arXiv:1810.04805 (a small setting of ours)
Command   python -m launch.pretrain --config=configs/bert_sentiment.py:films.tsv --workdir=runs/films
Data      `python -m benchmarks.texts films sentiment.tsv.xz films.tsv`: neg or pos TAB sentence
Cost      1,400 steps of 128 sentences: seven minutes on two CPU cores that others used too
Measured  seed 0, last checkpoint, on the 1,057 sentences of train[90%:], all labels, in %: kNN 54.2, linear probe 59.3;
          untrained 54.1 and 56.9, bag of words 65.5 and 74.6. Perplexity on held-out words 327, after two epochs 810.
          Not tuned: so few sentences teach words and hardly what they are for
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config(path: str = "films.tsv") -> ConfigDict:
    """Two blocks of 128, 48 tokens; 9,000 sentences, as often as three minutes allow."""
    config = defaults()
    config.data.name = f"text:{path}"
    config.data.train, config.data.validation, config.data.test = "train[:85%]", "train[85%:90%]", "train[90%:]"
    config.data.length, config.data.vocabulary = 48, 4096
    config.input = "tokens"
    config.augment = {"recipe": "plain"}
    config.encoder = {"name": "text_transformer", "dim": 128, "depth": 2, "heads": 4, "positions": 48}
    config.method = {"name": "bert", "mask": 0.15}
    config.optimizer = {"name": "adamw", "learning_rate": 4e-3, "weight_decay": 0.01, "warmup": 2.0, "clip": 1.0}
    config.batch_size = 128
    config.epochs = 20
    config.checkpoint.every = 2
    config.evaluate.every = 2
    return config
