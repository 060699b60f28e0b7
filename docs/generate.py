"""Write the pages of the reference that are made from the library's own tables, and a picture.

``python docs/generate.py`` writes them, ``python docs/generate.py --check`` exits 1 and names the
pages that are not current. The tables say what is; this file only lays it out.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any, get_args

DOCS = Path(__file__).resolve().parent
EXAMPLES = DOCS / "examples"
sys.path[:0] = [str(DOCS.parent), str(DOCS)]

from generate_errors import errors_page  # noqa: E402

from mistral_sanitize import catalog, explain, models, profiles  # noqa: E402
from mistral_sanitize.profiles import Profile, Source  # noqa: E402
from mistral_sanitize.report import Change, Report, printable  # noqa: E402
from mistral_sanitize.rules import GROUPS, RULES, Rule  # noqa: E402
from mistral_sanitize.schema.compile import slots  # noqa: E402
from mistral_sanitize.schema.marks import Required, Supported  # noqa: E402
from mistral_sanitize.schema.node import Node, Value  # noqa: E402
from mistral_sanitize.schema.signature import signature  # noqa: E402
from mistral_sanitize.validation.edits import REASONS  # noqa: E402

HEAD = "<!-- Written by docs/generate.py from the library's tables. Do not edit. -->\n"
CHAT = "/v1/chat/completions"
FIRST = profiles.ALL[0]


# -- Markdown ------------------------------------------------------------------------------------


def code(text: str) -> str:
    return f"`{text}`"


def cell(text: str) -> str:
    return text.replace("|", "\\|")


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = list(head)
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join("| " + " | ".join(map(cell, line)) + " |" for line in lines) + "\n"


def linked(text: str) -> str:
    """The text with its addresses as links, and what looks like markup taken literally."""
    plain = re.sub(r"(?<![`\w])([*_])|([*_])(?!\w)", r"\\\1\2", text)
    return re.sub(r"https://[^\s,;)]+[^\s,;:.)]", lambda found: f"<{found[0]}>", plain)


def sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


# -- the tables, at every date -------------------------------------------------------------------


def _marks_in(annotation: Any) -> Iterator[Any]:
    """All marks in an annotation, however deep."""
    yield annotation
    for inner in (*get_args(annotation), *getattr(annotation, "__metadata__", ())):
        yield from _marks_in(inner)


@lru_cache
def dates(source: Source) -> tuple[str, ...]:
    """Every day on which the published schema moved, the first profile's before them.

    Of the SDK: on which it alone did.
    """
    seen = {
        day
        for name in models.__all__
        for info in getattr(getattr(models, name), "model_fields", {}).values()
        for annotation in (info.annotation, *info.metadata)
        for mark in _marks_in(annotation)
        if isinstance(mark, (Supported, Required)) and (mark.source or "document") == source
        for day in (mark.since, mark.until)
        if day is not None and day > FIRST.date
    }
    return (FIRST.date, *sorted(seen)) if source == "document" else tuple(sorted(seen))


def at(day: str, source: Source = "document") -> Profile:
    return replace(profiles.LATEST, name=f"{day} {source}", date=day, host=None, source=source)


@lru_cache
def objects(profile: Profile) -> Mapping[str, Node]:
    """Every object of a profile: requests by their path, the rest by their slot."""
    found: dict[str, Node] = {}
    for path, model in models.ENDPOINTS.items():
        for slot, node in slots(model, profile).items():
            found[path if slot == "request" else slot] = node
    return found


@lru_cache
def model_of(key: str) -> type[models.Model]:
    if key in models.ENDPOINTS:
        return models.ENDPOINTS[key]
    return next(
        model
        for model in (getattr(models, name) for name in models.__all__)
        if getattr(model, "slot", None) == key
    )


@lru_cache
def every_object() -> tuple[str, ...]:
    """Every object there ever was: the requests first, the rest by name."""
    sources: tuple[Source, ...] = ("document", "sdk")
    every = {key for of in sources for day in dates(of) for key in objects(at(day, of))}
    return (*models.ENDPOINTS, *sorted(every - models.ENDPOINTS.keys()))


def fields_of(key: str) -> dict[str, str]:
    """The fields that the object ever had, as declared, each with its description."""
    return {
        info.alias or name: info.description or ""
        for name, info in model_of(key).model_fields.items()
    }


def takes(key: str, name: str, profile: Profile) -> str | None:
    """What a field takes under a profile, in one line; ``None`` where the profile lacks it."""
    node = objects(profile).get(key)
    field = node.fields.get(name) if node is not None else None
    if field is None:
        return None
    return signature(field.value) + (", required" if field.required else "")


def history(key: str, name: str, source: Source = "document") -> list[tuple[str, str | None]]:
    """What a field took, from which day on, each day on which that moved."""
    days = dates("document") if source == "document" else (*dates("document"), *dates("sdk"))
    steps: list[tuple[str, str | None]] = []
    for day in sorted(set(days)):
        now = takes(key, name, at(day, source))
        if (steps and steps[-1][1] != now) or (not steps and now is not None):
            steps.append((day, now))
    return steps


def ahead(key: str, name: str) -> Iterator[str]:
    """What came and went in the SDK alone, in words."""
    published, before = history(key, name), None
    for day, now in history(key, name, "sdk"):
        if (day, now) not in published:
            if now is None:
                yield f"gone from the SDK {day}"
            elif before is None:
                yield f"in the SDK since {day} {code(now)}"
            else:
                yield f"in the SDK {day} {moved(before, now)}"
        before = now


def told(key: str, name: str) -> str:
    """The history in words: what was taken at first, then what came and went."""
    steps = history(key, name)
    latest = takes(key, name, profiles.LATEST)
    said = []
    for index, (day, now) in enumerate(steps):
        before = steps[index - 1][1] if index else None
        if now is None:
            said.append(f"gone {day}")
        elif before is not None:
            said.append(f"{day} {moved(before, now)}")
        elif day != FIRST.date:
            said.append(f"since {day}" if now == latest else f"since {day} {code(now)}")
        else:
            said.append("always" if len(steps) == 1 else f"at first {code(now)}")
    return "<br>".join((*said, *ahead(key, name)))


# -- where rules stand ---------------------------------------------------------------------------


def _repairs(value: Value | None) -> Iterator[str]:
    while value is not None:
        yield from value.repairs
        value = value.items


def rules_on(key: str, name: str) -> list[str]:
    """The rules whose marks stand on a field, under any profile."""
    found: dict[str, None] = {}
    for profile in profiles.ALL:
        node = objects(profile).get(key)
        if node is None or name not in node.fields:
            continue
        field = node.fields[name]
        found.update(dict.fromkeys(mark.rule for mark in field.renamed_from))
        if field.bounded is not None:
            found[field.bounded.rule] = None
        if name in node.defaults:
            found[node.defaults[name][0]] = None
        found.update(dict.fromkeys(_repairs(field.value)))
    return list(found)


@lru_cache
def places() -> Mapping[str, tuple[str, ...]]:
    """Where the marks of each rule stand: fields, keys that Mistral lacks, whole objects."""
    found: dict[str, dict[str, None]] = {}
    for key in every_object():
        name_of = "request" if key in models.ENDPOINTS else key
        model = model_of(key)
        for name in fields_of(key):
            for rule in rules_on(key, name):
                found.setdefault(rule, {})[f"{name_of}.{name}"] = None
        for name, rule in model.handled_keys.items():
            found.setdefault(rule, {})[f"{name_of}.{name}"] = None
        for rule in model.shapes:
            found.setdefault(rule, {})[name_of] = None
    return {rule: tuple(where) for rule, where in found.items()}


# -- the pages -----------------------------------------------------------------------------------


def rules_page() -> str:
    off = ", ".join(f"[{r.id}](#{r.id})" for r in RULES.values() if not r.default)
    dated = ", ".join(f"[{r.id}](#{r.id})" for r in RULES.values() if r.until)
    parts = [
        HEAD,
        "# Rules\n",
        (
            f"The {len(RULES)} rules, by group. An id is part of the interface: `enable=` and "
            "`disable=` accept it, every `Change` names it, and only a new major version renames "
            "it. The sentence below an id is the reason that reports give; the evidence says how "
            "the behaviour is known. *Marked on* names the fields that the rule is attached "
            "to; a rule without that line looks at several fields or messages at once.\n"
        ),
        f"Off unless enabled: {off}.\n",
        f"On under older profiles only: {dated}.\n",
    ]
    for group, title in GROUPS.items():
        parts.append(f"## {title}\n\nGroup `{group}`.\n")
        parts.extend(rule_part(rule) for rule in RULES.values() if rule.group == group)
    parts.append(
        "## What a refusal leads to\n\nThe ids of the changes that `repair_refused` makes. They "
        "are not options: each change is made because a response of Mistral's asked for it. See "
        "[Refusals](../guides/refusals.md).\n"
    )
    parts.append(table(("id", "reason"), ((code(i), sentence(r)) for i, r in REASONS.items())))
    return "\n".join(parts)


def rule_part(rule: Rule) -> str:
    if not rule.default:
        default = "off"
    elif rule.until:
        default = f"on under profiles before {rule.until}, off since then: Mistral accepts it"
    else:
        default = "on"
    lossy = {
        None: "where a value that carries information is removed",
        True: "always",
        False: "never",
    }[rule.lossy]
    lines = [
        f"### {rule.id}\n",
        f"{sentence(rule.reason)}\n",
        f"* Default: {default}",
        f"* Lossy: {lossy}",
    ]
    where = places().get(rule.id)
    if where:
        lines.append("* Marked on: " + ", ".join(map(code, where)))
    lines.append(f"* Evidence: {linked(rule.evidence)}\n")
    return "\n".join(lines)


def fields_page() -> str:
    latest = profiles.LATEST
    parts = [
        HEAD,
        "# Fields\n",
        (
            f"Every object that a request may contain, with all its fields. *Accepts* is what the "
            f"default profile ({latest}) accepts, or — if it lacks the field. *History* is what "
            f"changed since {FIRST.date}, the first profile: `always` means in all profiles and "
            "unchanged, `+` added and `−` removed on that day.\n"
        ),
        (
            "How to read a type: `number[0,1.5]` has bounds, with `(` or `)` if the bound itself "
            "is not accepted; `[x]` is a list of x, `[x] items1..` a list of at least one x; "
            "`{message.user}` is an object on this page, `object` any object of the user's, whose "
            "contents are not inspected; `enum(a|b)` is one of these words.\n"
        ),
        "## Requests by profile\n",
        (
            "The last two columns are profiles of [other hosts](../guides/other-hosts.md). The "
            "tables say what a request may contain, not whether the endpoint existed: those "
            "for moderation came with 2024-11-07, those for classification between 2025-03-21 and "
            "2025-10-20; Azure has only chat, Vertex chat and FIM.\n"
        ),
    ]
    for path in models.ENDPOINTS:
        parts.append(f"### {path} by profile\n")
        rows = []
        for name in fields_of(path):
            marks = ("●" if takes(path, name, p) else "" for p in profiles.ALL)
            rows.append((code(name), *marks))
        parts.append(table(("field", *(str(p) for p in profiles.ALL)), rows))
    parts.append("## Requests\n")
    parts.extend(object_part(path) for path in models.ENDPOINTS)
    parts.append("## Objects\n")
    parts.extend(object_part(key) for key in every_object() if key not in models.ENDPOINTS)
    return "\n".join(parts)


def object_part(key: str) -> str:
    model = model_of(key)
    said = re.sub(r"``", "`", " ".join((model.__doc__ or "").split()))
    kind = "Open: other keys stay" if model.model_config.get("extra") == "allow" else "Closed"
    lines = [f"### {key}\n", f"{said} {kind}. Model: `{model.__name__}`.\n"]
    rows = []
    for name, description in fields_of(key).items():
        now = takes(key, name, profiles.LATEST)
        rules = ", ".join(f"[{rule}](rules.md#{rule})" for rule in rules_on(key, name))
        rows.append((code(name), description, code(now) if now else "—", told(key, name), rules))
    lines.append(table(("field", "what it is", "accepts", "history", "rules"), rows))
    if model.handled_keys:
        known = ", ".join(f"`{n}` ([{r}](rules.md#{r}))" for n, r in model.handled_keys.items())
        lines.append(f"Other clients' keys that are converted: {known}.\n")
    return "\n".join(lines)


def profiles_page() -> str:
    latest = profiles.LATEST
    parts = [
        HEAD,
        "# Profiles\n",
        (
            f"A profile is Mistral's request schema as it was on one day. The default is "
            f"`LATEST`, now `{latest}`. See [why there are profiles](../explanation/profiles.md).\n"
        ),
    ]
    rows = []
    for p in profiles.ALL:
        source = code(f"{p.file}") + " of " + p.repository.removeprefix("https://")
        rows.append((code(p.name), p.host or "Mistral", source, code(p.commit), p.summary))
    parts.append(table(("name", "host", "source", "commit or release", "what changed"), rows))
    before: Profile | None = None
    for p in profiles.ALL:
        base = profiles.V2026_11_01 if p.host else before
        before = p
        parts.append(f"## {p.name}\n")
        if base is None:
            names = ", ".join(code(n) for n in fields_of(CHAT) if takes(CHAT, n, p))
            parts.append(f"The first profile. A chat request has {names}.\n")
            continue
        parts.append(f"Compared with `{base.name}`:\n")
        parts.append("\n".join(difference(base, p)) + "\n")
        parts.extend(switched(base, p))
    parts.extend(host_part(p) for p in profiles.HOSTS)
    return "\n".join(parts)


def switched(base: Profile, new: Profile) -> Iterator[str]:
    """The rules that are on under one of two profiles only, one paragraph for each way."""
    for word, one, other in (("off", base, new), ("on", new, base)):
        moved = [r for r in RULES.values() if r.on(one) and not r.on(other)]
        if moved:
            links = ", ".join(f"[{r.id}](rules.md#{r.id})" for r in moved)
            yield f"Rules that are {word} here: {links}.\n"


def host_part(p: Profile) -> str:
    """What is said of a host: where it was read, its fields, its rules."""
    names = ", ".join(code(alias) for alias, other in profiles.ALIASES.items() if other is p)
    fields = "Open: fields that are not known pass" if p.fields == "open" else "Closed"
    if p.only is not None:
        fields += f"; it has {', '.join(code(name) for name in sorted(p.only))}"
    dropped = "the penalties" if p.drop is None else "nothing"
    head = [
        f"## {p.name}\n",
        f"{p.summary[0].upper()}{p.summary[1:]}. Also called {names}.\n",
        f"* Source: {p.repository}, {p.file}, {p.commit}",
        f"* Fields: {fields}",
        f"* Dropped by default: {dropped}\n",
    ]
    return "\n".join((*head, *switched(profiles.V2026_11_01, p)))


def difference(base: Profile, new: Profile) -> Iterator[str]:
    """What `new` has, lacks, and takes otherwise than `base`, one line for each object."""
    old_keys, new_keys = objects(base).keys(), objects(new).keys()
    for word, gained in (("new", new_keys - old_keys), ("gone", old_keys - new_keys)):
        named = [key for key in every_object() if key in gained]
        if named:
            yield f"* {word} objects: {', '.join(f'[{k}](fields.md#{slug(k)})' for k in named)}"
    for key in every_object():
        if key not in old_keys or key not in new_keys:
            continue
        said = []
        for name in fields_of(key):
            was, now = takes(key, name, base), takes(key, name, new)
            if was is None and now is not None:
                said.append(f"+ `{name}`")
            elif was is not None and now is None:
                said.append(f"− `{name}`")
            elif was is not None and now is not None and was != now:
                said.append(f"`{name}` {moved(was, now)}")
        if said:
            yield f"* [{key}](fields.md#{slug(key)}): {'; '.join(said)}"


def moved(was: str, now: str) -> str:
    """One signature against another: what came and went, or both where it is but a bound."""
    old, new = (re.findall(r"\{[^}]*\}|[a-z_][\w-]*", text) for text in (was, now))
    came = [f"+ {code(part)}" for part in dict.fromkeys(new) if part not in old]
    gone = [f"− {code(part)}" for part in dict.fromkeys(old) if part not in new]
    bounds = re.findall(r"[\[(][-\d.]+,[-\w.]+[\])]", was) != re.findall(
        r"[\[(][-\d.]+,[-\w.]+[\])]", now
    )
    if bounds or not came + gone:
        return f"{code(was)} → {code(now)}"
    return " ".join([*came, *gone])


def slug(heading: str) -> str:
    """The anchor of a heading, as GitHub and MyST make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def models_page() -> str:
    cards = catalog.models()
    day = catalog.DATE
    here = [card for card in cards if not card.retired_on(day)]
    gone = [card for card in cards if card.retired_on(day)]
    repository, _, rest = catalog.SOURCE.partition("@")
    parts = [
        HEAD,
        "# Models\n",
        (
            f"{len(cards)} models of Mistral's API as of {day}: the model cards of "
            f"[{repository}](https://github.com/{repository}) (`{rest}`, 2026-08-21), the newer "
            "models, and further observations, each fact with its source and date, and with what "
            "disputes it. `mistral_sanitize.catalog` answers questions from these tables, and the "
            "option `catalog` lets your own facts override them: see "
            "[Models of today](../guides/models.md). Rules that depend on the model leave models "
            "that are not in the tables alone. `mistral-sanitize --list-models` prints them.\n"
        ),
        (
            "Context is in tokens. A blank capability means nothing: cards of models retired in "
            "2025 were emptied. *Output* is the longest completion, if it is known. *Efforts* "
            "are the values of `reasoning_effort` that the model accepts, its default in bold; a "
            "blank means that the values are not known.\n"
        ),
        f"## Not retired on {day}\n",
        models_table(here),
        f"## Retired by {day}\n",
        models_table(gone),
        "## The table of 2024-09-17\n",
        "Mistral's table of models on the day of the first profile (commit a4f766cf), and what "
        "became of each. *Now* is the model that the id of the table pointed to on " + day + ".\n",
        historic_table(),
        "## Observations beyond the cards\n",
        (
            "What is known beyond the cards, or since them, with date and source. What is true of "
            "a model's first id is true of its aliases too, unless they have rows of their own.\n"
        ),
        observed_table(),
        "## Aliases\n",
        "What each alias pointed to, and since when.\n",
        alias_table(),
    ]
    return "\n".join(parts)


