"""`StrictMistral`: a stand-in for Mistral's API that refuses what Mistral refuses.

It needs no further dependency, no key and no network, and responds as the API does: the shapes of
errors are those of recorded refusals; the text of a completion is canned and repeats nothing of the
request. It cannot know what no schema and no rule says: models that are switched off, rate limits,
the quality of a prompt.
"""

from mistral_sanitize.testing.errors import RuleErrors, SchemaErrors
from mistral_sanitize.testing.shapes import SHAPES, ShapeName
from mistral_sanitize.testing.strict import StrictMistral
from mistral_sanitize.testing.wire import Received

__all__ = ["SHAPES", "Received", "RuleErrors", "SchemaErrors", "ShapeName", "StrictMistral"]
