"""One jq expression over one value, as a program: JSON in, JSON out, in bounded time and memory.

Input: `expression`, `value`, `most` (results), `seconds` (of processor time). Output: `results` or `error`.
Imports nothing of ours: it is started for every expression.
"""

import itertools
import json
import resource
import sys

import jq

MEMORY_BYTES = 1 << 30
MOST_CHARACTERS = 4 << 20


def main() -> None:
    given = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_CPU, (given["seconds"], given["seconds"] + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        found = iter(jq.compile(given["expression"]).input_value(given["value"]))
        results = list(itertools.islice(found, given["most"]))
        if given["most"] > 1 and next(found, found) is not found:
            raise ValueError(f"finds more than {given['most']} values")
        text = json.dumps({"results": results})
        if len(text) > MOST_CHARACTERS:
            raise ValueError(f"finds more than {MOST_CHARACTERS} characters")
    except ValueError as error:
        text = json.dumps({"error": str(error)})
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
