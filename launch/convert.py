"""An encoder as a model of another library.

python -m launch.convert --from=runs/demo --to=torchvision --out=exported
python -m launch.convert --from=runs/demo --to=timm --out=exported
python -m launch.convert --from=runs/demo --to=hf --out=exported
python -m launch.convert --from=runs/demo --to=jax --out=encoder.jax
python -m launch.convert --from=runs/demo --to=onnx --out=encoder.onnx

The first three write a folder with model.safetensors and the config that the library reads, and print the Python that
loads it. `jax` and `onnx` write one file, a function from pictures uint8 [n, size, size, channels] (of texts, from
tokens and lengths) to features float32 [n, d], for any n. What is converted may itself be the weights of others:
--from=timm:FILE, torchvision:FILE or hf:FOLDER.
"""

from pathlib import Path

from absl import flags

from . import command

FROM = flags.DEFINE_string("from", None, "Folder of a run, timm:FILE, torchvision:FILE or hf:FOLDER.", required=True)
TO = flags.DEFINE_enum("to", None, ["torchvision", "timm", "hf", "jax", "onnx"], "Whose model.", required=True)
OUT = flags.DEFINE_string("out", None, "Folder, or of jax and onnx file, to write.", required=True)
CHECKPOINT = flags.DEFINE_string("checkpoint", "latest", '"latest", "best" or a step.')


def main() -> None:
    """Convert."""
    import jssl

    encoder, out = jssl.load(FROM.value, CHECKPOINT.value), Path(OUT.value).expanduser()
    if TO.value in ("jax", "onnx"):
        print(encoder.export(out, TO.value))
    else:
        print(encoder.convert(out, TO.value))


if __name__ == "__main__":
    command.run(main)
