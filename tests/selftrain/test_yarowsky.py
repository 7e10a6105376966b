import math

import numpy as np
import pytest

from jssl.selftrain.select import NothingKept
from jssl.selftrain.yarowsky import (
    UNKNOWN,
    SeedError,
    bootstrap,
    collocations,
    learn,
    log_likelihood_ratios,
    one_sense_per_discourse,
)

LIFE, FACTORY = ["life", "cell", "species", "leaf", "root"], ["car", "worker", "machine", "steel", "union"]


def toy(n: int = 200, seed: int = 0) -> tuple[list[frozenset], np.ndarray]:
    """Sentences about "plant": three words of one sense's five, among words of no sense."""
    rng = np.random.default_rng(seed)
    truth = np.arange(n) % 2
    examples = []
    for label in truth:
        telling = rng.choice((LIFE, FACTORY)[label], 3, replace=False).tolist()
        words = rng.permutation([*telling, *rng.choice(["the", "of", "a", "new", "old", "in"], 3)]).tolist()
        head = int(rng.integers(7))
        examples.append(collocations([*words[:head], "plant", *words[head:]], head))
    return examples, truth


def near(*words: str) -> list[tuple[str, str]]:
    return [("near", word) for word in words]


def seeds(life: tuple[str, ...] = ("life",), factory: tuple[str, ...] = ("car",)) -> dict[str, list]:
    return {"living": near(*life), "factory": near(*factory)}


def test_collocations_of_a_sentence():
    assert collocations(["the", "new", "plant", ",", "opened"], 2, window=2) == {
        ("-1", "new"), ("+1", ","), ("-2 -1", "the", "new"), ("-1 +1", "new", ","), ("+1 +2", ",", "opened"),
        ("near", "the"), ("near", "new"), ("near", "opened"),
    }  # fmt: skip
    assert ("+1 +2", "", "") in collocations(["plant"], 0)
    assert ("near", "far") not in collocations(["far", "a", "b", "plant"], 3, window=2)


def test_ratios_are_those_counted_by_hand():
    """Of "life" 3 times with the first sense and once with the second, smoothed by 0.5: ln(3.5 / 1.5)."""
    examples = [near("life"), near("life", "cell"), near("life"), near("life", "car"), near("car"), near("car")]
    rules = learn(examples, np.array([0, 0, 0, 1, 1, UNKNOWN]), senses=2, smoothing=0.5, discount=False)
    rank = rules.ranks["near", "life"]
    assert rules.ratios[rank] == pytest.approx([math.log(3.5 / 1.5), math.log(1.5 / 3.5)])
    assert list(rules.ranks) == near("car", "cell", "life")  # ln 5 (the third "car" has no label), ln 3, ln 7/3
    three = log_likelihood_ratios(np.array([[4, 1, 0]]), 0.1)  # the sense against all others together
    np.testing.assert_allclose(three, np.log([[4.1 / 1.2, 1.1 / 4.2, 0.1 / 5.2]]))


def test_a_common_sense_is_discounted_by_its_own_odds_and_a_rare_one_gains_nothing():
    examples, labels = [near("a")] * 9 + [near("b")], np.array([0] * 8 + [1, 1])
    plain, careful = (learn(examples, labels, senses=2, discount=discount) for discount in (False, True))
    odds = math.log(8.1 / 2.1)
    for word in "ab":
        before, after = (found.ratios[found.ranks["near", word]] for found in (plain, careful))
        np.testing.assert_allclose(after, before - [odds, 0])


def test_the_strongest_rule_decides_alone():
    """Two rules of ln 21 for one sense against one of ln 31 for the other: a sum would decide otherwise."""
    examples = [near("a", "b")] * 2 + [near("c")] * 3
    rules = learn(examples, np.array([0, 0, 1, 1, 1]), senses=2, discount=False)
    a, c = np.log([2.1 / 0.1, 3.1 / 0.1])
    assert 2 * a > c > a
    np.testing.assert_allclose(rules([near("a", "b", "c")]), [[1 / 32, 31 / 32]])
    np.testing.assert_array_equal(rules([near("d"), []]), np.zeros((2, 2)))  # no rule, no sense


def test_smoothing_keeps_what_was_seen_once_below_what_was_seen_often():
    examples, labels = [near("rare")] + [near("often")] * 20, np.array([0] + [1] * 19 + [0])
    order = {a: list(learn(examples, labels, senses=2, smoothing=a, discount=False).ranks) for a in (0.01, 1.0)}
    assert order[0.01] == near("rare", "often")  # 1.01 / 0.01 > 19.01 / 1.01
    assert order[1.0] == near("often", "rare")  # 2 / 1 < 20 / 2


