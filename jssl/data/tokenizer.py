"""Tokenizers: byte-level BPE trained on a corpus, or a `tokenizer.json` that is there; as text, which a run keeps.

Byte-pair encoding of bytes (arXiv:1508.07909, and GPT-2) knows every character of every language: no text has unknown
words. Letters are made lower case, as in BERT's uncased models, which small corpora need.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jssl.errors import DataError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

ASSET = "tokenizer.json"
"""Its name among a source's assets, and in a run's folder."""
SPECIAL = {
    "pad": ("[PAD]", "<pad>", "<|padding|>", "<|endoftext|>"),
    "class": ("[CLS]", "<s>", "<bos>", "<|endoftext|>"),
    "separator": ("[SEP]", "</s>", "<eos>", "<|endoftext|>"),
    "mask": ("[MASK]", "<mask>"),
}
"""Tokens that stand for no text, and their names in the tokenizers at large. GPT-2 has one alone, between texts."""
SPACES = "ĠĊĉč▁"
"""What byte-level tokenizers and SentencePiece write for a space, a line feed, a tab and a return."""
BYTES = 256
PIECE, TOGETHER, SAMPLE = 10_000, 64, 1 << 24
"""Characters of a piece of text; pieces that are encoded at once; characters that a tokenizer is trained on."""


def pieces(text: str) -> Iterator[str]:
    """Text cut before white space into parts of at most `PIECE` characters; inside of a word that is longer alone.

    Without it a file of one line, or of one word, would take memory and time out of all proportion.
    """
    return (match[0] for match in re.finditer(rf"(?s).{{1,{PIECE}}}(?=\s|\Z)|.{{1,{PIECE}}}", text))


def train_tokenizer(texts: Iterable[str], vocabulary: int) -> str:
    """A tokenizer of at most `vocabulary` tokens, as JSON; the same for the same texts.

    Of a corpus above 16 M characters it sees pieces from all over it.

    Raises:
        DataError: a vocabulary too small for bytes and special tokens, or tokenizers is missing.
    """
    tokenizers = _library()
    least = BYTES + len(SPECIAL)
    if vocabulary < least:
        raise DataError(f"config.data.vocabulary={vocabulary} is below {least}: the bytes and the special tokens")
    cut = [piece for text in texts for piece in pieces(text)]
    every = max(1, -(-sum(map(len, cut)) // SAMPLE))
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    normalizers = tokenizers.normalizers
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=vocabulary, show_progress=False, special_tokens=[names[0] for names in SPECIAL.values()],
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(), max_token_length=64,
    )  # fmt: skip
    tokenizer.train_from_iterator(cut[::every], trainer)
    return tokenizer.to_str()


def read_tokenizer(path: str) -> str:
    """A `tokenizer.json` as text, with the special tokens that it lacks added.

    Raises:
        DataError: no such file, or it is no tokenizer.
    """
    try:
        text = Path(path).expanduser().read_text(encoding="utf-8")
        tokenizer = _library().Tokenizer.from_str(text)
    except OSError as error:
        raise DataError(f"config.data.tokenizer={path!r}: there is no such file") from error
    except DataError:
        raise
    except Exception as error:  # the library raises Exception itself
        raise DataError(
            f"config.data.tokenizer={path!r} is no tokenizer.json of the tokenizers library ({str(error)[:80]})"
        ) from error
    vocabulary = tokenizer.get_vocab()
    tokenizer.add_special_tokens([names[0] for names in SPECIAL.values() if not any(n in vocabulary for n in names)])
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer.to_str()


@lru_cache(maxsize=4)
def make_tokenizer(text: str) -> "Tokenizer":
    """The tokenizer of a JSON text."""
    return _library().Tokenizer.from_str(text)


@lru_cache(maxsize=4)
def describe(text: str) -> dict[str, Any]:
    """What encoders and methods can ask for of a tokenizer: its size, and the special tokens."""
    tokenizer = make_tokenizer(text)
    known = tokenizer.get_vocab()
    ids = {f"{what}_token": next(known[n] for n in names if n in known) for what, names in SPECIAL.items()}
    special = {i for i, token in tokenizer.get_added_tokens_decoder().items() if token.special} | set(ids.values())
    continuing = sorted(i for token, i in known.items() if i not in special and _goes_on(token, text))
    size = max(known.values()) + 1
    return {"vocabulary": size, **ids, "special_tokens": sorted(special), "continuing_tokens": continuing}


def _goes_on(token: str, text: str) -> bool:
    """Whether a token goes on with the word before it: "##ing" of WordPiece; letters without a space before them."""
    if '"WordPiece"' in text:
        return token.startswith("##")
    return token[0].isalnum() and token[0] not in SPACES


def encode(text: str, texts: Iterable[str]) -> list[np.ndarray]:
    """The tokens of each text, int32 [its length], without special ones.

    Args:
        text: the tokenizer, as JSON.
        texts: to encode.
    """
    tokenizer, found = make_tokenizer(text), []
    for one in texts:
        parts = [np.zeros(0, np.int32)]
        for few in batched(pieces(one), TOGETHER):
            parts += [np.array(x.ids, np.int32) for x in tokenizer.encode_batch_fast(few, add_special_tokens=False)]
        found.append(np.concatenate(parts))
    return found


def batched(pieces: Iterator[str], size: int) -> Iterator[list[str]]:
    """Lists of so many, the last one shorter."""
    while few := list(islice(pieces, size)):
        yield few


def spell(text: str, tokens: Iterable[int]) -> str:
    """The words of a run of tokens, with the space that stands before them in running text; special ones say nothing.

    Decoders drop that space at the start of a text: it is read after a word that is taken off again.
    """
    tokenizer = make_tokenizer(text)
    first = tokenizer.encode("a", add_special_tokens=False).ids
    return tokenizer.decode([*first, *tokens])[len(tokenizer.decode(first)) :]


def _library() -> Any:
    try:
        import tokenizers
    except ImportError as error:
        raise DataError('texts need the package tokenizers: pip install "jssl[text]"') from error
    return tokenizers
