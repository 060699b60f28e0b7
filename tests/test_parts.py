"""Parts of content, one of each shape that clients write, and what Mistral gets in its place."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mistral_sanitize import Report, explain, sanitize

URL = "https://example.org/a"
PDF = "JVBERi0="
GIF = "R0lG"
SOUND = "SUQz"
SMALL = "mistral-small-latest"  # reasons, and takes thinking back


def asked(*content: Any, role: str = "user") -> Report:
    """What becomes of one message of these parts."""
    messages = [{"role": role, "content": list(content)}, {"role": "user", "content": "And?"}]
    messages = messages if role == "assistant" else messages[:1]
    return explain({"model": SMALL, "messages": messages})


def content_of(report: Report) -> Any:
    return report.payload["messages"][0]["content"]


def image(url: str, **more: Any) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url, **more}}


def document(url: str, **more: Any) -> dict[str, Any]:
    return {"type": "document_url", "document_url": url, **more}


def sound(data: str) -> dict[str, Any]:
    return {"type": "input_audio", "input_audio": data}


def text(said: str) -> dict[str, Any]:
    return {"type": "text", "text": said}


def pdf(kind: str = "application/pdf", **more: Any) -> dict[str, Any]:
    return document(f"data:{kind};base64,{PDF}", **more)


OFFICE = "application/vnd.openxmlformats-officedocument"

TEXTS = [
    *[({"type": kind, "text": "Hi"}, text("Hi")) for kind in ("input_text", "output_text",
                                                              "summary_text", "inputText")],
    ({"type": "text", "content": "Hi"}, text("Hi")),
    ({"type": "text", "text": None, "content": "Hi"}, text("Hi")),
    ({"type": "text", "text": {"value": "Hi"}}, text("Hi")),
    ({"type": "text", "content": {"value": "Hi"}}, text("Hi")),
    ({"type": "text"}, text("")),
    ({"text": ""}, text("")),
    ({"type": "refusal", "refusal": "No."}, text("No.")),
    ({"type": "refusal", "text": "No."}, text("No.")),
    ({"type": "search_result", "title": "T", "source": URL, "content": [text("a"), text("b")]},
     text(f"T\n{URL}\na\nb")),
    ({"type": "search_result", "title": "", "source": None, "content": "a"}, text("a")),
    ({"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "Hi"},
      "title": "T"}, text("T\nHi")),
    ({"type": "document", "source": {"type": "content", "content": [text("a"), text("b")]}},
     text("a\nb")),
    ({"type": "document", "text": "Hi"}, text("Hi")),
    ({"type": "document", "content": "Hi", "title": "T"}, text("T\nHi")),
    ({"type": "resource", "resource": {"text": "Hi"}}, text("Hi")),
]  # fmt: skip

IMAGES = [
    (part, image(URL))
    for kind in ("image", "image_url", "input_image", "imageUrl", "inputImage")
    for part in (
        {"type": kind, "url": URL},
        {"type": kind, "image": URL},
        {"type": kind, "image": {"url": URL}},
        {"type": kind, "data": URL},
        {"type": kind, "file_id": URL},
        {"type": kind, "source": {"type": "url", "url": URL}},
    )
] + [
    (part, image(f"data:image/gif;base64,{GIF}"))
    for kind in ("image", "image_url", "input_image")
    for part in (
        {"type": kind, "data": GIF, "mime_type": "image/gif"},
        {"type": kind, "data": GIF, "mimeType": "image/gif"},
        {"type": kind, "source": {"type": "base64", "media_type": "image/gif", "data": GIF}},
        {"type": kind, "image": {"data": GIF, "format": "gif"}},
    )
] + [
    ({"type": "image", "image_url": URL}, image(URL)),
    ({"type": "image", "image_url": {"url": URL}}, image(URL)),
    ({"type": "input_image", "image_url": URL, "detail": "low"}, image(URL, detail="low")),
    ({"type": "image", "image_url": {"url": URL, "detail": "low"}}, image(URL, detail="low")),
    *[({"type": kind, key: GIF}, image(f"data:image/png;base64,{GIF}"))
      for kind in ("image", "image_url", "input_image") for key in ("image", "data")],
    ({"type": "image", "url": f"data:application/pdf;base64,{PDF}"},
     image(f"data:application/pdf;base64,{PDF}")),
    ({"type": "image", "image": GIF, "detail": None}, image(f"data:image/png;base64,{GIF}")),
    ({"type": "image", "file_id": "f1"}, {"type": "file", "file_id": "f1"}),
    ({"type": "imageUrl", "imageUrl": {"url": URL}}, image(URL)),
    ({"type": "imageUrl", "image_url": {"url": URL}}, image(URL)),
    ({"type": "file", "url": f"data:image/gif;base64,{GIF}"},
     image(f"data:image/gif;base64,{GIF}")),
    ({"type": "file", "data": GIF, "mimeType": "image/gif"}, image(f"data:image/gif;base64,{GIF}")),
    *[({"type": "file", "data": GIF, "filename": f"a.{ending}"}, image(f"data:{kind};base64,{GIF}"))
      for ending, kind in {"jpg": "image/jpeg", "JPEG": "image/jpeg", "png": "image/png",
                           "gif": "image/gif", "webp": "image/webp"}.items()],
]  # fmt: skip

SOUNDS = [
    (part, sound(SOUND))
    for kind in ("audio", "input_audio", "audio_url")
    for part in (
        {"type": kind, "audio": SOUND},
        {"type": kind, "audio": {"data": SOUND, "format": "wav"}},
        {"type": kind, "input_audio": {"data": SOUND, "format": "mp3"}},
        {"type": kind, "data": SOUND, "mimeType": "audio/wav"},
        {"type": kind, "base64": SOUND},
    )
] + [
    (part, sound(URL))
    for kind in ("audio", "input_audio", "audio_url")
    for part in (
        {"type": kind, "audio_url": URL},
        {"type": kind, "audio_url": {"url": URL}},
        {"type": kind, "url": URL},
    )
] + [
    ({"type": "audio", "file_id": "f1"}, {"type": "file", "file_id": "f1"}),
    ({"type": "audio", "url": "data:application/ogg;base64,x"},
     sound("data:application/ogg;base64,x")),
    ({"type": "file", "data": SOUND, "mime_type": "audio/ogg"}, sound(SOUND)),
    ({"type": "file", "data": SOUND, "filename": "a.wav"}, sound(SOUND)),
    ({"type": "file", "data": SOUND, "filename": "a.mp3"}, sound(SOUND)),
]  # fmt: skip

FILES = [
    ({"type": kind, "url": URL}, document(URL))
    for kind in ("file", "input_file", "document", "document_url", "file_url", "media", "resource",
                 "resource_link", "inputFile")
] + [
    ({"type": "document", key: {"data": PDF, "media_type": "text/csv"}}, pdf("text/csv"))
    for key in ("source", "file", "resource", "inline_data", "document", "inlineData", "file_url",
                "document_url")
] + [
    ({"type": "file", key: PDF}, pdf())
    for key in ("data", "file_data", "base64", "blob", "bytes", "fileData")
] + [
    ({"type": kind, "data": PDF}, pdf())
    for kind in ("document", "input_file", "media", "file_url", "resource")
] + [
    ({"type": "file", key: URL}, document(URL))
    for key in ("uri", "image_url", "audio_url", "file_url", "document_url", "data", "file_id")
] + [
    ({"type": "file", "data": url}, document(url))
    for url in ("http://x", "https://x", "gs://x", "s3://x", "data:text/csv,x")
] + [
    ({"type": "file", "url": URL, key: "A"}, document(URL, document_name="A"))
    for key in ("filename", "file_name", "document_name", "name", "title", "fileName")
] + [
    ({"type": "file", "data": PDF, "filename": name}, pdf(kind, document_name=name))
    for name, kind in {
        "a.pdf": "application/pdf", "a.txt": "text/plain", "a.md": "text/markdown",
        "a.csv": "text/csv", "a.html": "text/html", "a.json": "application/json",
        "a.docx": f"{OFFICE}.wordprocessingml.document", "a.unheard": "application/pdf",
        "a.pptx": f"{OFFICE}.presentationml.presentation",
        "a.xlsx": f"{OFFICE}.spreadsheetml.sheet", "pdf.CSV": "text/csv", "a": "application/pdf",
    }.items()
] + [
    ({"type": "file", "url": URL, "name": ""}, document(URL)),
    ({"type": "file", "url": "no/address"}, document("no/address")),
    ({"type": "file", "data": PDF, "media_type": "text/x"}, pdf("text/x")),
    ({"type": "file", "data": PDF, "format": "csv"}, pdf("text/csv")),
    ({"type": "file", "data": PDF, "format": "csv", "filename": "a.md"},
     pdf("text/csv", document_name="a.md")),
    ({"type": "file", "file": {"file_data": PDF, "filename": "a.txt"}},
     pdf("text/plain", document_name="a.txt")),
    ({"type": "file", "file": {"file_id": "f1"}}, {"type": "file", "file_id": "f1"}),
    ({"type": "document", "source": {"type": "file", "file_id": "f1"}},
     {"type": "file", "file_id": "f1"}),
    ({"type": "document", "source": {"type": "url", "url": URL}, "title": "T"},
     document(URL, document_name="T")),
    ({"type": "resource", "resource": {"blob": PDF, "mimeType": "text/csv"}}, pdf("text/csv")),
    ({"type": "resource_link", "uri": URL, "name": "a"}, document(URL, document_name="a")),
]  # fmt: skip


@pytest.mark.parametrize(("part", "expected"), [*TEXTS, *IMAGES, *SOUNDS, *FILES], ids=str)
def test_a_part_is_the_chunk_that_holds_the_same(part: Any, expected: Any) -> None:
    """A part in another client's shape goes to Mistral as its own chunk.

    Nothing is lost but a file's name, where it is an image or a sound: those chunks have none.
    """
    report = asked(text("First."), part)

    assert [text("First."), expected] == content_of(report)
    assert bool(report) == (part != expected)
    assert bool(report.lossy) == ("filename" in part and expected["type"] != "document_url")


THOUGHTS = [
    ({"type": "thinking", "thinking": "Hm."}, "Hm."),
    ({"type": "thinking", "text": "Hm."}, "Hm."),
    ({"type": "reasoning", "text": "Hm."}, "Hm."),
    ({"type": "reasoning", "content": "Hm."}, "Hm."),
    ({"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]}, "Hm."),
    ({"type": "reasoning", "reasoning": {"content": "Hm."}}, "Hm."),
    ({"type": "reasoning", "reasoning": {"thinking": "Hm."}}, "Hm."),
    ({"type": "reasoning", "reasoning": {"summary": "Hm."}}, "Hm."),
    ({"type": "reasoning", "content": "", "summary": "Hm."}, "Hm."),
]


def test_pieces_of_earlier_reasoning() -> None:
    """Each piece is a text of its own in the one chunk: a stream's builder makes one of each."""
    summary = [text("a"), text(" "), text(""), text("b")]
    report = asked({"type": "reasoning", "summary": summary}, role="assistant")

    expected = {"type": "thinking", "thinking": [text("a"), text(" "), text("b")]}
    assert content_of(report) == [expected]


