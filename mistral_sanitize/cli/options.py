"""The command's options: the parser, its help, and what they make of a `Sanitizer`."""

from __future__ import annotations

import argparse
import json
import os
import stat
import sys
import textwrap
from collections.abc import Sequence
from typing import Final

from mistral_sanitize import profiles
from mistral_sanitize._sanitizer import PENALTIES, Options
from mistral_sanitize.catalog import Catalog
from mistral_sanitize.models import ENDPOINTS
from mistral_sanitize.report import printable

__all__ = ["PROG", "make_parser", "options_of", "refuse_odd"]

PROG: Final = "mistral-sanitize"

_DESCRIPTION: Final = """\
Turn OpenAI-style requests into ones that Mistral's API accepts, and say what changed and why.

Each FILE holds one JSON object, or JSON lines: one payload a line, or the lines of a batch file,
Mistral's {"custom_id", "body"} or OpenAI's {"custom_id", "method", "url", "body"}, which become
Mistral's. The result goes to standard output, the report to standard error.
"""

_EPILOG: Final = """\
exit codes:
  0    all is well
  1    --check found what Mistral would refuse
  2    wrong usage, a file that cannot be read or written, a worker that was killed
  3    bad input: a document or lines that are not JSON objects (or batch lines without a body);
       each is named by file and line. Bad lines are in the output as they came, in their place,
       or in the file of --rejects; bad documents are left out.
  130  interrupted by Ctrl-C; 129, 143: hung up, terminated; 141: nobody reads the output any more

details:
  A file is JSON lines if it is named .jsonl or .ndjson, or if its first line is JSON and more
  comes after it. Blank lines and a byte order mark are left out, line ends are kept. A clean
  payload stays the same bytes, unless --indent (or a terminal) asks for a document to be pretty.
  An output file appears whole or not at all; it may be one of the input files.
  Of two lines with one custom_id, the second is named.

profiles:
  {profiles}

endpoints:
  {endpoints}

examples:
  mistral-sanitize request.json
  mistral-sanitize batch.jsonl -o clean.jsonl --rejects bad.jsonl
  mistral-sanitize --check request.json || echo refused
  curl ... | mistral-sanitize --no-drop --quiet | curl -d @- ...
"""


def make_parser() -> argparse.ArgumentParser:
    def lists(names: Sequence[str]) -> str:
        return "\n".join(textwrap.wrap(", ".join(names), 92)).replace("\n", "\n  ")

    parser = argparse.ArgumentParser(
        PROG,
        description=_DESCRIPTION,
        epilog=_EPILOG.replace(
            "{profiles}", lists([*(p.name for p in profiles.ALL), *profiles.ALIASES])
        ).replace("{endpoints}", lists(list(ENDPOINTS))),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        usage=f"{PROG} [options] [FILE ...]",
    )
    add = parser.add_argument
    add("files", nargs="*", metavar="FILE", help="JSON or JSON lines; - or none: standard input")
    add("-o", "--output", metavar="FILE", help="write there instead of to standard output")
    add("-q", "--quiet", action="store_true", help="no report; bad input is still named")
    add("--redact", action="store_true",
        help="only replace what is the user's (texts, names, ids and data) with placeholders, so"
        " that the case can be shared")  # fmt: skip
    add("--check", action="store_true",
        help="write nothing, and name what Mistral would refuse in the input as it is")  # fmt: skip
    add("--format", choices=["text", "json", "patch"], default="text", dest="form",
        help="the report: a text; a JSON object a payload, without values; or an RFC 6902 patch"
        " a payload, WITH the values of the payload")  # fmt: skip
    add("--indent", action=argparse.BooleanOptionalAction,
        help="whether a JSON document is written pretty; by default on a terminal")  # fmt: skip
    add("--print-completion", choices=["bash", "zsh"], metavar="SHELL",
        help="print the shell's completion of this command (extra: completion)")  # fmt: skip
    add("--version", action="store_true", help="print the version")

    group = parser.add_argument_group("what is changed")
    add = group.add_argument
    add("--profile", default=profiles.LATEST.name, metavar="NAME",
        help="Mistral's schema of which date; see below (default: %(default)s)")  # fmt: skip
    add("--endpoint", metavar="PATH",
        help="which request it is; see below (default: the url of a batch line, else"
        " /v1/chat/completions)")  # fmt: skip
    add("--drop", action="append", metavar="NAME",
        help=f"remove these fields, instead of {', '.join(sorted(PENALTIES))}; may be repeated,"
        " or several with commas between")  # fmt: skip
    add("--no-drop", action="store_true", help="remove no field that Mistral accepts")
    add("--keep", action="append", metavar="NAME",
        help="send these fields even if they are not known")  # fmt: skip
    add("--enable", action="append", metavar="RULE", help="switch these rules on")
    add("--disable", action="append", metavar="RULE", help="switch these rules off")
    add("--catalog", metavar="FILE",
        help="what your account's models are: the saved JSON of GET /v1/models, or of Mistral's"
        " catalogue endpoint; see the guide to models")  # fmt: skip
    add(
        "--list-models",
        action="store_true",
        help="print the models that are known, those of --catalog among them; with --json, as JSON",
    )
    add("--json", action="store_true", help="print that list for programs")
    add("--list-rules", action="store_true", help="print the rules with their defaults and reasons")
    add("--list-profiles", action="store_true", help="print the profiles and their sources")

    group = parser.add_argument_group("JSON lines")
    add = group.add_argument
    add("--lines", action=argparse.BooleanOptionalAction,
        help="whether the input is JSON lines; by default, see below")  # fmt: skip
    add("--rejects", metavar="FILE",
        help='write bad lines there, as {"file", "line", "reason", "text"}, and not to the'
        " output")  # fmt: skip
    add("--strict", action="store_true", help="stop at the first bad line or document")
    add("--workers", type=_count, metavar="N",
        help="processes to use (default: 1; all cores for files above 8 MB)")  # fmt: skip
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 512:
        raise argparse.ArgumentTypeError(f"a number from 1 to 512, not {text!r}")
    return int(text)


