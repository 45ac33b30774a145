"""iJw 3.2 messages (*berichtenverkeer Jeugdwet*) in, one row for each case out.

Read as a stream and by local name; of every message only the elements below are looked at, and the rest (names,
BSN's, birth dates, remarks) is dropped as it goes by. Corrections come first: of what was sent more than once the
last counts, and what was removed last (StatusAanlevering 3) does not. A message with a document type, a file over
25 MB and another version are refused. Rules: docs/reference/sources.md, "iJw".
"""

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
from lxml import etree

from pseudonymise.errors import UNREADABLE_ZIP, UserError
from pseudonymise.problems import Finding, Place, findings
from pseudonymise.sources.mapping import IjwSource
from pseudonymise.sources.table import Table

LARGEST_BYTES = 25 * 1024 * 1024  # rule OP179
VERSION = ("3", "2")
FIRST, REMOVED = "1", "3"  # StatusAanlevering; rule CS058 knows no other
FOR_NOW = "20"  # RedenBeeindiging (JZ588): a stop that is no end
REJECTED = "1"  # VerzoekAntwoord


@dataclass(frozen=True)
class Message:
    """A kind of message: the element that it repeats, and which elements of that must be filled in."""

    name: str
    product: str
    required: tuple[str, ...]


MESSAGES = {  # by BerichtCode
    "436": Message("JW301", "ToegewezenProduct", ("ToewijzingNummer",)),
    "438": Message("JW305", "StartProduct", ("ToewijzingNummer", "Begindatum", "StatusAanlevering")),
    "440": Message(
        "JW307",
        "StopProduct",
        ("ToewijzingNummer", "Begindatum", "Einddatum", "RedenBeeindiging", "StatusAanlevering"),
    ),
    "446": Message("JW315", "AangevraagdProduct", ("ReferentieAanbieder",)),
    "488": Message("JW319", "Antwoord", ("ReferentieAanbieder", "VerzoekAntwoord")),
    "490": Message("JW323", "Prestatie", ("ToewijzingNummer",)),
}
OF_NO_USE = {
    "437": "JW302",
    "439": "JW306",
    "441": "JW308",
    "447": "JW316",
    "486": "JW317",
    "487": "JW318",
    "489": "JW320",
    "491": "JW325",
}

# All that is read of a product, and under which name it is kept.
KEPT = {
    "ToewijzingNummer": "ToewijzingNummer",
    "ReferentieAanbieder": "ReferentieAanbieder",
    "BeschikkingIngangsdatum": "BeschikkingIngangsdatum",
    "Begindatum": "Begindatum",
    "Einddatum": "Einddatum",
    "RedenBeeindiging": "RedenBeeindiging",
    "StatusAanlevering": "StatusAanlevering",
    "VerzoekAntwoord": "VerzoekAntwoord",
    "Categorie": "ProductCategorie",
    "ProductCategorie": "ProductCategorie",
    "Code": "ProductCode",
    "ProductCode": "ProductCode",
}
FIELDS = tuple(dict.fromkeys(KEPT.values()))
HEADER = (
    "BerichtCode",
    "BerichtVersie",
    "BerichtSubversie",
    "Afzender",
    "Ontvanger",
    "Identificatie",
    "Dagtekening",
)
# In any namespace: where reading stops to look, and what is looked at there.
STOPS = tuple(f"{{*}}{tag}" for tag in ("Header", "Client", *(message.product for message in MESSAGES.values())))
HEADER_TAGS = tuple(f"{{*}}{tag}" for tag in HEADER)
KEPT_TAGS = tuple(f"{{*}}{tag}" for tag in KEPT)
COLUMNS = ("message", "file", "row", "Gemeente", "day", "identification", *FIELDS)