@pytest.mark.parametrize(("part", "thought"), THOUGHTS, ids=str)
def test_earlier_reasoning_is_a_thinking_chunk(part: Any, thought: str) -> None:
    """Reasoning that a client sends back, in whichever shape, goes to a model that reasons."""
    report = asked(part, text("Yes."), role="assistant")

    expected = {"type": "thinking", "thinking": [text(thought)]}
    assert [expected, text("Yes.")] == content_of(report)
    assert report.lossy == ()


@pytest.mark.parametrize(
    "part",
    [
        text("Hi"), text(""), image(URL), {"type": "image_url", "image_url": URL},
        image(GIF), sound(SOUND), document(URL), document(URL, document_name="A"),
        {"type": "file", "file_id": "f1"}, {"type": "reference", "reference_ids": [1]},
        {"type": "reference", "reference_ids": ["1"]},
    ],
    ids=str,
)  # fmt: skip
def test_a_chunk_of_mistrals_stays(part: Any) -> None:
    """What is a chunk of Mistral's is the very same object in the result."""
    content = [text("First."), part]
    payload = {"model": SMALL, "messages": [{"role": "user", "content": content}]}

    assert sanitize(payload) is payload


@pytest.mark.parametrize(
    "part",
    [
        {"type": "video_url", "video_url": {"url": URL}}, {"type": "tool_reference", "x": 1},
        {"type": "image_file", "image_file": {"file_id": "f"}}, {"type": "input_video", "x": 1},
        {"type": "image", "image": 5}, {"type": "input_file", "file": {"url": 5}},
        {"type": "document", "source": {"type": "text", "data": 5}}, {"type": "search_result"},
        {"type": "resource_link", "uri": "file:///a"}, {"type": "zzz", "a": 1},
        {"type": "document", "other": {"data": PDF}},
    ],
    ids=str,
)  # fmt: skip
def test_a_part_that_no_chunk_can_hold_stays(part: Any) -> None:
    """What Mistral has no chunk for is left for `check` to name, alone or beside others."""
    for content in ([part], [text("First."), part]):
        payload = {"model": SMALL, "messages": [{"role": "user", "content": content}]}

        assert sanitize(payload) is payload


