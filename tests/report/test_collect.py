import numpy as np
import pytest

from jssl.augment.recipes import make_recipe
from jssl.data.source import Source
from jssl.errors import WorkdirError
from jssl.inputs.image import pictures
from jssl.report.collect import Pictures, collect, load_pictures, nearest, project, save_pictures, thumbnails
from tests import made_up

CROPS = pictures(make_recipe("digits", size=8, affine=None, jitter=None, blur=0.0))  # compiles in a moment


def same(a: Pictures, b: Pictures) -> None:
    for name, left, right in zip(Pictures._fields, a, b, strict=True):
        if name in ("classes", "projection") or left is None:
            assert left == right, name
        else:
            assert len(left) == len(right)
            for x, y in zip(left, right, strict=True):
                np.testing.assert_array_equal(x, y, err_msg=name)
                assert x.dtype == y.dtype


def source(images, labels=None, classes=()) -> Source:
    return made_up.pictures(images, labels, classes)


@pytest.fixture
def tiny():
    """30 pictures that say their own index in their first pixel."""
    images = np.random.default_rng(0).integers(0, 256, (30, 8, 8, 1), dtype=np.uint8)
    images[:, 0, 0, 0] = np.arange(30)
    features = np.random.default_rng(1).normal(size=(30, 4)).astype(np.float32)
    return images, features


def test_nearest_equals_the_naive_search():
    rng = np.random.default_rng(0)
    queries, bank = rng.normal(size=(4, 5)), rng.normal(size=(20, 5)) * rng.uniform(0.1, 9, (20, 1))
    for row, found in zip(queries, nearest(queries, bank, 6), strict=True):
        cosine = [row @ other / np.linalg.norm(row) / np.linalg.norm(other) for other in bank]
        assert list(found) == sorted(range(20), key=lambda i: -cosine[i])[:6]


def test_nearest_leaves_out_the_query_and_stops_at_what_there_is():
    bank = np.random.default_rng(0).normal(size=(5, 3))
    own = np.array([3, 0])
    found = nearest(bank[own], bank, 8, own)
    assert found.shape == (2, 4)
    assert all(query not in row for query, row in zip(own, found, strict=True))
    assert list(nearest(bank[own], bank, 1)[:, 0]) == [3, 0]


@pytest.mark.slow
def test_collect_pairs_each_picture_with_its_own_label(tiny):
    images, features = tiny
    labels = (np.arange(30) % 3).astype(np.int32)
    train, test = source(images, labels, ("a", "b", "c")), source(images[:20], labels[:20], ("a", "b", "c"))
    p = collect(CROPS, train, test, features, features[:20], seed=3)
    np.testing.assert_array_equal(p.queries[:, 0, 0, 0] % 3, p.query_labels)
    np.testing.assert_array_equal(p.neighbours[:, :, 0, 0, 0] % 3, p.neighbour_labels)
    # Test picture i is train picture i here, so that each is its own nearest neighbour.
    np.testing.assert_array_equal(p.neighbours[:, 0], p.queries)
    assert set(p.query_labels) == {0, 1, 2}
    assert p.neighbours.shape == (10, 8, 8, 8, 1)
    assert p.embeddings.shape == (20, 2)
    assert len(p.views) == 8 and all(view.shape == (5, 8, 8, 1) for view in p.views)
    assert p.classes == ("a", "b", "c")


@pytest.mark.slow
def test_collect_without_test_split_or_labels(tiny):
    images, features = tiny
    p = collect(CROPS, source(images), None, features, None)
    assert p.labels is p.query_labels is p.neighbour_labels is None
    assert p.classes == ()
    assert not (p.neighbours[:, :, 0, 0, 0] == p.queries[:, None, 0, 0, 0]).any()


@pytest.mark.slow
def test_collect_asks_about_every_class(digit_pictures):
    assert list(digit_pictures.query_labels) == list(range(10))


