"""A folder of weights, config.json and model.safetensors, as the model they are of."""

import json
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file

from knowledge.errors import RecordError
from knowledge.literature.encoder import RecipeConfig
from knowledge.literature.network import RecipeModel

_FILES = ("config.json", "model.safetensors")
# PretrainedRecipeModel, which writes the folder, holds the model under this name.
_PREFIX = "model."


def weight_files(folder: Path) -> list[Path]:
    """The configuration and the weights in a folder. Raises RecordError where one is missing."""
    paths = [folder / name for name in _FILES]
    for path in paths:
        if not path.is_file():
            raise RecordError(
                f"{path} is missing: name a folder that experiments.train_literature wrote, or "
                "install the package again"
            )
    return paths


def read_model(folder: Path) -> RecipeModel:
    """The model in a folder, float32, ready to answer. Raises RecordError naming what is wrong."""
    config, weights = weight_files(folder)
    try:
        told = json.loads(config.read_text(encoding="utf-8"))
        model = RecipeModel(RecipeConfig(**told["recipe"]))
        tensors = load_file(weights)
        model.load_state_dict({k.removeprefix(_PREFIX): t for k, t in tensors.items()})
    except (OSError, KeyError, TypeError, ValueError, RuntimeError, SafetensorError) as error:
        raise RecordError(
            f"{folder} holds no weights that can be read ({str(error).splitlines()[0]}): install "
            "the package again, or train with python -m experiments.train_literature"
        ) from error
    return model.float().eval()
