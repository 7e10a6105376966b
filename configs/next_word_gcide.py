"""The next word on a dictionary of English with quotations, for a laptop.

Paper     GPT-2, Language Models are Unsupervised Multitask Learners, 2019 (a small setting of ours)
Command   python -m launch.pretrain --config=configs/next_word_gcide.py:gcide --workdir=runs/gcide
          python -m launch.sample --workdir=runs/gcide --prompt="A small animal of"
Data      `python -m benchmarks.texts parts gcide.txt.xz gcide`: 1,000 files, each from another place of it
Measured  440 steps by benchmarks/compare_texts.py, 5 CPU minutes, seed 0, on held-out files: perplexity 95.5, 25.8 % of
          tokens right; a unigram has 649 and 7.1 %, a bigram 140.5 and 18.7 %. Not tuned
"""

from ml_collections import ConfigDict

from configs.next_word_texts import get_config as of_texts


def get_config(path: str = "gcide") -> ConfigDict:
    """The network of `next_word_texts`, on a twentieth of the dictionary."""
    config = of_texts(path)
    config.data.train, config.data.validation, config.data.test = "train[:5%]", "train[98%:99%]", ""
    config.optimizer.learning_rate = 8e-3
    config.batch_size = 64
    config.epochs = 4
    config.checkpoint.every = 1
    config.evaluate.every = 1
    return config
