"""Invented people for the exports: names from made-up syllables, numbers and addresses that belong to nobody.

A BSN starts with 999, as test numbers do, and passes the eleven test (*elfproef*), so that whoever looks for
BSN's finds it. Telephone numbers start with 06-00, which is no mobile number; streets and towns are on no
map, and house numbers lie above 2000.
"""

import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray

Texts = NDArray[np.object_]

# For each culture: beginnings and endings of first names; particles, beginnings and endings of family names.
SYLLABLES = (
    (
        ("Jel", "Fen", "Bru", "Tij", "Mar", "Ros", "Wie", "Lob", "Noor", "Sim"),
        ("mo", "neke", "tho", "linde", "wout", "rik", "bina", "sken", "elot", "je"),
        ("", "van ", "van der ", "de "),
        ("Kwel", "Zwin", "Brom", "Molt", "Elsk", "Grut", "Hoep", "Tjar", "Plan", "Wemel"),
        ("veen", "mans", "hoeve", "dijker", "stra", "berger", "ingh", "kamp", "aart", "gaard"),
    ),
    (
        ("Ay", "Em", "Yıl", "Gök", "Se", "De", "Ba", "Nu"),
        ("ran", "kan", "nur", "dem", "ria", "lek", "tuğ", "çin"),
        ("",),
        ("Kara", "Yıl", "Öz", "Ak", "Gün", "Çel", "Demi", "Ulu"),
        ("koçar", "bağlı", "türner", "danış", "soylu", "tepeli", "kırman", "güzer"),
    ),
    (
        ("Ya", "Sa", "Nou", "Il", "Ha", "Mou", "Fa", "Ra"),
        ("sina", "mira", "rad", "yas", "niyan", "doua", "tima", "chid"),
        ("El ", "Aït ", "Ben ", ""),
        ("Bou", "Azz", "Had", "Mok", "Zer", "Tal", "Ouar", "Chem"),
        ("mari", "aoudi", "louni", "idri", "akchi", "harti", "ssani", "ouzzi"),
    ),
    (
        ("Wi", "Ka", "Zo", "Bar", "Ma", "Jo", "Le", "Da"),
        ("tolda", "zimia", "slawa", "tek", "rzena", "ancia", "szko", "niel"),
        ("",),
        ("Wro", "Kow", "Szy", "Brz", "Mal", "Gor", "Nad", "Pie"),
        ("niecki", "alszyk", "mołek", "dzicka", "czewicz", "ślawska", "łęcki", "rzyna"),
    ),
    (
        ("Ra", "Shi", "Pre", "An", "Vi", "So", "In", "Ar"),
        ("vindra", "anti", "metha", "jali", "kesh", "nita", "dira", "wien"),
        ("",),
        ("Ram", "Bis", "Jag", "Soe", "Maha", "Bal", "Kal", "Gan"),
        ("persing", "deswar", "lalpat", "kisnath", "bhagoe", "dinesar", "gobardh", "charran"),
    ),
    (
        ("Te", "Sel", "Me", "Ha", "Yo", "Fre", "Ab", "Bi"),
        ("samawit", "hiwot", "rhawi", "bteab", "natan", "weyni", "raset", "niamel"),
        ("",),
        ("Ghebre", "Tesfa", "Habte", "Wolde", "Kidane", "Berhe", "Asme", "Zer"),
        ("kiros", "lidet", "mesken", "yohan", "selas", "tsion", "negash", "mariko"),
    ),
)
CULTURE_SHARES = (0.62, 0.09, 0.10, 0.06, 0.07, 0.06)

STREETS = (
    ("Kwelder", "Zilver", "Mosterd", "Pluvier", "Sleutel", "Hagel", "Lantaarn", "Wimpel", "Turf", "Bes"),
    ("wentelstraat", "hoekselaan", "tuimelpad", "dwaalweg", "krimpsingel", "rondeelhof"),
)
TOWNS = (
    ("Oost", "Nieuw", "Laag", "Klein", "Over", "Wester"),
    ("kwelveen", "molterdam", "brommelo", "zwindhorst", "tjarwoude"),
)

