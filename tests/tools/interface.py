"""Everything that is interface, one fact a line: ``python -m tests.tools.interface [--write]``.

Public names with their signatures, the rules with their attributes and order, groups, profiles,
options, extras, entry points and the command's help. What a rule says is in docs/reference/rules.md
and no interface. `tests/data/interface.txt` is what it was when somebody last looked, and
`tests/test_interface.py` holds the two together. Without ``--write`` the difference is printed.
"""

from __future__ import annotations

import argparse
import difflib
import enum
import importlib
import inspect
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any, Final

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

import mistral_sanitize
from mistral_sanitize import profiles
from mistral_sanitize.cli.options import make_parser
from mistral_sanitize.rules import DEFAULT, GROUPS, RULES

__all__ = ["FILE", "differences", "interface"]

ROOT: Final = Path(__file__).resolve().parents[2]
PACKAGE: Final = Path(mistral_sanitize.__file__).parent
FILE: Final = ROOT / "tests" / "data" / "interface.txt"

MODULES: Final = (
    "mistral_sanitize",
    "mistral_sanitize.profiles",
    "mistral_sanitize.report",
    "mistral_sanitize.models",
    "mistral_sanitize.schema.marks",
    "mistral_sanitize.catalog",
    "mistral_sanitize.completions",
    "mistral_sanitize.body",
    "mistral_sanitize.testing",
    "mistral_sanitize.strategies",
    "mistral_sanitize.pytest_plugin",
)
"""What users import, by docs/reference/api.md; the adapters are found in their folder."""


_MISSING: Final = "what it adapts is not installed"


