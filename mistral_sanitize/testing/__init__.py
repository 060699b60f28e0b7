"""`StrictMistral`: a stand-in for Mistral's API that refuses what Mistral refuses.

It has no dependency but ours, needs no key and no network, and answers as the API does: the error
shapes are those of recorded refusals, an answer's text is canned and echoes nothing of the request.
What it cannot know is what no schema and no rule says: models that are switched off, rate limits,
the quality of a prompt.
"""

from mistral_sanitize.testing.errors import RuleErrors, SchemaErrors
from mistral_sanitize.testing.shapes import SHAPES, ShapeName
from mistral_sanitize.testing.strict import StrictMistral
from mistral_sanitize.testing.wire import Received

__all__ = ["SHAPES", "Received", "RuleErrors", "SchemaErrors", "ShapeName", "StrictMistral"]
