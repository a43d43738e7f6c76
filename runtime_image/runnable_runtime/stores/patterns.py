"""The patterns of a catalog: a file, a folder, or a glob, relative to the working folder.

    report.csv       that file, or all files below that folder
    plots/           all files below the folder
    data/*.csv       files of that folder; `*` and `?` stand for anything but a slash, `[abc]` for one of these
    data/**/*.csv    files at any depth

The same rules hold for files of a folder and for those of a store. Where a file has just the name that is given, that
file is meant, though the name has brackets: `sample-[a].csv`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from runnable_runtime.deferred import dataclass, pattern
from runnable_runtime.failures import a
from runnable_runtime.values.reference import RESERVED

WILD = pattern(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern, its parts below the folder that the catalog's paths are relative to.

    `exact`: it is the name of a file or folder that is there, whatever ``[`` in it would mean in a pattern.
    """

    text: str
    parts: tuple[str, ...]
    folder: bool = False
    exact: bool = False

    @classmethod
    def of(cls, text: str, below: str = ".") -> Pattern:
        """The pattern that `text` means in the folder `below`. Raises ValueError, saying why, where it is none."""
        if reason := problem(text):
            raise ValueError(reason)
        parts = [part for part in f"{below}/{text}".split("/") if part not in ("", ".")]
        return cls(text, tuple(parts), text.endswith("/"))

    @property
    def literal(self) -> bool:
        """Whether it names one file or folder."""
        return self.exact or not any(WILD.search(part) for part in self.parts)

    @property
    def has_brackets(self) -> bool:
        """Whether it may be a name that only looks like a pattern, as names of samples and regions do."""
        return not self.exact and any("[" in part for part in self.parts)

    @property
    def whole(self) -> bool:
        """Whether it means folders with all that is in them."""
        return self.literal or self.folder

    @property
    def start(self) -> str:
        """The path that everything it matches is, or is below: its parts up to the first that is not literal."""
        found: list[str] = []
        for part in self.parts:
            if not self.exact and WILD.search(part):
                break
            found.append(part)
        return "/".join(found)

    @property
    def deepest(self) -> int | None:
        """How many parts the longest path that it matches has; None where there is no limit."""
        return None if self.whole or "**" in self.parts else len(self.parts)

    def matches(self, path: str) -> bool:
        """Whether the file at `path` is meant."""
        return _expression(self).fullmatch(path) is not None


def problem(text: object) -> str | None:
    """Why `text` is no pattern; None if it is one."""
    if not isinstance(text, str):
        return f"is {a(type(text).__name__)}, not a text"
    parts = [part for part in text.split("/") if part not in ("", ".")]
    if text.startswith("/"):
        return "is absolute, and a catalog's paths are relative to the working folder"
    if ".." in parts:
        return "has '..' in it, and a catalog's paths stay in the working folder"
    if not parts:
        return "names the whole working folder: name files or folders in it"
    if "\\" in text or any(ord(character) < 32 for character in text):
        return "has a backslash or a control character in it: folders are separated by /"
    if parts[0] == RESERVED:
        return f"is in {RESERVED!r}, which is not for files of yours"
    if any("**" in part and part != "**" for part in parts):
        return "has '**' beside other characters: it stands alone between slashes"
    return None


@lru_cache(maxsize=256)
def _expression(pattern: Pattern) -> re.Pattern[str]:
    text = "".join(f"{re.escape(part)}/" if pattern.exact else _piece(part) for part in pattern.parts).removesuffix("/")
    if pattern.parts[-1] == "**":
        text += "[^/]+"
    elif pattern.literal:
        text += "(?:/.*)?"
    elif pattern.folder:
        text += "/.*"
    return re.compile(text, re.DOTALL)


def _piece(part: str) -> str:
    """The regular expression for one part and the slash after it."""
    if part == "**":
        return "(?:[^/]+/)*"
    return re.sub(r"\\\*", "[^/]*", re.sub(r"\\\?", "[^/]", _classes(part))) + "/"


def _classes(part: str) -> str:
    """`part` escaped, but for its ``[…]``, in which a leading ``!`` excludes."""
    found, rest = "", part
    while match := re.search(r"\[(!?)(\]?[^\]/]*)\]", rest):
        inside = match[2].replace("\\", "\\\\").replace("[", "\\[").replace("^", "\\^").replace("]", "\\]")
        found += re.escape(rest[: match.start()])
        found += f"[^/{inside}]" if match[1] else f"[{inside}]"
        rest = rest[match.end() :]
    return found + re.escape(rest)
