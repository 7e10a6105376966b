"""The index of methods: the name in `config.method.name`, and the factory it calls."""

from jssl.methods.barlow_twins import barlow_twins
from jssl.methods.byol import byol
from jssl.methods.moco import moco
from jssl.methods.moco_v3 import moco_v3
from jssl.methods.npid import npid
from jssl.methods.pirl import pirl
from jssl.methods.simclr import simclr
from jssl.methods.simsiam import simsiam
from jssl.methods.vicreg import vicreg

METHODS = {
    "barlow_twins": barlow_twins,
    "byol": byol,
    "moco": moco,
    "moco_v3": moco_v3,
    "npid": npid,
    "pirl": pirl,
    "simclr": simclr,
    "simsiam": simsiam,
    "vicreg": vicreg,
}
