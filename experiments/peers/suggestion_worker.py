"""What a batch of suggestions costs BayBE or BoFire; runs in their environment, not in ours.

    PYTHON suggestion_worker.py baybe|bofire CANDIDATES.csv MEASURED.csv OBSERVATIONS BATCH LIMIT_S

The candidates are rows of `precursors`, `temperature_c` and `hold_h`; the measured ones have a
`yield` as well. Prints JSON. Exit status 3: the package is not installed. BayBE chooses among the
candidates; BoFire, which knows no list, among all combinations of what stands in their columns.
"""

import json
import resource
import sys
import time
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

NOT_INSTALLED = 3


def baybe(candidates: Any) -> Any:
    """What takes in measurements and gives a batch, over exactly these candidates."""
    from baybe import Campaign
    from baybe.objectives import SingleTargetObjective
    from baybe.parameters import CategoricalParameter, NumericalDiscreteParameter
    from baybe.searchspace import SearchSpace
    from baybe.targets import NumericalTarget

    parameters: list[Any] = [
        CategoricalParameter(name="precursors", values=sorted(candidates.precursors.unique()))
    ]
    parameters += [
        NumericalDiscreteParameter(name=c, values=sorted(candidates[c].unique()))
        for c in candidates.columns
        if c != "precursors"
    ]
    try:
        target = NumericalTarget(name="yield")
    except TypeError:  # before version 0.14 a target had to say what is better
        target = NumericalTarget(name="yield", mode="MAX")
    space = SearchSpace.from_dataframe(candidates, parameters)
    campaign = Campaign(searchspace=space, objective=SingleTargetObjective(target=target))

    def ask(new: Any, batch: int) -> None:
        campaign.add_measurements(new)
        assert len(campaign.recommend(batch_size=batch)) == batch

    return ask


def bofire(candidates: Any) -> Any:
    """What takes in measurements and gives a batch, over all combinations."""
    import bofire.strategies.api as strategies
    from bofire.data_models.acquisition_functions.api import qLogEI
    from bofire.data_models.domain.api import Domain, Inputs, Outputs
    from bofire.data_models.features.api import CategoricalInput, ContinuousOutput, DiscreteInput
    from bofire.data_models.objectives.api import MaximizeObjective
    from bofire.data_models.strategies.api import SoboStrategy

    features: list[Any] = [
        CategoricalInput(key="precursors", categories=sorted(candidates.precursors.unique()))
    ]
    features += [
        DiscreteInput(key=c, values=sorted(candidates[c].unique()))
        for c in candidates.columns
        if c != "precursors"
    ]
    output = ContinuousOutput(key="yield", objective=MaximizeObjective(w=1.0))
    domain = Domain(inputs=Inputs(features=features), outputs=Outputs(features=[output]))
    strategy = strategies.map(SoboStrategy(domain=domain, acquisition_function=qLogEI()))

    def ask(new: Any, batch: int) -> None:
        strategy.tell(new.assign(valid_yield=1))
        assert len(strategy.ask(batch)) == batch

    return ask


def peak_memory_mb() -> float:
    """The most memory that this program ever held, in MiB; not what held its process before."""
    status = Path("/proc/self/status")
    if status.exists():
        held = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM:"))
        return int(held.split()[1]) / 2**10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


PEERS = {"baybe": baybe, "bofire": bofire}


def main() -> None:
    """Measure, within the CPU seconds allowed, and print JSON."""
    name, candidates_path, measured_path, *numbers = sys.argv[1:]
    observations, batch, limit_s = map(int, numbers)
    if find_spec(name) is None:
        sys.exit(NOT_INSTALLED)
    import pandas as pd
    import torch

    torch.set_num_threads(1)
    resource.setrlimit(resource.RLIMIT_CPU, (limit_s, limit_s))
    candidates, measured = pd.read_csv(candidates_path), pd.read_csv(measured_path)
    one = [c for c in candidates.columns if candidates[c].nunique() == 1]
    candidates, measured = candidates.drop(columns=one), measured.drop(columns=one)
    small = pd.concat([measured[:12].drop(columns="yield"), candidates[:60]]).drop_duplicates()
    PEERS[name](small)(measured[:12], batch)  # modules are loaded, code is warm
    records_mb = peak_memory_mb()
    began = time.process_time()
    ask = PEERS[name](candidates)
    prepare_s, seconds, new = time.process_time() - began, [], measured[:observations]
    for done in range(observations, len(measured) + 1, batch):
        began = time.process_time()
        ask(new, batch)
        seconds.append(time.process_time() - began)
        new = measured[done : done + batch]
    told = {
        "version": version(name),
        "prepare_s": prepare_s,
        "seconds": seconds,
        "records_mb": records_mb,
        "peak_mb": peak_memory_mb(),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