def interface() -> list[str]:
    """All of it, a fact a line. What it is a fact of comes first, so that a difference says it."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # else it asks the network
    adapters = sorted(path.stem for path in (PACKAGE / "adapters").glob("[a-z]*.py"))
    modules = (*MODULES, *(f"mistral_sanitize.adapters.{name}" for name in adapters))
    facts = (
        *(line for name in modules for line in _module(name)),
        *_options(),
        *_rules(),
        *_profiles(),
        *_project(),
        *_command(),
    )
    return [fact.rstrip() for fact in facts]


def differences() -> list[str]:
    """What went (-) and what came (+) since the file was written.

    Adapters are left out whose library is not installed, here or where the file was written.
    """
    then = FILE.read_text("utf-8").splitlines() if FILE.exists() else []
    now = interface()
    unseen = tuple(
        line.removesuffix(f": {_MISSING}") + "." for line in (*then, *now) if _MISSING in line
    )
    lines = difflib.unified_diff(
        [line for line in then if not line.startswith(unseen) and _MISSING not in line],
        [line for line in now if not line.startswith(unseen) and _MISSING not in line],
        lineterm="", n=0,
    )  # fmt: skip
    return [line for line in lines if not line.startswith(("@@", "---", "+++"))]


def _module(name: str) -> Iterator[str]:
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.startswith("mistral_sanitize"):
            raise
        yield f"{name}: {_MISSING}"
        return
    for public in sorted(getattr(module, "__all__", ())):
        yield from _value(f"{name}.{public}", getattr(module, public))


def _value(name: str, value: Any) -> Iterator[str]:
    if inspect.isclass(value):
        yield from _class(name, value)
    elif inspect.isfunction(value):
        yield f"{name}{_signature(value)}"
    elif inspect.ismodule(value):
        yield f"{name}: module"
    else:
        yield f"{name}: {type(value).__name__}"


def _class(name: str, kind: type) -> Iterator[str]:
    """A class: what it is made of, how it is made, what it can do."""
    bases = ", ".join(base.__name__ for base in kind.__bases__)
    yield f"{name}({bases}): class"
    if hasattr(kind, "model_fields"):
        return  # a model's fields are in docs/reference/fields.md, at every date
    if is_dataclass(kind):
        for field in fields(kind):
            needed = field.default is MISSING and field.default_factory is MISSING
            yield f"{name}.{field.name}: {_annotation(field.type)}{'' if needed else ' = …'}"
    elif "__init__" in vars(kind):
        yield f"{name}{_signature(kind.__init__)}"
    if issubclass(kind, enum.Enum):
        yield from (f"{name}.{member.name} = {member.value!r}" for member in kind)
    for attribute, value in sorted(vars(kind).items()):
        if attribute.startswith("_"):
            continue
        if isinstance(value, property):
            yield f"{name}.{attribute}: property{_signature(value.fget)}"
        elif isinstance(value, (classmethod, staticmethod)):
            yield f"{name}.{attribute}{_signature(value.__func__)}: {type(value).__name__}"
        elif inspect.isfunction(value):
            yield f"{name}.{attribute}{_signature(value)}"


def _signature(function: Any) -> str:
    signature = inspect.signature(function)
    shown = []
    for parameter in signature.parameters.values():
        text = parameter.name
        if parameter.annotation is not parameter.empty:
            text += f": {_annotation(parameter.annotation)}"
        if parameter.default is not parameter.empty:
            text += f" = {_default(parameter.default)}"
        shown.append({parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(
            parameter.kind, "") + text)  # fmt: skip
        if parameter.kind is parameter.KEYWORD_ONLY and "*" not in shown:
            if not any(s.startswith("*") for s in shown):
                shown.insert(-1, "*")
    returns = signature.return_annotation
    arrow = "" if returns is signature.empty else f" -> {_annotation(returns)}"
    return f"({', '.join(shown)}){arrow}"


def _annotation(annotation: Any) -> str:
    """An annotation as it is written: modules are left out, since they are not what is meant."""
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return re.sub(r"\b(?:mistral_sanitize|typing|typing_extensions|collections)\.(?:\w+\.)*", "",
                  text)  # fmt: skip


def _default(value: Any) -> str:
    simple = value is None or isinstance(value, (bool, int, float, str, tuple, frozenset))
    return re.sub(r" at 0x\w+", "", repr(value)) if simple else "…"


def _options() -> Iterator[str]:
    for name, annotation in mistral_sanitize.Options.__annotations__.items():
        written = getattr(annotation, "__forward_arg__", annotation)
        yield f"option {name}: {_annotation(written)}"
    yield f"option drop, left out: {', '.join(sorted(mistral_sanitize.PENALTIES))}"


def _rules() -> Iterator[str]:
    yield f"groups, in their order: {' '.join(GROUPS)}"
    yield f"rules, in their order: {' '.join(RULES)}"
    yield f"rules, on under every profile: {' '.join(sorted(DEFAULT))}"
    for rule in RULES.values():
        yield (
            f"rule {rule.id}: group {rule.group}, default {rule.default}, until {rule.until}, "
            f"lossy {rule.lossy}"
        )


def _profiles() -> Iterator[str]:
    yield f"profiles, in their order: {' '.join(map(str, (*profiles.ALL, *profiles.HOSTS)))}"
    yield f"profile latest: {profiles.LATEST}"
    yield from (f"profile {alias}: {profile}" for alias, profile in profiles.ALIASES.items())
    for profile in (*profiles.ALL, *profiles.HOSTS):
        for field in fields(profile):
            value = getattr(profile, field.name)
            if value != field.default:
                shown = " ".join(sorted(value)) if isinstance(value, frozenset) else value
                yield f"profile {profile}: {field.name}: {shown}"


def _project() -> Iterator[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    yield f"python {project['requires-python']}"
    yield from (f"requires {need}" for need in project["dependencies"])
    for extra, needs in sorted(project["optional-dependencies"].items()):
        yield f"extra {extra}" if extra in _OURS else f"extra {extra}: {', '.join(needs)}"
    yield from (f"script {name}" for name in project["scripts"])
    yield from (f"entry point {name}" for name in project["entry-points"])


_OURS: Final = frozenset(("test", "full", "fuzz", "check"))
"""Extras for who works on the library: what is in them is no interface."""


def _command() -> Iterator[str]:
    """The options of the command. How argparse lays them out differs from Python to Python."""
    parser = make_parser()
    yield from (
        f"command, at the start: {line}" for line in (parser.description or "").splitlines()
    )
    for group in parser._action_groups:
        for action in group._group_actions:
            name = ", ".join(action.option_strings) or action.dest
            yield f"command {name}: nargs {action.nargs}, default {action.default!r}"
            if action.choices is not None:
                yield f"command {name}: one of {', '.join(map(str, action.choices))}"
            yield f"command {name}: {re.sub(r' [(]default: .*', '', action.help or '')}"
    yield from (f"command, at the end: {line}" for line in (parser.epilog or "").splitlines())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.tools.interface", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the file anew")
    args = parser.parse_args()
    print("\n".join(differences()))
    if args.write:
        FILE.write_text("\n".join(interface()) + "\n", "utf-8")


if __name__ == "__main__":
    main()
