"""One row for each shape that a rule repairs, and beside it a near payload that it leaves alone.

The rows are data: `test_rules` runs them. Each is as small as it can be and written for the
purpose; `source` is where the need for the repair is known from.
"""

from typing import Final

from tests.cases.content import CONTENT
from tests.cases.corners import CORNERS
from tests.cases.keys import KEYS, NAMES, NULLS
from tests.cases.order import IDS, ORDER
from tests.cases.tools import TOOLS
from tests.cases.values import RANGES, VALUES
from tests.cases.words import SAME, Case

__all__ = ["CASES", "SAME", "Case"]

CASES: Final[tuple[Case, ...]] = (
    *KEYS, *NAMES, *NULLS, *RANGES, *VALUES, *TOOLS, *CONTENT, *IDS, *ORDER, *CORNERS,
)  # fmt: skip
"""Every row, in the order of the rules' groups; those of the corners last."""
