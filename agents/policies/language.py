"""A causal language model reads target, history and a numbered list, and chooses by number.

The model comes from a local folder: safetensors, no code of its own, no network. It is shown what
was fired and what came of it, then the untried recipes that literature comes nearest to, each
under a number that it keeps for the whole campaign, and writes on after "The number of the recipe
to fire next:". What it writes is untrusted text: it counts where it begins with the number of a
recipe on the list. Otherwise the number of the list that the model finds likeliest is taken, and
`why` says so.
"""

import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from agents.candidates import Candidate, Candidates
from agents.history import CompletedExperiment, History, Suggestion
from agents.policies.language_model import ANSWER_TOKENS, LanguageModel
from agents.policies.literature import literature_order
from agents.policies.onehot import whole
from agents.policies.protocol import Choice, suggestions
from knowledge.errors import RecordError
from knowledge.literature.causal import model_folder
from knowledge.outcome import Outcome

_QUESTION = "The number of the recipe to fire next:"
_NUMBER = re.compile(r"\s*([0-9]{1,9})(?![\d.,]*\d)")
# Past experiments that are shown: as many of the best, and of the latest.
_SHOWN = 8
_PHASES = 4  # named of each product


class LanguagePolicy:
    """Implements Policy. Deterministic: the seed is not used.

    `folder` holds the model, `shortlist` is how many recipes it is shown. Raises RecordError for
    a folder without a model, and, when it is asked, for a model that cannot be used.
    """

    name = "language"

    def __init__(
        self, candidates: Candidates, seed: int, folder: str | Path, shortlist: int = 20
    ) -> None:
        if not str(folder):
            raise RecordError("the policy language needs a model: name its folder, policy.folder=")
        self._candidates, self.folder = candidates, model_folder(folder)
        del seed
        self._shortlist = whole("shortlist", shortlist)
        self._order = literature_order(candidates)
        self._number = {c.recipe.content_id: n for n, c in enumerate(self._order, start=1)}

    def suggest(self, history: History, count: int) -> list[Suggestion]:
        """What the model writes first, then by how likely it finds each number of the list."""
        tried = history.tried
        left = [c for c in self._order if c.recipe.content_id not in tried]
        choices = self._choices(history, left)[:count] if left and count > 0 else []
        return suggestions(self.name, self._candidates, history, choices)

    def _choices(self, history: History, left: Sequence[Candidate]) -> list[Choice]:
        context, shown = self._prompt(history, left)
        numbers = [self._number[c.recipe.content_id] for c in shown]
        answer = self._model.answer(context, numbers)
        model = f"the language model {self.folder.name}"
        tried = {self._number.get(i) for i in history.tried}
        read = read_number(answer.text, numbers, {n for n in tried if n is not None})
        by_likelihood = sorted(
            range(len(shown)), key=lambda i: (-answer.log_likelihoods[i], numbers[i])
        )
        choices = []
        if isinstance(read, int):
            place = numbers.index(read)
            choices.append(Choice(shown[place], f"{model} answered {read}"))
            by_likelihood.remove(place)
            why = f"{model} finds it the likeliest to name after {read}"
        else:
            why = f"{model} wrote {answer.text[:24]!r}, {read}: the likeliest number of the list"
        choices += [Choice(shown[i], why) for i in by_likelihood]
        beyond = f"beyond the {len(shown)} recipes that {model} was shown, by literature"
        return choices + [Choice(c, beyond) for c in left[len(shown) :]]

    def _prompt(
        self, history: History, left: Sequence[Candidate]
    ) -> tuple[Sequence[int], Sequence[Candidate]]:
        """The tokens of as much of history and list as the model reads, and that list."""
        past, shown = _memorable(history.completed), list(left[: self._shortlist])
        while True:
            tokens = self._model.tokens(self._text(history, past, shown), whole_text=True)
            if len(tokens) + ANSWER_TOKENS <= self._model.longest:
                return tokens, shown
            if past:
                past = past[1:]
            elif len(shown) > 1:
                shown = shown[: len(shown) // 2]
            else:
                raise RecordError(
                    f"the model in {self.folder} reads {self._model.longest} tokens, too few for "
                    f"one recipe ({len(tokens)}): choose one that reads more"
                )

    def _text(
        self,
        history: History,
        past: Sequence[CompletedExperiment],
        shown: Sequence[Candidate],
    ) -> str:
        target = history.target.formula
        lines = [f"Solid-state synthesis of {target}.", "Fired so far:"]
        lines += [f"{self._told(e.recipe.content_id)}{e.recipe}: {_came(e.outcome)}" for e in past]
        for waiting in history.pending:
            recipe = waiting.suggestion.recipe
            lines.append(f"{self._told(recipe.content_id)}{recipe}: in the furnace")
        lines += ["nothing"] if not (past or history.pending) else []
        lines.append(f"Recipes for {target} not fired yet:")
        lines += [f"{self._told(c.recipe.content_id)}{c.recipe}" for c in shown]
        return "\n".join([*lines, _QUESTION])

    def _told(self, content_id: str) -> str:
        return f"{self._number[content_id]}. " if content_id in self._number else ""

    @cached_property
    def _model(self) -> LanguageModel:
        return LanguageModel(self.folder)


def read_number(text: str, listed: Sequence[int], tried: set[int]) -> int | str:
    """The number that a text begins with, if it is on the list; else what is wrong with the text.

    The text is untrusted: it is matched, and nothing else.
    """
    found = _NUMBER.match(text)
    if not found:
        return "which is no number"
    number = int(found[1])
    if number in listed:
        return number
    return "which was tried already" if number in tried else "which is not on the list"


def _memorable(completed: Sequence[CompletedExperiment]) -> list[CompletedExperiment]:
    """The best and the latest experiments, in the order they ended."""
    measured = [i for i, e in enumerate(completed) if e.measured]
    best = sorted(measured, key=lambda i: -completed[i].yield_fraction)[:_SHOWN]
    latest = range(max(0, len(completed) - _SHOWN), len(completed))
    return [completed[i] for i in sorted({*best, *latest})]


def _came(outcome: Outcome) -> str:
    """The phases that came out, largest first, or that nothing did."""
    if outcome.status != "measured":
        return outcome.status
    phases = sorted(outcome.phases, key=lambda p: -p.weight_fraction)[:_PHASES]
    parts = [f"{p.weight_fraction:.0%} {p.formula}" for p in phases]
    if outcome.unidentified_weight_fraction >= 0.01:
        parts.append(f"{outcome.unidentified_weight_fraction:.0%} unidentified")
    return ", ".join(parts)
