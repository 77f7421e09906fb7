"""Recipes from files: one recipe as JSON, or what `athanor propose --json` writes."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge.errors import RecordError
from knowledge.recipe import Recipe

_MADE_BY = "athanor propose TARGET --json FILE makes one"


@dataclass(frozen=True)
class RecipeFile:
    """The recipes of a file, and where they came from."""

    where: str
    recipes: tuple[Any, ...]

    def which(self, number: int) -> str:
        """Which of them a number means: `recipe 2 of 5 in recipes.json`."""
        return f"recipe {number} of {len(self.recipes)} in {self.where}"

    def recipe(self, number: int = 1) -> Recipe:
        """One recipe, counted from 1. Raises RecordError for a number or a recipe that is none."""
        if not 1 <= number <= len(self.recipes):
            raise RecordError(
                f"recipe {number} is asked for and {self.where} has {len(self.recipes)}: "
                "choose another --number"
            )
        try:
            return Recipe.from_json(json.dumps(self.recipes[number - 1]))
        except RecordError as error:
            raise RecordError(f"{self.where}: {error}") from error


def read_recipes(path: str) -> RecipeFile:
    """The recipes in a JSON file, or in what comes in where the path is `-`.

    Raises RecordError for a file that cannot be read and for JSON without a recipe.
    """
    where = "standard input" if path == "-" else path
    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
        content = json.loads(text)
    except OSError as error:
        raise RecordError(f"cannot read {where}: {error.strerror}; {_MADE_BY}") from error
    except ValueError as error:
        raise RecordError(f"{where} is no JSON ({error}); {_MADE_BY}") from error
    found = content.get("recipes", content) if isinstance(content, dict) else content
    listed = found if isinstance(found, list) else [found]
    recipes = [x.get("recipe", x) if isinstance(x, dict) else x for x in listed]
    if not recipes or not all(isinstance(x, dict) and "steps" in x for x in recipes):
        raise RecordError(f"{where} holds no recipe; {_MADE_BY}")
    return RecipeFile(where, tuple(recipes))
