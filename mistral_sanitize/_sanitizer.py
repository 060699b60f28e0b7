"""`Sanitizer`, and the functions of the module: the options bound, the parts put together.

One file, since an option is declared, checked, bound and printed here and nowhere else.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Any, Final, TypeAlias, TypedDict

from typing_extensions import Unpack

from mistral_sanitize import profiles
from mistral_sanitize._json import decode, encode, room
from mistral_sanitize.catalog import DEFAULT, Catalog
from mistral_sanitize.engine import request as _request
from mistral_sanitize.engine.changes import Done, changes_of
from mistral_sanitize.engine.messages import repair_messages
from mistral_sanitize.engine.templates import repair_messages_for_templates
from mistral_sanitize.engine.tools import ToolsPass, note_choice
from mistral_sanitize.engine.walk import walk
from mistral_sanitize.models import ENDPOINTS
from mistral_sanitize.profiles import Profile
from mistral_sanitize.report import Change, Problem, Report, pointer
from mistral_sanitize.rules import RULES
from mistral_sanitize.rules._run import ListPass, Path, Run
from mistral_sanitize.rules.hosts import MESSAGE_RULES
from mistral_sanitize.schema.compile import compile_node
from mistral_sanitize.schema.node import Node
from mistral_sanitize.validation.checks import problems

__all__ = ["PENALTIES", "Options", "Sanitizer", "check", "explain", "sanitize", "sanitize_json"]

PENALTIES: Final[frozenset[str]] = frozenset(
    ("presence_penalty", "frequency_penalty", "repetition_penalty")
)
"""The fields that are dropped by default, as the project's owner asked.

Mistral's schema has had the first two since 2024-11-07: ``drop=()`` sends them.
"""

_CHAT: Final = "/v1/chat/completions"
_CONVERSATIONS: Final = frozenset((_CHAT, "/v1/agents/completions"))
Names: TypeAlias = (
    AbstractSet[str] | list[str] | tuple[str, ...] | Mapping[str, Any] | Iterator[str]
)
"""Several names. Not ``Iterable[str]``, since a single string is one, too."""


class Options(TypedDict, total=False):
    """The options of every function and of `Sanitizer`, all by keyword."""

    endpoint: str
    """The endpoint that the request is for, by its published path: a key of `models.ENDPOINTS`."""
    profile: Profile | str
    """A dated snapshot of Mistral's schema, or its name."""
    drop: Names
    """Top-level fields removed even where the profile has them; `PENALTIES` by default."""
    keep: Names
    """Top-level fields passed through even where the profile lacks them."""
    enable: Names
    """Ids of rules to switch on."""
    disable: Names
    """Ids of rules to switch off."""
    catalog: Catalog | Mapping[str, Any] | Sequence[Any]
    """What is known of models: a `Catalog`, or the parsed JSON of ``GET /v1/models`` or of
    Mistral's catalogue endpoint, which then overrides `catalog.DEFAULT`. Reading a list again for
    each request is slow: bind it once, or make a `Catalog` of it."""


