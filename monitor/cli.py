"""The subcommands of the shared side of `verbetermonitor`."""

import tomllib
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import typer
from rich.console import Console
from rich.progress import Progress, track

from monitor.access.commands import grant, trail_app
from monitor.access.roles import Role, RoleKind, parse_role
from monitor.agenda.action import Action
from monitor.agenda.book import enter_all
from monitor.agenda.notes import Entry, enter_notes
from monitor.catalogue import load_text_levels
from monitor.catalogue.expected import load_expected
from monitor.intake.load import COMMAND, Refused, load
from monitor.intake.receipt import Receipt
from monitor.intake.report import to_csv, to_html, to_text
from monitor.intake.sheets.write import write_template
from monitor.linked.commands import roads
from monitor.locale import DUTCH, LANGUAGES
from monitor.narrative.changes import changes_sentences
from monitor.release.attack.audit import audit
from monitor.release.attack.report import to_markdown
from monitor.release.baselines import record_baseline
from monitor.release.cell import ALL, MissingReason, SuppressedReason
from monitor.release.confirm import confirm, withdraw
from monitor.release.plan import parts_of_a_release
from monitor.release.publish import Report, find_release, publish
from monitor.release.retain import AnyDue, DueEvents, DueNames, DueSheet, Reason, find_due, retain
from monitor.release.status import NAMES, Erratum, Kind, name_of
from monitor.statistics.spc import Change
from monitor.store.engine import open_engine
from monitor.store.migrations import downgrade, upgrade
from pseudonymise.agreement import Record
from pseudonymise.errors import UserError
from pseudonymise.keys import load_steward_keys
from pseudonymise.text import Level, Span, check, find

T = TypeVar("T", bound=Record)
KeysFolder = Annotated[
    Path, typer.Option("--keys", envvar="VERBETERMONITOR_KEYS", help="Map met de sleutels van de beheerder.")
]

By = Annotated[
    str,
    typer.Option("--by", envvar="VERBETERMONITOR_USER", help="Wie dit doet; wordt vastgelegd."),
]

INSTEAD: dict[str, str] = {
    SuppressedReason.SMALL_COUNT: "minder dan 10",
    SuppressedReason.FEW_CASES: "te weinig zaken voor dit cijfer",
    SuppressedReason.NOISE: "de bescherming zou te zwaar wegen",
    SuppressedReason.DOMINANCE: "een instelling zou de rest kunnen uitrekenen",
    SuppressedReason.NOISE_RANGE: "het oordeel zou van de bescherming afhangen",
    SuppressedReason.DIFFERENCE: "met andere cijfers zou een klein aantal te berekenen zijn",
    MissingReason.NOT_DELIVERED: "niet aangeleverd",
    MissingReason.NOT_IN_SOURCE: "niet in de bron",
    MissingReason.NOT_ACTIVE: "de instelling werkt daar niet",
    MissingReason.NO_CASES: "geen zaken",
    MissingReason.UNDETERMINABLE: "nog niet te bepalen",
    MissingReason.INCOMPLETE: "te onvolledig geregistreerd",
    MissingReason.NOT_FINAL: "nog niet definitief",
    MissingReason.NOT_REACHED: "niet bereikt binnen de looptijd",
    MissingReason.NEEDS_LINKAGE: "vraagt koppeling",
    MissingReason.SHORT_SERIES: "te korte reeks om verandering van toeval te scheiden",
    MissingReason.NO_REFERENCE: "niets om mee te vergelijken",
}


# The report back to who sent the files, by the suffix of its file.
REPORTS: dict[str, Callable[[Sequence[Receipt]], bytes]] = {
    ".html": lambda receipts: to_html(receipts, DUTCH).encode(),
    ".csv": lambda receipts: to_csv(receipts, DUTCH),
}


def register(app: typer.Typer) -> None:
    """Add the subcommands of the shared side to the command of the institution's side."""
    app.command("load")(load_deliveries)
    app.command("template")(template)
    app.command("release")(make_release)
    app.command("audit")(audit_release)
    app.command("confirm")(confirm_release)
    app.command("withdraw")(withdraw_release)
    app.command("rebase")(rebase)
    app.command("retain")(retain_deliveries)
    app.command("migrate")(migrate)
    app.command("agenda")(enter_actions)
    app.command("notes")(write_notes)
    app.command("report")(report)
    app.command("demo")(demo)
    app.command("serve")(serve)
    app.add_typer(grant, name="grant")
    app.add_typer(trail_app, name="trail")
    app.add_typer(roads, name="roads")


