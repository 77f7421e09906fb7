"""A language model that chooses: tiny ones made here, and text not to be trusted."""

import string
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from agents.candidates import Candidates
from agents.history import History
from agents.policies import Policy
from agents.policies.language import LanguagePolicy, read_number
from agents.policies.literature import literature_order
from knowledge.errors import AthanorError, RecordError
from tests.conformance.policy import PolicyConformance, after, nothing, with_outcome, with_pending

CHARACTERS = sorted({*string.ascii_letters, *string.digits, *string.punctuation, " ", "\n"})


def bigram_model(folder: Path, follows: dict[str, str], reads: int = 4096) -> Path:
    """A GPT-2 over characters in which each is followed by those named, likeliest first.

    Its one layer adds nothing, so that what comes next depends on the last character alone.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    place = {c: i for i, c in enumerate(CHARACTERS)}
    characters = Tokenizer(models.BPE(vocab=place, merges=[], unk_token="?"))
    characters.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    characters.decoder = decoders.Fuse()
    size = len(CHARACTERS) + len(CHARACTERS) % 2
    config = GPT2Config(
        vocab_size=size, n_positions=reads, n_embd=size, n_layer=1, n_head=2,
        tie_word_embeddings=False, bos_token_id=None, eos_token_id=None,
    )  # fmt: skip
    model = GPT2LMHeadModel(config)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "ln" not in name:
                weight.zero_()
        model.transformer.wte.weight.copy_(torch.eye(size))
        for before, characters_after in follows.items():
            for rank, character in enumerate(characters_after):
                model.lm_head.weight[place[character], place[before]] = 5.0 - rank
    model.save_pretrained(folder)
    PreTrainedTokenizerFast(tokenizer_object=characters).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def answers_2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bigram_model(tmp_path_factory.mktemp("answers2"), {":": " ", " ": "2", "2": "\n"})


@pytest.fixture
def history(candidates: Candidates) -> History:
    return History(target=candidates.target)


class TestLanguage(PolicyConformance):
    @pytest.fixture(autouse=True)
    def _folder(self, answers_2: Path) -> None:
        self._folder_of_model = answers_2

    def make(self, candidates: Candidates, seed: int) -> Policy:
        return LanguagePolicy(candidates, seed, folder=self._folder_of_model, shortlist=6)


def test_it_takes_the_number_that_was_written(
    answers_2: Path, candidates: Candidates, history: History
) -> None:
    (chosen,) = LanguagePolicy(candidates, 0, answers_2).suggest(history, 1)
    assert chosen.recipe == literature_order(candidates)[1].recipe
    assert "answered 2" in chosen.reason.why


def test_numbers_stay_and_one_tried_is_not_taken_again(
    answers_2: Path, candidates: Candidates, history: History
) -> None:
    policy = LanguagePolicy(candidates, 0, answers_2)
    history = after(history, policy.suggest(history, 1)[0], 0.3)
    (chosen,) = policy.suggest(history, 1)
    assert chosen.recipe != literature_order(candidates)[1].recipe
    assert "'2', which was tried already" in chosen.reason.why


def test_what_is_not_on_the_list_is_not_taken(
    tmp_path: Path, candidates: Candidates, history: History
) -> None:
    """It writes 9 where three are listed, and finds 3 likelier than 1 and 2."""
    model = bigram_model(tmp_path, {":": " ", " ": "931", "9": "\n", "1": "\n", "3": "\n"})
    order = literature_order(candidates)
    first, second, third = LanguagePolicy(candidates, 0, model, shortlist=3).suggest(history, 3)
    assert "'9', which is not on the list" in first.reason.why
    assert first.recipe == order[2].recipe
    assert second.recipe == order[0].recipe
    assert third.recipe == order[1].recipe


def test_prose_is_no_number(tmp_path: Path, candidates: Candidates, history: History) -> None:
    model = bigram_model(tmp_path, {":": " ", " ": "h4", "h": "o", "o": "t", "t": "\n", "4": "\n"})
    (chosen,) = LanguagePolicy(candidates, 0, model).suggest(history, 1)
    assert "'hot', which is no number" in chosen.reason.why
    assert chosen.recipe == literature_order(candidates)[3].recipe


def test_beyond_the_list_literature_goes_on(
    answers_2: Path, candidates: Candidates, history: History
) -> None:
    order = literature_order(candidates)
    every = LanguagePolicy(candidates, 0, answers_2, shortlist=3).suggest(history, len(order))
    assert [s.recipe for s in every[3:]] == [c.recipe for c in order[3:]]


def test_a_model_that_reads_little_is_shown_less(
    tmp_path: Path, candidates: Candidates, history: History
) -> None:
    """A recipe takes some 60 characters and the rest 140: 350 of them hold a list of three."""
    model = bigram_model(tmp_path, {":": " ", " ": "1", "1": "\n"}, reads=350)
    policy = LanguagePolicy(candidates, 0, model)
    every = policy.suggest(history, len(candidates.items))
    listed = [s for s in every if "beyond" not in s.reason.why]
    assert 0 < len(listed) < 5
    history = after(history, every[0], 0.5)
    assert policy.suggest(history, 1)[0].recipe != every[0].recipe


def test_a_model_that_reads_too_little_is_told(
    tmp_path: Path, candidates: Candidates, history: History
) -> None:
    model = bigram_model(tmp_path, {}, reads=64)
    with pytest.raises(RecordError, match="reads 64 tokens, too few"):
        LanguagePolicy(candidates, 0, model).suggest(history, 1)


def test_what_was_fired_is_shown(answers_2: Path, candidates: Candidates, history: History) -> None:
    policy = LanguagePolicy(candidates, 0, answers_2)
    one, other, third = policy.suggest(history, 3)
    history = after(history, one, 0.25)
    history = with_outcome(history, other, nothing("e1", "refused"))
    history = with_pending(history, [third])
    text = policy._text(history, history.completed, [])
    assert f"2. {one.recipe}: 75% Ba2TiO4, 25% BaTiO3\n" in text
    assert f"{other.recipe}: refused\n" in text
    assert f"{third.recipe}: in the furnace\n" in text


@pytest.mark.parametrize("missing", ["", "nowhere"])
def test_a_folder_without_a_model_is_told(candidates: Candidates, missing: str) -> None:
    with pytest.raises(RecordError, match="model"):
        LanguagePolicy(candidates, 0, missing)


def test_weights_that_may_run_code_are_refused(
    tmp_path: Path, candidates: Candidates, history: History
) -> None:
    model = bigram_model(tmp_path, {})
    weights = tmp_path / "model.safetensors"
    torch.save({"lm_head.weight": torch.zeros(1)}, tmp_path / "pytorch_model.bin")
    weights.unlink()
    with pytest.raises(RecordError, match="safetensors"):
        LanguagePolicy(candidates, 0, model).suggest(history, 1)


def test_a_tokenizer_of_another_model_is_told(
    tmp_path: Path, candidates: Candidates, history: History
) -> None:
    from transformers import GPT2Config, GPT2LMHeadModel

    model = bigram_model(tmp_path, {})
    small = GPT2Config(vocab_size=8, n_positions=4096, n_embd=8, n_layer=1, n_head=2)
    GPT2LMHeadModel(small).save_pretrained(model)
    with pytest.raises(RecordError, match="another model"):
        LanguagePolicy(candidates, 0, model).suggest(history, 1)


@pytest.mark.parametrize("shortlist", [0, 1.5])
def test_settings_are_checked(answers_2: Path, candidates: Candidates, shortlist: int) -> None:
    with pytest.raises(AthanorError, match="shortlist"):
        LanguagePolicy(candidates, 0, answers_2, shortlist=shortlist)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("7", 7),
        (" 7. BaO + TiO2", 7),
        ("7\n8", 7),
        ("77", "which is not on the list"),
        ("8", "which was tried already"),
        ("7.5", "which is no number"),
        ("-7", "which is no number"),
        ("seven", "which is no number"),
        ("", "which is no number"),
    ],
)
def test_numbers_are_read_as_they_are_meant(text: str, read: int | str) -> None:
    assert read_number(text, [5, 7], {8}) == read


@given(st.text(), st.sets(st.integers(1, 99)))
def test_whatever_is_written_only_what_is_listed_is_taken(text: str, listed: set[int]) -> None:
    read = read_number(text, sorted(listed), set())
    assert isinstance(read, str) or read in listed
