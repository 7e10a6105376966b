"""Real texts with labels, from archives that others made, as `text:PATH` reads them.

python -m benchmarks.texts brown nltk_brown.zip brown              # NLTK's Brown corpus: a folder of .txt by genre
python -m benchmarks.texts tagged nltk_brown.zip brown_tagged.txt  # the same, a sentence a line, words with their tags
python -m benchmarks.texts films sentiment.tsv.xz films.tsv        # VADER's ratings: sentences of films, neg or pos
python -m benchmarks.texts glosses glosses.tsv.xz glosses.tsv      # WordNet's glosses, by lexicographer file
python -m benchmarks.texts parts gcide.txt.xz gcide                # any long text, as a dictionary: 1,000 files of it

Files ending in .xz are opened as such. `python -m benchmarks.texts baselines films.tsv` prints what counting words is
worth: logistic regression on counts and on TF-IDF, on the split that the configs evaluate; and a unigram's perplexity.
`python -m benchmarks.texts guesses runs/gcide` prints how well a run of `next_word` tells held-out words, beside
counting words and pairs of words in what it was trained on.
"""

import argparse
import lzma
import re
import zipfile
from pathlib import Path

import numpy as np

from jssl.data.sources import open_source
from jssl.errors import DataError

LABEL = {True: "pos", False: "neg"}


def brown(archive: Path, folder: Path) -> int:
    """The 500 texts of Brown, a file each in a folder for each of 15 genres, as sentences on lines without tags.

    Returns:
        How many there are.

    Raises:
        DataError: not NLTK's zip.
    """
    try:
        with zipfile.ZipFile(archive) as file:
            genres = dict(line.split() for line in file.read("brown/cats.txt").decode().splitlines() if line.strip())
            for name, genre in genres.items():
                path = folder / genre / f"{name}.txt"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(untagged(file.read(f"brown/{name}").decode("latin-1")), encoding="utf-8")
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise DataError(f"{archive}: no Brown corpus in a zip there ({error}); name NLTK's brown.zip") from error
    return len(genres)


def tagged(archive: Path, file: Path) -> int:
    """Brown's sentences as `tagged:PATH` reads them, with some eighty parts of speech, see `simple`."""
    try:
        with zipfile.ZipFile(archive) as opened:
            names = [line.split()[0] for line in opened.read("brown/cats.txt").decode().splitlines() if line.strip()]
            lines = "\n".join(opened.read(f"brown/{name}").decode("latin-1") for name in names).splitlines()
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise DataError(f"{archive}: no Brown corpus in a zip there ({error}); name NLTK's brown.zip") from error
    pairs = [[word.rpartition("/") for word in line.split()] for line in lines if line.strip()]
    sentences = [" ".join(f"{word}/{simple(tag)}" for word, _, tag in words) for words in pairs]
    Path(file).write_text("\n".join(sentences) + "\n", encoding="utf-8")
    return len(sentences)


def simple(tag: str) -> str:
    """A tag of Brown's without what marks titles and foreign words, or is joined: "nn" of "fw-nn-hl" and "nn+bez"."""
    return re.match(r"--|.[^-+*]*", tag.removeprefix("fw-"))[0]


def untagged(text: str) -> str:
    """The words of `word/tag`, a sentence on each line, marks of punctuation at the words that they follow."""
    sentences = [
        " ".join(word.rpartition("/")[0] for word in line.split()) for line in text.splitlines() if line.strip()
    ]
    sentences = [sentence.replace("`` ", '"').replace(" ''", '"') for sentence in sentences]
    return "\n".join(re.sub(r" ([.,;:?!)])", r"\1", sentence).replace("( ", "(") for sentence in sentences) + "\n"


def films(archive: Path, table: Path) -> int:
    """Sentences of film reviews with the sign of their mean rating, `label TAB text`; without those rated 0."""
    rows = [line.split("\t") for line in _lines(archive)]
    kept = [
        f"{LABEL[float(rating) > 0]}\t{text}"
        for source, rating, text in rows
        if source == "movieReviewSnippets" and float(rating)
    ]
    table.write_text("\n".join(kept) + "\n", encoding="utf-8")
    return len(kept)