def load_deliveries(
    deliveries: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Aanleveringen (.zip) en ingevulde sjablonen (.xlsx).")
    ],
    keys: KeysFolder = Path("var/keys"),
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Schrijf de terugmelding hier ook, als .html of .csv.")
    ] = None,
    by: By = COMMAND,
) -> None:
    """Laad aanleveringen en ingevulde sjablonen in de opslag: alle samen, of geen enkele."""
    if report and report.suffix not in REPORTS:
        raise UserError(f"{report}: verwacht een bestand dat op .html of .csv eindigt.")
    if report and not report.parent.is_dir():
        raise UserError(f"{report}: de map bestaat niet. Maak haar eerst; er is niets geladen.")
    steward = load_steward_keys(keys)
    engine = open_engine()
    try:
        upgrade(engine)
        progress = track(deliveries, "Aanleveringen controleren", console=Console(stderr=True), transient=True)
        receipts: Sequence[Receipt] = load(engine, progress, steward, name_of(by))
    except Refused as refused:
        if report:
            report.write_bytes(REPORTS[report.suffix](refused.receipts))
        raise
    finally:
        engine.dispose()
    if report:
        report.write_bytes(REPORTS[report.suffix](receipts))
    for receipt in receipts:
        typer.echo(to_text(receipt, DUTCH))


def template(
    name: Annotated[str, typer.Argument(metavar="NAME", help=f"Een van {', '.join(load_expected().templates)}.")],
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="De werkmap (.xlsx); anders NAME.xlsx.")] = None,
) -> None:
    """Maak een leeg sjabloon om in te vullen, met uitleg en keuzelijsten."""
    if name not in load_expected().templates:
        raise UserError(f"'{name}' is geen sjabloon; verwacht een van {', '.join(load_expected().templates)}.")
    target = out or Path(f"{name}.xlsx")
    if target.exists():
        raise UserError(
            f"{target}: bestaat al. Kies een andere naam met --out: een ingevuld sjabloon gaat niet verloren."
        )
    target.write_bytes(write_template(name, date.today()))
    typer.echo(f"{target} is gemaakt. Vul het werkblad Invullen in; Toelichting zegt wat waar hoort.")


def make_release(
    label: Annotated[str, typer.Argument(metavar="LABEL", help="Kwartaal tot en met welk, zoals 2026Q3.")],
    by: By = "",
    kind: Annotated[
        Literal["provisional", "final"] | None,
        typer.Option(help="Voorlopig of definitief; anders zo ver als de aanleveringen toelaten."),
    ] = None,
    erratum: Annotated[bool, typer.Option("--erratum", help="Rectificeer de nieuwste uitgave.")] = False,
    reason: Annotated[str, typer.Option(help="Reden van de rectificatie, zoals lezers die zien.")] = "",
    indicator: Annotated[list[str] | None, typer.Option(metavar="CODE", help="Wat opnieuw wordt berekend.")] = None,
    institution: Annotated[list[str] | None, typer.Option(metavar="CODE", help="Van wie.")] = None,
    period: Annotated[list[str] | None, typer.Option(metavar="PERIODE", help="Over welk kwartaal of jaar.")] = None,
) -> None:
    """Maak een uitgave: alle cijfers beschermd, aangevallen en vastgelegd, of niets. Zichtbaar na bevestiging."""
    named = tuple(frozenset(codes or ()) for codes in (indicator, institution, period))
    if not erratum and (reason or any(named)):
        raise UserError("--reason, --indicator, --institution en --period horen bij een rectificatie: --erratum.")
    if erratum and kind:
        raise UserError("Een rectificatie is voorlopig noch definitief: laat --kind weg.")
    if erratum:
        check(reason, load_text_levels().erratum_reason, "--reason")
    engine = open_engine()
    try:
        upgrade(engine)
        with Progress(console=Console(stderr=True), transient=True) as progress:
            attacked = progress.add_task("", total=None, visible=False)
            report = publish(
                engine,
                label,
                datetime.now(UTC),
                by,
                attack=lambda connection, release_id: audit(
                    connection,
                    release_id,
                    lambda what: progress.update(attacked, description=f"Aanval: {what}", visible=True),
                ),
                kind=Kind(kind) if kind else None,
                erratum=Erratum(reason, *named) if erratum else None,
                progress=lambda batches: progress.track(
                    batches, total=parts_of_a_release(), description="Cijfers beschermen"
                ),
            )
    finally:
        engine.dispose()
    typer.echo(describe_release(report))


