"""BERT on the Brown corpus: 500 texts of 2,000 words, of 15 genres, for a laptop.

Paper     BERT, arXiv:1810.04805 (a small setting of ours)
Command   python -m launch.pretrain --config=configs/bert_brown.py:brown --workdir=runs/brown
Data      `python -m benchmarks.texts brown nltk_brown.zip brown`: a folder for each genre
Cost      10 epochs of 154 steps: 26 CPU minutes
Measured  seed 0: perplexity on held-out texts 786 after one epoch, 470 at the end. Genres of windows of 128 tokens, on
          the test split, all labels, kNN / linear probe in %: 24.4 / 26.8, untrained 20.7 / 23.0, bag of words 26.7 /
          32.9, TF-IDF 31.4 / 33.0; 10 labels a genre 16.3 / 15.9, 11.2 / 12.5, 14.4 / 17.2, 15.3 / 18.8. Nothing tuned
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config(path: str = "brown") -> ConfigDict:
    """Two blocks of 128; windows of 128 tokens, each with its text's genre."""
    config = defaults()
    config.data.name = f"text:{path}"
    config.data.train, config.data.validation, config.data.test = "train[:75%]", "train[75%:80%]", "train[80%:]"
    config.data.length, config.data.vocabulary = 128, 4096
    config.input = "tokens"
    config.augment = {"recipe": "plain"}
    config.encoder = {"name": "text_transformer", "dim": 128, "depth": 2, "heads": 4, "positions": 128}
    config.method = {"name": "bert", "mask": 0.15}
    config.optimizer = {
        "name": "adamw",
        "learning_rate": 4e-3,
        "weight_decay": 0.01,
        "warmup": "5%",
        "clip": 1.0,
    }
    config.batch_size = 64
    config.epochs = 10
    config.checkpoint.every = 1
    config.evaluate.every = 1
    return config
