"""The index of methods: the name in `config.method.name`, and the factory it calls."""

from jssl.methods.clustering.deepcluster import deepcluster
from jssl.methods.clustering.deepcluster_v2 import deepcluster_v2
from jssl.methods.clustering.swav import swav
from jssl.methods.contrastive.e_mix import e_mix
from jssl.methods.contrastive.moco import moco
from jssl.methods.contrastive.moco_v3 import moco_v3
from jssl.methods.contrastive.npid import npid
from jssl.methods.contrastive.pirl import pirl
from jssl.methods.contrastive.simclr import simclr
from jssl.methods.crossmodal.cmc import cmc
from jssl.methods.crossmodal.correspondence import correspondence
from jssl.methods.crossmodal.minimising_disagreement import minimising_disagreement
from jssl.methods.distillation.byol import byol
from jssl.methods.distillation.dino import dino
from jssl.methods.distillation.hybrid_byol import hybrid_byol
from jssl.methods.distillation.simsiam import simsiam
from jssl.methods.generative.autoencoder import autoencoder
from jssl.methods.generative.bigan import bigan
from jssl.methods.generative.colourisation import colourisation
from jssl.methods.generative.context_encoder import context_encoder
from jssl.methods.generative.deep_autoencoder import deep_autoencoder
from jssl.methods.generative.denoising_autoencoder import denoising_autoencoder
from jssl.methods.generative.future_frames import future_frames
from jssl.methods.generative.gan import gan
from jssl.methods.generative.next_word import next_word
from jssl.methods.generative.restoration import restoration
from jssl.methods.generative.sound_super_resolution import sound_super_resolution
from jssl.methods.generative.split_brain import split_brain
from jssl.methods.generative.super_resolution import super_resolution
from jssl.methods.generative.vae import vae
from jssl.methods.generative.video_colourisation import video_colourisation
from jssl.methods.masked.bert import bert
from jssl.methods.masked.mae import mae
from jssl.methods.masked.video_mae import video_mae
from jssl.methods.masked.wav2vec2 import wav2vec2
from jssl.methods.play.curl import curl
from jssl.methods.play.dbc import dbc
from jssl.methods.play.deep_mdp import deep_mdp
from jssl.methods.play.st_dim import st_dim
from jssl.methods.play.supervised_ram import supervised_ram
from jssl.methods.prediction.cpc import cpc
from jssl.methods.prediction.lejepa import lejepa
from jssl.methods.pretext.arrow_of_time import arrow_of_time
from jssl.methods.pretext.egomotion import egomotion
from jssl.methods.pretext.egomotion_pose import egomotion_pose
from jssl.methods.pretext.exemplar import exemplar
from jssl.methods.pretext.frame_order import frame_order
from jssl.methods.pretext.jigsaw import jigsaw
from jssl.methods.pretext.odd_one_out import odd_one_out
from jssl.methods.pretext.order_prediction import order_prediction
from jssl.methods.pretext.relative_position import relative_position
from jssl.methods.pretext.rotation import rotation
from jssl.methods.pretext.shed import shed
from jssl.methods.pretext.tracked_patches import tracked_patches
from jssl.methods.redundancy.barlow_twins import barlow_twins
from jssl.methods.redundancy.corinfomax import corinfomax
from jssl.methods.redundancy.mixed_barlow_twins import mixed_barlow_twins
from jssl.methods.redundancy.vicreg import vicreg
from jssl.methods.semi_supervised.ctc import ctc
from jssl.methods.semi_supervised.distillation import distillation
from jssl.methods.semi_supervised.domain_adaptation import domain_adaptation
from jssl.methods.semi_supervised.entropy_minimization import entropy_minimization
from jssl.methods.semi_supervised.fixmatch import fixmatch
from jssl.methods.semi_supervised.linear_probe import linear_probe
from jssl.methods.semi_supervised.m2 import m2
from jssl.methods.semi_supervised.mean_teacher import mean_teacher
from jssl.methods.semi_supervised.meta_pseudo_labels import meta_pseudo_labels
from jssl.methods.semi_supervised.mixmatch import mixmatch
from jssl.methods.semi_supervised.noisy_student import noisy_student
from jssl.methods.semi_supervised.pseudo_label import pseudo_label
from jssl.methods.semi_supervised.s4l import s4l
from jssl.methods.semi_supervised.supervised import supervised
from jssl.methods.semi_supervised.tagging import tagging
from jssl.methods.semi_supervised.ttt import ttt
from jssl.methods.semi_supervised.vat import vat

METHODS = {
    "arrow_of_time": arrow_of_time,
    "autoencoder": autoencoder,
    "barlow_twins": barlow_twins,
    "bert": bert,
    "bigan": bigan,
    "byol": byol,
    "cmc": cmc,
    "colourisation": colourisation,
    "context_encoder": context_encoder,
    "corinfomax": corinfomax,
    "correspondence": correspondence,
    "cpc": cpc,
    "ctc": ctc,
    "curl": curl,
    "dbc": dbc,
    "deep_autoencoder": deep_autoencoder,
    "deep_mdp": deep_mdp,
    "deepcluster": deepcluster,
    "deepcluster_v2": deepcluster_v2,
    "denoising_autoencoder": denoising_autoencoder,
    "dino": dino,
    "distillation": distillation,
    "domain_adaptation": domain_adaptation,
    "e_mix": e_mix,
    "egomotion": egomotion,
    "egomotion_pose": egomotion_pose,
    "entropy_minimization": entropy_minimization,
    "exemplar": exemplar,
    "fixmatch": fixmatch,
    "frame_order": frame_order,
    "future_frames": future_frames,
    "gan": gan,
    "hybrid_byol": hybrid_byol,
    "jigsaw": jigsaw,
    "lejepa": lejepa,
    "linear_probe": linear_probe,
    "m2": m2,
    "mae": mae,
    "mean_teacher": mean_teacher,
    "meta_pseudo_labels": meta_pseudo_labels,
    "minimising_disagreement": minimising_disagreement,
    "mixed_barlow_twins": mixed_barlow_twins,
    "mixmatch": mixmatch,
    "moco": moco,
    "moco_v3": moco_v3,
    "next_word": next_word,
    "noisy_student": noisy_student,
    "npid": npid,
    "odd_one_out": odd_one_out,
    "order_prediction": order_prediction,
    "pirl": pirl,
    "pseudo_label": pseudo_label,
    "relative_position": relative_position,
    "restoration": restoration,
    "rotation": rotation,
    "s4l": s4l,
    "shed": shed,
    "simclr": simclr,
    "simsiam": simsiam,
    "sound_super_resolution": sound_super_resolution,
    "split_brain": split_brain,
    "st_dim": st_dim,
    "super_resolution": super_resolution,
    "supervised": supervised,
    "supervised_ram": supervised_ram,
    "swav": swav,
    "tagging": tagging,
    "tracked_patches": tracked_patches,
    "ttt": ttt,
    "vae": vae,
    "vat": vat,
    "vicreg": vicreg,
    "video_colourisation": video_colourisation,
    "video_mae": video_mae,
    "wav2vec2": wav2vec2,
}
