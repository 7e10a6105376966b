"""Word senses by Yarowsky's bootstrapping: self-training before it had the name, with a decision list as teacher.

A few collocations are the seeds. What they label trains a decision list, which labels all the text anew; what it is
sure of trains the next one, until no label changes. Labelling, then the same filter by confidence as for pictures
(`jssl.selftrain.select`), then rounds; but classes are not balanced, as the paper keeps them as they come, and a round
takes milliseconds, so that there is no shard and no manifest.

David Yarowsky, Unsupervised Word Sense Disambiguation Rivaling Supervised Methods, ACL 1995.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from jssl.errors import Refused
from jssl.selftrain.select import select

Collocation = tuple[str, ...]
"""A position relative to the ambiguous word, or "near", and the word or words found there: ("-1", "telephone")."""

UNKNOWN = -1
"""The label of an example of which no sense is sure."""

_POSITIONS = {"-1": (-1,), "+1": (1,), "-2 -1": (-2, -1), "-1 +1": (-1, 1), "+1 +2": (1, 2)}


class SeedError(Refused):
    """Seeds that label nothing."""


def collocations(words: Sequence[str], head: int, *, window: int = 10) -> frozenset[Collocation]:
    """What surrounds an ambiguous word; beyond either end of the text are empty words.

    Args:
        words: of the text around it.
        head: where among them it is; the word itself is no collocation.
        window: words to either side that are "near"; a mark of punctuation is one but is near to everything.
    """
    padded = ["", "", *words, "", ""]
    around = {(name, *(padded[head + 2 + offset] for offset in offsets)) for name, offsets in _POSITIONS.items()}
    near = [*words[max(head - window, 0) : head], *words[head + 1 : head + 1 + window]]
    return frozenset(around | {("near", word) for word in near if any(map(str.isalnum, word))})


def log_likelihood_ratios(counts: np.ndarray, smoothing: float) -> np.ndarray:
    """Smoothed ln P(sense | collocation) / P(another sense | collocation), float64 [collocations, senses].

    Args:
        counts: of examples with a collocation and of a sense, [collocations, senses].
        smoothing: added to each: without it, what was seen once and with one sense only would outrank all.
    """
    smoothed = counts + smoothing
    return np.log(smoothed) - np.log(smoothed.sum(1, keepdims=True) - smoothed)


class DecisionList(NamedTuple):
    """Collocations by strength; of those in an example the strongest decides alone."""

    ranks: dict[Collocation, int]
    """0 is the strongest; among equals, by the alphabet."""
    ratios: np.ndarray
    """Of senses, by rank, [collocations + 1, senses]; the last is of an example without any of them: no sense."""

    def __call__(self, examples: Iterable[Collection[Collocation]]) -> np.ndarray:
        """Probabilities of senses, discounted, float64 [n, senses]; all zero where no rule fires."""
        last = len(self.ranks)
        fired = [min((self.ranks.get(collocation, last) for collocation in found), default=last) for found in examples]
        return 1 / (1 + np.exp(-self.ratios[fired]))


def learn(
    examples: Sequence[Collection[Collocation]],
    labels: np.ndarray,
    *,
    senses: int,
    smoothing: float = 0.1,
    discount: bool = True,
) -> DecisionList:
    """A decision list of the collocations of labelled examples.

    Args:
        examples: each one's collocations, n of them.
        labels: int [n], `UNKNOWN` where there is none.
        senses: how many there are.
        smoothing: see `log_likelihood_ratios`.
        discount: take off a sense's own log odds where it is the more common one. The paper does not, and its senses
            are nearly balanced; of a sense that 95 of 100 labels have, every frequent word is a rule of 0.95, and in
            a few rounds that sense takes all.
    """
    found: defaultdict[Collocation, list[int]] = defaultdict(lambda: [0] * senses)
    for example, label in zip(examples, labels.tolist(), strict=True):
        if label != UNKNOWN:
            for collocation in example:
                found[collocation][label] += 1
    names = sorted(found)
    ratios = log_likelihood_ratios(np.array([found[name] for name in names]).reshape(-1, senses), smoothing)
    if discount:
        totals = np.bincount(labels[labels != UNKNOWN], minlength=senses)
        ratios -= np.maximum(0, log_likelihood_ratios(totals[None], smoothing))
    order = np.argsort(-ratios.max(1), kind="stable")
    ranks = {names[row]: rank for rank, row in enumerate(order.tolist())}
    return DecisionList(ranks, np.concatenate([ratios[order], np.full((1, senses), -np.inf)]))


def one_sense_per_discourse(labels: np.ndarray, discourses: Sequence[Hashable | None]) -> np.ndarray:
    """Labels int [n] in which all examples of a discourse have the sense that most of its labelled ones have.

    It corrects some labels and extends others; a tie changes nothing, and an example of discourse None stands alone.
    """
    votes: defaultdict[Hashable, Counter[int]] = defaultdict(Counter)
    for label, discourse in zip(labels.tolist(), discourses, strict=True):
        if label != UNKNOWN and discourse is not None:
            votes[discourse][label] += 1
    agreed = {}
    for discourse, counts in votes.items():
        (sense, most), *others = counts.most_common(2)
        if not others or others[0][1] < most:
            agreed[discourse] = sense
    pairs = zip(labels.tolist(), discourses, strict=True)
    return np.array([agreed.get(discourse, label) for label, discourse in pairs], np.int64)


class Round(NamedTuple):
    """A decision list and what the labels were that it learned from."""

    labels: np.ndarray
    """int64 [n], `UNKNOWN` for what is left over."""
    rules: DecisionList


def bootstrap(
    examples: Sequence[Collection[Collocation]],
    seeds: Mapping[str, Collection[Collocation]],
    *,
    discourses: Sequence[Hashable | None] | None = None,
    threshold: float = 0.95,
    smoothing: float = 0.1,
    discount: bool = True,
    rounds: int = 30,
) -> list[Round]:
    """Senses of unlabelled text, from a few collocations of each.

    Labels are revocable: every round labels everything anew, also what the seeds had labelled.

    Args:
        examples: each one's collocations, n of them.
        seeds: collocations of each sense, whose order is that of the labels; where two senses' meet, none is taken.
        discourses: the text that each example is from, None where unknown.
        threshold: least probability of the strongest rule's sense that makes a label; ln(p / (1 - p)) is its ratio.
        smoothing: see `log_likelihood_ratios`.
        discount: see `learn`.
        rounds: at most so many, should the labels never be stable.

    Returns:
        The rounds, first that of the seeds' labels; the last one's `rules` are the result.

    Raises:
        SeedError: fewer than two senses, or seeds that label no example.
        NothingKept: a threshold that no rule reaches.
    """
    labels = _labels_of_seeds(examples, seeds)
    done: list[Round] = []
    while True:
        if discourses is not None:
            labels = one_sense_per_discourse(labels, discourses)
        if done and (len(done) == rounds or np.array_equal(labels, done[-1].labels)):
            return done
        rules = learn(examples, labels, senses=len(seeds), smoothing=smoothing, discount=discount)
        done.append(Round(labels, rules))
        probabilities = rules(examples)
        sure = select(probabilities, threshold=threshold, per_class=0, classes=tuple(seeds)).indices
        labels = np.full(len(examples), UNKNOWN, np.int64)
        labels[sure] = probabilities[sure].argmax(1)


def _labels_of_seeds(
    examples: Sequence[Collection[Collocation]], seeds: Mapping[str, Collection[Collocation]]
) -> np.ndarray:
    if len(seeds) < 2:
        raise SeedError(f"there are seeds of {', '.join(seeds) or 'no sense'}: give some for two senses or more")
    hits = np.array([[any(seed in example for seed in found) for found in seeds.values()] for example in examples])
    labels = np.where(hits.sum(1) == 1, hits.argmax(1), UNKNOWN)
    for label, (sense, found) in enumerate(seeds.items()):
        if not (labels == label).any():
            named = ", ".join(repr(" ".join(seed)) for seed in found) or "none"
            raise SeedError(
                f"the seeds of {sense} ({named}) label none of {len(examples)} examples: they occur in none, or only"
                " beside another sense's; take collocations that are in the text, as `collocations` writes them"
            )
    return labels