def audit_release(
    release: Annotated[str, typer.Argument(metavar="RELEASE", help="Uitgave, zoals 2026Q3 of 2026Q2-final.")],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Schrijf de uitkomst hier ook, als .json of .md.")
    ] = None,
) -> None:
    """Val een uitgave opnieuw aan, en zeg wat elke aanvaller er op zijn meest van leert."""
    if out and out.suffix not in (".json", ".md"):
        raise UserError(f"{out}: verwacht een bestand dat op .json of .md eindigt.")
    engine = open_engine()
    try:
        upgrade(engine)
        with engine.connect() as connection, Console(stderr=True).status("") as status:
            release_id = find_release(connection, release)
            found = audit(connection, release_id, lambda what: status.update(f"Aanval: {what}"))
    finally:
        engine.dispose()
    page = to_markdown(found)
    if out:
        out.write_text(found.model_dump_json(indent=2) if out.suffix == ".json" else page, "utf-8")
    typer.echo(page, nl=False)
    if not found.passed:
        raise typer.Exit(1)


def confirm_release(
    label: Annotated[str, typer.Argument(metavar="LABEL", help="Kwartaal van de uitgave, zoals 2026Q3.")],
    by: By = "",
) -> None:
    """Bevestig een uitgave die een ander maakte. Vanaf dat moment is die te zien, en verandert niet meer."""
    engine = open_engine()
    try:
        upgrade(engine)
        code = confirm(engine, label, by, datetime.now(UTC))
    finally:
        engine.dispose()
    typer.echo(f"{code} is bevestigd en te zien.")


def withdraw_release(
    label: Annotated[str, typer.Argument(metavar="LABEL", help="Kwartaal van de uitgave, zoals 2026Q3.")],
    by: By = COMMAND,
) -> None:
    """Trek een uitgave in die nog op bevestiging wacht. Niemand heeft die gezien."""
    engine = open_engine()
    try:
        upgrade(engine)
        code = withdraw(engine, label, by, datetime.now(UTC))
    finally:
        engine.dispose()
    typer.echo(f"{code} is ingetrokken.")


def rebase(
    indicator: Annotated[str, typer.Argument(metavar="INDICATOR", help="Code van een stap, klok of stroom.")],
    first: Annotated[str, typer.Option("--from", metavar="KWARTAAL", help="Eerste kwartaal met nieuwe grenzen.")],
    change: Annotated[Change, typer.Option(help="Wat er veranderde.")],
    why: Annotated[str, typer.Option(help="De oorzaak in woorden, zonder personen.")],
    lasting: Annotated[bool, typer.Option("--lasting", help="De verandering zal naar verwachting blijven.")] = False,
    region: Annotated[str, typer.Option(metavar="CODE")] = ALL,
    institution: Annotated[str, typer.Option(metavar="CODE")] = ALL,
    measure_group: Annotated[str, typer.Option(metavar="CODE")] = ALL,
    by: By = "",
) -> None:
    """Leg vast dat een reeks nieuwe grenzen krijgt. De volgende uitgave tekent ze; de oude blijven te zien."""
    check(why, load_text_levels().baseline_why, "--why")
    engine = open_engine()
    try:
        upgrade(engine)
        owner = (region, institution, measure_group)
        record_baseline(engine, indicator, owner, first, change, why, lasting, by, datetime.now(UTC))
    finally:
        engine.dispose()
    typer.echo(f"{indicator} heeft vanaf {first} nieuwe grenzen; te zien in de volgende uitgave.")


