"""Inside the walls: an export becomes the delivery that the command would make, and nothing of it is left anywhere."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

import sample_data
from monitor.access.permissions import Page
from monitor.access.roles import AccessDenied, parse_role
from monitor.inside import INSIDE_SETTING, KEYS_SETTING, MAPPING_SETTING, deliver, inside
from monitor.shell import SCRIPT
from monitor.upload import TooLarge
from pseudonymise.cli import main
from pseudonymise.delivery import decrypt_payload
from pseudonymise.errors import UserError
from pseudonymise.keys import load_institution_keys, load_steward_keys, make_institution_keys, make_steward_keys

EXAMPLES = Path(sample_data.__file__).with_name("examples")
EXPORT, MAPPING = EXAMPLES / "wss-export.xlsx", EXAMPLES / "wss.toml"
UNTIL = date(2026, 9, 30)
WSS = parse_role("institution-WSS")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    make_steward_keys(folder)
    make_institution_keys(folder, "WSS")
    return folder


@pytest.fixture
def scratch(keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A server inside WSS, with an empty folder for everything temporary."""
    for name, value in ((INSIDE_SETTING, "WSS"), (MAPPING_SETTING, MAPPING), (KEYS_SETTING, keys)):
        monkeypatch.setenv(name, str(value))
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def exports() -> list[tuple[str, bytes]]:
    return [(EXPORT.name, EXPORT.read_bytes())]


def on_disk(folder: Path) -> list[Path]:
    """Files that hold something, links to memory aside."""
    return [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]


def test_the_delivery_is_the_one_that_the_command_makes(keys: Path, scratch: Path, tmp_path: Path) -> None:
    seen: list[list[Path]] = []

    def look(_what: str) -> None:
        seen.append(on_disk(scratch))

    here = inside()
    assert here is not None
    made = deliver(here, WSS, exports(), UNTIL, look)
    assert made.name == "wss-2026-09-30.zip"
    assert len(seen) > 3
    assert all(files == [] for files in seen)  # while it was made
    assert list(scratch.iterdir()) == []  # and after

    out, command = tmp_path / "made.zip", tmp_path / "command.zip"
    out.write_bytes(made.content)
    options = {"--institution": "WSS", "--mapping": MAPPING, "--until": UNTIL, "--out": command, "--keys": keys}
    words = [str(word) for option in options.items() for word in option]
    with pytest.raises(SystemExit) as ended:
        main(["deliver", *words, str(EXPORT)])
    assert ended.value.code == 0
    identity = load_steward_keys(keys).identity
    suppliers = {"WSS": load_institution_keys(keys, "WSS").signing.public_key()}
    assert decrypt_payload(out, identity, suppliers)[1] == decrypt_payload(command, identity, suppliers)[1]


@pytest.mark.parametrize("role", ["institution-LDH", "board", "steward", "quartermaster-JZ12"])
def test_nobody_else_makes_a_delivery_here(scratch: Path, role: str) -> None:
    here = inside()
    assert here is not None
    with pytest.raises(AccessDenied, match="alleen zij kan hier een aanlevering maken"):
        deliver(here, parse_role(role), exports(), UNTIL, print)


def test_what_is_refused_leaves_nothing_either(scratch: Path) -> None:
    here = inside()
    assert here is not None
    with pytest.raises(UserError, match=r"wss-export.xlsx: is geen Excel-werkmap"):
        deliver(here, WSS, [(EXPORT.name, b"no workbook")], UNTIL, print)
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("name", ["../wss-export.xlsx", "/etc/wss-export.xlsx"])
def test_the_name_of_an_export_is_no_path(scratch: Path, name: str) -> None:
    here = inside()
    assert here is not None
    assert deliver(here, WSS, [(name, EXPORT.read_bytes())], UNTIL, lambda _: None).content
    assert not (scratch.parent / "wss-export.xlsx").exists()


def test_two_exports_of_one_name_are_refused(scratch: Path) -> None:
    here = inside()
    assert here is not None
    with pytest.raises(UserError, match="dezelfde naam"):
        deliver(here, WSS, exports() * 2, UNTIL, print)