class Sanitizer:
    """Options that are bound once. Immutable, picklable, and safe to share among threads.

    ``Sanitizer(**options)``; the options are those of `Options`, all by keyword.

    Raises:
        ValueError: an unknown endpoint, profile or rule id, with the near misses; the same name
            in an explicit `drop` and in `keep`, or in `enable` and in `disable`; a `catalog` that
            is not one.
    """

    __slots__ = (
        "_catalog",
        "_date",
        "_dropped",
        "_drops_by_default",
        "_early",
        "_late",
        "_list_passes",
        "_node",
        "_options",
        "_rules",
        "_undocumented",
    )

    _options: dict[str, Any]
    _catalog: Catalog
    _node: Node
    _undocumented: tuple[tuple[str, str, Node], ...]
    _date: str
    _rules: frozenset[str]
    _dropped: frozenset[str]
    _drops_by_default: bool
    _list_passes: Mapping[Path, ListPass]
    _early: tuple[_request.Step, ...]
    _late: tuple[_request.Step, ...]

    def __init__(self, **options: Unpack[Options]) -> None:
        endpoint = options.pop("endpoint", _CHAT)
        profile = profiles.get(options.pop("profile", profiles.LATEST))
        keep = _names("keep", options.pop("keep", ()))
        given = options.pop("drop", None)
        drop = _default_drop(profile) - keep if given is None else _names("drop", given)
        enable = _names("enable", options.pop("enable", ()))
        disable = _names("disable", options.pop("disable", ()))
        catalog = Catalog.of(options.pop("catalog", DEFAULT))
        if options:
            name = min(options)
            near = _near_misses(name, Options.__annotations__)
            raise TypeError(f"unexpected option {name!r}{near}")
        _known("endpoint", (endpoint,), ENDPOINTS, "models.ENDPOINTS")
        _known("rule", sorted(enable | disable), RULES, "rules.RULES (--list-rules prints them)")
        if given is not None:
            _warn_of_misspelt(drop)
        _apart("drop", drop, "keep", keep)
        _apart("enable", enable, "disable", disable)
        bound = {
            "endpoint": endpoint, "profile": profile, "drop": drop, "keep": keep,
            "enable": enable, "disable": disable, "catalog": catalog,
        }  # fmt: skip
        self._bind(bound)

    def _bind(self, bound: dict[str, Any]) -> None:
        node, aliases = _request_node(bound["endpoint"], bound["profile"], bound["keep"])
        profile: Profile = bound["profile"]
        on = frozenset(rule.id for rule in RULES.values() if rule.on(profile))
        put = object.__setattr__
        put(self, "_options", bound)
        put(self, "_catalog", bound["catalog"])
        put(self, "_node", node)
        # What Mistral's own API accepts beside its schema is known of no other host.
        own = ENDPOINTS[bound["endpoint"]].undocumented if profile.host is None else {}
        put(self, "_undocumented", tuple((k, sign, node.keeping((k,))) for k, sign in own.items()))
        put(self, "_date", profile.date)
        chosen = (on | bound["enable"]) - bound["disable"]
        rules = chosen - {undone for rule in chosen for undone in RULES[rule].undoes}
        put(self, "_rules", rules)
        put(self, "_early", _request.steps(rules, early=True))
        put(self, "_late", _request.steps(rules, early=False))
        drop: frozenset[str] = bound["drop"]
        put(self, "_drops_by_default", drop == _default_drop(profile) - bound["keep"])
        put(self, "_dropped", drop | {a for a, name in aliases.items() if name in drop})
        put(
            self, "_list_passes", _list_passes(rules) if bound["endpoint"] in _CONVERSATIONS else {}
        )

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError("a Sanitizer is immutable")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("a Sanitizer is immutable")

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (self._options,)

    def __eq__(self, other: object) -> bool:
        return self._options == other._options if isinstance(other, Sanitizer) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self._options.values()))

    def __repr__(self) -> str:
        sets = ", ".join(
            f"{name}={sorted(value)!r}"
            for name, value in self._options.items()
            if isinstance(value, frozenset)
        )
        own = "" if self._catalog == DEFAULT else f", catalog={self._catalog!r}"
        return f"Sanitizer(endpoint={self.endpoint!r}, profile={str(self.profile)!r}, {sets}{own})"

    @property
    def endpoint(self) -> str:
        """The published path of the requests that it sanitizes."""
        return str(self._options["endpoint"])

    @property
    def profile(self) -> Profile:
        """The dated schema that it sanitizes for."""
        profile: Profile = self._options["profile"]
        return profile

    @property
    def catalog(self) -> Catalog:
        """What it knows of models."""
        return self._catalog

    @property
    def rules(self) -> frozenset[str]:
        """The ids of the rules that are on."""
        return self._rules

    def with_endpoint(self, endpoint: str) -> Sanitizer:
        """The same options for another endpoint."""
        if endpoint == self.endpoint:
            return self
        _known("endpoint", (endpoint,), ENDPOINTS, "models.ENDPOINTS")
        return _rebuilt({**self._options, "endpoint": endpoint})  # the others are known to be right

    def _run(
        self, payload: Mapping[str, Any], *, recording: bool, owned: bool = False
    ) -> tuple[dict[str, Any], Run]:
        """The clean payload, and the run that knows what was done: all of it if `recording`.

        A payload that is `owned` is of no use to the caller any more.
        """
        if not isinstance(payload, dict):
            raise TypeError(f"a payload is a dict, not {type(payload).__name__}")
        run = Run(self._rules, self._date, payload.get("model"), recording=recording, owned=owned,
                  list_passes=self._list_passes, catalog=self._catalog)  # fmt: skip
        new = payload
        if not self._dropped.isdisjoint(payload) and "drop" in run.rules:
            run.drops_by_default = self._drops_by_default
            new = self._without_dropped(payload, run)
        node = self._node_of(payload)
        new = _request.early_names(new, node, run)
        new = _request.repair_request(new, self._early, node, run)
        new = walk(new, node, (), run)
        if not self._dropped.isdisjoint(new) and "drop" in run.rules:
            run.drops_by_default = self._drops_by_default
            new = self._without_dropped(new, run)  # what a conversion has made
        new = _request.repair_request(new, self._late, node, run)
        if "tool_choice" in new:
            note_choice(new["tool_choice"], run)
        if run.odd_names and "function-name" in run.rules:
            new = _request.rename_functions(new, run)
        return new, run

    def _node_of(self, payload: Mapping[str, Any]) -> Node:
        """The request's node; with a field of Mistral's own that no document has, if it has one."""
        for field, sign, node in self._undocumented:
            if isinstance(payload.get(field), dict) and sign in payload[field]:
                return node
        return self._node

    def _without_dropped(self, payload: dict[str, Any], run: Run) -> dict[str, Any]:
        new = dict(payload)
        for key in payload:
            if key in self._dropped:
                run.remove((key,), "drop", new.pop(key))
        return new

    def sanitize(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """The payload as Mistral accepts it; see `mistral_sanitize.sanitize`."""
        return self._run(payload, recording=False)[0]

    def explain(self, payload: Mapping[str, Any]) -> Report:
        """The same, and every change; see `mistral_sanitize.explain`."""
        return report_of_run(*self._run(payload, recording=True))

    def check(self, payload: Mapping[str, Any]) -> tuple[Problem, ...]:
        """What Mistral would refuse in the payload as it is; see `mistral_sanitize.check`."""
        if not isinstance(payload, dict):
            raise TypeError(f"a payload is a dict, not {type(payload).__name__}")
        return problems(payload, self._node_of(payload), self.endpoint, self.profile, self._catalog)

    def sanitize_json(self, body: bytes | bytearray | memoryview | str) -> bytes:
        """The same on a body of JSON; see `mistral_sanitize.sanitize_json`."""
        new, run = self._run(decode(body), recording=False, owned=True)
        if run.count:
            return encode(new, room(body))
        return body.encode("utf-8", "backslashreplace") if isinstance(body, str) else bytes(body)


def _list_passes(rules: frozenset[str]) -> Mapping[Path, ListPass]:
    """The passes over the lists of a conversation; that over tools remembers what it finds."""
    plain = rules.isdisjoint(MESSAGE_RULES)
    return {
        ("messages",): repair_messages if plain else repair_messages_for_templates,
        ("tools",): ToolsPass(),
    }


def _default_drop(profile: Profile) -> frozenset[str]:
    return PENALTIES if profile.drop is None else profile.drop


def _rebuilt(bound: dict[str, Any]) -> Sanitizer:
    new = Sanitizer.__new__(Sanitizer)
    new._bind(bound)
    return new


def report_of_run(payload: dict[str, Any], run: Run) -> Report:
    """What a run has done, for the payload that came of it."""
    changes = tuple(_change(done, run) for done in changes_of(run))
    return Report(payload, changes, tuple(run.names.items()), tuple(run.ids.items()))


def _change(done: Done, run: Run) -> Change:
    op, path, from_path, rule, lossy, before, after = done
    return Change(
        op,  # type: ignore[arg-type]
        pointer(path),
        None if from_path is None else pointer(from_path),
        rule,
        RULES[rule].reason_of(before, after, run),
        lossy,
        before,
        after,
    )


def _names(option: str, names: Iterable[str]) -> frozenset[str]:
    if isinstance(names, str):
        raise TypeError(f"{option} must be an iterable of names; got the string {names!r}")
    return frozenset(names)


def _known(what: str, names: Iterable[str], known: Iterable[str], where: str) -> None:
    """Raises `ValueError` on a name that is not known, with those near it and where all are."""
    for name in names:
        if name not in known:
            near = _near_misses(name, known)
            raise ValueError(f"unknown {what} {name!r}{near}; all are in mistral_sanitize.{where}")


def _near_misses(name: object, known: Iterable[str]) -> str:
    from difflib import get_close_matches  # only errors need it, and it is slow to import

    near = get_close_matches(str(name), known, 3)
    return f"; did you mean {' or '.join(map(repr, near))}?" if near else ""


def _warn_of_misspelt(drop: Iterable[str]) -> None:
    """Warns of a name that is no field of any request under any profile, and looks like one."""
    from difflib import get_close_matches

    fields = {name for model in ENDPOINTS.values() for name in model.model_fields}
    for name in sorted(drop):
        near = () if name in fields else get_close_matches(name, fields, 1, cutoff=0.8)
        if near:
            warnings.warn(
                f"drop names {name!r}, which no profile has as a field; did you mean {near[0]!r}?",
                stacklevel=4,
            )


def _apart(one: str, names: frozenset[str], other: str, others: frozenset[str]) -> None:
    both = sorted(names & others)
    if both:
        raise ValueError(f"{both[0]!r} is in {one} and in {other}")


@lru_cache(maxsize=256)
def _request_node(
    endpoint: str, profile: Profile, keep: frozenset[str]
) -> tuple[Node, dict[str, str]]:
    """The request's node with the kept fields in it, and its fields' other names."""
    node = compile_node(ENDPOINTS[endpoint], profile).within(profile.only, profile.highest)
    aliases = {m.name: f.name for f in node.fields.values() for m in f.renamed_from}
    return (node.keeping(keep) if keep else node), aliases


@lru_cache(maxsize=256)
def _bound(**options: Any) -> Sanitizer:
    return Sanitizer(**options)


_COLLECTIONS: Final = ("drop", "keep", "enable", "disable")


def _sanitizer(options: Options) -> Sanitizer:
    """The sanitizer of some options, made once."""
    if not options:
        return _bound()
    fixed: dict[str, Any] = {k: v for k, v in options.items() if v is not None}
    for name in _COLLECTIONS:
        if name in fixed and not isinstance(fixed[name], str):
            fixed[name] = frozenset(fixed[name])
    if "catalog" in fixed:
        fixed["catalog"] = Catalog.of(fixed["catalog"])
    return _bound(**fixed)


def sanitize(payload: Mapping[str, Any], **options: Unpack[Options]) -> dict[str, Any]:
    """The payload of a request as Mistral accepts it.

    Args:
        payload: the parsed JSON object that a client would send, in OpenAI's dialect or a similar
            one: a dict, typed as a mapping so that the TypedDicts of OpenAI's SDK fit. Never
            changed; unchanged parts are shared with the result.
        options: see `Options`. **The penalty parameters are dropped by default**
            (`PENALTIES`); ``drop=()`` keeps them: Mistral has accepted two of them since
            2024-11-07.

    Returns:
        The clean payload: the very same object when there is nothing to do. What cannot be
        repaired is left as it is, for `check` and Mistral to name.

    Raises:
        TypeError: the payload is not a dict.
        ValueError: an option names what does not exist, or contradicts another.
    """
    return _sanitizer(options).sanitize(payload)


def explain(payload: Mapping[str, Any], **options: Unpack[Options]) -> Report:
    """The same as `sanitize`, and every change with its reason.

    Returns:
        A `Report`: true when anything changed, ``.payload`` is what `sanitize` returns.
    """
    return _sanitizer(options).explain(payload)


def check(payload: Mapping[str, Any], **options: Unpack[Options]) -> tuple[Problem, ...]:
    """What Mistral would refuse in the payload as it is, in the words of its own responses.

    Returns:
        The problems, those of the schema first; empty where none is known.
    """
    return _sanitizer(options).check(payload)


def sanitize_json(body: bytes | bytearray | memoryview | str, **options: Unpack[Options]) -> bytes:
    """The same as `sanitize` on a body of JSON.

    Returns:
        The clean body in UTF-8: the very same bytes when there is nothing to do.

    Raises:
        InvalidBodyError: the body is not JSON, or not a JSON object. Says where, never what.
    """
    return _sanitizer(options).sanitize_json(body)
