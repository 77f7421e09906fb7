"""Studies: many campaigns, each a row, cut into shards that any number of processes may share.

athanor study experiment=policy_ablation study.seeds=50
python> from experiments.study.store import read_results

axes.py        what is compared: policies and worlds, each a name for settings; targets; seeds
plan.py        every campaign of a study, in blocks that are files and shards that are jobs
settings.py    what one campaign is made of, resolved by Hydra
parts.py       those settings as objects, made once for many campaigns
single.py      one campaign, in memory, as a row
shard.py       the campaigns of a shard that are not there yet
store.py       the folder of a study: its plan, its rows, its result
application.py the Hydra application behind `athanor study`
"""