def ids(names: Iterable[str]) -> str:
    return "<br>".join(map(code, names))


def models_table(cards: Iterable[catalog.ModelCard]) -> str:
    head = ("model", "ids", "dates", "instead", "context", "output", "efforts", "capabilities",
            "weights", "disputed")  # fmt: skip
    rows = []
    for card in cards:
        weights = ", ".join(card.licences) or "closed"
        dates = (("released", card.released), ("deprecated", card.deprecated),
                 ("retired", card.retired))  # fmt: skip
        rows.append((
            f"{card.name} {card.version}".strip(),
            ids((*card.ids, *card.aliases)),
            "<br>".join(f"{word} {date}" for word, date in dates if date),
            ids(card.replacements),
            f"{card.context:,}" if card.context else "",
            f"{card.max_output:,}" if card.max_output else "",
            efforts(card),
            " ".join(sorted(card.capabilities)),
            weights + (", free" if card.free else ""),
            card.disputed,
        ))  # fmt: skip
    return table(head, rows)


def efforts(card: catalog.ModelCard) -> str:
    facts = catalog.DEFAULT.facts(card.ids[0] if card.ids else None)
    if facts.reasoning_efforts == ():
        return "refused"
    bold = facts.reasoning_default
    return " ".join(
        f"**{code(w)}**" if w == bold else code(w) for w in facts.reasoning_efforts or ()
    )


