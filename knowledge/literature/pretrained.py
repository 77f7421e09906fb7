"""The literature model as a model of Hugging Face transformers, for whoever works with those.

`save_pretrained` writes config.json and model.safetensors, `from_pretrained` reads them. Proposing
does without this file: importing transformers takes longer than a proposal (see `weights`).
"""

from dataclasses import asdict
from typing import Any

from torch import Tensor, nn
from transformers import PreTrainedConfig, PreTrainedModel

from knowledge.literature.encoder import RecipeConfig, Targets
from knowledge.literature.network import RecipeModel


class PretrainedRecipeConfig(PreTrainedConfig):
    """The fields of a RecipeConfig, under `recipe`."""

    model_type = "athanor-recipe"

    def __init__(self, recipe: dict[str, Any] | None = None, **rest: Any) -> None:
        self.recipe = recipe or asdict(RecipeConfig())
        super().__init__(**rest)


class PretrainedRecipeModel(PreTrainedModel):
    """A RecipeModel, as `model`."""

    config_class = PretrainedRecipeConfig
    base_model_prefix = "model"
    main_input_name = "targets"

    def __init__(self, config: PretrainedRecipeConfig) -> None:
        super().__init__(config)
        self.model = RecipeModel(RecipeConfig(**config.recipe))
        self.post_init()  # type: ignore[no-untyped-call]

    @classmethod
    def of(cls, model: RecipeModel) -> "PretrainedRecipeModel":
        """The same weights, to be saved. Configuration is the model's as it is now."""
        made = cls(PretrainedRecipeConfig(recipe=asdict(model.config)))
        made.model = model
        return made

    def _init_weights(self, module: nn.Module) -> None:
        """Modules come initialised."""

    def forward(self, targets: Targets) -> list[tuple[Tensor, Tensor]]:
        """Memory and mask of the targets as each source network reads them."""
        descriptors = self.model.descriptors
        return [member.reader.targets(targets, descriptors) for member in self.model.sources]
