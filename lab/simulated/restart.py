"""A lab put together again as if it had never stopped: its past is lived through once more.

The floor knows no chance but its named draws, so the same that comes to it from outside, at the
same moments, leads to the same floor: the same furnaces half-way through their programmes, the same
crucibles dirty, the same hour. The archive has all of that. No chemistry is done again: results
that were told are in the archive.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache

from knowledge.recipe import Recipe
from lab.archive import Archive
from lab.procedure import Procedure
from lab.protocol import Refused
from lab.simulated.floor import Floor
from lab.simulated.results import refused
from lab.simulated.weighing import Shelf

# Recipes of campaigns are of a grid: a procedure is worked out once for each of the latest.
_REMEMBERED = 1024


def live_again(
    archive: Archive,
    floor: Floor,
    shelf: Shelf,
    steps_of: Callable[[Recipe], Procedure],
    check: Callable[[Recipe, Procedure], None],
) -> list[str]:
    """The experiments without an outcome, on a floor that stands where it stood.

    `steps_of` says what is done for a recipe; `check` raises Refused for what may not be done any
    more: that is taken off the floor if it was not fired, and its outcome is a failure.
    """

    @lru_cache(_REMEMBERED)
    def procedures(recipe_id: str) -> Procedure:
        return steps_of(archive.recipe_called(recipe_id))

    if shelf.lasts:
        _keep_last_promise(archive, shelf, procedures)
    unfinished = dict[str, str]()
    homeless = dict[str, Refused]()
    for event in archive.events():
        floor.go_on_to(event.moment)
        name = event.experiment_id
        match event.kind:
            case "submitted":
                taken = archive.submission(name)
                steps = procedures(taken.recipe_id)
                if not shelf.lasts:  # bottles that have changed since refuse when it is weighed
                    with suppress(Refused):
                        shelf.reserve(name, steps.masses_g)
                try:
                    floor.submit(name, steps, (taken.recipe_id, taken.replicate))
                except Refused as refusal:
                    homeless[name] = refusal
                if not taken.finished:
                    unfinished[name] = taken.recipe_id
            case "collected" | "cancelled":
                if event.kind == "cancelled":
                    floor.cancel(name)
                floor.collect(name)
                if not shelf.lasts:
                    shelf.release(name)
            case "paused":
                floor.pause()
            case "resumed":
                floor.resume()
    shelf.caught_up()
    for name, recipe_id in list(unfinished.items()):
        try:
            if name in homeless:
                raise homeless[name]
            check(archive.recipe_called(recipe_id), procedures(recipe_id))
        except Refused as refusal:
            if name in homeless or floor.can_cancel(name):
                archive.finish(refused(name, refusal), floor.moment, "cancelled")
                floor.cancel(name)
                shelf.release(name)
                del unfinished[name]
    return list(unfinished)


def _keep_last_promise(
    archive: Archive, shelf: Shelf, procedures: Callable[[str], Procedure]
) -> None:
    """Promise its powders to what came last: the process may have ended before it did.

    Where they are gone by now, nobody was told yet that it was taken on, and it was not.
    """
    last = archive.last
    if last is None or last.kind != "submitted":
        return
    taken = archive.submission(last.experiment_id)
    if taken.finished:
        return
    try:
        shelf.reserve(last.experiment_id, procedures(taken.recipe_id).masses_g)
    except Refused:
        archive.drop(last.experiment_id)