def retain_deliveries(
    yes: Annotated[bool, typer.Option("--yes", help="Wis; anders wordt alleen getoond wat zou worden gewist.")] = False,
    by: By = "",
) -> None:
    """Wis de tellingen waarvan de bewaartermijn voorbij is: van aanleveringen en van vervangen spreadsheets.

    De regel in de historie blijft."""
    engine = open_engine()
    now = datetime.now(UTC)
    try:
        upgrade(engine)
        if yes:
            due = retain(engine, by, now)
        else:
            with engine.connect() as connection:
                due = find_due(connection, now)
    finally:
        engine.dispose()
    typer.echo(describe_retention(due, erased=yes))


def migrate(
    to: Annotated[str, typer.Option(metavar="VERSIE", help="Een eerdere versie, om naar terug te gaan.")] = "",
) -> None:
    """Breng de opslag naar de versie van dit programma, of terug naar een eerdere als daarbij niets verloren gaat."""
    engine = open_engine()
    try:
        if to:
            downgrade(engine, to)
        else:
            upgrade(engine)
    finally:
        engine.dispose()
    typer.echo(f"De opslag heeft versie {to}." if to else "De opslag heeft de versie van dit programma.")


def enter_actions(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Acties als [[actions]] in TOML.")],
) -> None:
    """Schrijf acties uit een bestand in de verbeteragenda: elk als de kwartiermaker van de regio."""
    actions = _read_all(file, "actions", Action, "agenda.toml")
    entries = [(Role(RoleKind.QUARTERMASTER, action.region), action) for action in actions]
    engine = open_engine()
    try:
        for written in enter_all(engine, entries, partial(_find, load_text_levels().agenda), datetime.now(UTC)):
            typer.echo(f"{written.action.region}: actie {written.number} is vastgelegd.")
    finally:
        engine.dispose()


def write_notes(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Duidingen als [[notes]] in TOML.")],
) -> None:
    """Schrijf duidingen met hun antwoorden uit een bestand, elk in zijn rol."""
    entries = _read_all(file, "notes", Entry, "notes.toml")
    engine = open_engine()
    try:
        for written in enter_notes(engine, entries, partial(_find, load_text_levels().note), datetime.now(UTC)):
            typer.echo(f"{written.by}: duiding {written.number} is vastgelegd.")
    finally:
        engine.dispose()


def _read_all(file: Path, name: str, kind: type[T], example: str) -> list[T]:
    """Each [[name]] of a TOML file; UserError when one is not as it should be."""
    try:
        return [kind.model_validate(one) for one in tomllib.loads(file.read_text("utf-8"))[name]]
    except (OSError, ValueError, KeyError) as error:
        raise UserError(
            f"{file}: geen leesbaar bestand met [[{name}]], elk met {', '.join(kind.model_fields)}. "
            f"Vergelijk het met sample_data/{example}; er is niets vastgelegd."
        ) from error


def _find(level: Level, words: str, owned: Collection[str]) -> tuple[Span, ...]:
    return find(words, level, owned=owned)


def report(
    release: Annotated[
        str, typer.Argument(metavar="RELEASE", help="Uitgave, zoals 2026Q2-final; zonder is het de nieuwste.")
    ] = "",
    role_code: Annotated[
        str,
        typer.Option("--for", metavar="ROL", help="board, quartermaster-<regio> of institution-<instelling>."),
    ] = "board",
    own: Annotated[
        bool, typer.Option("--own", help="De eigen, precieze cijfers van de instelling: niet delen.")
    ] = False,
    language: Annotated[Literal["nl", "en"], typer.Option(help="Taal van de bestanden.")] = "nl",
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Map voor de bestanden.")] = Path("var/reports"),
) -> None:
    """Maak van een uitgave wat men meeneemt: PPTX, PDF, XLSX en alle cijfers als CSV. Zonder --own gedeelde cijfers."""
    # What this takes to import, the other commands do without.
    from monitor.reports.write import write_all
    from monitor.views.reading import Reader, find_visible

    role = parse_role(role_code)
    if own and not role.institution:
        raise UserError("--own hoort bij een instelling: --for institution-WSS --own.")
    engine = open_engine()
    try:
        upgrade(engine)
        chosen = find_visible(engine, release)
        # Without --own the files are for everybody: they are read as somebody who sees shared figures only.
        reader = Reader(engine, chosen, role if own else Role(RoleKind.BOARD))
        for path in write_all(reader, role, LANGUAGES[language], out):
            typer.echo(path)
    finally:
        engine.dispose()


