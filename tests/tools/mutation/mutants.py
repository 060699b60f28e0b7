"""How a line is changed: the mutants of one module, each one node of its syntax tree.

Left out, since no behaviour hangs on it: docstrings, annotations, ``__all__``, ``__slots__``,
imports, assertions (they tell the type checker what the table guarantees), the size of caches,
``strict=`` of `zip` (an assertion too), and the wording of errors, logs, of a rule's reason and
evidence and of where a profile was read, which the project's interface excludes. So are a rule's id
and group, which the rows and `test_rules` spell out again.

Nor is anything made that fails at once for whoever comes by: the only assignment of a variable
gone, an argument less of a function, a value less where several are unpacked. An ``and`` is not
made an ``or``, since each of its sides is left out in turn, which says more, and a ``False`` that
is returned is made ``True``, but not ``None``, which is as false.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

__all__ = ["MODULES", "PACKAGE", "Mutant", "mutants_of"]

PACKAGE: Final = Path(__file__).parents[3] / "mistral_sanitize"

MODULES: Final = (
    "validation/checks", "validation/conversation", "validation/cures", "validation/edits",
    "validation/entry_cures", "validation/envelopes", "validation/known", "validation/locations",
    "validation/order_cures", "validation/pair_cures", "validation/refusals",
    "validation/request", "validation/schema", "validation/templates", "validation/tool_schema",
    "validation/values",
    "completions/__init__", "completions/_inflate", "completions/_notes", "completions/_parts",
    "completions/body",
    "catalog/__init__", "catalog/_cards", "catalog/_catalog", "catalog/_efforts",
    "catalog/_facts", "catalog/_listing",
    "engine/templates", "engine/states", "engine/walk", "engine/messages",
    "rules/_bare_properties", "rules/_follows", "rules/_rule", "rules/_schema_refs",
    "rules/_strict_schema", "rules/_subschemas", "rules/completions", "rules/hosts",
    "schema/compile", "schema/node", "schema/marks", "schema/signature",
    "rules/ids", "rules/_json_schema", "rules/_parts", "rules/content", "rules/names",
    "rules/reasoning", "rules/tools", "rules/values", "rules/_loss", "rules/_run", "rules/ranges",
    "engine/request", "engine/order", "engine/pairing", "engine/anthropic", "engine/tools",
    "engine/unknown", "engine/changes",
    "_json", "report", "profiles", "redaction", "_sanitizer",
    "body/announce", "body/codings", "body/errors", "body/exchange", "body/framing",
    "body/hosts", "body/options", "body/paths", "body/sanitize",
)  # fmt: skip
"""What decides."""


@dataclass(frozen=True)
class Mutant:
    """One change to one module. What identifies it holds while other lines move."""

    module: str
    function: str
    """The outermost function or method, or what a statement outside of any defines."""
    line: str
    """The line's text, without its indent."""
    change: str
    nth: int
    """Which of several that are alike otherwise, from 0."""
    lineno: int = field(compare=False)
    header: int = field(compare=False)
    """The first line of the statement."""
    kind: str = field(compare=False)
    """What has to be made anew: a function's ``code``, its ``defaults``, a statement of the
    ``module``, or, for what stands in a ``class``, everything."""
    site: Any = field(compare=False, repr=False)

    @property
    def key(self) -> tuple[str, str, str, str, int]:
        return self.module, self.function, self.line, self.change, self.nth

    def apply(self) -> Callable[[], None]:
        """Changes the tree that the mutant was found in; gives what changes it back."""
        parent, name, index, new = self.site
        if index is None:
            old = getattr(parent, name)
            setattr(parent, name, new)
            ast.fix_missing_locations(parent)
            return lambda: setattr(parent, name, old)
        listed = getattr(parent, name)
        before = list(listed)
        keys = list(parent.keys) if isinstance(parent, ast.Dict) else None
        if new is not None:
            listed[index] = new
        else:
            del listed[index]
            if keys is not None:
                del parent.keys[index]
        ast.fix_missing_locations(parent)

        def back() -> None:
            listed[:] = before
            if keys is not None:
                parent.keys[:] = keys

        return back