def read_ijw(
    paths: Sequence[Path],
    source: IjwSource,
    found: list[Finding],
    progress: Callable[[str], None] = lambda _: None,
) -> Table:
    """One row for each case that the messages tell of, by the key that the mapping chooses.

    ``found`` gets every product that is set aside, with its file and its place in the message (from 1), so that
    products read are products used, replaced, removed or reported. UserError for a file that is refused.
    """
    products = read_products(paths, found, progress)
    complete = _complete(products, found)
    live = _live(complete, found)
    told, answers = _of_cases(live, source, found)
    used = len(told) + answers
    tally = {
        "producten gelezen": len(products),
        "gebruikt": used,
        "vervangen of verwijderd": len(complete) - len(live),
        "overgeslagen en gemeld": len(products) - len(complete) + len(live) - used,
    }
    return _joined_by_case(told, source, tally)


def read_products(
    paths: Sequence[Path], found: list[Finding], progress: Callable[[str], None] = lambda _: None
) -> pd.DataFrame:
    """Every product in the messages, whatever it says: a column for each of COLUMNS, of which all but ``row`` are text.

    ``found`` gets the messages that say nothing of a case. UserError for a file that is refused.
    """
    columns: dict[str, list[str]] = {name: [] for name in COLUMNS}
    for path in paths:
        progress(f"{path.name} lezen")
        for name, content in _messages(path):
            with content:
                _read_message(name, content, columns, found)
    products = pd.DataFrame({name: pd.Series(texts, dtype="category") for name, texts in columns.items()})
    products["row"] = products["row"].astype("int64")
    return products


def _messages(path: Path) -> Iterator[tuple[str, BinaryIO]]:
    """Each XML message of a file or a zip file, with the name to speak of it by. None is larger than 25 MB."""
    if path.suffix.casefold() != ".zip":
        if path.stat().st_size > LARGEST_BYTES:
            raise _too_large(path.name)
        yield path.name, path.open("rb")
        return
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if info.is_dir():
                    continue
                # The size in the zip's directory can lie: read no more than one byte past the limit.
                with archive.open(info) as member:
                    content = member.read(LARGEST_BYTES + 1)
                # A name in the zip is as its maker chose it: unless it is plainly of a message, it may be of a person.
                name = f"{path.name}/{Path(info.filename).name}" if MESSAGE_FILE.fullmatch(info.filename) else path.name
                if len(content) > LARGEST_BYTES:
                    raise _too_large(name)
                yield name, io.BytesIO(content)
    except UNREADABLE_ZIP:
        raise UserError(f"{path.name}: is geen (heel) zip-bestand zonder wachtwoord. Pak opnieuw in.") from None


MESSAGE_FILE = re.compile(r"(?:[\w-]+/)*(?:jw|JW)3\d\d[\d_-]{0,20}\.(?:xml|XML)")


def _too_large(name: str) -> UserError:
    return UserError(f"{name}: is groter dan de 25 MB die een iJw-bericht mag zijn. Lever de berichten zelf aan.")