def glosses(archive: Path, table: Path) -> int:
    """WordNet's glosses as they are, `label TAB text`."""
    lines = _lines(archive)
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(lines)


def parts(archive: Path, folder: Path, files: int = 1000) -> int:
    """A long text in files of as many neighbouring lines each, so that splits are of places all over it."""
    lines, folder = _lines(archive), Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for i, some in enumerate(np.array_split(np.array(lines, object), files)):
        (folder / f"{i:04}.txt").write_text("\n".join(some) + "\n", encoding="utf-8")
    return files


def _lines(archive: Path) -> list[str]:
    opened = lzma.open if archive.suffix == ".xz" else open
    try:
        with opened(archive, "rt", encoding="utf-8") as file:
            return [line.rstrip("\n") for line in file if line.strip()]
    except (OSError, lzma.LZMAError) as error:
        raise DataError(f"{archive} cannot be read ({error})") from error


def baselines(path: str, train: str = "train[:90%]", test: str = "train[90%:]", **options: object) -> dict[str, float]:
    """Accuracies of logistic regression on words that are counted, and a unigram's perplexity.

    scikit-learn's `CountVectorizer` and `TfidfVectorizer` with what they take for words, and its `LogisticRegression`
    with C of 0.1, 1, 10 or 100 chosen on a fifth of the training part.
    """
    from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split

    from jssl.data.tokenizer import spell

    sources = [open_source(f"text:{path}", split=split, **options) for split in (train, test)]
    tokens = [source.read(np.arange(source.length)) for source in sources]
    (tokenizer,) = sources[0].assets.values()
    about, (learnt, asked) = sources[0].about, (source.labels for source in sources)
    words = [[spell(tokenizer, row) for row in part["tokens"].tolist()] for part in tokens]
    found = {}
    for name, vectorizer in (("counts", CountVectorizer()), ("TF-IDF", TfidfVectorizer(sublinear_tf=True))):
        x, y = vectorizer.fit_transform(words[0]), vectorizer.transform(words[1])

        def fitted(c: float, x: object, labels: np.ndarray) -> LogisticRegression:
            return LogisticRegression(C=c, max_iter=1000).fit(x, labels)

        part, rest, labels, held_out = train_test_split(x, learnt, test_size=0.2, random_state=0)
        best = max((0.1, 1.0, 10.0, 100.0), key=lambda c: fitted(c, part, labels).score(rest, held_out))
        found[name] = fitted(best, x, learnt).score(y, asked)
    found["unigram perplexity"] = unigram_perplexity(*tokens, about)
    return found


def unigram_perplexity(train: dict[str, np.ndarray], test: dict[str, np.ndarray], about: dict[str, object]) -> float:
    """Of the words of one part, under their frequencies in the other, with 1 added to each count."""
    counts = []
    for part in (train, test):
        ids = part["tokens"][np.arange(part["tokens"].shape[1])[None] < part["length"][:, None]]
        ids = ids[~np.isin(ids, about["special_tokens"])]
        counts.append(np.bincount(ids, minlength=about["vocabulary"]))
    shares = (counts[0] + 1) / (counts[0] + 1).sum()
    return float(np.exp(-(counts[1] * np.log(shares)).sum() / counts[1].sum()))


def guesses(workdir: str, held_out: str) -> dict[str, float]:
    """Perplexity and accuracy of a run of `next_word` and of counts, on its `config.data.validation` or on that split.

    The unigram has 1 added to each count; the bigram is mixed with it, as much as is best on a tenth of the training
    windows that it is not counted on.
    """
    import jax

    import jssl
    from jssl.features import extract
    from jssl.inputs.text import prepare
    from jssl.run.config import open_split

    run = jssl.load(workdir)
    splits = run.config.data.train, run.config.data.validation or held_out
    train, test = (open_split(run.config, split, run.facts.assets) for split in splits)
    (net,) = run.encoders.values()
    params, stats = run.method.weights(run.params, run.extra)

    @jax.jit
    def told(batch: dict[str, jax.Array]) -> jax.Array:
        x = prepare(batch)
        logits = net.tokens(params, stats, x[:, :-2])[0] @ net.words(params).T
        asked, there = jax.numpy.maximum(x[:, 1:-1], 0), x[:, 1:-1] >= 0
        nats = -jax.numpy.take_along_axis(jax.nn.log_softmax(logits), asked[:, :, None], axis=2)[:, :, 0]
        return jax.numpy.stack([(x * there).sum(1) for x in (nats, logits.argmax(-1) == asked, there)], axis=1)

    nats, right, count = extract(told, test, batch_size=64, layout=run.layout).astype(np.float64).sum(0)
    pairs = [_pairs(source.read(np.arange(source.length))) for source in (train, test)]
    found = n_grams(pairs[0], pairs[1], run.facts.about["vocabulary"])
    return {**found, "next_word perplexity": float(np.exp(nats / count)), "next_word accuracy": right / count}


