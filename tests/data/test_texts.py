"""text:PATH: folders and files of texts, their tokenizer, and what is refused."""

import json
import pickle
import random
from pathlib import Path

import numpy as np
import pytest

from jssl.data.several import clips_of
from jssl.data.sources import open_source, options_of
from jssl.data.texts import Files
from jssl.data.tokenizer import ASSET, describe, encode, pieces, spell, train_tokenizer
from jssl.data.tokens import Streamed
from jssl.errors import DataError

WORDS = ["the", "quick", "brown", "fox", "jumps", "over", "a", "lazy", "dog", "while", "seven", "wizards", "box"]
SMALL = {"length": 16, "vocabulary": 300}


def sentence(seed: int, words: int = 12) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=words))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for i in range(12):
        path = tmp_path / "texts" / ("ham" if i % 2 else "spam") / f"{i:02}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(sentence(i, 8 + 4 * i))
    return tmp_path / "texts"


def words_of(source, rows, draws=None) -> list[str]:
    batch = source.read(np.array(rows), draws)
    return [spell(source.assets[ASSET], tokens).strip() for tokens in batch["tokens"]]


def test_a_folder_with_class_folders_is_a_text_for_each_file(folder: Path):
    source = open_source(f"text:{folder}", length=64, vocabulary=300)
    assert (source.length, source.classes) == (12, ("ham", "spam"))
    assert source.files[0] == "ham/01.txt" and source.labels.tolist() == [0] * 6 + [1] * 6
    assert words_of(source, [0, 11])[0] == sentence(1)[: len(sentence(1, 12))]
    batch = source.read(np.arange(12))
    assert {k: (x.shape, x.dtype) for k, x in batch.items()} == {
        "tokens": ((12, 64), np.int32), "length": ((12,), np.int32),
    }  # fmt: skip
    about = source.about
    assert (batch["tokens"][:, 0] == about["class_token"]).all()
    assert (np.take_along_axis(batch["tokens"], batch["length"][:, None] - 1, 1) == about["separator_token"]).all()
    assert set(options_of("text:x")) == {"length", "vocabulary", "tokenizer", "text_column", "label_column", "whole"}
    assert pickle.loads(pickle.dumps(source.read))(np.array([3]))["length"] == batch["length"][3]


def test_what_is_too_long_is_cropped_in_the_middle_or_by_a_draw(folder: Path):
    source = open_source(f"text:{folder}", **SMALL, whole=True)
    row = source.files.index("ham/11.txt")
    (whole,) = words_of(open_source(f"text:{folder}", length=256, vocabulary=300), [row])
    crops = [words_of(source, [row], draws)[0] for draws in (None, np.array([0], np.uint64), np.array([7], np.uint64))]
    assert len(set(crops)) == 3 and all(crop in whole for crop in crops)
    assert whole.startswith(crops[1]) and not whole.startswith(crops[0])
    assert (source.read(np.array([row]))["length"] == 16).all()
    first, middle, last = (words_of(each, [row])[0] for each in clips_of(source, 3))
    assert whole.startswith(first) and whole.endswith(last) and middle == crops[0]


