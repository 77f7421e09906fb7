"""A policy asked in a process of its own, in which sets and hashes have another order.

What leans on such an order, on global state or on the clock answers differently there.
"""

import json
import os
import subprocess
import sys

from agents.candidates import Candidates
from agents.history import History
from experiments.checks.histories import played, said
from experiments.checks.named_policy import policy_named
from experiments.checks.policy import PolicyCase
from experiments.checks.promise import Broken, Promise, expect
from knowledge.errors import AthanorError

_SEED, _COUNT, _LIMIT_S = 11, 3, 300


def same_elsewhere(word: str) -> Promise[PolicyCase]:
    """The promise that the policy of this name says the same in another process."""

    def another_process_says_the_same(case: PolicyCase) -> None:
        """Equal histories have equal suggestions in another process."""
        history = played(case.made(_SEED), case.empty, 4)
        here = said(case.made(_SEED).suggest(history, _COUNT))
        there = _asked_elsewhere(word, case.candidates, history)
        expect(here == there, "a fresh process gave different suggestions for the same history")

    return Promise(
        another_process_says_the_same,
        "sort sets before you choose from them; use neither hash(), id() nor the time",
    )


def _asked_elsewhere(word: str, candidates: Candidates, history: History) -> list[str]:
    question = {
        "word": word,
        "candidates": candidates.model_dump(mode="json"),
        "history": history.model_dump(mode="json"),
    }
    other = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
    answer = subprocess.run(
        [sys.executable, "-m", "experiments.checks.elsewhere"],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        env={**os.environ, "PYTHONHASHSEED": other},
        check=False,
    )
    if answer.returncode:
        last = (answer.stderr.strip().splitlines() or ["nothing was said"])[-1]
        raise Broken(f"in a fresh process it failed: {last}")
    found: list[str] = json.loads(answer.stdout.splitlines()[-1])
    return found


def _answer() -> None:
    question = json.load(sys.stdin)
    candidates = Candidates.from_json(json.dumps(question["candidates"]))
    history = History.from_json(json.dumps(question["history"]))
    try:
        policy = policy_named(question["word"], candidates)(candidates, _SEED)
    except AthanorError as error:
        sys.exit(str(error))
    print(json.dumps(said(policy.suggest(history, _COUNT))))


if __name__ == "__main__":
    _answer()
