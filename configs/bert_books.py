"""BERT base on books and Wikipedia, as in the paper: masked words and the next sentence.

Paper     BERT, arXiv:1810.04805: BERT base, GLUE 79.6
Command   python -m launch.pretrain --config=configs/bert_books.py:PATH --workdir=runs/bert
Data      a folder of .txt files, a book or an article each: what BooksCorpus and Wikipedia were cannot be had in one
          place today. The paper has 3.3 billion words; its first 900,000 steps are on 128 tokens, the last 100,000 on
          512: `--config.start=runs/bert --config.data.length=512 --config.epochs=4` in a folder of its own.
Cost      the paper's 4 days on 16 TPU chips; not run here
Expected  about 3.99 of perplexity on held-out words by the paper's table 6, for 12 blocks of 768
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config(path: str = "books") -> ConfigDict:
    """Batches of 256 sequences, Adam at 1e-4, dropout 0.1, a vocabulary of 30,522."""
    config = defaults()
    config.data.name = f"text:{path}"
    config.data.train, config.data.validation, config.data.test = "train[:99%]", "train[99%:]", ""
    config.data.length, config.data.vocabulary = 128, 30_522
    config.input = "tokens"
    config.augment = {"recipe": "plain"}
    config.encoder = {"name": "bert_base", "dropout": 0.1, "pool": "token"}
    config.method = {"name": "bert", "mask": 0.15, "next_sentence": True}
    config.optimizer = {"name": "adamw", "learning_rate": 1e-4, "weight_decay": 0.01, "warmup": 0.4, "clip": 1.0}
    config.batch_size = 256
    config.epochs = 40
    config.precision = "bf16"
    config.checkpoint.every = 1
    config.evaluate.every = 1
    config.paper = {
        "title": "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding",
        "arxiv": "1810.04805",
        "data": "books and Wikipedia",
        "reported": (
            {"value": 3.99, "unit": "perplexity", "protocol": "perplexity"},
            {"value": 79.6, "unit": "% average of 8 tasks", "protocol": "other", "how": "fine-tuning on GLUE"},
        ),
        "differences": (
            "other books than the paper's",
            "128 tokens throughout; the paper's last tenth of the steps has 512",
        ),
    }
    return config