def test_an_export_that_is_a_bomb_is_refused(scratch: Path) -> None:
    import io
    import zipfile

    content = io.BytesIO(EXPORT.read_bytes())
    with zipfile.ZipFile(content, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.bin", bytes(30_000_000))
    here = inside()
    assert here is not None
    with pytest.raises(TooLarge):
        deliver(here, WSS, [(EXPORT.name, content.getvalue())], UNTIL, print)


def test_on_a_shared_server_nobody_is_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(INSIDE_SETTING, raising=False)
    assert inside() is None


@pytest.mark.parametrize(
    ("code", "mapping", "message"),
    [
        ("XXX", "x.toml", r"^VERBETERMONITOR_INSIDE: is geen instelling"),
        ("WSS", "", r"^VERBETERMONITOR_MAPPING"),
    ],
)
def test_settings_that_contradict_themselves(
    monkeypatch: pytest.MonkeyPatch, code: str, mapping: str, message: str
) -> None:
    monkeypatch.setenv(INSIDE_SETTING, code)
    monkeypatch.setenv(MAPPING_SETTING, mapping)
    with pytest.raises(UserError, match=message):
        inside()


def test_no_file_in_memory_where_there_is_none(scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "win32")
    here = inside()
    assert here is not None
    with pytest.raises(UserError, match="kan alleen op Linux"):
        deliver(here, WSS, exports(), UNTIL, print)


# --- on the page ----------------------------------------------------------------------------------------------


@pytest.fixture
def open_page(scratch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], AppTest]:
    monkeypatch.setenv("VERBETERMONITOR_DATABASE_URL", f"sqlite:///{tmp_path / 'inside.db'}")

    def run(role: str) -> AppTest:
        app = AppTest.from_file(str(SCRIPT), default_timeout=60)
        app.query_params["role"] = role
        app._page_hash = calc_hash(Page.DELIVER)
        return app.run()

    return run


def test_an_export_dropped_on_the_page_becomes_a_delivery_to_take_along(
    open_page: Callable[[str], AppTest], scratch: Path, tmp_path: Path
) -> None:
    app = open_page("institution-WSS")
    app.file_uploader[0].upload(EXPORT.name, EXPORT.read_bytes(), "application/octet-stream")
    app.date_input[0].set_value(UNTIL)
    app.button[0].click().run()
    assert not app.exception
    said = " ".join(element.proto.body for element in app.get("html"))
    assert "De aanlevering is gemaakt." in said
    assert "zaken tellen mee" in said
    assert [one.proto.label for one in app.get("download_button")] == ["Download wss-2026-09-30.zip"]
    assert on_disk(scratch) == []
    assert (tmp_path / "inside.db").stat().st_size < 20_000  # nothing but an empty store


def test_a_wrong_export_is_told_on_the_page(open_page: Callable[[str], AppTest]) -> None:
    app = open_page("institution-WSS")
    app.file_uploader[0].upload("notes.csv", b"a;b\n1;2\n", "text/csv")
    app.button[0].click().run()
    said = " ".join(element.proto.body for element in app.get("html"))
    assert "Er is geen aanlevering gemaakt." in said
    assert "Geen uitdraai past bij" in said


def test_another_institution_makes_nothing_on_the_page(open_page: Callable[[str], AppTest]) -> None:
    app = open_page("institution-LDH")
    app.file_uploader[0].upload(EXPORT.name, EXPORT.read_bytes(), "application/octet-stream")
    app.button[0].click().run()
    said = " ".join(element.proto.body for element in app.get("html"))
    assert "alleen zij kan hier een aanlevering maken" in said
    assert app.get("download_button") == []


def test_settings_that_are_wrong_are_told_on_the_page(
    open_page: Callable[[str], AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(INSIDE_SETTING, "XXX")
    app = open_page("institution-WSS")
    assert not app.exception
    assert "VERBETERMONITOR_INSIDE" in " ".join(element.proto.body for element in app.get("html"))
