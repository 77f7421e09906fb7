"""What a campaign may spend."""

from dataclasses import dataclass

from knowledge.errors import AthanorError


@dataclass(frozen=True)
class Budget:
    """Experiments, time and patience. `parallel` experiments are in the lab at a time.

    A target is done with the first success, unless `stop_at_success` is false: then it looks for
    more. `days` of the lab's time, after which nothing more is begun. With several targets, one is
    given up after `per_target` experiments. A target is given up when the best recipe left succeeds
    with less than `least_chance`. Raises AthanorError for numbers that cannot be.
    """

    experiments: int = 20
    parallel: int = 1
    stop_at_success: bool = True
    days: float | None = None
    per_target: int | None = None
    least_chance: float = 0.0

    def __post_init__(self) -> None:
        for name in ("experiments", "parallel", "per_target"):
            given = getattr(self, name)
            if given is None and name == "per_target":
                continue
            if not isinstance(given, int) or isinstance(given, bool) or given < 1:
                raise AthanorError(
                    f"budget.{name} is {given}: it must be a whole number above zero"
                )
        if self.days is not None and not (_is_number(self.days) and self.days > 0):
            raise AthanorError(f"budget.days is {self.days}: it must be above zero, or null")
        if not (_is_number(self.least_chance) and 0 <= self.least_chance < 1):
            raise AthanorError(
                f"budget.least_chance is {self.least_chance}: it must be from 0 to below 1"
            )


def _is_number(given: object) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool)
