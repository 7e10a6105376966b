"""The step of two players (arXiv:1406.2661), of which each one's term holds the other still: one loss trains both."""

from typing import Any, NamedTuple

import jax

from jssl.losses.adversarial import discriminator_accuracy, discriminator_loss, generator_loss
from jssl.nets.net import Net


class Round(NamedTuple):
    """One look of the discriminator at what is real and what is made."""

    discriminator: jax.Array
    """Its loss, which moves its parameters alone."""
    generator: jax.Array
    """The loss of whoever made the fakes, which moves only what they were made by."""
    swapped: jax.Array
    """The discriminator's loss with real and fake swapped: of players who make both, as BiGAN's."""
    stats: Any
    """The discriminator's, after both looks."""
    accuracy: jax.Array
    """The share that it tells apart; 1/2 when the generator has won."""

    @property
    def metrics(self) -> dict[str, jax.Array]:
        """What a log shows of it."""
        return {
            "discriminator": self.discriminator,
            "generator": self.generator,
            "discriminator_accuracy": self.accuracy,
        }


def two_players(judge: Net, params: Any, stats: Any, real: Any, fake: Any) -> Round:
    """Both players' losses of one batch; their sum is what a method returns.

    Real and fake are seen one after the other, each normalised by its own statistics, as in DCGAN.

    Args:
        judge: x -> logits [n] that x is real.
        real, fake: what it takes, [n, ...].
    """
    still = jax.lax.stop_gradient
    on_real, moved = judge.apply(params, stats, still(real), train=True)
    on_fake, moved = judge.apply(params, moved, still(fake), train=True)
    real_as_seen, _ = judge.apply(still(params), moved, real, train=True)
    fake_as_seen, _ = judge.apply(still(params), moved, fake, train=True)
    return Round(
        discriminator=discriminator_loss(on_real, on_fake),
        generator=generator_loss(fake_as_seen),
        swapped=discriminator_loss(fake_as_seen, real_as_seen),
        stats=moved,
        accuracy=discriminator_accuracy(on_real, on_fake),
    )
