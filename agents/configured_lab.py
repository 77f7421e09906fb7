"""A lab from its configuration, for commands that run no campaign."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml  # type: ignore[import-untyped]
from hydra import compose, initialize_config_module
from hydra.errors import HydraException
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from knowledge.errors import AthanorError
from lab import Lab


def configured_lab(name: str, settings: Sequence[str] = ()) -> Lab:
    """The lab that conf/lab/NAME.yaml describes, or a YAML file elsewhere given by its path.

    `settings` are changes to it, such as envelope.max_temperature_c=1200. Raises AthanorError, in
    one line, for a name, a file or a setting that is none.
    """
    try:
        config = _from_file(Path(name).expanduser()) if _is_file(name) else _composed(name)
        _change(config.lab, settings)
        lab = instantiate(config.lab)
    except (HydraException, OmegaConfBaseException) as error:
        from agents.one_line import in_one_line

        raise in_one_line(error) from error
    if not isinstance(lab, Lab):
        raise AthanorError(f"{name} describes a {type(lab).__name__}, which is no lab")
    return lab


def _is_file(name: str) -> bool:
    return name.endswith((".yaml", ".yml"))


def _composed(name: str, *overrides: str) -> DictConfig:
    with initialize_config_module("conf", version_base="1.3"):
        return compose("config", overrides=[f"lab={name}", *overrides])


def _from_file(path: Path) -> DictConfig:
    """The configuration with the lab of a YAML file, which may build on what conf/lab has."""
    try:
        text = path.read_text(encoding="utf-8")
        plain = yaml.safe_load(text)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise AthanorError(f"cannot read the lab {path}: {error}") from error
    if not isinstance(plain, dict) or not {"_target_", "defaults"} & plain.keys():
        raise AthanorError(f"{path} is no lab: it needs a _target_, as conf/lab/simulated.yaml")
    with TemporaryDirectory() as folder:  # Hydra finds a lab by its name in a folder called lab
        place = Path(folder, "lab", "from_file.yaml")
        place.parent.mkdir()
        place.write_text(text, encoding="utf-8")
        return _composed(place.stem, f"hydra.searchpath=['file://{folder}']")


def _change(config: DictConfig, settings: Sequence[str]) -> None:
    for setting in settings:
        key, equals, _ = setting.partition("=")
        if not equals or OmegaConf.select(config, key, default=config) is config:
            keys = ", ".join(_keys(OmegaConf.to_container(config, resolve=False)))
            raise AthanorError(f"--set {setting}: give KEY=VALUE; this lab has the keys {keys}")
        config.merge_with_dotlist([setting])


def _keys(settings: Any, above: str = "") -> list[str]:
    """All keys that can be set, with dots."""
    if not isinstance(settings, dict):
        return [above]
    return [
        key
        for name, inner in settings.items()
        if name != "_target_"
        for key in _keys(inner, f"{above}.{name}" if above else str(name))
    ]
