"""A causal language model as a proposer: tiny ones made here, and text not to be trusted."""

import json
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from knowledge.balance import balance
from knowledge.errors import RecordError
from knowledge.literature.causal import EXAMPLES, CausalProposer, read_line
from tests.conformance.proposer import TARGETS, ProposerConformance

ANSWERS = {
    "BaTiO3": "BaCO3 + TiO2 at 1200 C",
    "YBa2Cu3O7": "Y2O3 + BaCO3 + CuO at 940 C",
    "La0.7Sr0.3MnO3": "La2O3 + SrCO3 + MnO2 at 1250 C",
    "Na2Te3Mo3O16": "Na2CO3 + TeO2 + MoO3 at 500 C",
    "CaFe2P2O9": "CaCO3 + Fe2O3 + NH4H2PO4 at 1000 C",
}


def tiny_model(folder: Path, steps: int, template: str = "{answer}\n") -> Path:
    """A small GPT-2 over characters; with steps, taught what to write after each target."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    text = "".join((*EXAMPLES, *ANSWERS, *ANSWERS.values(), template, "\n <-<unk>"))
    vocabulary = {c: i for i, c in enumerate(sorted(set(text)))}
    characters = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="<"))
    characters.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    characters.decoder = decoders.Fuse()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=characters, pad_token="\n")
    torch.manual_seed(0)
    config = GPT2Config(
        vocab_size=len(vocabulary), n_positions=512, n_embd=64, n_layer=2, n_head=4,
        resid_pdrop=0, embd_pdrop=0, attn_pdrop=0, bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    model = GPT2LMHeadModel(config)
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3)
    prompt = "\n".join(EXAMPLES)
    lines = [f"{prompt}\n{t} <- {template.format(answer=a)}" for t, a in ANSWERS.items()]
    batch = tokenizer(lines, return_tensors="pt", padding=True)
    labels = batch["input_ids"].clone()
    labels[:, : len(prompt)] = -100
    for _ in range(steps):
        loss = model(**batch, labels=labels).loss
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("taught"), steps=150)


class TestCausalConforms(ProposerConformance):
    @pytest.fixture(autouse=True)
    def _folder(self, taught: Path) -> None:
        self._taught = taught

    def make(self) -> CausalProposer:
        return CausalProposer(self._taught, samples=8)


def test_it_says_what_it_was_taught(taught: Path) -> None:
    proposer = CausalProposer(taught, samples=8)
    first = proposer.propose("BaTiO3", 3)[0]
    assert set(first.precursors) == {"BaCO3", "TiO2"}
    assert first.probability > 0.5
    assert proposer.firing("BaTiO3").mean_c == pytest.approx(1200, abs=150)
    for target in TARGETS:
        for proposal in proposer.propose(target, 5):
            balance(target, proposal.precursors)


def test_an_untaught_model_proposes_nothing(tmp_path: Path) -> None:
    proposer = CausalProposer(tiny_model(tmp_path, steps=0), samples=4)
    assert proposer.propose("BaTiO3", 5) == []
    assert proposer.firing("BaTiO3").mean_c > 200
    assert proposer.probabilities("BaTiO3", [["BaCO3", "TiO2"]])[0] > 0


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (" BaCO3 + TiO2 at 1200 C\nmore", ("BaCO3", "TiO2")),
        (" TiO2+BaCO3 at 1200 C, twice", ("BaCO3", "TiO2")),
        (" BaCO3 + TiO2", None),
        (" BaCO3 + TiO2 at 9999 C", None),
        (" BaCO3 + Fe2O3 at 1200 C", None),
        (" BaTiO3 at 1200 C", None),
        (" __import__('os').system('true') at 1200 C", None),
        (" $(reboot) + TiO2 at 1200 C", None),
        (" BaCO3 + TiO2 + Cl2 at 1200 C", None),
        ("", None),
    ],
)
def test_lines(text: str, read: tuple[str, ...] | None) -> None:
    line = read_line("BaTiO3", text)
    assert (line.precursors if line else None) == read


@given(st.text(max_size=200))
def test_any_text_is_a_recipe_that_balances_or_none(text: str) -> None:
    line = read_line("BaTiO3", text)
    if line is not None:
        balance("BaTiO3", line.precursors)


def test_folders_that_hold_no_model(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="holds no model"):
        CausalProposer(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "nonsense"}))
    with pytest.raises(RecordError, match="cannot be loaded"):
        CausalProposer(tmp_path).propose("BaTiO3")
    with pytest.raises(RecordError, match="samples is 0"):
        CausalProposer(tmp_path, samples=0)
