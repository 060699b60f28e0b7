"""The rules on numbers out of range."""

from __future__ import annotations

from mistral_sanitize import profiles
from tests.rules.rows import Rows
from tests.rules.words import (
    SPEC,
    Case,
    request,
)

INFINITY = float("inf")

ROWS = (
    Case("temperature-range", "above", request(temperature=2), request(temperature=1.5),
         lossy=True, source="https://github.com/scottyeager/Pal/issues/28"),
    Case("temperature-range", "below", request(temperature=-1), request(temperature=0),
         lossy=True, source=SPEC),
    Case("temperature-range", "the bounds", request(temperature=1.5)),
    Case("temperature-range", "the other bound", request(temperature=0)),
    Case("top-p-range", "zero", request(top_p=0), request(), lossy=True,
         source="https://github.com/mnfst/modelparams.dev/pull/233"),
    Case("top-p-range", "above", request(top_p=1.1), request(top_p=1), lossy=True, source=SPEC),
    Case("top-p-range", "within", request(top_p=0.01)),
    Case("top-p-range", "zero under an older schema", request(top_p=0),
         options={"profile": profiles.V2026_03_20}),
    Case("penalty-range", "above", request(presence_penalty=3), request(presence_penalty=2),
         lossy=True, options={"drop": ()}, source=SPEC),
    Case("penalty-range", "below", request(frequency_penalty=-2.5),
         request(frequency_penalty=-2.0), lossy=True, options={"drop": ()}, source=SPEC),
    Case("penalty-range", "the bounds", request(presence_penalty=-2, frequency_penalty=2),
         options={"drop": ()}),
    Case("out-of-range", "max_tokens", request(max_tokens=-1), request(), lossy=True,
         source="llama.cpp and Ollama write -1 for no limit"),
    Case("out-of-range", "a seed", request(seed=-1), request(), also=("seed",), lossy=True,
         source="SillyTavern writes -1 for no seed"),
    Case("out-of-range", "n", request(n=0), request(), lossy=True, source=SPEC),
    Case("out-of-range", "the bounds", request(max_tokens=0, random_seed=0, n=1)),
    Case("not-a-number", "NaN", request(temperature=float("nan")), request(), lossy=True,
         source="https://www.rfc-editor.org/rfc/rfc8259#section-6"),
    Case("not-a-number", "an infinity without a bound", request(max_tokens=INFINITY), request(),
         lossy=True, source="https://www.rfc-editor.org/rfc/rfc8259#section-6"),
    Case("not-a-number", "an infinity beyond an open bound", request(top_p=-INFINITY), request(),
         lossy=True, source="https://www.rfc-editor.org/rfc/rfc8259#section-6"),
    Case("not-a-number", "a number", request(temperature=0.1)),
    Case("temperature-range", "an infinity", request(temperature=INFINITY),
         request(temperature=1.5), lossy=True, source=SPEC),
    Case("whole-float", "max_tokens", request(max_tokens=10.0), request(max_tokens=10),
         source="JavaScript and Go clients, whose numbers are floats"),
    Case("whole-float", "a fraction", request(max_tokens=10.5)),
    Case("whole-float", "where Mistral takes floats", request(temperature=1.0)),
    Case("quoted-scalar", "a number", request(temperature="0.5"), request(temperature=0.5),
         source=SPEC),
    Case("quoted-scalar", "an integer", request(max_tokens=" 10 "), request(max_tokens=10),
         source=SPEC),
    Case("quoted-scalar", "a boolean", request(stream="True"), request(stream=True), source=SPEC),
    Case("quoted-scalar", "out of bounds", request(temperature="2"), request(temperature=1.5),
         also=("temperature-range",), lossy=True, source=SPEC),
    Case("quoted-scalar", "words", request(temperature="hot", stream="maybe")),
    Case("quoted-scalar", "where Mistral takes strings", request(stop="10")),
    Case("greedy-top-p", "temperature 0", request(temperature=0, top_p=0.9),
         request(temperature=0), lossy=True,
         source="https://github.com/devoxx/DevoxxGenieIDEAPlugin/issues/338"),
    Case("greedy-top-p", "top_p 1", request(temperature=0, top_p=1)),
    Case("greedy-top-p", "not greedy", request(temperature=0.1, top_p=0.9)),
)  # fmt: skip


class TestRows(Rows):
    """What holds for every row: `tests.rules.rows`."""

    rows = ROWS
