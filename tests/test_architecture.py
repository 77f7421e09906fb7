"""Arrows run one way, Hydra stays at the door, and files stay short."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("knowledge", "lab", "agents", "experiments")
FILES = [p for room in ROOMS for p in sorted((ROOT / room).rglob("*.py"))]
ENTRY_POINTS = {
    "agents/application.py",
    "agents/commands/run.py",
    "agents/configured_lab.py",
    "agents/configured_policy.py",
    "agents/one_line.py",
}
# What may be imported, by room: itself and what lies below it.
BELOW = {room: set(ROOMS[: i + 1]) for i, room in enumerate(ROOMS)}
HIDDEN_FROM_TRUTH = (
    "knowledge.kinetics",
    "knowledge.literature",
    "knowledge.mobility",
    "knowledge.reactions",
    "knowledge.transitions",
)


LIBRARY = [
    p
    for p in FILES
    if str(p.relative_to(ROOT)) not in ENTRY_POINTS
    and p.relative_to(ROOT).parts[0] != "experiments"
]


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", FILES, ids=name)
def test_imports_point_downwards(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0]
    rooms = {module.split(".")[0] for module in imports(path)} & set(ROOMS)
    assert rooms <= BELOW[room]


@pytest.mark.parametrize("path", LIBRARY, ids=name)
def test_only_entry_points_know_hydra(path: Path) -> None:
    assert not {m.split(".")[0] for m in imports(path)} & {"hydra", "omegaconf"}


@pytest.mark.parametrize("path", sorted((ROOT / "lab/simulated").glob("*.py")), ids=name)
def test_the_truth_shares_no_physics_with_the_agent(path: Path) -> None:
    assert not [m for m in imports(path) if m.startswith(HIDDEN_FROM_TRUTH)]


@pytest.mark.parametrize("path", FILES, ids=name)
def test_files_are_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 350


def test_help_needs_nothing_slow() -> None:
    """Modules that take seconds to import stay out of `athanor --help`."""
    code = (
        "import sys; sys.argv = ['athanor', '--help']\n"
        "from agents.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print(sorted({m.split('.')[0] for m in sys.modules}))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(ast.literal_eval(shown.stdout.splitlines()[-1]))
    assert not loaded & {"torch", "botorch", "pymatgen", "pandas", "scipy", "hydra", "sqlalchemy"}
    assert "propose" in shown.stdout
