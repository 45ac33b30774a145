"""What can be wrong before a delivery is open: signature, versions, checksums, tables and single values.

`pseudonymise.delivery` looks; here stands what its supplier is told, in both languages.
"""

from monitor.intake.rule import Finding, Rule, Severity, Words
from monitor.intake.rules.columns import MANIFEST, REMAKE_EN, REMAKE_NL
from pseudonymise.delivery import DeliveryError, Fault

FILE = "file"

RESEND_NL = "Maak de aanlevering opnieuw en verstuur het bestand zoals het is, zonder het te openen of te bewaren."
RESEND_EN = "Make the delivery again and send the file as it is, without opening or saving it."
SAME_NL = "Laat beide partijen dezelfde versie van verbetermonitor gebruiken en maak de aanlevering opnieuw."
SAME_EN = "Let both parties use the same version of verbetermonitor, and make the delivery again."

WORDS: dict[Fault, tuple[tuple[str, str], tuple[str, str]]] = {
    Fault.NO_DELIVERY: (
        ("het bestand is geen (hele) aanlevering", RESEND_NL),
        ("the file is not a (whole) delivery", RESEND_EN),
    ),
    Fault.TOO_LARGE: (
        ("het bestand pakt uit tot meer dan een aanlevering kan zijn", RESEND_NL),
        ("the file unpacks to more than a delivery can be", RESEND_EN),
    ),
    Fault.ENVELOPE_UNREADABLE: (
        ("de envelop is niet te lezen", RESEND_NL),
        ("the envelope cannot be read", RESEND_EN),
    ),
    Fault.SENDER_UNKNOWN: (
        (
            "de beheerder kent geen sleutel van de afzender",
            "Geef de beheerder het bestand <CODE>.verify uit uw map met sleutels.",
        ),
        ("the steward has no key of the sender", "Give the steward the file <CODE>.verify of your folder with keys."),
    ),
    Fault.SIGNATURE_WRONG: (
        (
            "de handtekening is niet van de afzender die de envelop noemt",
            "Gebruik dit bestand niet: vraag de instelling of zij het heeft gestuurd, en of <CODE>.verify nog klopt.",
        ),
        (
            "the signature is not of the sender that the envelope names",
            "Do not use this file: ask the institution whether it sent it, and whether <CODE>.verify is still right.",
        ),
    ),
    Fault.CHANGED_AFTER_SIGNING: (
        ("de inhoud is na het ondertekenen veranderd", RESEND_NL),
        ("the content was changed after it was signed", RESEND_EN),
    ),
    Fault.OTHER_FORMAT: (
        ("de aanlevering is gemaakt in een andere versie van het formaat", SAME_NL),
        ("the delivery was made in another version of the format", SAME_EN),
    ),
    Fault.OTHER_AGREEMENT: (
        ("de aanlevering is gemaakt onder een andere versie van de overeenkomst", SAME_NL),
        ("the delivery was made under another version of the agreement", SAME_EN),
    ),
    Fault.KEY_DOES_NOT_OPEN: (
        (
            "de inhoud is niet voor deze beheerder versleuteld",
            "Zet 'steward.recipient' van deze beheerder in uw map met sleutels en maak de aanlevering opnieuw.",
        ),
        (
            "the content is not encrypted to this steward",
            "Put 'steward.recipient' of this steward in your folder with keys and make the delivery again.",
        ),
    ),
    Fault.MANIFEST_UNREADABLE: (
        ("het manifest is niet te lezen", REMAKE_NL),
        ("the manifest cannot be read", REMAKE_EN),
    ),
    Fault.ENVELOPE_CONTRADICTS: (
        ("de envelop en de inhoud noemen een andere afzender of een andere dag", REMAKE_NL),
        ("the envelope and the content name another sender or another day", REMAKE_EN),
    ),
    Fault.OTHER_TABLES: (
        ("het manifest noemt andere tabellen dan die van een aanlevering", REMAKE_NL),
        ("the manifest names other tables than those of a delivery", REMAKE_EN),
    ),
    Fault.TABLE_DAMAGED: (
        ("het controlegetal van de tabel klopt niet", RESEND_NL),
        ("the checksum of the table is wrong", RESEND_EN),
    ),
    Fault.TABLE_UNREADABLE: (
        ("de tabel is niet te lezen als getallen en codes", REMAKE_NL),
        ("the table cannot be read as numbers and codes", REMAKE_EN),
    ),
    Fault.OTHER_ROW_COUNT: (
        ("de tabel heeft een ander aantal rijen dan het manifest noemt", REMAKE_NL),
        ("the table has another number of rows than the manifest names", REMAKE_EN),
    ),
    Fault.OTHER_COLUMNS: (
        ("de tabel heeft andere kolommen dan de overeenkomst", REMAKE_NL),
        ("the table has other columns than the agreement", REMAKE_EN),
    ),
    Fault.OUTSIDE_AGREEMENT: (
        ("er staat een waarde die de overeenkomst niet kent", REMAKE_NL),
        ("there is a value that the agreement does not know", REMAKE_EN),
    ),
    Fault.MANIFEST_OUTSIDE_AGREEMENT: (
        ("het manifest noemt iets dat de overeenkomst niet kent", REMAKE_NL),
        ("the manifest names something that the agreement does not know", REMAKE_EN),
    ),
}

# Nothing is counted of a file that was not opened whole: each of these is an error.
RULES = {fault: Rule(fault, Severity.ERROR, (), nl=Words(*nl), en=Words(*en)) for fault, (nl, en) in WORDS.items()}
OF_MANIFEST = (Fault.MANIFEST_UNREADABLE, Fault.OTHER_TABLES, Fault.MANIFEST_OUTSIDE_AGREEMENT)


def finding(error: DeliveryError) -> Finding:
    """What the reader of deliveries refused, as a finding."""
    table = error.table or (MANIFEST if error.code in OF_MANIFEST else FILE)
    rows = () if error.row is None else (error.row,)
    return Finding(RULES[error.code], table, rows, () if error.column is None else (error.column,))