@pytest.mark.parametrize(
    "content",
    [[{"a": 1}], [{"text": "a", "b": 1}], [{"type": 5}], [{"type": ["text"]}], [5], [["a", 5]],
     [{"text": 5}], {"a": 1}, {"text": "a", "b": 1}],
    ids=str,
)  # fmt: skip
def test_data_is_no_content(content: Any) -> None:
    """What is no list of parts is data, and written as JSON: none of it is lost."""
    payload = {"model": SMALL, "messages": [{"role": "user", "content": content}]}

    report = explain(payload)

    assert json.loads(content_of(report)) == content
    assert report.lossy == ()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (["a", text("b"), "", {"text": "c"}, {"type": "refusal", "refusal": "d"}], "a\nb\nc\nd"),
        ([["a", ["b"]], "c"], "a\nb\nc"),
        ([text("a"), {"type": "text", "text": None}], "a"),
        ([text("a"), {"type": "text", "text": None, "content": "b"}], "a\nb"),
        ([{"type": "refusal", "text": None, "refusal": "No."}], "No."),
        ({"type": "text", "text": "a"}, "a"),
        ([[], "a"], "a"),
    ],
    ids=str,
)
def test_texts_under_a_schema_that_takes_a_string(content: Any, expected: str) -> None:
    """Where the schema of the date takes only a string, texts are joined by newlines."""
    question = {"role": "user", "content": "Hi"}
    messages = [question, {"role": "assistant", "content": content, "prefix": True}]

    new = sanitize({"model": SMALL, "messages": messages}, profile="2024-09-17")

    assert expected == new["messages"][1]["content"]


