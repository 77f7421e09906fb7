"""The documentation says what is so: its files, commands, settings and pictures are there."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml  # type: ignore[import-untyped]

from docs.pictures.__main__ import PICTURES
from docs.pictures.energies import picture
from tests.commands import command
from tests.shown import ROOT, commands_in, missing_files, missing_modules, objection

DOCS = ROOT / "docs"
PAGES = sorted(p for p in DOCS.rglob("*.md") if "benchmarks" not in p.parts)
_LARGEST_PICTURE = 61_440
_LOADED = re.compile(
    r"<(?:script|link|img|iframe|source|object)\b[^>]*\b(?:src|href|data)=\"?(\S+)"
)


def name(path: Path) -> str:
    return str(path.relative_to(DOCS))


def in_nav(entries: Any) -> list[str]:
    """Every file that a part of the navigation names."""
    if isinstance(entries, str):
        return [entries]
    parts = entries.values() if isinstance(entries, dict) else entries
    return [path for part in parts for path in in_nav(part)]


def test_every_page_is_in_the_navigation_once() -> None:
    nav = in_nav(yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"])
    assert len(nav) == len(set(nav))
    assert {name(page) for page in PAGES} <= set(nav)
    scripts = [(DOCS / path).with_suffix(".py") for path in nav]  # tutorials are
    assert all((DOCS / p).is_file() or s.is_file() for p, s in zip(nav, scripts, strict=True))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_files_and_modules_of_a_page_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    objections = {words: objection(words) for words in commands_in(text)}
    assert not [told for told in objections.values() if told]
    assert not missing_files(text)
    assert not missing_modules(text)


def test_every_setting_and_every_study_is_shown() -> None:
    settings = (DOCS / "reference" / "settings.md").read_text(encoding="utf-8")
    studies = (DOCS / "studies.md").read_text(encoding="utf-8")
    for path in sorted((ROOT / "conf").rglob("*.yaml")):
        if path.parent.name == "experiment":
            assert f"experiment={path.stem}\n" in studies
        else:
            assert f"<!-- file {path.relative_to(ROOT)} -->" in settings


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("```bash\nathanor run target=SrTiO3 \\\n    policy=gp\n```", ""),
        ("`athanor inventory` lists", ""),
        ("`athanor inventory list --json`", ""),
        ("`athanor distil BaTiO3`", "there is no athanor distil"),
        ("`athanor propose BaTiO3 --wy`", "athanor propose has no --wy"),
        ("```bash\nathanor run polisy=gp\n```", "polisy"),
        ("```bash\nathanor study experiment=nothing\n```", "nothing"),
    ],
)
def test_a_command_that_cannot_be_is_seen(text: str, told: str) -> None:
    (words,) = commands_in(text)
    assert told in objection(words)
    assert bool(objection(words)) == bool(told)


@pytest.mark.parametrize("drawn", PICTURES)
def test_a_picture_is_small_and_its_page_names_the_command_that_draws_it(drawn: str) -> None:
    page = (DOCS / "ideas" / f"{drawn}.md").read_text(encoding="utf-8")
    assert re.findall(r"!\[.+?\]\((\S+)\)", page) == [f"{drawn}.svg"]
    assert f"python -m docs.pictures {drawn}" in " ".join(page.split())
    assert (DOCS / "ideas" / f"{drawn}.svg").stat().st_size < _LARGEST_PICTURE


def test_a_picture_is_what_the_code_draws() -> None:
    """All its numbers are, to half a point: rounding differs from processor to processor."""
    number = re.compile(r"(?<![\w#.])-?\d+\.\d+")
    kept = (DOCS / "ideas" / "energies.svg").read_text(encoding="utf-8")
    now = picture().decode()
    assert number.sub("", kept) == number.sub("", now)
    one, other = (np.array(number.findall(t), dtype=float) for t in (kept, now))
    np.testing.assert_allclose(one, other, atol=0.5)


def test_the_site_builds_without_a_warning_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    """Some 6 CPU seconds, most of them for the reference."""
    built = command(
        "mkdocs", "build", "--strict", "--quiet", "--site-dir", tmp_path,
        cwd=ROOT, env={"NO_MKDOCS_2_WARNING": "1"},
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    pages = list(tmp_path.rglob("*.html"))
    assert len(pages) > len(PAGES)  # and that of what is not found
    for page in pages:
        loaded = [
            address
            for tag in re.findall(r"<[^>]+>", page.read_text(encoding="utf-8"))
            for address in _LOADED.findall(tag)
        ]
        assert loaded
        assert not [address for address in loaded if "//" in address], page.name
    reference = (tmp_path / "reference" / "command_line.html").read_text(encoding="utf-8")
    assert "Usage: athanor inventory wanted" in reference
    settings = (tmp_path / "reference" / "settings.html").read_text(encoding="utf-8")
    assert "yield_asked" in settings
    assert "<!-- file" not in settings
