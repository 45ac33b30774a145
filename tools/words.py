"""Make pseudonymise/text/words/dutch.txt.xz from the word list of Debian's package wdutch.

Run as ``python tools/words.py /usr/share/dict/dutch``. Only the words that are written in lower case are taken: the
list also has names of people and places, with a capital.
"""

import lzma
import sys
from pathlib import Path

OUT = Path(__file__).parent.parent / "pseudonymise" / "text" / "words" / "dutch.txt.xz"


def main() -> None:
    words = Path(sys.argv[1]).read_text("utf-8").splitlines()
    ordinary = sorted({word for word in words if word == word.lower() and word[:1].isalpha() and " " not in word})
    OUT.write_bytes(lzma.compress("\n".join(ordinary).encode(), preset=9 | lzma.PRESET_EXTREME))
    print(f"{OUT}: {len(ordinary)} words")


if __name__ == "__main__":
    main()
