"""Cleans batch files with Dask: python clean_with_dask.py SOURCE FOLDER [SCHEDULER]

SOURCE is a path, a pattern ("batch-*.jsonl") or a URL that Dask can read (s3://, gs://, ...).
FOLDER gets parts in the order of the lines: 0.jsonl, 1.jsonl, ... SCHEDULER is the address of a
cluster, whose machines have mistral_sanitize installed; without it, all cores of this one work.
"""

import json
import sys

import dask.bag

from mistral_sanitize import Sanitizer

sanitizer = Sanitizer()  # pickled once with `clean`, wherever that runs


def clean(line: str) -> str:
    """A batch line of OpenAI's or Mistral's as Mistral's; a bad one comes back as it is."""
    try:
        entry = json.loads(line)
        body = sanitizer.sanitize(entry["body"])
    except (ValueError, LookupError, TypeError):
        return line.rstrip("\n")
    return json.dumps({"custom_id": entry.get("custom_id"), "body": body})


def main(source: str, folder: str, scheduler: str | None = None) -> None:
    """Cleans the lines, 16 MB at a time."""
    if scheduler is not None:
        from dask.distributed import Client

        Client(scheduler)  # from here on Dask works there
    lines = dask.bag.read_text(source, blocksize="16MB").filter(str.strip)
    lines.map(clean).to_textfiles(f"{folder}/*.jsonl", last_endline=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
