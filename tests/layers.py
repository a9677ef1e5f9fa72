"""Holds every #include "operator/X/..." against the layering, and keeps what a module must not know out of it.

Run from anywhere: prints each breach as FILE:LINE: SENTENCE and exits with 1 if there is one.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
MAY_INCLUDE = {
    "http": [],
    "kube": ["http"],
    "prometheus": ["http", "api"],
    "api": [],
    "decide": ["api"],
    "control": ["api", "decide", "kube", "prometheus"],
    "cli": ["api", "decide", "kube", "http", "prometheus", "simulate"],
    "simulate": ["api", "decide"],
    "app": [],
}
CPPREST = re.compile(r"cpprest|pplx|web::json|utility::string_t")
IMPURE = re.compile(
    r"#include <(thread|mutex|fstream|iostream|random|filesystem|cstdio|spdlog[^>]*)>"
    r"|\bgetenv\b|(system|steady)_clock::now|\bspdlog::")


def module_of(path):
    parts = path.relative_to(ROOT).parts
    if parts[0] == "operator":
        return parts[1] if len(parts) > 2 else None  # operator/main.cc and the base headers
    return parts[0]


def breaches(path):
    module = module_of(path)
    for number, line in enumerate(path.read_text().splitlines(), 1):
        at = f"{path.relative_to(ROOT)}:{number}"
        include = re.match(r'#include "operator/(\w+)/', line)
        if include and module and include[1] != module and include[1] not in MAY_INCLUDE[module]:
            yield f"{at}: {module} may not include operator/{include[1]}"
        if line.startswith('#include "cli/') and module != "cli":
            yield f"{at}: only cli includes cli"
        if CPPREST.search(line) and not path.name.startswith("cpprest_"):
            yield f"{at}: only operator/http/cpprest_transport.cc knows cpprestsdk"
        if module in ("decide", "simulate") and IMPURE.search(line):
            yield f"{at}: {module} is pure: no clock, log, thread, file, random number or environment"


def main():
    sources = [p for top in ("operator", "simulate", "cli", "app") for p in (ROOT / top).rglob("*") if p.suffix in (".cc", ".h")]
    found = [breach for path in sorted(sources) for breach in breaches(path)]
    print("\n".join(found) or f"{len(sources)} files keep to the layers")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
