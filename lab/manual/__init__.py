"""A lab that asks a person: what to weigh and fire goes out, and what came of it is recorded.

    lab = ManualLab("bench", inventory=["BaCO3", "TiO2"])
    lab.submit(recipe, "e1")
    lab.book.record(Record(outcome, "ada"))        in days, by another process
    lab.poll("e1")                                 the outcome

Everything is in one folder, the bench, which any number of campaigns and commands share.
"""

from lab.manual.at_bench import AtBench, Record, SecondResult
from lab.manual.bench_book import BenchBook
from lab.manual.lab import ManualLab

__all__ = ["AtBench", "BenchBook", "ManualLab", "Record", "SecondResult"]