def test_one_seed_of_each_sense_labels_all():
    examples, truth = toy()
    rounds = bootstrap(examples, seeds())
    coverage = [np.mean(done.labels != UNKNOWN) for done in rounds]
    assert coverage[0] < 0.7 and coverage == sorted(coverage) and coverage[-1] == 1
    np.testing.assert_array_equal(rounds[-1].labels, truth)
    unseen, theirs = toy(seed=1)
    np.testing.assert_array_equal(rounds[-1].rules(unseen).argmax(1), theirs)


def test_it_stops_when_labels_are_stable_or_when_told_to():
    examples, _ = toy()
    rounds = bootstrap(examples, seeds())
    assert len(rounds) < 30 and not np.array_equal(rounds[-1].labels, rounds[-2].labels)
    probabilities = rounds[-1].rules(examples)
    sure = np.where(probabilities.max(1) >= 0.95, probabilities.argmax(1), UNKNOWN)
    np.testing.assert_array_equal(sure, rounds[-1].labels)  # another round would change nothing
    assert len(bootstrap(examples, seeds(), rounds=2)) == 2


def test_a_label_is_revoked_when_evidence_turns():
    """A seed of one example, ln 11, in which is also a word that speaks for the other sense, ln(40.1 / 1.1)."""
    examples = [near("life")] * 40 + [near("car", "union")] * 40 + [near("doubtful", "union")]
    first, *_, last = bootstrap(examples, seeds(("life", "doubtful")), threshold=0.9)
    assert first.labels[-1] == 0 and last.labels[-1] == 1
    np.testing.assert_array_equal(first.labels[:-1], last.labels[:-1])


def test_a_label_is_lost_when_no_rule_is_sure_of_it_any_more():
    """A discourse gives "life" the second sense 20 times: what only it had labelled is left over again."""
    examples = [near("life", "leaf")] * 20 + [near("car")] * 20 + [near("life", "quiet")]
    discourses = [None] * 20 + ["b"] * 20 + [None]
    apart = bootstrap(examples, seeds(), discourses=discourses)
    assert apart[-1].labels[-1] == 0
    examples += [near("life", "car")] * 20  # "life" 21 times with the first sense, then 20 with the second
    turned = bootstrap(examples, seeds(), discourses=discourses + ["b"] * 20)
    assert turned[0].labels[40] == 0 and turned[-1].labels[40] == UNKNOWN


def test_one_sense_per_discourse_corrects_and_extends():
    discourses = ["a", "a", "a", "a", "b", "b", "b", "c", None, None]
    labels = np.array([1, 1, 0, UNKNOWN, 0, 1, UNKNOWN, UNKNOWN, 0, UNKNOWN])
    expected = [1, 1, 1, 1, 0, 1, UNKNOWN, UNKNOWN, 0, UNKNOWN]  # of b nothing: one against one
    assert one_sense_per_discourse(labels, discourses).tolist() == expected


def test_discourses_reach_what_collocations_do_not():
    examples = [near("life")] * 40 + [near("car")] * 40 + [near("quiet"), near("car", "life")]
    assert bootstrap(examples, seeds())[-1].labels[-2] == UNKNOWN
    discourses = ["a"] * 40 + ["b"] * 40 + ["a", "b"]
    assert bootstrap(examples, seeds(), discourses=discourses)[-1].labels[-2:].tolist() == [0, 1]


def test_one_seed_of_the_wrong_sense_does_bounded_harm():
    examples, truth = toy(400)
    wrong = bootstrap(examples, seeds(("life", "leaf", "car"), ("union", "worker")))
    at_first, at_last = (np.mean((done.labels == truth)[done.labels != UNKNOWN]) for done in (wrong[0], wrong[-1]))
    assert at_first < 0.95 and at_last >= at_first
    assert np.mean(wrong[-1].labels == truth) > 0.85


def test_seeds_that_label_nothing_are_refused():
    examples, _ = toy()
    with pytest.raises(SeedError, match=r"seeds of factory \('near submarine'\) label none of 200 examples"):
        bootstrap(examples, seeds(factory=("submarine",)))
    with pytest.raises(SeedError, match="only beside another sense's"):
        bootstrap(examples, seeds(factory=("life",)))
    with pytest.raises(SeedError, match="seeds of living: give some for two senses"):
        bootstrap(examples, {"living": near("life")})


def test_a_threshold_that_no_rule_reaches_is_refused():
    with pytest.raises(NothingKept, match=r"taken for living, factory with a probability of 1\.0"):
        bootstrap(toy()[0], seeds(), threshold=1.0)
