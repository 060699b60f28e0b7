"""One row for each shape that a rule repairs, and beside it a near payload that it leaves alone.

`test_<group>` has the rows of the rules of a group, in the order of the docs, and what else is
known of those rules. The rows are data, as small as they can be and written for the purpose;
`source` is where the need for the repair is known from. `rows` has what holds for each of them.
"""

from typing import Final

from tests.rules import (
    test_content,
    test_hosts,
    test_ids,
    test_keys,
    test_names,
    test_nulls,
    test_order,
    test_ranges,
    test_tools,
    test_values,
)
from tests.rules.words import SAME, Case

__all__ = ["BY_GROUP", "CASES", "SAME", "Case"]

BY_GROUP: Final[dict[str, tuple[Case, ...]]] = {
    "keys": test_keys.ROWS,
    "names": test_names.ROWS,
    "nulls": test_nulls.ROWS,
    "ranges": test_ranges.ROWS,
    "values": test_values.ROWS,
    "tools": test_tools.ROWS,
    "content": test_content.ROWS,
    "ids": test_ids.ROWS,
    "order": test_order.ROWS,
    "hosts": test_hosts.ROWS,
}
"""The rows of each group of rules, in the order of the groups."""

CASES: Final[tuple[Case, ...]] = tuple(row for rows in BY_GROUP.values() for row in rows)
"""Every row."""