@pytest.mark.slow
def test_collect_is_deterministic(tiny):
    images, features = tiny
    same(*(collect(CROPS, source(images), None, features, None, seed=5) for _ in range(2)))


def test_views_are_denormalised(tiny):
    images, features = tiny
    p = collect(
        pictures(make_recipe("digits", size=8, affine=None, crop=None, jitter=None, blur=0.0)),
        source(images),
        None,
        features,
        None,
    )
    for view in p.views:  # a recipe that changes nothing shows the originals
        np.testing.assert_allclose(view.astype(int), p.originals.astype(int), atol=1)


def test_features_of_other_pictures_are_refused(tiny):
    images, features = tiny
    with pytest.raises(ValueError, match="train split holds 30 examples, but 29 rows"):
        collect(CROPS, source(images), None, features[:29], None)
    with pytest.raises(ValueError, match="test split holds 30 examples, but none"):
        collect(CROPS, source(images), source(images), features, None)


@pytest.mark.slow
def test_pictures_round_trip(tmp_path, digit_pictures, tiny):
    images, features = tiny
    bare = collect(CROPS, source(images), None, features, None)
    for shown in (digit_pictures, bare, digit_pictures._replace(classes=("<b>", "ü", *"23456789"))):
        save_pictures(tmp_path / "pictures.npz", shown)
        same(load_pictures(tmp_path / "pictures.npz"), shown)


@pytest.mark.slow
def test_pictures_are_never_unpickled(tmp_path, digit_pictures):
    fields = digit_pictures._asdict() | {"classes": np.array([{}, {}], dtype=object)}
    np.savez(tmp_path / "pictures.npz", **{k: v for k, v in fields.items() if k != "views"}, allow_pickle=True)
    with pytest.raises(WorkdirError, match=r"damaged .*allow_pickle"):
        load_pictures(tmp_path / "pictures.npz")


def test_thumbnails_only_shrink():
    small = np.zeros((2, 20, 30, 3), np.uint8)
    assert thumbnails(small) is small
    flat = np.full((2, 100, 200, 3), 77, np.uint8)
    assert thumbnails(flat).shape == (2, 64, 128, 3)
    np.testing.assert_array_equal(thumbnails(flat), 77)
    assert thumbnails(np.zeros((1, 60, 2000, 1), np.uint8)).shape == (1, 15, 512, 1)
    words = np.array(["two words"])
    assert thumbnails(words) is words


def test_map_keeps_clusters_apart():
    rng = np.random.default_rng(0)
    centres = np.eye(6)[:3] * 5
    features = np.concatenate([c + 0.3 * rng.normal(size=(40, 6)) for c in centres])
    plane, how = project(features, 0)
    assert how == "t-SNE" and plane.shape == (120, 2)
    groups = plane.reshape(3, 40, 2)
    middles = groups.mean(axis=1)
    spread = np.linalg.norm(groups - middles[:, None], axis=-1).max()
    assert min(np.linalg.norm(middles[i] - middles[j]) for i, j in ((0, 1), (0, 2), (1, 2))) > 2 * spread


def test_map_falls_back_to_pca(monkeypatch):
    rng = np.random.default_rng(0)
    features = rng.normal(size=(40, 1)) * [[3.0, 1.0]] + 5  # a line, seen as directions
    monkeypatch.setitem(__import__("sys").modules, "sklearn.manifold", None)
    plane, how = project(features, 0)
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    assert how == "PCA"
    distances = np.linalg.norm(plane[:, None] - plane[None], axis=-1)  # two dimensions of two: nothing is lost
    np.testing.assert_allclose(distances, np.linalg.norm(unit[:, None] - unit[None], axis=-1), atol=1e-5)


@pytest.mark.parametrize("features", [np.ones((50, 8)), np.ones((3, 8)), np.random.default_rng(0).normal(size=(4, 1))])
def test_map_of_collapsed_or_few_features(features):
    plane, how = project(features, 0)
    assert how == "PCA" and plane.shape == (len(features), 2) and np.isfinite(plane).all()
