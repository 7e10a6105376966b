"""Pictures in shards and tables: the same as a folder of the same files, by every route."""

import io
import json
import pickle
import tarfile

import numpy as np
import pyarrow
import pytest
from PIL import Image
from pyarrow import parquet

from jssl.data.sources import open_source
from jssl.errors import DataError

NAMES = ("cat", "dog")


def encoded(i: int) -> bytes:
    """A PNG of some size."""
    stored = io.BytesIO()
    pixels = np.random.default_rng(i).integers(0, 256, (9 + i % 3, 12, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(stored, "PNG")
    return stored.getvalue()


def write_folder(root, n=12):
    for i in range(n):
        (root / NAMES[i % 2]).mkdir(parents=True, exist_ok=True)
        (root / NAMES[i % 2] / f"{i:03d}.png").write_bytes(encoded(i))
    return root


def add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))


def write_shards(root, split="train", n=12, shards=3, label="cls"):
    root.mkdir(parents=True, exist_ok=True)
    for shard in range(shards):
        with tarfile.open(root / f"{split}-{shard:03d}.tar", "w") as tar:
            for i in range(shard, n, shards):
                add(tar, f"{i:03d}.png", encoded(i))
                content = str(i % 2) if label == "cls" else json.dumps({"label": NAMES[i % 2], "other": [1]})
                add(tar, f"{i:03d}.{label}", content.encode())
    return root


def table(n=12, struct=True, names=True, first=0) -> pyarrow.Table:
    image = [{"bytes": encoded(i), "path": f"{i}.png"} if struct else encoded(i) for i in range(first, n)]
    columns = {"id": list(range(first, n)), "image": image, "label": [i % 2 for i in range(first, n)]}
    found = pyarrow.table(columns)
    features = {"image": {"_type": "Image"}, "label": {"_type": "ClassLabel", "names": list(NAMES)}}
    about = {"huggingface": json.dumps({"info": {"features": features}})}
    return found.replace_schema_metadata(about) if names else found


def write_arrow(path, rows: pyarrow.Table) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with pyarrow.OSFile(str(path), "wb") as file, pyarrow.ipc.new_stream(file, rows.schema) as writer:
        writer.write_table(rows, max_chunksize=5)


def opened(kind, tmp_path, **options):
    if kind == "webdataset":
        write_shards(tmp_path / "shards", label="json")
        return open_source(f"webdataset:{tmp_path}/shards", size=8, **options)
    if kind == "parquet":
        (tmp_path / "tables").mkdir(exist_ok=True)
        parquet.write_table(table(7), tmp_path / "tables/train-00000-of-00002.parquet")
        parquet.write_table(table(12, first=7), tmp_path / "tables/train-00001-of-00002.parquet")
        return open_source(f"parquet:{tmp_path}/tables", size=8, **options)
    write_arrow(tmp_path / "saved/train/data-00000-of-00002.arrow", table(7))
    write_arrow(tmp_path / "saved/train/data-00001-of-00002.arrow", table(12, first=7))
    write_arrow(tmp_path / "saved/test/data-00000-of-00001.arrow", table(2))
    return open_source(f"hf_dataset:{tmp_path}/saved", size=8, **options)


@pytest.mark.parametrize("route", ["ram", "stream"])
@pytest.mark.parametrize("kind", ["webdataset", "parquet", "hf_dataset"])
def test_equals_the_folder_of_the_same_files(kind, route, tmp_path):
    folder = open_source(f"folder:{write_folder(tmp_path / 'folder')}", size=8)
    source = opened(kind, tmp_path, route=route)
    assert source.length == 12 and source.classes == NAMES and source.in_memory == (route == "ram")
    images, theirs = (each.read(np.arange(12))["image"] for each in (source, folder))
    for image, label in zip(images, source.labels, strict=True):
        (place,) = [i for i, other in enumerate(theirs) if np.array_equal(image, other)]
        assert folder.labels[place] == label


