"""BERT on WordNet's glosses: masked words of short definitions, for a laptop.

Paper     BERT, arXiv:1810.04805 (a small setting of ours)
Command   python -m launch.pretrain --config=configs/bert_glosses.py:glosses.tsv --workdir=runs/glosses
Data      `python -m benchmarks.texts glosses glosses.tsv.xz glosses.tsv`: label TAB text, 45 classes
Cost      2,202 steps of 128 glosses; half an hour on two CPU cores that eight others used too, not timed alone
Measured  seed 0, on the held-out 5,883 glosses: perplexity 582 after one epoch, 67.6 after six, where a unigram of the
          same tokens has 942. kNN on a held-out fifth of the training glosses: .303 after one epoch, .382 after six.
          Another run, stopped at step 1,100 of 2,202 (ten CPU minutes, perplexity 299 after two epochs), on the 11,766
          glosses of train[90%:], all labels, in %: kNN 43.3, linear probe 46.8; untrained 41.5 and 37.5, bag of words
          59.3 and 65.9, TF-IDF 56.8 and 67.1: by `jssl.evaluate.protocol.evaluate`, 3.5 CPU minutes
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config(path: str = "glosses.tsv") -> ConfigDict:
    """Two blocks of 128, 32 tokens; 47,000 of the 117,000 glosses."""
    config = defaults()
    config.data.name = f"text:{path}"
    config.data.train, config.data.validation, config.data.test = "train[:40%]", "train[85%:90%]", "train[90%:]"
    config.data.length, config.data.vocabulary = 32, 4096
    config.input = "tokens"
    config.augment = {"recipe": "plain"}
    config.encoder = {"name": "text_transformer", "dim": 128, "depth": 2, "heads": 4, "positions": 32}
    config.method = {"name": "bert", "mask": 0.15}
    config.optimizer = {"name": "adamw", "learning_rate": 4e-3, "weight_decay": 0.01, "warmup": 0.5, "clip": 1.0}
    config.batch_size = 128
    config.epochs = 6
    config.checkpoint.every = 1
    config.evaluate.every = 1
    return config