def options_of(args: argparse.Namespace) -> Options:
    options: Options = {"profile": args.profile}
    if args.endpoint is not None:
        options["endpoint"] = args.endpoint
    if args.no_drop and args.drop:
        raise ValueError("--drop names fields, and --no-drop says none")
    if args.no_drop or args.drop:
        options["drop"] = _names(args.drop)
    options["keep"] = _names(args.keep)
    options["enable"] = _names(args.enable)
    options["disable"] = _names(args.disable)
    if args.catalog is not None:
        options["catalog"] = _catalog(args.catalog)
    return options


def _catalog(path: str) -> Catalog:
    """The catalogue of a file of JSON."""
    with open(path, "rb") as file:
        text = file.read()
    try:
        return Catalog.of(json.loads(text))
    except (ValueError, RecursionError) as error:
        fault = str(error).removeprefix("catalog: ") or "not JSON"
        raise ValueError(f"--catalog: {printable(path)}: {fault}") from None


def _names(given: list[str] | None) -> list[str]:
    return [name.strip() for names in given or () for name in names.split(",") if name.strip()]


def refuse_odd(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """Says of arguments that do not go together, and of files that are not there, that it is so."""
    if args.check:
        for name, value in (
            ("--redact", args.redact or None),
            ("--output", args.output),
            ("--rejects", args.rejects),
            ("--format patch", args.form == "patch" or None),
        ):
            if value is not None:
                parser.error(f"--check writes nothing: {name} makes no sense with it")
    if args.redact and args.rejects is not None:
        parser.error("--redact does not go with --rejects: a bad line cannot be redacted")
    _refuse_odd_files(parser, args)


def _is_stdin(name: str) -> bool:
    """Whether standard input is that file: a redirection of the shell's."""
    try:
        given, named = os.fstat(sys.stdin.fileno()), os.stat(name)
    except (AttributeError, OSError, ValueError):  # there is none, or it is no file
        return False
    return stat.S_ISREG(named.st_mode) and os.path.samestat(given, named)


def _refuse_odd_files(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    written = [os.path.realpath(f) for f in (args.output, args.rejects) if f not in {None, "-"}]
    if len(set(written)) < len(written):
        parser.error("--output and --rejects are the same file")
    if args.rejects not in {None, "-"}:
        read = {os.path.realpath(file) for file in args.files if file != "-"}
        from_stdin = not args.files or "-" in args.files
        if os.path.realpath(args.rejects) in read or (from_stdin and _is_stdin(args.rejects)):
            parser.error(
                "--rejects is a file that is read: the lines behind a bad one would be lost"
            )
    for file in args.files:
        # Before anything is written, not after half of the work. A pipe may be opened but once.
        if os.path.isfile(file) or os.path.isdir(file):
            open(file, "rb").close()
        elif file != "-":
            os.stat(file)