NOTES = (
    "Huisbezoek bij {first} {last} in {town}; moeder was aanwezig. Volgende afspraak over twee weken.",
    "Telefonisch contact met de vader van {first} ({phone}). Hij maakt zich zorgen over school.",
    "{first} woont tijdelijk bij oma aan de {street}, {postcode} {town}.",
    "Multidisciplinair overleg over gezin {last}: ambulante hulp aangevraagd.",
    'Mentor belt: {first} is drie dagen niet op school geweest. Citaat: "het gaat thuis niet goed".',
    "Brief gestuurd naar familie {last}, {street}, {postcode}. BSN {bsn} gecontroleerd.",
    "{first} {last} wil graag weer bij moeder wonen; omgang bespreken met de jeugdbeschermer.",
    "Geen gehoor op {phone}; voicemail ingesproken voor mevrouw {last}.",
    "Kennismaking met {first}. Rustig gesprek, vertrouwt het nog niet helemaal.",
    "Overdracht besproken met collega. Dossier {last} is volledig.",
    "Plan besproken met ouders {last}; zij tekenen volgende week.",
    "Wachtlijst: {first} krijgt voorlopig contact met de bereikbaarheidsdienst.",
)

# Letters that a Western European code page does not have.
WESTERN = str.maketrans("ğıışśłęİ", "giissleI")


def test_numbers() -> NDArray[np.int64]:
    """All numbers of nine digits that start with 999 and pass the eleven test, about 90,900."""
    numbers = np.arange(999_000_000, 1_000_000_000)
    digits = numbers[:, None] // 10 ** np.arange(8, -1, -1) % 10
    passes = digits @ np.array([9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 == 0
    return np.asarray(numbers[passes])


def invent(rng: Generator, cases: pd.DataFrame) -> pd.DataFrame:
    """Who stands behind each ``case``, a row a case, all text but ``birth_date``.

    Cases with the same ``person`` get the same person, and the same ``family`` the same name and address. No
    two people share a BSN, as long as there are test numbers enough: beyond that they are used again.
    """
    people, families = cases["person"].max() + 1, cases["family"].max() + 1
    person, family = cases["person"].to_numpy(), cases["family"].to_numpy()
    culture = rng.choice(len(SYLLABLES), families, p=CULTURE_SHARES)
    of_person = np.zeros(people, dtype=np.int64)
    of_person[person] = culture[family]
    first = _pick(rng, [_combine(a, b) for a, b, *_ in SYLLABLES], of_person)
    last = _pick(rng, [_combine(*parts) for _, _, *parts in SYLLABLES], culture)
    town = _pick(rng, [_combine(*TOWNS)], np.zeros(families, dtype=np.int64))
    street = _pick(rng, [_combine(*STREETS)], np.zeros(families, dtype=np.int64))
    numbers = np.resize(rng.permutation(test_numbers()).astype(str).astype(object), people)
    letters = np.array(list("ABCDEFGHJKLMNPRTVWXZ"), dtype=object)
    houses = rng.integers(2001, 3000, families).astype(str).astype(object)
    digits = rng.integers(3700, 7400, families).astype(str).astype(object)
    pair = rng.choice(letters, families) + rng.choice(letters, families)
    phones = "06-00" + rng.integers(100_000, 1_000_000, families).astype(str).astype(object)
    found = pd.DataFrame(
        {
            "case": cases["case"].to_numpy(),
            "sample": "verzonnen",
            "bsn": numbers[person],
            "first": first[person],
            "last": last[family],
            "birth_date": cases["birth_date"].to_numpy(),
            "sex": rng.choice(np.array(["V", "M"], dtype=object), people)[person],
            "street": (street + " " + houses)[family],
            "postcode": (digits + " " + pair)[family],
            "town": town[family],
            "phone": phones[family],
        }
    )
    texts = (found[field].tolist() for field in ("bsn", "first", "last", "street", "postcode", "town", "phone"))
    which = rng.integers(0, len(NOTES), len(found)).tolist()
    found["note"] = [
        NOTES[n].format(bsn=bsn, first=first, last=last, street=street, postcode=postcode, town=town, phone=phone)
        for n, bsn, first, last, street, postcode, town, phone in zip(which, *texts, strict=True)
    ]
    return found


def _combine(*parts: tuple[str, ...]) -> Texts:
    texts = [""]
    for part in parts:
        texts = [text + syllable for text in texts for syllable in part]
    return np.array(texts, dtype=object)


def _pick(rng: Generator, pools: list[Texts], which: NDArray[np.int64]) -> Texts:
    """For each element a text from the pool with that number."""
    found = np.empty(len(which), dtype=object)
    for number, pool in enumerate(pools):
        rows = which == number
        found[rows] = rng.choice(pool, int(rows.sum()))
    return found
