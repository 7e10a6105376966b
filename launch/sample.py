"""Texts that a pretrained language model goes on with, by a run of `next_word`.

python -m launch.sample --workdir=runs/texts --prompt="once upon a time" --temperature=0.8 --top_p=0.95 --count=3
"""

from absl import flags

from . import command

WORKDIR = command.define_workdir()
PROMPT = flags.DEFINE_multi_string("prompt", [""], "How a text begins; several are gone on with side by side.")
COUNT = flags.DEFINE_integer("count", 1, "Texts of each beginning.", lower_bound=1)
TEMPERATURE = flags.DEFINE_float("temperature", 0.8, "0 takes the most probable word each time.")
TOP_P = flags.DEFINE_float("top_p", 0.95, "Words are drawn from the fewest that together are so probable.")
SEED = flags.DEFINE_integer("seed", 0, "The same writes the same.", lower_bound=0, upper_bound=2**31 - 1)
CHECKPOINT = flags.DEFINE_string("checkpoint", "latest", '"latest", "best" or a step.')


def main() -> None:
    """Write."""
    import jssl

    model = jssl.load(WORKDIR.value, checkpoint=CHECKPOINT.value)
    prompts = [prompt for prompt in PROMPT.value for _ in range(COUNT.value)]
    texts = model.write(prompts, temperature=TEMPERATURE.value, top_p=TOP_P.value, seed=SEED.value)
    print("\n\n".join(texts))


if __name__ == "__main__":
    command.run(main)