@pytest.mark.parametrize("kind", ["webdataset", "parquet", "hf_dataset"])
def test_worker_processes_and_parts_read_the_same(kind, tmp_path):
    source = opened(kind, tmp_path, route="stream")
    halves = [opened(kind, tmp_path, split=split) for split in ("train[:50%]", "train[50%:]")]
    assert sorted(halves[0].files + halves[1].files) == sorted(source.files)
    place = [source.files.index(file) for file in halves[0].files]
    np.testing.assert_array_equal(source.read(np.array(place))["image"], halves[0].read(np.arange(6))["image"])
    elsewhere = pickle.loads(pickle.dumps(source.read))  # as a worker process gets it
    np.testing.assert_array_equal(elsewhere(np.array(place))["image"], source.read(np.array(place))["image"])


def test_splits_are_folders_or_the_beginnings_of_names(tmp_path):
    write_shards(tmp_path, n=6)
    write_shards(tmp_path, "test", n=4, shards=1)
    name = f"webdataset:{tmp_path}"
    assert open_source(name, size=8).length == 6 and open_source(name, split="test", size=8).length == 4
    with pytest.raises(DataError, match="no split 'val'; it has test, train"):
        open_source(name, split="val")
    assert open_source(f"webdataset:{tmp_path}/test-000.tar", size=8).classes == ("0", "1")
    opened("hf_dataset", tmp_path)
    assert open_source(f"hf_dataset:{tmp_path}/saved", split="test", size=8).length == 2


def test_tables_without_notes_are_read_by_their_columns_names(tmp_path):
    parquet.write_table(table(struct=False, names=False), tmp_path / "a.parquet")
    name = f"parquet:{tmp_path}/a.parquet"
    assert open_source(name, size=8).classes == ("0", "1")
    by_id = open_source(name, size=8, label_column="id")
    np.testing.assert_array_equal(by_id.labels, np.arange(12))
    with pytest.raises(DataError, match="no column 'nosuch'; it has id, image, label"):
        open_source(name, label_column="nosuch")
    with pytest.raises(DataError, match="no column 'id' that holds encoded pictures"):
        open_source(name, image_column="id")


def test_a_changed_table_is_read_again(tmp_path):
    for n in (12, 6):
        parquet.write_table(table(n), tmp_path / "a.parquet")
        assert open_source(f"parquet:{tmp_path}", size=8).length == n


def test_what_is_broken_is_named(tmp_path, caplog):
    write_shards(tmp_path / "shards", shards=1, n=4)
    with tarfile.open(tmp_path / "shards/train-000.tar", "a") as tar:
        add(tar, "bad.png", b"no picture")
        add(tar, "bad.cls", b"0")
    source = open_source(f"webdataset:{tmp_path}/shards", size=8)
    assert source.length == 4 and source.skipped[0][0] == "train-000.tar/bad.png"
    streamed = open_source(f"webdataset:{tmp_path}/shards", size=8, route="stream")
    assert streamed.read(np.array([4]))["image"].shape == (1, 8, 8, 3)
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad/a.tar").write_bytes(b"no tar at all")
    with pytest.raises(DataError, match=r"a.tar is no readable, uncompressed .tar"):
        open_source(f"webdataset:{tmp_path}/bad")
    (tmp_path / "bad/a.parquet").write_bytes(b"no table")
    with pytest.raises(DataError, match="cannot be read"):
        open_source(f"parquet:{tmp_path}/bad")
    with pytest.raises(DataError, match=r"no file ending in .arrow"):
        open_source(f"hf_dataset:{tmp_path}/bad")
    rows = pyarrow.table({"image": [{"bytes": None, "path": "a.png"}]}, pyarrow.schema(
        [("image", pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())]))]
    ))  # fmt: skip
    write_arrow(tmp_path / "paths/data.arrow", rows)
    with pytest.raises(DataError, match="holds paths and no pictures"):
        open_source(f"hf_dataset:{tmp_path}/paths")