def mutants_of(module: str, tree: ast.Module | None = None) -> list[Mutant]:
    """Every mutant of a module of the package, in the order of its lines."""
    text = (PACKAGE / f"{module}.py").read_text("utf-8")
    lines = text.splitlines()
    found: list[Mutant] = []
    seen: dict[tuple[str, ...], int] = {}
    for change in _Finder().module(tree or ast.parse(text)):
        name, kind, header, node, old, new, site = change
        line = lines[node.lineno - 1].strip()
        words = f"{_short(old)} → {_short(new)}"
        nth = seen.setdefault((name, line, words), 0)
        seen[name, line, words] += 1
        found.append(Mutant(module, name, line, words, nth, node.lineno, header, kind, site))
    return found


def _short(code: ast.AST | str) -> str:
    text = code if isinstance(code, str) else ast.unparse(code)
    text = " ".join(text.split())
    return text if len(text) <= 70 else f"{text[:50]} … {text[-17:]}"


_COMPARED: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_OPPOSED: Final = (ast.Eq, ast.NotEq, ast.Is, ast.IsNot, ast.In, ast.NotIn)
_COMPUTED: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Mod: ast.Mult, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr, ast.LShift: ast.RShift,
}  # fmt: skip
_SWAPPED: Final = {"any": "all", "all": "any", "min": "max", "max": "min"}
_TRIMMED: Final = ("lower", "upper", "strip", "rstrip", "lstrip", "copy")
_WORDED: Final[dict[str, tuple[int | str, ...]]] = {
    "Rule": (0, 1, 2, 3), "cast": (0,), "Profile": ("repository", "file", "commit", "summary"),
    "KnownRefusal": (2, 3), "_entry": (2, 3), "_template": (1, 2),
}  # fmt: skip
"""Calls whose arguments at these places, or of these names, are words or types."""
_REASONS: Final = ("REASONS", "COMPLETION_RULES", "_LEFT")
"""Tables of reasons, in words."""

Found = tuple[str, str, int, ast.AST, "ast.AST | str", "ast.AST | str", Any]


