"""The rules: every repair by its id, declared at the code that does it.

One module for each group, and `reasoning` for what two groups have in common. To find the code of a
rule, search for its id in quotes. The functions are pure: they look at one value, object or request
and return what should be in its place. They neither walk nor record; that is the work of `engine`,
of which nothing here is imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mistral_sanitize.rules import completions as _completions  # noqa: F401 - it declares rules
from mistral_sanitize.rules import reasoning as _reasoning  # noqa: F401 - so does this
from mistral_sanitize.rules._rule import KeyRepair, RequestRepair, Rule, ValueRepair
from mistral_sanitize.rules.content import CONTENT
from mistral_sanitize.rules.hosts import HOSTS
from mistral_sanitize.rules.ids import IDS
from mistral_sanitize.rules.keys import KEYS
from mistral_sanitize.rules.names import NAMES
from mistral_sanitize.rules.nulls import NULLS
from mistral_sanitize.rules.order import ORDER
from mistral_sanitize.rules.ranges import RANGES
from mistral_sanitize.rules.tools import TOOLS
from mistral_sanitize.rules.values import VALUES

__all__ = ["DEFAULT", "GROUPS", "KEY_REPAIRS", "REPAIRS", "REQUEST_REPAIRS", "RULES", "Rule"]

_ALL: Final = (KEYS, NAMES, NULLS, RANGES, VALUES, TOOLS, CONTENT, IDS, ORDER, HOSTS)

GROUPS: Final[Mapping[str, str]] = {group.name: group.title for group in _ALL}
"""The titles of the groups, in the order of the documentation."""

RULES: Final[Mapping[str, Rule]] = {rule.id: rule for group in _ALL for rule in group}
"""Every rule by its id, in the order of the documentation."""

DEFAULT: Final = frozenset(rule.id for rule in RULES.values() if rule.default and not rule.until)
"""The ids of the rules that are on by default under every profile."""

REPAIRS: Final[Mapping[str, ValueRepair]] = {
    rule.id: rule.value for rule in RULES.values() if rule.value is not None
}
"""The repairs of one value, by the rule's id."""

KEY_REPAIRS: Final[Mapping[str, KeyRepair]] = {
    rule.id: rule.key for rule in RULES.values() if rule.key is not None
}
"""The repairs of objects that have a key which the schema lacks."""

REQUEST_REPAIRS: Final[Mapping[str, RequestRepair]] = {
    rule.id: rule.request for rule in RULES.values() if rule.request is not None
}
"""The repairs of a request's fields, in the order in which they run."""
