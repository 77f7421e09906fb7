"""Asking a causal language model for a number.

Its most probable words are taken, never drawn ones, so that equal questions have equal answers.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from knowledge.errors import RecordError
from knowledge.literature.causal import load

# Tokens of an answer that are read; a number has fewer.
ANSWER_TOKENS = 8
# What a model reads that does not say how much it can.
_WITHOUT_END = 1_000_000


@dataclass(frozen=True)
class Answer:
    """What a model wrote, and the log-likelihood of each number it might have written."""

    text: str
    log_likelihoods: list[float]


class LanguageModel:
    """A tokenizer and a causal language model from a folder.

    `longest` is how many tokens it reads. Raises RecordError where it cannot be loaded.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tokenizer, self._model = load(folder)
        longest = getattr(self._model.config, "max_position_embeddings", None)
        self.longest = longest if isinstance(longest, int) and longest > 0 else _WITHOUT_END

    def tokens(self, text: str, whole_text: bool = False) -> list[int]:
        """Tokens of a text, with what a model wants before a whole one."""
        found: list[int] = self._tokenizer(text, add_special_tokens=whole_text)["input_ids"]
        return found

    def answer(self, context: Sequence[int], numbers: Sequence[int]) -> Answer:
        """What follows the tokens of a context, and how likely each number would, and no more.

        Raises RecordError where tokenizer and model do not belong together.
        """
        import torch

        try:
            with torch.inference_mode():
                read = self._model(torch.tensor([list(context)]), use_cache=True)
                text = self._written(read.logits[0, -1], read.past_key_values)
                ends = [self.tokens(f" {n}\n") for n in numbers]
                likely = [self._log_likelihood(read, end) for end in ends]
        except (IndexError, RuntimeError) as error:
            raise RecordError(
                f"the model in {self._folder} cannot read its own tokens "
                f"({str(error).strip().splitlines()[0]}): its tokenizer belongs to another model"
            ) from error
        return Answer(text, [x if np.isfinite(x) else -np.inf for x in likely])

    def _written(self, logits: Any, cache: Any) -> str:
        """The most probable continuation, up to the end of its line."""
        import torch

        cache, tokens, text = copy.deepcopy(cache), list[int](), ""
        while len(tokens) < ANSWER_TOKENS and "\n" not in text.lstrip():
            tokens.append(int(logits.nan_to_num(-torch.inf).argmax()))
            text = str(self._tokenizer.decode(tokens, skip_special_tokens=True))
            read = self._model(torch.tensor([tokens[-1:]]), past_key_values=cache, use_cache=True)
            logits, cache = read.logits[0, -1], read.past_key_values
        return text.strip().split("\n", 1)[0]

    def _log_likelihood(self, read: Any, tokens: Sequence[int]) -> float:
        """Of tokens after what was read; minus infinity for none."""
        import torch

        if not tokens:
            return -np.inf
        logits = read.logits[0, -1:]
        if len(tokens) > 1:
            cache = copy.deepcopy(read.past_key_values)
            more = self._model(torch.tensor([list(tokens[:-1])]), past_key_values=cache)
            logits = torch.cat([logits, more.logits[0]])
        each = torch.log_softmax(logits.double(), dim=-1)
        return float(each[torch.arange(len(tokens)), torch.tensor(tokens)].sum())
