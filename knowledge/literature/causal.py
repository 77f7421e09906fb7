"""Any causal language model as a proposer: a few recipes shown, its continuations read as data.

The model comes from a local folder in the format of Hugging Face transformers (safetensors, no code
of its own). It is shown lines such as

    BaTiO3 <- BaCO3 + TiO2 at 1200 C

and asked to go on after the target. What it writes is never more than text: a line counts where it
reads as such a recipe, its formulas name compounds, and it balances to the target. How often the
samples say the same is its probability; what does not read or balance is the rest to one.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from knowledge.balance import balance
from knowledge.chemistry import identity, parse, whole_formula
from knowledge.errors import AthanorError, RecordError
from knowledge.literature.answers import ANSWERS, Spread
from knowledge.literature.frequency import conventional, frequency_proposer
from knowledge.literature.language import weighable
from knowledge.literature.proposer import Conditions, FiringEstimate, Proposal

# Textbook syntheses, shown to the model so that it knows the form of an answer.
EXAMPLES = (
    "SrTiO3 <- SrCO3 + TiO2 at 1100 C",
    "LiCoO2 <- Li2CO3 + Co3O4 at 900 C",
    "MgAl2O4 <- MgO + Al2O3 at 1400 C",
    "LaMnO3 <- La2O3 + MnO2 at 1200 C",
    "Ca3(PO4)2 <- CaCO3 + NH4H2PO4 at 1100 C",
    "YBa2Cu3O7 <- Y2O3 + BaCO3 + CuO at 930 C",
)
_LINE = re.compile(r"^\s*(?P<set>[A-Za-z0-9()\[\].+·* ]{1,200}?)\s+at\s+(?P<celsius>\d{2,4})\s*C\b")
_FURNACE_C = (200.0, 2000.0)
_LONGEST_TOKENS = 64
_UNSAMPLED = 1e-6


@dataclass(frozen=True)
class Line:
    """A continuation that reads as a recipe and balances."""

    precursors: tuple[str, ...]
    temperature_c: float


def read_line(target: str, text: str) -> Line | None:
    """The recipe in the first line of a continuation, or none where it is no recipe for a target.

    The text is untrusted: it is matched, parsed as formulas and balanced, and nothing else.
    """
    found = _LINE.match(text.split("\n", 1)[0])
    if not found:
        return None
    try:
        precursors = tuple(sorted({whole_formula(p) for p in found["set"].split("+")}))
        balance(target, precursors)
    except AthanorError:
        return None
    temperature_c = float(found["celsius"])
    if not all(map(weighable, precursors)) or not _FURNACE_C[0] <= temperature_c <= _FURNACE_C[1]:
        return None
    return Line(precursors, temperature_c)


class CausalProposer:
    """A causal language model in a local folder. Implements Proposer.

    `samples` continuations are drawn for each target, from `seed`. Conditions other than the
    temperature are those that the frequency proposer counted.
    """

    def __init__(self, folder: str | Path, samples: int = 16, seed: int = 0) -> None:
        self.folder = model_folder(folder)
        for name, value in (("samples", samples), ("seed", seed)):
            if not isinstance(value, int) or value < (name == "samples"):
                raise RecordError(f"{name} is {value}: it must be a whole number, above zero")
        self._samples, self._seed = samples, seed
        self.name = f"language model {self.folder.name}"
        self._lines = lru_cache(maxsize=1000)(self._sampled)

    @cached_property
    def fingerprint(self) -> str:
        """Hash of the folder's files, the prompt and how it is sampled."""
        digest = hashlib.sha256(repr((EXAMPLES, self._samples, self._seed)).encode())
        for path in sorted(p for p in self.folder.iterdir() if p.is_file()):
            digest.update(path.name.encode() + path.read_bytes())
        return digest.hexdigest()[:16]

    def propose(self, target: str, count: int = 10) -> list[Proposal]:
        """The sets that the samples name, most frequent first; empty where none can be used."""
        named = Counter(line.precursors for line in self._lines(target))
        ranked = sorted(named.items(), key=lambda item: (-item[1], item[0]))
        return [
            Proposal(tuple(map(conventional, precursors)), times / self._samples)
            for precursors, times in ranked[:count]
        ]

    def probabilities(self, target: str, sets: Sequence[Sequence[str]]) -> list[float]:
        """The share of samples that name each set, above zero for any."""
        named = Counter(line.precursors for line in self._lines(target))
        written = [tuple(sorted(map(whole_formula, s))) for s in sets]
        return [max(named[w] / self._samples, _UNSAMPLED) for w in written]

    def firing(self, target: str) -> FiringEstimate:
        """Mean over the samples' recipes; where there are none, what the frequency proposer says.

        Its sigma is kept, at least: samples of one model agree more than papers do.
        """
        counted = frequency_proposer().firing(target)
        told = [line.temperature_c for line in self._lines(target)]
        if not told:
            return counted
        return FiringEstimate(float(np.mean(told)), max(float(np.std(told)), counted.sigma_c))

    def conditions(self, target: str, precursors: Sequence[str]) -> Conditions:
        """Temperatures of the samples that name these precursors, else of all of them."""
        asked = tuple(sorted(map(whole_formula, precursors)))
        lines = self._lines(target)
        told = [li.temperature_c for li in lines if li.precursors == asked]
        mean_c = float(np.mean(told)) if told else self.firing(target).mean_c
        sigma_c = self.firing(target).sigma_c
        grid = np.array(ANSWERS["temperature_c"], dtype=float)
        weight = np.exp(-0.5 * ((grid - mean_c) / sigma_c) ** 2)
        counted = frequency_proposer().conditions(target, precursors)
        return Conditions(
            temperature_c=Spread(grid.tolist(), weight / weight.sum()),
            hold_h=counted.hold_h,
            atmosphere=counted.atmosphere,
            firings=counted.firings,
        )

    def _sampled(self, target: str) -> tuple[Line, ...]:
        """The usable ones among the samples for a target, equal for equal seeds."""
        import torch

        parse(target)
        tokenizer, model = self._loaded
        shown = [e for e in EXAMPLES if identity(e.split(" <- ")[0]) != identity(target)]
        prompt = "\n".join([*shown, f"{target} <-"])
        inputs = tokenizer(prompt, return_tensors="pt", return_token_type_ids=False)
        with torch.random.fork_rng(devices=[]), torch.inference_mode():
            torch.manual_seed(self._seed)
            written = model.generate(
                **inputs,
                do_sample=True,
                num_return_sequences=self._samples,
                max_new_tokens=_LONGEST_TOKENS,
                pad_token_id=tokenizer.pad_token_id or tokenizer.eos_token_id or 0,
            )
        start = inputs["input_ids"].shape[1]
        texts = tokenizer.batch_decode(written[:, start:], skip_special_tokens=True)
        lines = (read_line(target, text) for text in texts)
        return tuple(line for line in lines if line is not None)

    @cached_property
    def _loaded(self) -> tuple[Any, Any]:
        return load(self.folder)


def model_folder(folder: str | Path) -> Path:
    """The folder, which holds a model as far as can be seen. Raises RecordError otherwise."""
    path = Path(folder).expanduser()
    if not (path / "config.json").is_file():
        raise RecordError(
            f"{path} holds no model: name a folder with config.json, safetensors and "
            "a tokenizer, as save_pretrained of transformers writes it"
        )
    return path


def load(folder: Path) -> tuple[Any, Any]:
    """Tokenizer and causal language model in a folder, from it alone and without code of its own.

    Raises RecordError where it cannot be loaded.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer

    options: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, **options)
        model = AutoModelForCausalLM.from_pretrained(folder, use_safetensors=True, **options)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise RecordError(
            f"{folder} cannot be loaded as a causal language model "
            f"({str(error).strip().splitlines()[0]}): it needs config.json, weights in "
            "safetensors and a tokenizer"
        ) from error
    return tokenizer, model.eval()