@pytest.mark.parametrize("part", [image(URL), document(URL), {"type": "file", "file_id": "f1"}])
def test_what_is_no_text_under_such_a_schema(part: Any) -> None:
    """It stays for `check` to name, also where it has a text beside what it holds."""
    question = {"role": "user", "content": "Hi"}
    for content in ([part], [{**part, "text": "a"}], [text("a"), {**part, "text": "b"}]):
        messages = [question, {"role": "assistant", "content": content, "prefix": True}]
        payload = {"model": SMALL, "messages": messages}

        assert sanitize(payload, profile="2024-09-17") is payload


@pytest.mark.parametrize(
    "part",
    [
        {"type": "file", "url": URL, "name": {"said": "lost"}},
        {"type": "file", "file_id": "f1", "filename": "lost"},
        {"type": "file", "file": {"file_id": "f1", "filename": "lost"}},
        {"type": "document", "source": {"type": "file", "file_id": "f1"}, "title": "lost"},
        {"type": "file", "data": PDF, "blob": "lost"},
        {"type": "file", "url": URL, "uri": "https://lost"},
        {"type": "refusal", "refusal": "lost", "text": "x"},
        {"type": "resource_link", "uri": URL, "description": "lost"},
        {"type": "document", "source": {"type": "url", "url": URL}, "citations": "lost"},
        {"type": "search_result", "title": "T", "citations": "lost"},
        {"type": "search_result", "title": "T", "source": URL, "content": "a", "x": "lost"},
        {"type": "document", "text": "Hi", "context": "lost"},
    ],
    ids=str,
)
def test_what_a_chunk_cannot_hold_is_named(part: Any) -> None:
    """A chunk holds less than some parts say: what is not in the result is a lossy change."""
    report = asked(part)

    assert "lost" not in json.dumps(report.payload)
    assert any("lost" in json.dumps(change.before) for change in report.lossy)
    assert {change.rule for change in report.lossy} == {"unknown-key"}