class _Finder:
    """A walk over the tree that knows in which function it is, and what to leave out."""

    def __init__(self) -> None:
        self.name, self.kind, self.header = "", "module", 0
        self.stored: Counter[str] = Counter()
        self.worded = False  # within what is raised: its words are no behaviour

    def module(self, tree: ast.Module) -> Iterator[Found]:
        yield from self._body(tree, "body")

    def _body(self, parent: Any, name: str) -> Iterator[Found]:
        for index, statement in enumerate(getattr(parent, name)):
            self.header = statement.lineno
            yield from self._statement(statement, parent, name, index)

    def _statement(self, node: Any, parent: Any, name: str, index: int) -> Iterator[Found]:
        if isinstance(node, (ast.Import, ast.ImportFrom, ast.Assert, ast.Global, ast.Nonlocal)):
            return
        if isinstance(node, ast.ClassDef):
            yield from self._class(node)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from self._function(node)
        elif self.kind != "code":
            yield from self._declared(node)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return
        else:
            yield from self._deleted(node, parent, name, index)
            self.worded = isinstance(node, ast.Raise)
            yield from self._inner(node)
            self.worded = False

    def _class(self, node: ast.ClassDef) -> Iterator[Found]:
        before = self.name, self.kind
        self.name, self.kind = node.name, "class"
        for decorator in node.decorator_list:
            yield from self._inner(decorator)
        yield from self._body(node, "body")
        self.name, self.kind = before

    def _function(self, node: Any) -> Iterator[Found]:
        before = self.name, self.kind
        if self.kind != "code":
            self.name = f"{self.name}.{node.name}" if self.kind == "class" else node.name
            self.kind = "defaults"
            yield from self._inner(node.args)
            stores = (n for n in ast.walk(node) if isinstance(n, ast.Name))
            self.stored = Counter(n.id for n in stores if isinstance(n.ctx, ast.Store))
            self.stored.update(n.arg for n in ast.walk(node) if isinstance(n, ast.arg))
        self.kind = "code"
        yield from self._body(node, "body")
        self.name, self.kind = before

    def _declared(self, node: Any) -> Iterator[Found]:
        """A statement outside of functions: only what it assigns is of interest."""
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            return
        if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
            return
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        if not isinstance(target, ast.Name) or target.id in ("__all__", "__slots__"):
            return
        before = self.name
        if self.kind == "module":
            self.name = target.id
        if not _is_type(node.value):
            yield from self._child(node.value, node, "value", None)
        self.name = before

    def _deleted(self, node: Any, parent: Any, name: str, index: int) -> Iterator[Found]:
        """The statement gone, or doing less."""

        def put(new: ast.stmt, words: str) -> Found:
            ast.copy_location(new, node)
            old = node if isinstance(node, _SIMPLE) else "statement"
            return self._found(node, old, words, (parent, name, index, new))

        if isinstance(node, (ast.Expr, ast.AugAssign, ast.Delete, ast.Raise)):
            yield put(ast.Pass(), "gone")
        elif isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if not all(isinstance(t, ast.Name) and self.stored[t.id] == 1 for t in targets):
                yield put(ast.Pass(), "gone")
        elif isinstance(node, ast.Break):
            yield put(ast.Continue(), "continue")
        elif isinstance(node, ast.Continue):
            yield put(ast.Break(), "break")
            yield put(ast.Pass(), "gone")
        elif isinstance(node, ast.Return):
            if node.value is None:
                yield put(ast.Pass(), "gone")
            elif not (isinstance(node.value, ast.Constant) and node.value.value in (None, False)):
                yield put(ast.Return(ast.Constant(None)), "return None")
        elif isinstance(node, ast.For):
            empty = ast.copy_location(ast.Tuple([], ast.Load()), node.iter)
            yield self._found(node, node.iter, "nothing to iterate", (node, "iter", None, empty))

    def _found(self, node: ast.AST, old: ast.AST | str, new: ast.AST | str, site: Any) -> Found:
        return self.name, self.kind, self.header, node, old, new, site

    # expressions

    def _inner(self, node: ast.AST) -> Iterator[Found]:
        """What is within a node, statements and expressions."""
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "type_comment", "decorator_list", "ctx"):
                continue
            if isinstance(value, list):
                if value and isinstance(value[0], ast.stmt):
                    header = self.header
                    yield from self._body(node, name)
                    self.header = header
                    continue
                for index, item in enumerate(value):
                    if isinstance(item, ast.AST) and not self._is_left(node, name, index, item):
                        yield from self._child(item, node, name, index)
            elif isinstance(value, ast.AST):
                yield from self._child(value, node, name, None)

    def _is_left(self, node: ast.AST, name: str, index: int, item: ast.AST) -> bool:
        if isinstance(node, ast.Call):
            called = node.func.id if isinstance(node.func, ast.Name) else ""
            place = item.arg if isinstance(item, ast.keyword) else index
            if called == "lru_cache" or place in _WORDED.get(called, ()):
                return True
            if isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "_log":
                return isinstance(item, ast.Constant)
        return isinstance(item, ast.keyword) and item.arg == "strict"

    def _child(self, node: Any, parent: Any, name: str, index: int | None) -> Iterator[Found]:
        place = (parent, name, index)
        for new, words in self._changed(node, parent, name):
            if isinstance(new, ast.AST):
                ast.copy_location(new, node)
            yield self._found(node, node, words or new, (*place, new))
        yield from self._dropped(node, parent)
        yield from self._inner(node)

    def _changed(self, node: Any, parent: Any, name: str) -> Iterator[tuple[Any, str]]:
        """Other expressions in the place of one."""
        if isinstance(node, ast.Compare):
            for at, operator in enumerate(node.ops):
                other = _COMPARED[type(operator)]()
                ops = [*node.ops[:at], other, *node.ops[at + 1 :]]
                yield ast.Compare(node.left, ops, node.comparators), ""
        elif isinstance(node, ast.BoolOp):
            for at, gone in enumerate(node.values):
                left = [*node.values[:at], *node.values[at + 1 :]]
                new = left[0] if len(left) == 1 else ast.BoolOp(node.op, left)
                yield new, f"without {_short(gone)}"
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Not, ast.USub)):
            yield node.operand, ""
        elif isinstance(node, ast.BinOp) and type(node.op) in _COMPUTED:
            yield ast.BinOp(node.left, _COMPUTED[type(node.op)](), node.right), ""
        elif isinstance(node, ast.Constant):
            yield from self._constant(node, parent, name)
        elif isinstance(node, ast.Call):
            yield from self._call(node)
        if name == "test" and isinstance(parent, (ast.If, ast.IfExp, ast.While)):
            opposed = isinstance(node, ast.Compare) and len(node.ops) == 1
            opposed = opposed and isinstance(node.ops[0], _OPPOSED)
            if not opposed and not isinstance(node, ast.UnaryOp):
                yield ast.UnaryOp(ast.Not(), node), ""
        if name == "ifs":
            yield ast.Constant(True), "any"

    def _constant(self, node: Any, parent: Any, name: str) -> Iterator[tuple[Any, str]]:
        value = node.value
        if isinstance(value, bool):
            yield ast.Constant(not value), ""
        elif isinstance(value, (int, float)):
            yield ast.Constant(value + 1), ""
        elif isinstance(value, (str, bytes)) and not self.worded:
            if isinstance(parent, (ast.Tuple, ast.List, ast.Set)) and name == "elts":
                return  # it is dropped
            if isinstance(parent, ast.Dict) and (name == "keys" or self.name in _REASONS):
                return
            if isinstance(value, str) and value.startswith("https://"):
                return  # evidence
            yield ast.Constant(value + ("X" if isinstance(value, str) else b"X")), ""

    def _call(self, node: ast.Call) -> Iterator[tuple[Any, str]]:
        function = node.func
        if isinstance(function, ast.Name) and function.id in _SWAPPED:
            other = ast.Name(_SWAPPED[function.id], ast.Load())
            yield ast.Call(other, node.args, node.keywords), ""
        if isinstance(function, ast.Attribute) and function.attr in _TRIMMED:
            yield function.value, ""

    def _dropped(self, node: Any, parent: Any) -> Iterator[Found]:
        """One element, argument or end of a slice less."""
        listed: list[tuple[str, Any]] = []
        if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
            if isinstance(getattr(node, "ctx", None), ast.Store) or isinstance(parent, _UNPACKED):
                return
            listed = [("elts", item) for item in node.elts]
        elif isinstance(node, ast.Dict):
            listed = [("values", value) for value in node.values]
        elif isinstance(node, ast.Slice):
            for name in ("lower", "upper"):
                bound = getattr(node, name)
                if bound is not None:
                    yield self._found(bound, node, f"without {name}", (node, name, None, None))
        elif isinstance(node, ast.Call):
            for index, word in enumerate(node.keywords):
                if word.arg not in (None, "strict"):
                    words = f"without {word.arg}="
                    yield self._found(word.value, node, words, (node, "keywords", index, None))
            method = isinstance(node.func, ast.Attribute)
            if method and len(node.args) > 1 and not isinstance(node.args[-1], ast.Starred):
                words = f"without {_short(node.args[-1])}"
                site = (node, "args", len(node.args) - 1, None)
                yield self._found(node.args[-1], node, words, site)
        for index, (name, item) in enumerate(listed):
            words = f"without {_short(item)}"
            if isinstance(node, ast.Dict):
                key = node.keys[index]
                words = f"without {'**' if key is None else _short(key) + ': '}{_short(item)}"
            yield self._found(item, node, words, (node, name, index, None))


_UNPACKED: Final = (ast.Return, ast.Assign, ast.Yield)
"""Where a tuple is several values."""

_SIMPLE: Final = (ast.Expr, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Delete, ast.Raise,
                  ast.Return, ast.Break, ast.Continue)  # fmt: skip


def _is_type(value: ast.expr) -> bool:
    """Whether a statement names a type, for annotations."""
    text = ast.unparse(value)
    return text.startswith(("Callable[", "tuple[", "TypeVar(", "dict["))
