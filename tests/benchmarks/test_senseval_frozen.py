from types import SimpleNamespace

import numpy as np

from benchmarks.senseval import Example
from benchmarks.senseval_frozen import rows_of
from jssl.data.tokenizer import encode
from tests.methods.senses.tokens import SENSE, TOKENIZER


def test_the_word_is_kept_where_its_text_is_cut():
    words = ("what", "a", "made", "up", "corpus", "of", "few", "words")
    places = (0, 3, 7)
    examples = [Example("", None, frozenset(), words, place) for place in places]
    tokens, lengths, found = rows_of(SimpleNamespace(facts=SENSE.facts), examples)
    for row, length, place, at in zip(tokens, lengths, places, found, strict=True):
        assert row[at] == encode(TOKENIZER, [words[place]])[0][0]
        assert (row[:length] != SENSE.facts.about["pad_token"]).all() and length == tokens.shape[1]
    assert found[0] == 1 and 1 < found[1] < found[2]
    short = Example("", None, frozenset(), ("up", "a"), 1)
    tokens, lengths, found = rows_of(SimpleNamespace(facts=SENSE.facts), [short])
    assert tokens[0, found[0]] == encode(TOKENIZER, ["a"])[0][0] and lengths[0] < tokens.shape[1]
    assert np.isin(tokens[0, lengths[0] :], SENSE.facts.about["pad_token"]).all()
