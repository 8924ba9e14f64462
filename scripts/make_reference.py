"""Writes docs/reference.md, the Python interface for programs: signatures and docstrings, read from the source.

    python scripts/make_reference.py

Nothing is imported but the standard library, so that it is the same on each machine, whatever is installed there.
"""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "backend" / "emergescope"
PAGE = ROOT / "docs" / "reference.md"
HEAD = """# Reference: the Python interface

Made by `make reference` of what the source says; do not edit it. [record.md](record.md) and [client.md](client.md) say
how it is used, and [notebooks.md](notebooks.md) what notebooks show of runs and recordings.
"""
# Of each chapter the names by which programs know things, and the modules that have them.
CHAPTERS: dict[str, dict[str, str]] = {
    "Record a loop": {"emergescope.record": "recorder/record", "emergescope.Recorder": "recorder/recorder"},
    "Loops of other libraries": {
        "emergescope.adapters.optimizer.record_steps": "adapters/optimizer",
        "emergescope.adapters.lightning.RecordCallback": "adapters/lightning",
        "emergescope.adapters.transformers.RecordCallback": "adapters/transformers",
        "emergescope.adapters.keras.RecordCallback": "adapters/keras",
    },
    "A client": {
        "emergescope.Client": "client/synchronous",
        "emergescope.AsyncClient": "client/asynchronous",
        "emergescope.client.Run": "client/shapes",
        "emergescope.client.Event": "client/shapes",
        "emergescope.client.Experiment": "client/shapes",
        "emergescope.client.Preset": "client/shapes",
        "emergescope.client.Study": "client/shapes",
        "emergescope.client.frames.RunFrame": "client/frames",
        "emergescope.client.frames.Columns": "client/frames",
        "emergescope.client.ClientError": "client/errors",
    },
    "A run in your own process": {"emergescope.run": "local_run", "emergescope.local_run.LocalRun": "local_run"},
}
MADE_BY_OTHERS = {"Recorder", "LocalRun", "Columns"}  # how they are made is nobody's business
INSIDE = {"Recorder": {"end", "disarm"}}  # methods that are there for the package itself
Function = ast.FunctionDef | ast.AsyncFunctionDef
_LONGEST = 100  # of a signature on one line


def reference() -> str:
    """The page."""
    parts = [HEAD]
    for title, things in CHAPTERS.items():
        parts += [f"## {title}\n", *(_of(name, PACKAGE / f"{module}.py") for name, module in things.items())]
    return "\n".join(parts)


def _of(name: str, file: Path) -> str:
    module = ast.parse(file.read_text("utf-8"))
    last = name.rpartition(".")[2]
    found = next(node for node in module.body if isinstance(node, ast.ClassDef | Function) and node.name == last)
    values = dict(_constants(module))
    if isinstance(found, ast.ClassDef):
        return "\n".join(_class(name, found, values))
    return f"### `{name}`\n\n{_signature(found, values)}\n{_prose(found)}"


def _class(name: str, found: ast.ClassDef, values: dict[str, str]) -> Iterator[str]:
    yield f"### `{name}`\n"
    functions = {node.name: node for node in found.body if isinstance(node, Function)}
    fields = [node for node in found.body if isinstance(node, ast.AnnAssign)]
    if "__init__" in functions and found.name not in MADE_BY_OTHERS:
        yield _signature(functions["__init__"], values, found.name)
    elif fields:
        lines = (f"{ast.unparse(node.target)}: {_type(node.annotation)}" for node in fields)
        yield _code("\n".join(lines))
    yield _prose(found)
    for function in functions.values():
        if (
            function.name.startswith("_")
            or function.name in INSIDE.get(found.name, ())
            or not ast.get_docstring(function)
        ):
            continue
        known = {ast.unparse(decorator) for decorator in function.decorator_list}
        yield f"#### `{found.name}.{function.name}`\n"
        if "property" not in known:
            yield _signature(function, values)
        elif function.returns is not None:
            yield _code(f"{function.name}: {_type(function.returns)}")
        yield _prose(function)


def _signature(function: Function, values: dict[str, str], called: str | None = None) -> str:
    """As it is written, a line for each argument where it is long; without `self`, and with numbers for their names."""
    arguments = function.args
    known = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(known) - len(arguments.defaults)) + list(arguments.defaults)
    parts = [_argument(one, default, values) for one, default in zip(known, defaults, strict=True) if one.arg != "self"]
    if arguments.vararg:
        parts.append(f"*{_argument(arguments.vararg, None, values)}")
    elif arguments.kwonlyargs:
        parts.append("*")
    pairs = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    parts += [_argument(one, default, values) for one, default in pairs]
    if arguments.kwarg:
        parts.append(f"**{_argument(arguments.kwarg, None, values)}")
    begin = called or ("async " if isinstance(function, ast.AsyncFunctionDef) else "") + function.name
    end = "" if called or function.returns is None else f" -> {_type(function.returns)}"
    line = f"{begin}({', '.join(parts)}){end}"
    if len(line) > _LONGEST:
        line = f"{begin}(\n" + "".join(f"    {part},\n" for part in parts) + f"){end}"
    return _code(line)


class _Unquoted(ast.NodeTransformer):
    """Types that are quoted, since they are not loaded at once, without the quotes."""

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        return node if ast.unparse(node.value) == "Literal" else self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.parse(node.value, mode="eval").body if isinstance(node.value, str) else node


def _type(annotation: ast.expr) -> str:
    return ast.unparse(_Unquoted().visit(annotation))


def _argument(one: ast.arg, default: ast.expr | None, values: dict[str, str]) -> str:
    text = one.arg if one.annotation is None else f"{one.arg}: {_type(one.annotation)}"
    if default is None:
        return text
    said = ast.unparse(default)
    return f"{text}{' = ' if one.annotation else '='}{values.get(said, said)}"


def _constants(module: ast.Module) -> Iterator[tuple[str, str]]:
    """Numbers and texts by name that a module has, or takes from another module of the package."""
    for node in module.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, ast.unparse(node.value)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("emergescope."):
            file = ROOT / "backend" / f"{(node.module or '').replace('.', '/')}.py"
            names = {alias.name for alias in node.names if alias.name.isupper()}
            if names and file.exists():
                there = dict(_constants(ast.parse(file.read_text("utf-8"))))
                yield from ((name, there[name]) for name in names if name in there)


def _prose(node: Function | ast.ClassDef) -> str:
    """A docstring in Markdown: what is a list of names there, in columns, is one here."""
    lines: list[str] = []
    for line in inspect.cleandoc(ast.get_docstring(node) or "").splitlines():
        if item := re.match(r"(\w[\w, ]*?) {2,}(\S.*)", line):
            if lines and lines[-1] and not lines[-1].startswith(("- ", "  ")):
                lines.append("")
            lines.append(f"- `{item[1]}`: {_text(item[2])}")
        elif line.startswith(" ") and lines:
            lines.append(f"  {_text(line.strip())}")
        else:
            if line and lines and lines[-1].startswith(("- ", "  ")):
                lines.append("")
            lines.append(_text(line))
    return "\n".join(lines) + "\n"


def _text(line: str) -> str:
    """Outside of code nothing is set in another face."""
    parts = line.split("`")
    return "`".join(re.sub(r"([*<])", r"\\\1", part) if index % 2 == 0 else part for index, part in enumerate(parts))


def _code(text: str) -> str:
    return f"```text\n{text}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(reference(), "utf-8")
