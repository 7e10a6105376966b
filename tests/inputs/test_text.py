"""Texts as an input: views, what users give, how people look at it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment.text.recipes import RECIPES, TextView, make_text_recipe
from jssl.augment.text.views import draw_text_views
from jssl.data.source import Facts
from jssl.data.tokenizer import ASSET, describe, train_tokenizer
from jssl.data.tokens import token_spec
from jssl.exhibit import MARKS
from jssl.inputs import INPUTS
from jssl.inputs.words import _counts

TOKENIZER = train_tokenizer(["the fox and the dog went over the hills and far away " * 20], 300)
ABOUT = describe(TOKENIZER)
MASK, LENGTH = ABOUT["mask_token"], 24


def make(**options):
    facts = Facts(8, token_spec(LENGTH), (), ABOUT, {ASSET: TOKENIZER})
    return INPUTS["tokens"](facts, **options)


def counting(words: int, n: int = 500, t: int = LENGTH) -> jax.Array:
    """Texts of 1, 10, 11, 12, ..., 2."""
    row = np.full(t, -1)
    row[: words + 2] = [1, *range(10, 10 + words), 2]
    return jnp.asarray(np.tile(row, (n, 1)), jnp.int32)


def drawn(view: TextView, x: jax.Array) -> np.ndarray:
    keys = jax.random.split(jax.random.key(0), len(x))
    recipe = make_text_recipe("plain", **view._asdict())
    return np.asarray(jax.jit(lambda keys, x: draw_text_views(recipe, keys, x, mask_token=MASK))(keys, x)[0])


def test_a_span_is_a_run_of_words_between_the_same_ends():
    rows = drawn(TextView(crop=(0.3, 0.6)), counting(20))
    lengths = (rows >= 0).sum(1) - 2
    assert lengths.min() == 6 and lengths.max() == 12
    starts = set()
    for row, length in zip(rows, lengths, strict=True):
        words = row[1 : 1 + length]
        assert row[0] == 1 and row[1 + length] == 2 and (row[2 + length :] == -1).all()
        np.testing.assert_array_equal(words, np.arange(words[0], words[0] + length))
        starts.add(int(words[0]))
    assert starts >= set(range(10, 24))


def test_words_are_deleted_and_masked_as_often_as_asked_for():
    rows = drawn(TextView(delete=0.2), counting(20))
    kept = (rows >= 0).sum(1) - 2
    assert abs(kept.mean() - 16) < 5 * np.sqrt(20 * 0.16 / 500)
    assert all((np.diff(row[row >= 10]) > 0).all() for row in rows)  # the order stays
    rows = drawn(TextView(mask=0.2), counting(20))
    assert abs((rows == MASK).sum(1).mean() - 4) < 5 * np.sqrt(20 * 0.16 / 500)
    assert (rows[:, 0] == 1).all() and (rows[:, 21] == 2).all() and (rows[:, 22:] == -1).all()


@pytest.mark.parametrize("words", [0, 1])
def test_the_shortest_texts_stay_texts(words: int):
    rows = drawn(TextView(crop=(0.1, 0.5), mask=0.5), counting(words, n=20))
    assert ((rows >= 0).sum(1) == words + 2).all()


def test_recipes_are_refused_by_name():
    with pytest.raises(ValueError, match="'nothing' is none of plain, spans, copies"):
        make(recipe="nothing")
    with pytest.raises(ValueError, match=r"no size; it has crop, delete, mask"):
        make(recipe="spans", size=3)
    with pytest.raises(ValueError, match=r"crop=.* must be a range"):
        make(recipe="spans", crop=(0.0, 2.0))
    with pytest.raises(ValueError, match="are probabilities"):
        make(recipe="spans", mask=1.0)
    with pytest.raises(ValueError, match=r"tokens without a tokenizer.json"):
        INPUTS["tokens"](Facts(8, token_spec(LENGTH)))
    assert set(RECIPES) == {"plain", "spans", "copies"}


def test_strings_of_a_user_and_what_is_none():
    source = make().own(["the fox", "over the hills " * 20])
    batch = source.read(np.arange(2))
    assert batch["tokens"].shape == (2, LENGTH) and batch["length"].tolist()[1] == LENGTH
    for wrong in ("the fox", [], [1, 2], [b"x"]):
        with pytest.raises(ValueError, match="must be a list of strings"):
            make().own(wrong)


def test_other_lengths_are_padded_or_cut_and_ended():
    match = make().match
    short = match({"tokens": jnp.array([[1, 9, 2]]), "length": jnp.array([3])})
    assert short["tokens"].shape == (1, LENGTH) and short["length"].tolist() == [3]
    long = match({"tokens": jnp.concatenate([counting(38, 1, 40), counting(5, 1, 40)]), "length": jnp.array([40, 7])})
    assert long["tokens"].shape == (2, LENGTH) and long["length"].tolist() == [LENGTH, 7]
    assert long["tokens"][0, -1] == ABOUT["separator_token"] and long["tokens"][0, -2] == 31
    np.testing.assert_array_equal(long["tokens"][1], counting(5, 1, 40)[0, :LENGTH])


def test_people_read_words_and_see_what_is_hidden():
    tokens = make()
    batch = tokens.own(["the fox and the dog", "far away"]).read(np.arange(2))
    assert [text.strip() for text in tokens.figure(batch)] == ["the fox and the dog", "far away"]
    x = np.array(tokens.prepare(batch))
    x[0, 2] = MASK
    assert MARKS["hidden"] in tokens.look(x)[0] and MARKS["hidden"] not in tokens.look(x)[1]
    assert tokens.figure(make().own(["far " * 400]).read(np.arange(1)))[0].endswith("far")  # 24 tokens are no long text


def test_a_bag_of_words_by_hand():
    name, fit = make().baselines[0]
    assert name == "bag of words"
    source = make().own(["the the the fox"])
    found = fit(source)(source).toarray()[0]
    ids = source.read(np.array([0]))["tokens"][0][1:5]
    assert found.shape == (ABOUT["vocabulary"],)
    norm = np.hypot(np.log(4), np.log(2))
    np.testing.assert_allclose(found[[ids[0], ids[3]]], [np.log(4) / norm, np.log(2) / norm], rtol=1e-6)
    assert (found > 0).sum() == 2


def test_tf_idf_is_scikit_learns_fitted_on_the_train_split():
    from sklearn.feature_extraction.text import TfidfTransformer

    (_, bag), (name, fit) = make().baselines
    train = make().own(["the fox and the dog", "the dog", "far away the hills"])
    test = make().own(["the the hills", "dog over dog"])
    counts = [_counts(split, ABOUT) for split in (train, test)]
    peer = TfidfTransformer().fit(counts[0])
    assert name == "TF-IDF"
    found = fit(train)(test).toarray()
    np.testing.assert_allclose(found, peer.transform(counts[1].log1p()).toarray(), rtol=1e-5)
    assert np.abs(found - bag(train)(test).toarray()).max() > 0.05


@pytest.mark.slow
def test_perturbed_texts_can_be_embedded_and_plain_ones_are_not_perturbed():
    assert make(recipe="plain").perturb is None and make(recipe="copies").perturb is None
    tokens = make(recipe="spans")
    batch = tokens.own(["the fox and the dog went over the hills"] * 4).read(np.arange(4))
    first, second = tokens.perturb(jax.random.split(jax.random.key(0), 4), batch)
    assert first["tokens"].shape == batch["tokens"].shape and (first["tokens"] >= 0).all()
    assert (np.asarray(first["length"]) <= batch["length"]).all() and (first["tokens"] != second["tokens"]).any()