def _read_message(name: str, content: BinaryIO, columns: dict[str, list[str]], found: list[Finding]) -> None:
    """Add the products of one message; UserError when it is no message of iJw 3.2 that can be trusted."""
    message: Message | None = None
    header: dict[str, str] = {}
    number = 0
    try:
        # No entity is ever replaced, nothing is fetched, and the limits of libxml2 on depth and text hold.
        parser = etree.iterparse(
            content,
            events=("end",),
            tag=STOPS,
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        for _, element in parser:
            if not header:
                _refuse_document_type(name, element)
            tag = _local_name(element)
            if tag == "Header":
                if header:
                    raise UserError(f"{name}: heeft meer dan een header. Lever elk bericht apart aan.")
                header = {_local_name(part): part.text or "" for part in element.iter(*HEADER_TAGS)}
                message = _kind(name, header, found)
            elif tag != "Client":
                if not header:
                    raise UserError(
                        f"{name}: begint niet met een header. Lever het bericht aan zoals het verstuurd is."
                    )
                if message is not None and tag == message.product:
                    number += 1
                    _add(columns, name, number, message, header, element)
            element.clear()
        _refuse_document_type(name, parser.root)
    except etree.XMLSyntaxError as error:
        # Its message can quote the text: only the line is passed on.
        raise UserError(
            f"{name}, regel {error.lineno}: is geen leesbare XML. Lever het bericht aan zoals het verstuurd is."
        ) from None
    if not header:
        raise UserError(f"{name}: is geen iJw-bericht (geen Header). Laat het weg.")


def _refuse_document_type(name: str, element: etree._Element) -> None:
    """No iJw message has a document type: it serves to define entities, and so to bomb or to fetch."""
    if element.getroottree().docinfo.doctype:
        raise UserError(f"{name}: bevat een documenttype (DTD). Een iJw-bericht heeft die niet: vertrouw het niet.")


def _kind(name: str, header: dict[str, str], found: list[Finding]) -> Message | None:
    """What message this is; None for a known kind that says nothing of a case."""
    version = header.get("BerichtVersie", ""), header.get("BerichtSubversie", "")
    if version != VERSION:
        raise UserError(f"{name}: is geen iJw {'.'.join(VERSION)}. Een andere versie kan iets anders betekenen.")
    municipality = [
        code for code in (header.get("Afzender", ""), header.get("Ontvanger", "")) if _is_municipality(code)
    ]
    if len(municipality) != 1:
        raise UserError(f"{name}: Afzender of Ontvanger moet een gemeente zijn (vier cijfers), en een van beide.")
    header["Gemeente"] = municipality[0]
    code = header.get("BerichtCode", "")
    if code in OF_NO_USE:
        found.append(
            Finding("message_of_no_use", name, 0, "BerichtCode", f"een {OF_NO_USE[code]} zegt niets over een zaak.")
        )
        return None
    if code not in MESSAGES:
        known = ", ".join(message.name for message in MESSAGES.values())
        raise UserError(f"{name}: de BerichtCode is onbekend; verwacht {known}. Laat het bericht weg.")
    return MESSAGES[code]


def _is_municipality(code: str) -> bool:
    return re.fullmatch("[0-9]{4}", code) is not None


def _local_name(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _add(
    columns: dict[str, list[str]],
    file: str,
    number: int,
    message: Message,
    header: dict[str, str],
    product: etree._Element,
) -> None:
    values = dict.fromkeys(FIELDS, "")
    for part in product.iter(*KEPT_TAGS):
        field = KEPT[_local_name(part)]
        values[field] = values[field] or (part.text or "").strip()
    values |= {
        "message": message.name,
        "file": file,
        "row": str(number),
        "Gemeente": header["Gemeente"],
        "day": header.get("Dagtekening", ""),
        "identification": header.get("Identificatie", "").zfill(12),  # so that 9 comes before 10
    }
    for name, text in values.items():
        columns[name].append(text)


def _places(products: pd.DataFrame, column: str) -> Place:
    return Place.under(column, products["file"].astype(object).to_numpy(), products["row"].to_numpy())


def _complete(products: pd.DataFrame, found: list[Finding]) -> pd.DataFrame:
    """The products that say what they must; the others are reported, once each."""
    wrong = np.zeros(len(products), dtype=bool)

    def report(rule: str, column: str, rows: pd.Series, text: str) -> None:
        fresh = rows.to_numpy() & ~wrong
        found.extend(findings(rule, _places(products, column), fresh, lambda _: f"{text} Het product is overgeslagen."))
        wrong[fresh] = True

    for message in MESSAGES.values():
        of_kind = products["message"] == message.name
        for field in message.required:
            report("element_missing", field, of_kind & (products[field] == ""), "is leeg, maar nodig.")
    numbers = products["ToewijzingNummer"]
    number = numbers.map(lambda text: text == "" or re.fullmatch("[0-9]{1,9}", text) is not None).astype(bool)
    report("assignment_number", "ToewijzingNummer", ~number, "is geen nummer van hoogstens negen cijfers.")
    status = products["StatusAanlevering"]
    report(
        "status_unknown",
        "StatusAanlevering",
        ~status.isin(["", FIRST, REMOVED]),
        f"verwacht {FIRST} (eerste) of {REMOVED} (verwijderen), regel CS058.",
    )
    return products[~wrong]


def _live(products: pd.DataFrame, found: list[Finding]) -> pd.DataFrame:
    """What still stands: of the same product the last message, unless that removes it.

    Order: by day of the message, then by its identification, then by place in it. What makes products the same is
    the logical key of the standard: the assignment and the start date, and for a stop its reason too.
    """
    ordered = products.assign(
        **{name: products[name].astype("str") for name in ("day", "identification", "file")}
    ).sort_values(["day", "identification", "file", "row"], kind="stable")
    assignment = ordered["Gemeente"].astype("str") + "/" + ordered["ToewijzingNummer"].astype("str")
    reference = ordered["ReferentieAanbieder"].astype("str")
    begin, reason = ordered["Begindatum"].astype("str"), ordered["RedenBeeindiging"].astype("str")
    kind = ordered["message"].astype("str")
    key = kind + "|" + assignment.where(~kind.isin(["JW315", "JW319"]), reference)
    key = key.where(~kind.isin(["JW305", "JW307", "JW323"]), key + "|" + begin)
    key = key.where(kind != "JW307", key + "|" + reason)
    removal = ordered["StatusAanlevering"] == REMOVED
    unfounded = removal & ~key.duplicated()
    found += findings(
        "nothing_to_remove",
        _places(ordered, "StatusAanlevering"),
        unfounded.to_numpy(),
        lambda _: "verwijdert iets dat niet eerder is aangeleverd. Lever ook de oudere berichten aan.",
    )
    last = ~key.duplicated(keep="last")
    return ordered.assign(
        Toewijzing=assignment.where(ordered["ToewijzingNummer"] != "", ""), ReferentieAanbieder=reference
    )[last & ~removal]


def _of_cases(live: pd.DataFrame, source: IjwSource, found: list[Finding]) -> tuple[pd.DataFrame, int]:
    """The products that stand and are of a case, with its key; and how many answers were of use."""
    kind = live["message"].astype("str")
    # A reference is known of an assignment when the municipality repeated it in its JW301.
    assigned = live[(kind == "JW301") & (live["ReferentieAanbieder"] != "")]
    reference_of = assigned.drop_duplicates("Toewijzing", keep="last").set_index("Toewijzing")["ReferentieAanbieder"]
    reference = live["ReferentieAanbieder"].where(
        live["ReferentieAanbieder"] != "", _looked_up(live["Toewijzing"], reference_of)
    )
    answers = live[kind == "JW319"].set_index("ReferentieAanbieder")["VerzoekAntwoord"]
    turned_down = reference.isin(answers.index[(answers == REJECTED).to_numpy()]) & ~reference.isin(reference_of)
    if source.columns["case"] == "ReferentieAanbieder":
        case, missing = reference, "hoort bij geen verzoek of toewijzing met een ReferentieAanbieder."
    else:
        of_reference = assigned.drop_duplicates("ReferentieAanbieder").set_index("ReferentieAanbieder")["Toewijzing"]
        case = live["Toewijzing"].where(live["Toewijzing"] != "", _looked_up(reference, of_reference))
        missing = "hoort bij geen toewijzing."
    request = kind == "JW315"
    lost = (kind == "JW319") & ~reference.isin(set(reference[kind != "JW319"]))
    for rule, rows, text in (
        ("request_rejected", request & turned_down, "de gemeente heeft dit verzoek afgewezen (JW319)."),
        ("no_case", (case == "") & ~(request & turned_down) & (kind != "JW319"), missing),
        ("no_case", lost, "hoort bij geen verzoek."),
    ):
        place = _places(live, source.columns["case"])
        found += findings(rule, place, rows.to_numpy(), lambda _, text=text: f"{text} Overgeslagen.")  # type: ignore[misc]
    of_a_case = (case != "") & ~turned_down & (kind != "JW319")
    told = live.assign(case=case)[of_a_case].reset_index(drop=True)
    if told.empty:
        raise UserError("De iJw-berichten vertellen van geen enkele zaak. Lever ook de verzoeken en toewijzingen aan.")
    return told, int(((kind == "JW319") & ~lost).sum())


def _looked_up(keys: pd.Series, values: pd.Series) -> pd.Series:
    """Of each key its value; "" where there is none."""
    return pd.Series(values.reindex(keys, fill_value="").to_numpy(), index=keys.index, dtype="str")


# Where a product code or a municipality is best taken from: what the municipality assigned, else what was asked.
BY_WEIGHT = ("JW301", "JW315", "JW305", "JW307", "JW323")


def _joined_by_case(told: pd.DataFrame, source: IjwSource, tally: dict[str, int]) -> Table:
    kind = told["message"].astype("str")
    weighed = told.assign(weight=kind.map({name: place for place, name in enumerate(BY_WEIGHT)})).sort_values(
        "weight", kind="stable"
    )
    cases = pd.Index(told["case"].unique())

    def first_of(rows: pd.DataFrame) -> pd.DataFrame:
        return rows.drop_duplicates("case").set_index("case").reindex(cases)

    home = first_of(weighed)
    asked = told[(kind == "JW315") & (told["BeschikkingIngangsdatum"] != "")].astype({"BeschikkingIngangsdatum": "str"})
    parts = {
        "case": home.reset_index(names="case"),
        "municipality": home,
        "measure_type": first_of(weighed[weighed[source.columns.get("measure_type", "ProductCode")] != ""]),
        "court_order": first_of(asked.sort_values("BeschikkingIngangsdatum", kind="stable")),
        "ended": first_of(_ends(told, kind)),
    }
    parts["end_reason"] = parts["ended"]
    frame, places = pd.DataFrame({"case": pd.Series(cases, dtype="str")}), {}
    for field, element in source.columns.items():
        part = parts[field]
        at_home = part["file"].isna().to_numpy()  # what a case lacks is to be looked for where the case itself stands
        places[field] = Place.under(
            element,
            np.where(at_home, home["file"].to_numpy(dtype=object), part["file"].to_numpy(dtype=object)),
            np.where(at_home, home["row"], part["row"].fillna(0)).astype(np.int64),
        )
        if field != "case":
            frame[field] = part[element].astype("str").fillna("").astype("category").to_numpy()
            frame[field] = frame[field].astype("category")
    return Table(frame, places, tally)


def _ends(told: pd.DataFrame, kind: pd.Series) -> pd.DataFrame:
    """The last stop of each case that has ended: of which no assignment runs, or ran again after its stop.

    A stop for now is no end. Dates are text in the form JJJJ-MM-DD, so their order is that of the days, impossible
    ones (31 June) included.
    """
    stops = told[(kind == "JW307") & (told["RedenBeeindiging"] != FOR_NOW)]
    stops = stops.assign(Einddatum=stops["Einddatum"].astype("str")).sort_values("Einddatum", kind="stable")
    # A stop covers its own start, also when its end lies before that by mistake.
    begin = stops["Begindatum"].astype("str")
    covered = stops["Einddatum"].where(stops["Einddatum"] >= begin, begin).groupby(stops["Toewijzing"]).max()
    starts = told[kind == "JW305"]
    begun = starts["Begindatum"].astype("str").groupby(starts["Toewijzing"]).max()
    running = begun.index[(covered.reindex(begun.index, fill_value="") < begun).to_numpy()]
    open_cases = told.loc[(kind == "JW305") & told["Toewijzing"].isin(running), "case"]
    ended = stops[~stops["case"].isin(set(open_cases))]
    return ended.drop_duplicates("case", keep="last")
