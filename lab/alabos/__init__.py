"""A lab behind an AlabOS server, the operating system of the A-Lab in Berkeley, over its REST API.

    lab = alabos_lab("http://127.0.0.1:8895", tasks=..., task_types=..., inventory=["TiO2"])
    lab.submit(recipe, "e1")
    lab.poll("e1")

Which tasks of the server do which actions of a recipe is configuration: conf/lab/alabos.yaml.
"""

from lab.alabos.configured import alabos_lab
from lab.alabos.lab import AlabosLab
from lab.alabos.tasks import Rule, Task, rules, tasks

__all__ = ["AlabosLab", "Rule", "Task", "alabos_lab", "rules", "tasks"]
