"""The tutorial on labs: a script, and by docs/tutorial_pages.py a page."""

# # Write your own lab
#
# A lab takes recipes on and tells in time what came of them. Yours may be robots behind a network,
# a simulation with your own physics, or a table of results. Here you write one in some forty lines,
# check that it keeps the contract, and run a campaign in it.
#
# Begin in an empty folder, with Athanor installed. This page is a script of the project,
# `docs/tutorials/write_a_lab.py`: run there with `python`, it does all that follows.

from steps import run, show, write

# ## What a lab is
#
# A name, an inventory of precursors, and four calls (`lab/protocol.py` says them exactly):
#
# | call | does |
# |---|---|
# | `check(recipe)` | raises `Refused` with rule, value and limit, unless the lab would run it |
# | `submit(recipe, experiment_id)` | takes it on; the same again changes nothing |
# | `poll(experiment_id)` | `Pending`, then an `Outcome`, the same one for ever; or `Unsubmitted` |
# | `cancel(experiment_id)` | stops what is not fired yet; then where it stands |
#
# The caller chooses the ids, so whoever lost an answer asks again, and nothing is fired twice. A
# lab protects itself: what it cannot do it refuses, whoever asks.
#
# ## A furnace with physics of its own
#
# Each powder reacts faster the hotter it gets (Arrhenius), and what has reacted follows from how
# long it was hot. Write this to `my_lab.py`:

write(
    "my_lab.py",
    '''
import math

from knowledge.outcome import Outcome, PhaseFraction
from lab import INVENTORY, Refused, Unsubmitted


class MyLab:
    """One furnace. What has not reacted after firing is the first precursor."""

    name = "my furnace"

    def __init__(self, barrier_ev=3.0, half_in_an_hour_c=1150, hottest_c=1400):
        self.barrier_ev, self.half_c, self.hottest_c = barrier_ev, half_in_an_hour_c, hottest_c
        self.inventory = ("BaCO3", "SrCO3", "TiO2")
        self.recipes, self.outcomes = {}, {}

    def check(self, recipe):
        for step in recipe.steps:
            if not 20 <= step.temperature_c <= self.hottest_c:
                limit = f"the furnace goes from 20 to {self.hottest_c:g} C"
                raise Refused("furnace temperature", f"{step.temperature_c:g} C", limit)
        for precursor in recipe.precursors:
            if precursor not in self.inventory:
                raise Refused(INVENTORY, precursor, f"there is {', '.join(self.inventory)}")

    def submit(self, recipe, experiment_id):
        if self.recipes.get(experiment_id, recipe) != recipe:
            raise Refused("id", experiment_id, "it belongs to another recipe")
        self.check(recipe)
        self.recipes[experiment_id] = recipe

    def poll(self, experiment_id):
        if experiment_id not in self.recipes:
            return Unsubmitted("nobody submitted it")
        if experiment_id not in self.outcomes:
            self.outcomes[experiment_id] = self.fired(experiment_id)
        return self.outcomes[experiment_id]

    def cancel(self, experiment_id):
        if experiment_id in self.recipes and experiment_id not in self.outcomes:
            self.outcomes[experiment_id] = Outcome(experiment_id=experiment_id, status="cancelled")
        return self.poll(experiment_id)

    def fired(self, experiment_id):
        recipe, per_ev = self.recipes[experiment_id], 11604.5  # kelvin
        halvings = 0.0
        for step in recipe.steps:
            inverse_k = 1 / (step.temperature_c + 273.15) - 1 / (self.half_c + 273.15)
            halvings += step.hold_h * math.exp(-self.barrier_ev * per_ev * inverse_k)
        left = 0.5**halvings
        shares = {recipe.target.formula: 1 - left, next(iter(recipe.precursors)): left}
        found = [PhaseFraction(formula=f, weight_fraction=x, sigma=0.02) for f, x in shares.items()]
        return Outcome(experiment_id=experiment_id, phases=tuple(found))
''',
)

# ## Does it keep the contract?

run("athanor check-lab my_lab.MyLab")

# It is tried with `BaCO3 + TiO2` at 900 to 1200 C; `--target`, `--precursors`, `--temperatures` and
# `--hold` say what else your lab can do. A line that begins with `BROKEN` says what was promised,
# what happened instead, and what to do. Settings are given like those of a policy: `athanor
# check-lab 'my_lab.MyLab:hottest_c=1300'`.
#
# A lab that can wait (`pause`, `resume`), or that has a clock of its own (`now_h`, `look`, `wait`),
# is tried on that too. One that keeps its state in a file, given as a setting, claims to go on
# after a kill; with `'my_lab.MyLab:state={fresh}'` it gets a path of its own each time, and is
# killed between calls.
#
# A real lab is refused: a check would fire some thirty samples.
#
# ## A campaign in it
#
# A lab gets its name by a YAML file in a folder `lab`, which says the class and its settings:

write(
    "settings/lab/furnace.yaml",
    """
_target_: my_lab.MyLab
half_in_an_hour_c: 1200
""",
)
run("athanor run --config-dir settings lab=furnace target=BaTiO3 policy=thermo yield_asked=0.95")

# `athanor lab check RECIPES --lab settings/lab/furnace.yaml` asks it about recipes, and `athanor
# lab serve --lab settings/lab/furnace.yaml` offers it to other machines. This lab forgets
# everything when its process ends: the campaign would find its experiments unknown and submit them
# again. Keep recipes and outcomes in a file before you trust it with powder: give the class a
# setting for its path, here called `state`, and check that with `{fresh}`:

show(
    "sh",
    """
athanor check-lab 'my_lab.MyLab:state={fresh}'
""",
)
