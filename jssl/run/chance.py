"""A run that learns nothing, told by its loss: it stays above that of a network that says the same of everything."""

SHARE, FEWEST = 20, 20
"""How long a loss may stay there: a twentieth of the run, and never less than so many steps."""
MARGIN = 1.02
"""Of chance. A loss that has not begun to fall is a little above it, as its guesses are not all alike."""


class Watch:
    """Warns once of a loss that was above chance at every step for long.

    The warm-up is left out, and the first epoch or quarter of the run: until an example is seen again, a memory bank
    has a random row for it.
    """

    def __init__(self, chance: float | None, *, warmup: int, epoch: int, steps: int) -> None:
        self._chance, self._begin = chance, max(warmup, min(epoch, steps // 4))
        self._above, self._patience = 0, max(steps // SHARE, FEWEST)

    def __call__(self, step: int, loss: float) -> str | None:
        """What there is to warn of after a step, from 1 on; None as a rule."""
        if self._chance is None or step <= self._begin:
            return None
        self._above = self._above + 1 if loss > MARGIN * self._chance else 0
        if self._above < self._patience:
            return None
        chance, self._chance = self._chance, None
        return (
            f"the loss is {loss:.4g}, and for {self._above} steps has been above the {chance:.4g} of a network that"
            " says the same of everything: nothing is learnt. Likely cause: too high a learning rate. Lower"
            " config.optimizer.learning_rate, make config.optimizer.warmup longer, or set config.optimizer.clip. A"
            " memory bank may only have had too few epochs (config.epochs)"
        )
