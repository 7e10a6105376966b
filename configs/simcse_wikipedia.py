"""SimCSE without labels, as in the paper: BERT base goes on with a million sentences of Wikipedia.

Paper     SimCSE, arXiv:2104.08821: 76.25 % (Spearman, mean of 7 tasks of similarity) from BERT base
Command   python -m launch.pretrain --config=configs/simcse_wikipedia.py:PATH --config.start=runs/bert --workdir=W
Data      a .txt file of sentences, one a line; runs/bert is a run of configs/bert_books.py, whose tokenizer is
          `--config.data.tokenizer=runs/bert/tokenizer.json`
Cost      the paper's 1.5 hours on one GPU; not run here
"""

from ml_collections import ConfigDict

from jssl.run.config import defaults


def get_config(path: str = "sentences.txt") -> ConfigDict:
    """One epoch of batches of 64, sentences of 32 tokens, dropout 0.1, a temperature of 0.05."""
    config = defaults()
    config.data.name = f"text:{path}"
    config.data.train, config.data.test = "train", ""
    config.data.length, config.data.vocabulary, config.data.whole = 32, 30_522, True
    config.input = "tokens"
    config.augment = {"recipe": "copies"}
    config.encoder = {"name": "bert_base", "dropout": 0.1, "pool": "token"}
    config.method = {"name": "simclr", "projector": (768,), "temperature": 0.05}
    config.optimizer = {"name": "adamw", "learning_rate": 1.2e-4, "weight_decay": 0.0, "warmup": 0.0, "clip": 1.0}
    config.batch_size = 64
    config.epochs = 1
    config.precision = "bf16"
    config.checkpoint.every = 1
    config.evaluate.every = 0
    config.paper = {
        "title": "SimCSE: Simple Contrastive Learning of Sentence Embeddings",
        "arxiv": "2104.08821",
        "data": "sentences of Wikipedia",
        "reported": (
            {"value": 76.25, "unit": "% Spearman", "protocol": "other", "how": "similarity of sentences, 7 tasks"},
        ),
        "differences": (
            "a linear head with batch norm; the paper's is linear with tanh",
            "each sentence's two views repel others of both kinds, as in SimCLR; in the paper, of the other kind alone",
        ),
    }
    return config
