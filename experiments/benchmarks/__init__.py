"""Every benchmark of the project in one command, and one dated page.

registry.py      what there is: a question, a command, what it needs, what of it is shown
runs.py          one after the other, each a process with a limit; what is there is kept
machine.py       what they were measured on
page.py          docs/benchmarks/index.md
process_tree.py  what a command and its workers take
study_stages.py  where the CPU seconds of a study go
"""