def _pairs(batch: dict[str, np.ndarray]) -> np.ndarray:
    """Each word that is told, and the one before it: int [pairs, 2]."""
    before, word = batch["tokens"][:, :-2], batch["tokens"][:, 1:-1]
    there = np.arange(1, batch["tokens"].shape[1] - 1)[None] < batch["length"][:, None]
    return np.stack([before[there], word[there]], axis=1)


def n_grams(train: np.ndarray, test: np.ndarray, vocabulary: int) -> dict[str, float]:
    """Of counting words, and words after words: pairs int [any, 2] of a word and the one after it."""
    one = np.bincount(train[:, 1], minlength=vocabulary) + 1.0
    one /= one.sum()
    known, held_out = np.split(train, [len(train) * 9 // 10])
    weight = max(np.linspace(0.1, 0.95, 18), key=lambda w: np.log(_bigram(known, held_out, one, w)).sum())
    keys, counts = np.unique(train[:, 0] * np.int64(vocabulary) + train[:, 1], return_counts=True)
    order = np.lexsort((-counts, keys // vocabulary))
    first, place = np.unique((keys // vocabulary)[order], return_index=True)
    likely = np.full(vocabulary, one.argmax())
    likely[first] = (keys % vocabulary)[order][place]
    return {
        "unigram perplexity": float(np.exp(-np.log(one[test[:, 1]]).mean())),
        "unigram accuracy": float(np.mean(test[:, 1] == one.argmax())),
        "bigram perplexity": float(np.exp(-np.log(_bigram(train, test, one, weight)).mean())),
        "bigram accuracy": float(np.mean(test[:, 1] == likely[test[:, 0]])),
    }


def _bigram(train: np.ndarray, test: np.ndarray, one: np.ndarray, weight: float) -> np.ndarray:
    """Probability of the second word of each tested pair, float [pairs]: its share after the first, and `one`."""
    key = [part[:, 0] * np.int64(len(one)) + part[:, 1] for part in (train, test)]
    keys, counts = np.unique(key[0], return_counts=True)
    place = np.minimum(np.searchsorted(keys, key[1]), len(keys) - 1)
    together = np.where(keys[place] == key[1], counts[place], 0)
    before = np.bincount(train[:, 0], minlength=len(one))[test[:, 0]]
    weight = np.where(before > 0, weight, 0.0)
    return weight * together / np.maximum(before, 1) + (1 - weight) * one[test[:, 1]]


def main() -> None:
    """Convert, or measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["brown", "films", "glosses", "parts", "tagged", "baselines", "guesses"])
    parser.add_argument("source")
    parser.add_argument("target", nargs="?", default="")
    parser.add_argument("--train", default="train[:90%]")
    parser.add_argument("--test", default="train[90%:]")
    parser.add_argument("--length", type=int, default=128)
    parser.add_argument("--vocabulary", type=int, default=8192)
    arguments = parser.parse_args()
    if arguments.what in ("baselines", "guesses"):
        sizes = {"length": arguments.length, "vocabulary": arguments.vocabulary}
        found = (
            guesses(arguments.source, arguments.test)
            if arguments.what == "guesses"
            else baselines(arguments.source, **sizes)
        )
        for name, value in found.items():
            print(f"{name}: {value:.4g}")
        return
    convert = {"brown": brown, "films": films, "glosses": glosses, "parts": parts, "tagged": tagged}[arguments.what]
    count = convert(Path(arguments.source), Path(arguments.target))
    print(f"{arguments.target}: {count:,} texts")


if __name__ == "__main__":
    main()
