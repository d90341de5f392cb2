"""Strict YAML and JSON documents whose every problem has a place: `file:line:column`.

Reading is strict where YAML is loose: `no` is text, a key stands once, there are no tags, no merge keys,
no second document, and no alias bombs. `logcov.documents.strict` holds the pydantic side; it is imported
only by the modules that describe a file's shape, so that nothing here costs time at start.
"""

from logcov.documents.files import MAX_BYTES, load_json, load_yaml, shown_path
from logcov.documents.json_text import parse_json
from logcov.documents.model import Document, Mark, Path, WrittenFloat, WrittenInt, kind_of, nearest, written
from logcov.documents.problems import problems_of
from logcov.documents.yaml_text import MAX_ALIASED, MAX_DEPTH, parse_yaml

__all__ = [
    "MAX_ALIASED",
    "MAX_BYTES",
    "MAX_DEPTH",
    "Document",
    "Mark",
    "Path",
    "WrittenFloat",
    "WrittenInt",
    "kind_of",
    "load_json",
    "load_yaml",
    "nearest",
    "parse_json",
    "parse_yaml",
    "problems_of",
    "shown_path",
    "written",
]
