"""The pages of the documentation, their code blocks and their headings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FRONT = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
"""The pages at the top, by name: `make demo` writes a report beside them, and so may anybody."""
PAGES = sorted([*(ROOT / name for name in FRONT), *(ROOT / "docs").glob("*.md")])


@dataclass(frozen=True)
class Block:
    """A fenced block: its page, the line it begins at, and its text without the indent of a list."""

    page: Path
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(language: str, pages: list[Path] = PAGES) -> Iterator[Block]:
    fence = re.compile(rf"^( *)```{language}\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for found in fence.finditer(text):
            indent = len(found[1])
            body = "\n".join(line[indent:] for line in found[2].split("\n"))
            yield Block(page, text.count("\n", 0, found.start()) + 2, body)


def without_blocks(text: str) -> str:
    return re.sub(r"^ *```.*?^ *```", "", text, flags=re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """The anchors that GitLab and GitHub make of the page's headings."""
    made: set[str] = set()
    for heading in re.findall(r"^#+ +(.+)$", without_blocks(page.read_text(encoding="utf-8")), re.MULTILINE):
        words = re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower())
        made.add(words.strip().replace(" ", "-"))
    return made
