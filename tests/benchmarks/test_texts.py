"""Real texts, from archives like those that others made."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from benchmarks.texts import brown, films, unigram_perplexity, untagged
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
