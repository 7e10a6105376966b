"""The index of methods: the name in `config.method.name`, and the factory it calls."""

from jssl.methods.simclr import simclr

METHODS = {
    "simclr": simclr,
}
