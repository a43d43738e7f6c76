"""What the code of a function names, read from its bytecode: globals, imports, texts; nothing is run."""

from __future__ import annotations

import dis
from collections.abc import Iterator
from types import CodeType

from runnable_runtime.deferred import dataclass

_GLOBAL = ("LOAD_GLOBAL", "LOAD_NAME")
_ATTRIBUTE = ("LOAD_ATTR", "LOAD_METHOD")
_BETWEEN = ("EXTENDED_ARG", "CACHE", "PUSH_NULL", "PRECALL", "NOP", "NOT_TAKEN")
RUNS_CODE = frozenset({"exec", "eval"})
IMPORTS = frozenset({"__import__", "import_module", "run_module"})
"""Names of functions that run code, or import modules, which only the value of an argument names."""
_OF_MODULES = IMPORTS - {"__import__"} | {"run_path"}
"""Those that are attributes of a module."""
_LOADS = ("LOAD_FAST", "LOAD_FAST_BORROW", "LOAD_DEREF", *_GLOBAL)


@dataclass(frozen=True, slots=True)
class Import:
    """One `import`, or ``from … import``: its module, the names that it takes, and the dots before it."""

    module: str
    names: tuple[str, ...] = ()
    level: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """What one function names, with the functions that are defined in it.

    `chains` are names of globals, each with the attributes that are read of it at once (``helpers.deep.scale``).
    `texts` are its constants that are texts. `unclear` names what it calls, or reads, that leads to code which cannot
    be known from here (`why_unclear`).
    """

    chains: tuple[tuple[str, ...], ...]
    imports: tuple[Import, ...]
    texts: tuple[str, ...]
    unclear: tuple[str, ...]


def why_unclear(name: str) -> str:
    """Why it cannot be known to which code something leads that `Facts` or `imports.Named` call unclear."""
    match name:
        case "__subclasses__":
            return "which classes are made of one is known only when it runs"
        case "sys.modules":
            return "which module it takes is known only when it runs"
        case _:
            return f"what {name}() runs is known only when it runs"


def facts_of(code: CodeType) -> Facts:
    """What `code` names, and all code that is defined in it."""
    chains: dict[tuple[str, ...], None] = {}
    imports: dict[Import, None] = {}
    texts: dict[str, None] = {}
    unclear: dict[str, None] = {}
    for one in codes(code):
        listing = [i for i in dis.get_instructions(one) if i.opname not in _BETWEEN]
        for at, instruction in enumerate(listing):
            if instruction.opname in _GLOBAL:
                chain, after = _chain(listing, at)
                named = _argument(listing, after) if chain[-1] in IMPORTS else None
                if named is not None:
                    imports |= dict.fromkeys(imported_by(chain[-1], named))
                elif (chain[-1] in RUNS_CODE | IMPORTS and len(chain) == 1) or chain[-1] in _OF_MODULES:
                    unclear[".".join(chain)] = None
                chains[chain] = None
            elif instruction.opname == "IMPORT_NAME":
                level, names = listing[at - 2].argval, listing[at - 1].argval
                imports[Import(instruction.argval, tuple(names or ()), level or 0)] = None
                unclear.update(dict.fromkeys(name for name in names or () if name in _OF_MODULES))
            elif instruction.opname in _ATTRIBUTE:
                unclear |= dict.fromkeys(_reflective(listing[at - 1], str(instruction.argval)))
        texts.update(dict.fromkeys(text for text in _texts(one.co_consts)))
    return Facts(tuple(chains), tuple(imports), tuple(texts), tuple(unclear))


def codes(code: CodeType) -> Iterator[CodeType]:
    """`code`, and all code that is defined in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from codes(constant)


def imported_by(call: str, name: str) -> Iterator[Import]:
    """What a call of one of `IMPORTS` imports that is given the text `name`."""
    yield Import(name.lstrip("."))
    if call == "run_module":
        yield Import(f"{name}.__main__")


def _reflective(before: dis.Instruction, attribute: str) -> Iterator[str]:
    """What leads to code by what Python has loaded, if an attribute that is read does so."""
    if attribute == "__subclasses__":
        yield attribute
    elif attribute == "modules" and before.opname in _LOADS and before.argval == "sys":
        yield "sys.modules"


def _chain(listing: list[dis.Instruction], at: int) -> tuple[tuple[str, ...], int]:
    """The name at `at` and the attributes that are read of it at once; where what follows them is."""
    names = [str(listing[at].argval)]
    while (at := at + 1) < len(listing) and listing[at].opname in _ATTRIBUTE:
        names.append(str(listing[at].argval))
    return tuple(names), at


def _argument(listing: list[dis.Instruction], at: int) -> str | None:
    """The only argument of the call that begins at `at`, if it is a text."""
    following = listing[at : at + 2]
    if len(following) == 2 and following[0].opname == "LOAD_CONST" and following[1].opname.startswith("CALL"):
        return following[0].argval if isinstance(following[0].argval, str) else None
    return None


def _texts(constants: tuple[object, ...]) -> Iterator[str]:
    for constant in constants:
        if isinstance(constant, str):
            yield constant
        elif isinstance(constant, tuple | frozenset):
            yield from _texts(tuple(constant))