def demo(
    folder: Annotated[Path, typer.Option(help="Map voor de voorbeelden, sleutels en aanleveringen.")] = Path("var"),
) -> None:
    """Loop de hele weg op verzonnen gegevens: uitdraaien, aanleveringen, uitgave. Wat er al is, blijft."""
    # What this takes to import, the other commands do without.
    from monitor.demo import road, run

    with Console(stderr=True).status("") as status:
        for stage in road(folder):
            if not stage.done:
                status.update(str(stage))
                run(stage)
                typer.echo(f"$ {stage}")
    typer.echo("De weg is gelopen. Alle gegevens zijn verzonnen.")


def serve(
    port: Annotated[int, typer.Option(help="Poort op deze computer.")] = 8501,
    host: Annotated[str, typer.Option(help="Adres waarop wordt geluisterd.")] = "127.0.0.1",
) -> None:
    """Open de monitor in de browser, op deze computer."""
    from monitor.serve import serve as serve_screens

    typer.echo(f"De monitor staat op http://{host}:{port} (stoppen met Ctrl+C).")
    serve_screens(port, host)


def describe_release(report: Report) -> str:
    """What was released: whose figures, how many cells hold a figure, or why not, and what changed."""
    delivered = ", ".join(f"{code} tot en met {_date(until)}" for code, until in report.deliveries.items())
    published = report.shared["published", None]
    lines = [f"{report.label} uitgegeven ({NAMES[report.kind]}), uit aanleveringen van {delivered}"]
    lines.append(f"gedeeld: {report.shared.total()} cellen, waarvan {published} met een cijfer")
    headings = {"suppressed": "verborgen", "missing": "ontbreekt"}
    for state, heading in headings.items():
        for (of, reason), count in report.shared.most_common():
            if of == state and reason:
                lines.append(f"{heading}: {count} {INSTEAD[reason]}")
    lines.append(f"eigen cijfers van de instellingen: {report.own} cellen")
    if report.changes is not None:
        lines.append(f"ongewijzigd uit de vorige uitgave: {report.carried} groepen van cijfers")
        lines += [f"{what}: {words}" for what, words in changes_sentences(report.changes, DUTCH)]
    lines.append(f"nog voor niemand te zien: laat een ander `verbetermonitor confirm {report.label}` geven")
    return "\n  ".join(lines)


def describe_retention(due: Sequence[AnyDue], *, erased: bool) -> str:
    """Of which deliveries and spreadsheets the counts went, or would go, and which stay though their term is over."""
    why = {Reason.SUPERSEDED: "vervangen door een nieuwere", Reason.EXPIRED: "de laatste, te lang geleden ontvangen"}
    lines = []
    for one in due:
        if isinstance(one, DueSheet):
            lines.append(
                f"{one.supplier} {load_expected().templates[one.template].nl.title} {one.period}: vervangen door een "
                f"nieuwere, termijn voorbij sinds {_date(one.since)}; {'gewist' if erased else 'te wissen'}"
            )
            continue
        if isinstance(one, DueEvents):
            lines.append(
                f"{one.institution} gekoppelde gebeurtenissen {one.period}: niet op tijd geteld, termijn voorbij "
                f"sinds {_date(one.since)}; {'gewist' if erased else 'te wissen'}"
            )
            continue
        if isinstance(one, DueNames):
            lines.append(
                f"{one.supplier} namen van personen bij wie te bellen ({one.names}): hun laatste dag is voorbij, "
                f"de oudste sinds {_date(one.since)}; {'gewist' if erased else 'te wissen'}"
            )
            continue
        what = f"blijft: nodig voor {one.needed_for}" if one.needed_for else "gewist" if erased else "te wissen"
        lines.append(
            f"{one.institution} tot en met {_date(one.until)}, ontvangen {_date(one.received)}: {why[one.reason]}, "
            f"termijn voorbij sinds {_date(one.since)}; {what}"
        )
    if not due:
        lines.append("Van geen aanlevering of spreadsheet is de bewaartermijn voorbij.")
    elif not erased:
        lines.append("Er is niets gewist. Herhaal met --yes om te wissen; dat is niet terug te draaien.")
    return "\n".join(lines)


def _date(day: date) -> str:
    return f"{day:%d-%m-%Y}"
