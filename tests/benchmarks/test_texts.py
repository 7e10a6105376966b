"""Real texts, from archives like those that others made."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from benchmarks.texts import brown, films, n_grams, parts, simple, tagged, unigram_perplexity, untagged
from jssl.data.sources import open_source
from jssl.errors import DataError


def test_brown_is_a_folder_of_genres(tmp_path: Path):
    archive = tmp_path / "brown.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("brown/cats.txt", "ca01 news\ncb01 lore\n")
        for name in ("ca01", "cb01"):
            file.writestr(f"brown/{name}", "\n\n\tThe/at jury/nn said/vbd ``/`` no/at ''/'' ,/, twice/rb ./.\n" * 20)
    assert brown(archive, tmp_path / "out") == 2
    assert (tmp_path / "out" / "news" / "ca01.txt").read_text().startswith('The jury said "no", twice.\nThe')
    assert open_source(f"text:{tmp_path / 'out'}", vocabulary=300).classes == ("lore", "news")
    with pytest.raises(DataError, match="no Brown corpus in a zip there"):
        brown(tmp_path / "out" / "news" / "ca01.txt", tmp_path)
    assert untagged("either/or/cc\n") == "either/or\n"
    assert tagged(archive, tmp_path / "tagged.txt") == 40
    source = open_source(f"tagged:{tmp_path / 'tagged.txt'}", vocabulary=300)
    assert source.about["tags"] == sorted(["at", "nn", "vbd", "``", "''", ",", "rb", "."])
    assert [simple(tag) for tag in ("fw-nn-hl", "nn+bez", "--", ".-hl", "ber*")] == ["nn", "nn", "--", ".", "ber"]


def test_films_have_the_sign_of_their_rating(tmp_path: Path):
    rows = ["movieReviewSnippets\t1.50\tgood", "movieReviewSnippets\t-2.0\tbad", "tweets\t3.0\tother"]
    (tmp_path / "all.tsv").write_text("\n".join([*rows, "movieReviewSnippets\t0.0\tneither"]) + "\n")
    assert films(tmp_path / "all.tsv", tmp_path / "films.tsv") == 2
    assert (tmp_path / "films.tsv").read_text() == "pos\tgood\nneg\tbad\n"


def test_a_unigrams_perplexity_by_hand():
    part = {"tokens": np.array([[0, 2, 2, 3, 1, 9]]), "length": np.array([5])}
    about = {"special_tokens": [0, 1], "vocabulary": 4}
    shares = np.array([1, 1, 3, 2]) / 7
    expected = np.exp(-(2 * np.log(shares[2]) + np.log(shares[3])) / 3)
    np.testing.assert_allclose(unigram_perplexity(part, part, about), expected)


def test_a_long_text_is_cut_into_files_of_neighbouring_lines(tmp_path: Path):
    (tmp_path / "long.txt").write_text("".join(f"line {i}\n" for i in range(10)))
    assert parts(tmp_path / "long.txt", tmp_path / "out", files=5) == 5
    found = sorted(path.read_text() for path in (tmp_path / "out").iterdir())
    assert found == [f"line {i}\nline {i + 1}\n" for i in range(0, 10, 2)]


def test_words_after_words_by_hand():
    """Words 0 and 1 take turns in half of the pairs, and the rest is drawn."""
    rng = np.random.default_rng(0)
    words = rng.integers(0, 4, 40_000)
    after = np.where(rng.random(40_000) < 0.5, (words + 1) % 4, rng.integers(0, 4, 40_000))
    pairs = np.stack([words, after], axis=1)
    found = n_grams(pairs[:30_000], pairs[30_000:], 4)
    np.testing.assert_allclose(found["unigram perplexity"], 4, rtol=0.01)
    np.testing.assert_allclose(found["unigram accuracy"], 0.25, atol=0.02)
    entropy = -(0.625 * np.log(0.625) + 0.375 * np.log(0.125))
    assert np.exp(entropy) * 0.99 < found["bigram perplexity"] < np.exp(entropy) * 1.02
    np.testing.assert_allclose(found["bigram accuracy"], 0.625, atol=0.02)
