"""Tutorials as pages: a hook of mkdocs. docs/tutorials/NAME.py becomes tutorials/NAME.html.

A tutorial is a script that can be run. Its comments are the prose, in Markdown; `write`, `run` and
`show` (docs/tutorials/steps.py) become blocks of code; all else is left out.
"""

import ast
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "tutorials"
_LANGUAGES = {".py": "python", ".yaml": "yaml", ".toml": "toml", ".csv": "text"}


def tutorials() -> list[Path]:
    """The scripts that become pages."""
    return sorted(p for p in _FOLDER.glob("*.py") if p.name != "steps.py")


def page(script: str) -> str:
    """A script as Markdown. Raises SyntaxError for what is no Python."""
    lines, parts, at = script.splitlines(), [], 0
    for node in ast.parse(script).body:
        parts += [_prose(lines[at : node.lineno - 1]), _block(node)]
        at = node.end_lineno or node.lineno
    parts.append(_prose(lines[at:]))
    return "\n\n".join(part for part in parts if part) + "\n"


def _prose(lines: list[str]) -> str:
    told = [
        line.removeprefix("#").removeprefix(" ")
        for line in lines
        if line.startswith("#") or not line
    ]
    return "\n".join(told).strip()


def _block(node: ast.stmt) -> str:
    """A call of a step as a block of code; nothing for other statements."""
    call = node.value if isinstance(node, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
        return ""
    first, *rest = [ast.literal_eval(argument) for argument in call.args]
    if call.func.id == "run":
        return f"```sh\n{first}\n```"
    text = str(rest[0]).strip("\n")
    if call.func.id == "write":
        return f'```{_LANGUAGES[Path(first).suffix]} title="{first}"\n{text}\n```'
    return f"```{first}\n{text}\n```"


def on_files(files: Any, config: Any) -> Any:
    """Add a page for each tutorial, before mkdocs reads any."""
    from mkdocs.structure.files import File

    for path in tutorials():
        name = f"tutorials/{path.stem}.md"
        files.append(File.generated(config, name, content=page(path.read_text(encoding="utf-8"))))
    return files