def historic_table() -> str:
    head = ("model", "max tokens", "id then", "licence", "on the API", "became", "retired",
            "instead", "now")  # fmt: skip
    rows = (
        (
            f"{row.name} {row.version}".strip(), f"{row.max_tokens:,}",
            code(row.endpoint) if row.endpoint else "", row.licence or "",
            "yes" if row.via_api else "no", row.became, row.retired or "",
            ids(row.replacements), code(row.points_to) if row.points_to else "",
        )
        for row in catalog.table_2024_09_17()
    )  # fmt: skip
    return table(head, rows)


def observed_table() -> str:
    rows = []
    for row in catalog.observed():
        span = [f"since {row.since}"] if row.since else []
        span += [f"until {row.until}"] if row.until else []
        said = (observed_value(row.value), " ".join(span), row.date, source(row.source))
        rows.append((ids(row.ids), row.fact, *said, row.disputed, row.note))
    head = ("ids", "fact", "value", "when", "seen", "source", "disputed", "note")
    return table(head, rows)


def observed_value(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(map(code, value)) or "refused"
    words = {True: "yes", False: "no", None: "not known"}
    # 1 is True, and no word: only the constants themselves are.
    if value is None or isinstance(value, bool):
        return words[value]
    return code(value) if isinstance(value, str) else f"{value:,}"


def source(text: str) -> str:
    """A short link to an address; of a package, its name and version."""
    if text.startswith("pkg:"):
        return text.partition("/")[2].replace("%40", "@")
    if not text.startswith("https://"):
        return text
    short = re.sub(r"^https://(github\.com/)?", "", text)
    parts = short.split("/")
    return f"[{'/'.join(parts[:2])}]({text})"


def alias_table() -> str:
    moves: dict[str, list[str]] = {}
    for row in catalog.alias_history():
        steps = moves.setdefault(row.alias, [])
        if not steps or not steps[-1].endswith(code(row.points_to)):
            steps.append(f"{row.since} {code(row.points_to)}")
    rows = ((code(alias), "<br>".join(steps)) for alias, steps in moves.items())
    return table(("alias", "pointed to"), rows)


# -- the picture ---------------------------------------------------------------------------------

COLUMNS = 54  # of 14 pixels' height: to be read on a phone without zooming
SIZE, LINE, GAP, ADVANCE, PAD = 14, 19, 6, 8.45, 16
NEWLINE = "\n"


def picture(report: Report) -> str:
    """A report as an SVG of text: each rule with its reason, and below it what it changed."""
    by_rule: dict[str, list[Change]] = {}
    for change in report.changes:
        by_rule.setdefault(change.rule, []).append(change)
    lines = [("head", line) for line in wrapped(str(report).partition("\n")[0], "")]
    for rule, changes in by_rule.items():
        lines.append(("gap", ""))
        lines += [("why", line) for line in wrapped(f"{rule}: {changes[0].reason}", "  ")]
        for change in changes:
            mark, kind = ("!", "lossy") if change.lossy else (" ", "what")
            move = "" if change.from_path is None else f"{change.from_path} -> "
            said = f"  {mark} {change.op} {move}{printable(change.path)}"
            lines += [(kind, line) for line in wrapped(said, "      ")]
    y, texts = PAD, []
    for kind, text in lines:
        y += GAP if kind == "gap" else LINE
        if kind != "gap":
            said = escape(text, quote=False)
            texts.append(f'<text class="{kind}" x="{PAD}" y="{y - 5}">{said}</text>')
    width, height = round(COLUMNS * ADVANCE + 2 * PAD), y + PAD
    # Indentation is spaces: white-space is for browsers, xml:space for what draws SVG elsewhere.
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" \
height="{height}" role="img" aria-labelledby="t d" xml:space="preserve">
<title id="t">A report of mistral_sanitize</title>
<desc id="d">What explain() changes in docs/examples/openai_request.json, {len(report.changes)} \
changes by {len(by_rule)} rules: each rule with its reason, and the operations and places. \
Lossy ones are marked with an exclamation mark.</desc>
<style>
text{{font:{SIZE}px ui-monospace,Menlo,Consolas,DejaVu Sans Mono,monospace;white-space:pre}}
text{{fill:#24292f}}.head{{font-weight:700}}.why{{fill:#0550ae}}.lossy{{fill:#a40e26}}
</style>
<rect width="{width}" height="{height}" rx="8" fill="#f6f8fa"/>
{NEWLINE.join(texts)}
</svg>
"""


def wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, COLUMNS, subsequent_indent=indent, break_on_hyphens=False)


def example() -> dict[str, Any]:
    payload: dict[str, Any] = json.loads((EXAMPLES / "openai_request.json").read_text("utf-8"))
    return payload


def report_picture() -> str:
    return picture(explain(example()))


# -- writing -------------------------------------------------------------------------------------

PAGES = {
    "reference/rules.md": rules_page,
    "reference/fields.md": fields_page,
    "reference/models.md": models_page,
    "reference/profiles.md": profiles_page,
    "reference/errors.md": lambda: HEAD + errors_page(),
    "examples/report.svg": report_picture,
}
"""What is written, by its path below docs/."""


def stale() -> Iterator[str]:
    """The pages that are not what they should be."""
    for name, make in PAGES.items():
        path = DOCS / name
        if not path.exists() or path.read_text("utf-8") != make():
            yield name


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 if stale")
    if parser.parse_args(arguments).check:
        names = list(stale())
        for name in names:
            print(f"docs/{name} is not current: run python docs/generate.py", file=sys.stderr)
        return 1 if names else 0
    for name, make in PAGES.items():
        path = DOCS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(make(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