@pytest.mark.parametrize("kind", ["tool_reference", "tool_use", "video_url", "image_file",
                                  "input_video"])  # fmt: skip
def test_a_single_part_that_no_chunk_can_hold(kind: str) -> None:
    """A part that is the whole content is a list of one, of whichever type it is."""
    part = {"type": kind, "x": 1}
    payload = {"model": SMALL, "messages": [{"role": "user", "content": part}]}

    assert [part] == content_of(explain(payload))


def test_the_name_of_an_upload_is_named() -> None:
    """Mistral's chunk for an upload has no name: the report names it under its own."""
    report = asked({"type": "file", "file": {"file_id": "f1", "filename": "a.pdf"}})

    assert [change.path for change in report.lossy] == ["/messages/0/content/0/filename"]


def test_data_given_twice() -> None:
    """The first of two is taken, and what stands behind the second is read none the less."""
    report = asked({"type": "file", "data": PDF, "blob": "lost", "filename": "a.csv"})

    assert [pdf("text/csv", document_name="a.csv")] == content_of(report)
    assert [change.before for change in report.lossy] == ["lost"]


def test_data_beside_an_address() -> None:
    """The address is taken, and the data lost."""
    report = asked({"type": "file", "data": PDF, "url": URL})

    assert [document(URL)] == content_of(report)
    assert report.lossy


@pytest.mark.parametrize("kind", [list, tuple])
def test_parts_beside_a_content_of_parts(kind: type) -> None:
    """They stand behind it, whatever it holds."""
    content = [text("a"), image(URL)]
    message = {"role": "user", "content": kind(content), "parts": [text("b")]}

    report = explain({"model": SMALL, "messages": [message]})

    assert [*content, text("b")] == content_of(report)
    assert report.lossy == ()


def test_reasoning_in_tuples() -> None:
    """It is said once, and loses its signature, as it does in lists."""
    content = ({"type": "thinking", "thinking": [text("Hm.")]}, text("Yes."))
    blocks = ({"text": "Hm.", "signature": "s"},)
    messages = [{"role": "assistant", "content": content, "thinking_blocks": blocks},
                {"role": "user", "content": "And?"}]  # fmt: skip

    report = explain({"model": SMALL, "messages": messages})

    assert content_of(report) == content
    assert [change.path for change in report.lossy] == ["/messages/0/thinking_blocks"]


def test_keys_that_are_no_strings() -> None:
    """A part with such a key is read by its others."""
    report = asked({5: {"data": "x"}, 6: "y", "type": "file", "url": URL})

    assert [document(URL)] == content_of(report)


@pytest.mark.parametrize("levels", range(1, 14))
def test_texts_within_texts(levels: int) -> None:
    """Lists within lists are read to some depth; what is deeper is data, and not lost either.

    So are objects within objects, where reasoning is read.
    """
    content: Any = "said"
    thought: Any = "said"
    for _ in range(levels):
        content, thought = [content], {"content": thought}

    part = content_of(asked(text("First."), content))[1]
    assert part == text("said" if levels <= 8 else json.dumps(content))
    for reasoning in (content, thought):
        messages = [{"role": "assistant", "content": "Yes.", "reasoning": reasoning},
                    {"role": "user", "content": "And?"}]  # fmt: skip
        report = explain({"model": SMALL, "messages": messages})

        assert (content_of(report) == "Yes.") == (levels > 8)
        assert bool(report.lossy) == (levels > 8)


def test_a_text_that_is_none_under_such_a_schema() -> None:
    """A number is no text: the content stays, for `check` to name."""
    content = [text("a"), {"type": "text", "text": 5}]
    messages = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": content}]

    new = sanitize({"model": SMALL, "messages": messages}, profile="2024-09-17")

    assert {"type": "text", "text": 5} in new["messages"][1]["content"]
