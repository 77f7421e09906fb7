"""What the README shows is there."""

from tests.shown import ROOT, commands_in, missing_files, missing_modules, objection

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_files_and_modules_it_names_exist() -> None:
    assert missing_files(README) == []
    assert missing_modules(README) == []


def test_commands_it_shows_exist() -> None:
    objections = [objection(words) for words in commands_in(README)]
    assert len(objections) > 20
    assert [told for told in objections if told] == []
