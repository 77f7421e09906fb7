"""The tutorial on policies: a script, and by docs/tutorial_pages.py a page."""

# # Write your own policy
#
# A policy chooses what to try next. Here you write one in some twenty lines, in a folder of your
# own, check that it keeps the contract, let it run against others in a study, and look at the
# picture. It takes about twenty minutes, most of them reading.
#
# Begin in an empty folder, with Athanor installed. This page is a script of the project,
# `docs/tutorials/write_a_policy.py`: run there with `python`, it does all that follows.

from steps import run, show, write

# ## What a policy is
#
# A class that is made with `candidates` and a `seed`, has a `name`, and answers `suggest(history,
# count)` with at most `count` recipes, best first. After it is made it is a function: the same
# history gives the same suggestions, whatever was asked before.
#
# - A **candidate** is a recipe that the lab would fire, with what is known of it:
#   `recipe.precursors`, `recipe.hottest.temperature_c`, `literature_probability` (how often papers
#   take these precursors, 0 to 1), and `pathway` (what would react on the way, by thermodynamics).
# - The **history** is all that happened: `history.measured` holds the experiments with a result,
#   each with its `recipe` and its `yield_fraction`, 0 to 1.
#
# ## A policy in twenty lines
#
# Take the precursors that gave most so far and fire them hotter than before; until there is a
# result, those that literature likes best. Write this to `my_policy.py`:

write(
    "my_policy.py",
    '''
from agents.policies.protocol import Choice, remaining, suggestions


class MyPolicy:
    """The hottest firing of the precursors that did best, or that literature likes best."""

    name = "mine"

    def __init__(self, candidates, seed):
        self.candidates = candidates

    def suggest(self, history, count):
        best = {}
        for done in history.measured:
            used = tuple(sorted(done.recipe.precursors))
            best[used] = max(best.get(used, 0), done.yield_fraction)

        def promise(candidate):
            used = tuple(sorted(candidate.recipe.precursors))
            hope = best.get(used, candidate.literature_probability)
            return hope, candidate.recipe.hottest.temperature_c, candidate.recipe.content_id

        left = sorted(remaining(self.candidates, history), key=promise, reverse=True)
        choices = [Choice(c, f"hottest of what promises {promise(c)[0]:.0%}") for c in left[:count]]
        return suggestions(self.name, self.candidates, history, choices)
''',
)

# `remaining` leaves out what was tried, is in the lab, or was ruled out by a person. `suggestions`
# fills in what every suggestion has to say: who suggests it, after what, and what it would teach.
# The `content_id` at the end of `promise` decides between equals, always alike. A policy that wants
# chance takes it from `generator(seed, history)` of the same module, and from nowhere else.
#
# ## Does it keep the contract?

run("athanor check-policy my_policy.MyPolicy")

# Every line is a promise that all policies make. A line that begins with `BROKEN` says what was
# promised, what happened instead, and what to do. For example, this one forgets what was tried:

write(
    "forgetful.py",
    """
from agents.policies.protocol import Choice, suggestions


class Forgetful:
    name = "forgetful"

    def __init__(self, candidates, seed):
        self.candidates = candidates

    def suggest(self, history, count):
        choices = [Choice(c, "the first in the list") for c in self.candidates.items[:count]]
        return suggestions(self.name, self.candidates, history, choices)
""",
)
run("athanor check-policy forgetful.Forgetful", status=1)

# The exit status is 0 where all promises are kept and 1 where one is broken, so the command can
# stand in the tests of your own repository. The last line says how long the policy thinks.
#
# ## Is it any good?
#
# A study runs every policy for every target in the same simulated worlds, so that differences are
# the policies'. Here five worlds, two targets, and two others: `thermo`, which goes by
# thermodynamics, and `random`:

run(
    """athanor study study.name=mine 'study.policies=[my_policy.MyPolicy,thermo,random]' \\
    'study.targets=[BaTiO3,SrTiO3]' 'study.worlds=[simulated]' study.seeds=5 yield_asked=0.8"""
)
run("athanor summarize studies/mine --figures figures")

# The table has medians with their intervals, then what is established about each pair, in words.
# Open `figures/page.html` for the pictures; those for print lie beside it as SVG and PDF. This is
# `made_experiments.svg`:
#
# ![Campaigns that made their target, against experiments](made_experiments.svg)
#
# Five worlds establish little, and the summary says so. The same command with `study.seeds=100`
# keeps the campaigns that are there and adds the rest; with `-m hydra/launcher=joblib` it uses all
# cores. `oracle`, named among the policies, shows what could be had by knowing everything.
#
# ## Use it
#
# In a campaign, from this folder:

run(
    """athanor run policy=random policy._target_=my_policy.MyPolicy lab=easy \\
    target=BaTiO3 budget.experiments=3"""
)

# From anywhere, once it is installed with an entry point. Put `my_policy.py` beside this
# `pyproject.toml`:

write(
    "pyproject.toml",
    """
[project]
name = "my-policy"
version = "0.1"

[project.entry-points."athanor.policies"]
mine = "my_policy:MyPolicy"

[tool.setuptools]
py-modules = ["my_policy"]
""",
)
show(
    "sh",
    """
pip install --no-deps -e .
athanor check-policy mine
athanor run policy=plugin policy.name=mine target=BaTiO3
athanor study study.name=mine-again 'study.policies=[mine,athanor]' study.seeds=20
""",
)

# ## A setting of its own
#
# Arguments after `candidates` and `seed` are settings. With `def __init__(self, candidates, seed,
# coolest=False)`, these set it:

show(
    "sh",
    """
athanor check-policy 'my_policy.MyPolicy:coolest=true'
athanor study 'study.policies=[my_policy.MyPolicy,"my_policy.MyPolicy:coolest=true"]'
athanor run policy=random policy._target_=my_policy.MyPolicy +policy.coolest=true
""",
)
