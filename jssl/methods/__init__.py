"""The index of methods: the name in `config.method.name`, and the factory it calls."""

from jssl.methods.barlow_twins import barlow_twins
from jssl.methods.byol import byol
from jssl.methods.context_encoder import context_encoder
from jssl.methods.dino import dino
from jssl.methods.fixmatch import fixmatch
from jssl.methods.jigsaw import jigsaw
from jssl.methods.mae import mae
from jssl.methods.mean_teacher import mean_teacher
from jssl.methods.moco import moco
from jssl.methods.moco_v3 import moco_v3
from jssl.methods.noisy_student import noisy_student
from jssl.methods.npid import npid
from jssl.methods.pirl import pirl
from jssl.methods.pseudo_label import pseudo_label
from jssl.methods.relative_position import relative_position
from jssl.methods.rotation import rotation
from jssl.methods.s4l import s4l
from jssl.methods.simclr import simclr
from jssl.methods.simsiam import simsiam
from jssl.methods.supervised import supervised
from jssl.methods.swav import swav
from jssl.methods.vicreg import vicreg

METHODS = {
    "barlow_twins": barlow_twins,
    "byol": byol,
    "context_encoder": context_encoder,
    "dino": dino,
    "fixmatch": fixmatch,
    "jigsaw": jigsaw,
    "mae": mae,
    "mean_teacher": mean_teacher,
    "moco": moco,
    "moco_v3": moco_v3,
    "noisy_student": noisy_student,
    "npid": npid,
    "pirl": pirl,
    "pseudo_label": pseudo_label,
    "relative_position": relative_position,
    "rotation": rotation,
    "s4l": s4l,
    "simclr": simclr,
    "simsiam": simsiam,
    "supervised": supervised,
    "swav": swav,
    "vicreg": vicreg,
}
