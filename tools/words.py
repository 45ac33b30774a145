"""Make the word lists in pseudonymise/text/words from those of Debian's packages wdutch and wamerican-small.

Run as ``python tools/words.py /usr/share/dict/dutch /usr/share/dict/american-english-small``. Taken are the words in
lower case, and of the Dutch those in capitals alone ("ADHD") and the adjectives of countries ("Syrische"): the lists
also have names of people and places, with a capital. Of the English, possessives are left out.
"""

import lzma
import sys
from pathlib import Path

OUT = Path(__file__).parent.parent / "pseudonymise" / "text" / "words"


def main() -> None:
    dutch, english = (Path(argument).read_text("utf-8").splitlines() for argument in sys.argv[1:])
    _write("dutch.txt.xz", {word for word in dutch if _is_dutch_word(word)})
    _write("english.txt.xz", {word for word in english if word.islower() and word.isalpha()})


def _is_dutch_word(word: str) -> bool:
    of_a_country = word.isalpha() and word.endswith(("isch", "ische", "aans", "aanse"))
    return word[:1].isalpha() and (word.islower() or word.isupper() or of_a_country)


def _write(name: str, words: set[str]) -> None:
    packed = lzma.compress("\n".join(sorted(words)).encode(), preset=9 | lzma.PRESET_EXTREME)
    OUT.joinpath(name).write_bytes(packed)
    print(f"{name}: {len(words)} words")


if __name__ == "__main__":
    main()
