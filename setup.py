"""Packaging. Versions are lower bounds; `constraints.txt` pins what `make` installs and tests."""

from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
VERSION = next(
    line.split('"')[1]
    for line in (HERE / "jssl/__init__.py").read_text().splitlines()
    if line.startswith("__version__")
)

JAX = ["jax>=0.10.2", "flax>=0.12.8", "optax>=0.2.8", "scipy>=1.17.1"]
STORE = ["orbax-checkpoint>=0.12.8", "ml-collections>=1.1.0", "absl-py>=2.5.1", "rich>=15.0.0"]
DATA = [
    "numpy>=2.4.6",
    "pillow>=13.0.0",
    "grain>=0.2.18",
    "array-record>=0.8.6",
    "tensorflow-datasets>=4.9.10",
    "importlib-resources>=7.1.0",  # tensorflow-datasets needs it and does not say so
]
DEMO = ["mlxtend>=0.25.0", "scikit-learn>=1.9.1"]
TEXT = ["tokenizers>=0.23.3"]
SOUND = ["soundfile>=0.14.0", "soxr>=1.1.0"]
VIDEO = ["av>=18.1.0"]  # brings its own FFmpeg
CONVERT = ["safetensors>=0.8.0", "flatbuffers>=25.12.19"]
ONNX = ["onnx>=1.23.2", "onnxruntime>=1.32.0"]
GAMES = ["vizdoom>=1.3.2", "ale-py>=0.12.1"]
TIFF = ["tifffile>=2026.3.3"]
FLOW = ["opencv-python-headless>=4.12"]
DOCS = [
    "mkdocs>=1.6.1,<2",
    "mkdocs-material>=9.8",
    "mkdocstrings-python>=2.0",
    "mkdocs-gen-files>=0.6.1",
    "mkdocs-literate-nav>=0.6.3",
    "ruff>=0.17.6",
]
TOOLS = ["pytest>=9.2.0", "pytest-xdist>=3.8.0", "chex>=0.1.92", "ruff>=0.17.6", "tensorboardX>=2.6.5"]

# Top-level folders of the repository lie inside of an installed jssl, where no other package can stand in their way.
INSIDE = {"jssl.launch": "launch", "jssl.configs": "configs"}

setup(
    name="jssl",
    version=VERSION,
    description="Self-supervised learning in JAX: one small file a method, one train step from a laptop to a TPU pod.",
    long_description=(HERE / "README.md").read_text(),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    packages=[*find_packages(include=["jssl", "jssl.*"]), *INSIDE],
    package_dir=INSIDE,
    package_data={"jssl.launch": ["slurm/*", "tpu/*"]},
    entry_points={"console_scripts": ["jssl = jssl.launch.__main__:main"]},
    python_requires=">=3.11",
    install_requires=JAX + STORE + DATA,
    extras_require={
        "demo": DEMO,
        "text": TEXT,
        "sound": SOUND,
        "video": VIDEO,
        "games": GAMES,
        "flow": FLOW,
        "tiff": [*TIFF, "imagecodecs>=2026.3.6"],  # compressed by LZW, JPEG, and whatever else there is
        "convert": CONVERT,
        "onnx": ONNX,
        "test": [*DEMO, *TEXT, *SOUND, *VIDEO, *TIFF, *CONVERT, *ONNX, *TOOLS],
        "docs": DOCS,
        "package": ["build>=1.3"],
        "gpu": ["jax[cuda13]>=0.10.2"],
        "tpu": ["jax[tpu]>=0.10.2"],
        "tpu-compile": ["jax[tpu]>=0.10.2"],  # its libtpu, of the one version that fits, is the compiler
        "tensorboard": ["tensorboardX>=2.6.5"],
        "wandb": ["wandb>=0.31.0"],
    },
)