def test_labelled_files_are_windows_of_each_with_its_label(folder: Path):
    whole, cut = (open_source(f"text:{folder}", **SMALL, whole=whole) for whole in (True, False))
    assert cut.length > whole.length == 12 and set(cut.files) == set(whole.files)
    for row in range(cut.length):
        file = cut.files[row]
        assert cut.classes[cut.labels[row]] == file.split("/")[0]
    lengths = cut.read(np.arange(cut.length))["length"]
    first = np.array([cut.files.index(file) for file in cut.files]) == np.arange(cut.length)
    assert (lengths[~first] >= 2 + SMALL["length"] // 2 - 1).all()  # no scraps
    pieces = np.flatnonzero([file == "ham/11.txt" for file in cut.files])
    told = "".join((folder / "ham" / "11.txt").read_text().lower().split())
    assert told.startswith("".join(" ".join(words_of(cut, pieces)).split()))


def test_unlabelled_texts_are_windows_that_lose_no_token(tmp_path: Path):
    for i in range(5):
        (tmp_path / f"{i}.txt").write_text(sentence(i, 40))
    source = open_source(f"text:{tmp_path}", **SMALL)
    assert source.labels is None and source.files == ()
    tokens = source.read(np.arange(source.length))["tokens"][:, 1:-1].reshape(-1)
    joined = encode(source.assets[ASSET], [sentence(i, 40) for i in range(5)])
    expected = np.concatenate([part for text in joined for part in (text, [source.about["separator_token"]])])
    assert source.length == (len(expected) - 1) // 14
    np.testing.assert_array_equal(tokens, expected[: len(tokens)])
    whole = open_source(f"text:{tmp_path}", whole=True, **SMALL)
    assert (whole.length, whole.files) == (5, tuple(f"{i}.txt" for i in range(5)))


def test_the_test_split_has_the_train_splits_tokenizer(tmp_path: Path):
    for part, seed in (("train", 0), ("test", 9)):
        (tmp_path / part).mkdir()
        for i in range(4):
            (tmp_path / part / f"{i}.txt").write_text(
                sentence(seed + i, 60) + (" zzzzqqq" * 50 if part == "test" else "")
            )
    train, test, some = (open_source(f"text:{tmp_path}", split=s, **SMALL) for s in ("train", "test", "train[:50%]"))
    assert train.assets == test.assets == some.assets
    assert train.read(np.array([0]))["tokens"].tolist() != test.read(np.array([0]))["tokens"].tolist()
    held_out = open_source(f"text:{tmp_path}", split="train[50%:]", **SMALL)
    assert some.length + held_out.length <= train.length


def test_streamed_files_are_the_same_examples(folder: Path):
    ram, stream = (open_source(f"text:{folder}", route=route, **SMALL, whole=True) for route in ("ram", "stream"))
    assert ram.in_memory and not stream.in_memory and isinstance(stream.read, Streamed)
    draws = np.arange(12, dtype=np.uint64)
    for drawn in (None, draws):
        one, other = (source.read(np.arange(12), drawn) for source in (ram, stream))
        np.testing.assert_array_equal(one["tokens"], other["tokens"])
    assert len(Files(folder, stream.files)) == 12


def test_rows_of_tsv_and_jsonl(tmp_path: Path):
    rows = [("good" if i % 3 else "bad", sentence(i)) for i in range(9)]
    table = tmp_path / "rows.tsv"
    table.write_text("".join(f"{label}\t{i}\t{text}\n" for i, (label, text) in enumerate(rows)) + "good\tlost\n")
    plain = open_source(f"text:{table}", length=64, vocabulary=300)
    assert plain.classes == ("bad", "good") and plain.length == 9
    assert plain.skipped == (("line 10", "2 columns where the first row has 3"),)
    assert words_of(plain, [4]) == [rows[4][1]]
    table.write_text(
        "mark\tnumber\tsaid\n" + "".join(f"{label}\t{i}\t{text}\n" for i, (label, text) in enumerate(rows))
    )
    named = open_source(f"text:{table}", length=64, vocabulary=300, text_column="said", label_column="mark")
    np.testing.assert_array_equal(named.labels, plain.labels)
    objects = tmp_path / "rows.jsonl"
    objects.write_text("".join(json.dumps({"label": a, "text": b}) + "\n" for a, b in rows) + "{broken\n")
    other = open_source(f"text:{objects}", length=64, vocabulary=300)
    np.testing.assert_array_equal(other.labels, plain.labels)
    assert other.skipped[0][0] == "line 10"
    part = open_source(f"text:{objects}", split="train[:5]", length=64, vocabulary=300)
    assert part.length == 5 and part.assets == other.assets


@pytest.mark.parametrize(
    ("file", "text", "options", "message"),
    [
        ("a.tsv", "x\ty\n", {"label_column": "3"}, r"no column '3'; it has columns 1 to 2"),
        ("a.tsv", "x\ty\n", {"label_column": "mark"}, r"no column 'mark'; it has x, y"),
        ("a.jsonl", '{"a": 1}\n', {}, r"no column 'text'; it has a"),
        ("a.txt", "\n \n", {}, r"holds no text"),
        ("a.txt", "too short", {"length": 64}, r"too short for one window of config.data.length=64 tokens"),
        ("a.txt", "some words", {"length": 4}, r"config.data.length=4 is below 8"),
        ("a.txt", "some words", {"vocabulary": 100}, r"config.data.vocabulary=100 is below 260"),
        ("a.txt", "some words", {"tokenizer": "nowhere.json"}, r"there is no such file"),
        ("a.txt", "some words", {"colour": 1}, r"unknown colour"),
        ("a.doc", "some words", {}, r"there is no folder, nor a file ending in .txt, .jsonl, .tsv"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_line(tmp_path: Path, file: str, text: str, options: dict, message: str):
    (tmp_path / file).write_text(text)
    with pytest.raises(DataError, match=message) as refused:
        open_source(f"text:{tmp_path / file}", **options)
    assert "\n" not in str(refused.value)


def test_files_that_are_no_text_are_skipped_and_named(folder: Path):
    (folder / "ham" / "empty.txt").write_text("  ")
    (folder / "ham" / "latin.txt").write_bytes("früh".encode("latin-1"))
    source = open_source(f"text:{folder}", **SMALL, whole=True)
    assert dict(source.skipped) == {
        "ham/empty.txt": "empty",
        "ham/latin.txt": "not UTF-8 (invalid start byte at byte 2)",
    }
    assert source.length == 12
    (folder / "one.tsv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match=r"is not UTF-8 \(invalid start byte"):
        open_source(f"text:{folder / 'one.tsv'}")
    with pytest.raises(DataError, match=r'without train/ and test/ .*all of it is "train"'):
        open_source(f"text:{folder}", split="test")


def test_a_tokenizer_of_ones_own_is_taken_and_another_file_is_not(folder: Path, tmp_path: Path):
    path = tmp_path / "mine.json"
    path.write_text(train_tokenizer([sentence(0, 500)], 290))
    source = open_source(f"text:{folder}", length=16, tokenizer=str(path))
    assert source.about["vocabulary"] == describe(path.read_text())["vocabulary"]
    again = open_source(f"text:{folder}", length=16, tokenizer=source.assets[ASSET])
    np.testing.assert_array_equal(source.read(np.arange(3))["tokens"], again.read(np.arange(3))["tokens"])
    path.write_text('{"model": "no such"}')
    with pytest.raises(DataError, match=r"is no tokenizer.json of the tokenizers library"):
        open_source(f"text:{folder}", tokenizer=str(path))


def test_special_tokens_that_a_tokenizer_lacks_are_added(folder: Path, tmp_path: Path):
    import tokenizers

    bare = tokenizers.Tokenizer(tokenizers.models.WordLevel({"[UNK]": 0, "the": 1, "fox": 2}, unk_token="[UNK]"))
    bare.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    bare.save(str(tmp_path / "bare.json"))
    about = open_source(f"text:{folder}", length=16, tokenizer=str(tmp_path / "bare.json")).about
    assert about["vocabulary"] == 7 and about["special_tokens"] == [3, 4, 5, 6]


def test_any_text_comes_back_from_its_tokens(rng: np.random.Generator):
    tokenizer = train_tokenizer(["some words"], 260)
    for text in ("héllo wörld 😀 中文\n\ttab", "a" * 3000, "", " ", "x\r\ny"):
        (tokens,) = encode(tokenizer, [text])
        assert spell(tokenizer, tokens.tolist()).removeprefix(" ") == text.removeprefix(" ")
    assert train_tokenizer([sentence(i) for i in range(50)], 300) == train_tokenizer(
        [sentence(i) for i in range(50)], 300
    )


def test_one_endless_line_is_cut_into_pieces(tmp_path: Path):
    line = "ab" * 15_000 + " " + "word " * 4_000
    cut = list(pieces(line))
    assert "".join(cut) == line and max(map(len, cut)) == 10_000
    (tmp_path / "line.txt").write_text(line)
    assert open_source(f"text:{tmp_path / 'line.txt'}", **SMALL).length > 100


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    import tensorflow_datasets as tfds

    class Reviews(tfds.core.GeneratorBasedBuilder, skip_registration=True):
        """Texts with labels, as imdb_reviews has them."""

        VERSION = tfds.core.Version("1.0.0")

        def _info(self):
            features = {"text": tfds.features.Text(), "label": tfds.features.ClassLabel(names=["neg", "pos"])}
            return tfds.core.DatasetInfo(builder=self, features=tfds.features.FeaturesDict(features))

        def _split_generators(self, dl_manager):
            return {"train": self._generate_examples(10), "test": self._generate_examples(4)}

        def _generate_examples(self, count):
            for i in range(count):
                yield i, {"text": sentence(i), "label": i % 2}

    Reviews(data_dir=tmp_path, file_format="array_record").download_and_prepare()
    return tmp_path


@pytest.mark.parametrize("route", ["ram", "stream"])
def test_texts_of_tfds(reviews: Path, route: str):
    options = {"data_dir": reviews, "route": route, "length": 64, "vocabulary": 300}
    train, test = (open_source("tfds:reviews", split=split, **options) for split in ("train", "test"))
    assert (train.length, test.length, train.classes) == (10, 4, ("neg", "pos"))
    assert train.in_memory == (route == "ram") and train.assets == test.assets
    by_text = dict(zip(words_of(train, range(10)), train.labels.tolist(), strict=True))
    assert by_text == {sentence(i): i % 2 for i in range(10)}
    with pytest.raises(DataError, match=r"no column 'said' of texts .*; it has label, text"):
        open_source("tfds:reviews", text_column="said", **options)
