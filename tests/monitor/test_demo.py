"""The road of the demonstration, as it is told."""

from monitor.demo import Stage


def test_the_workbooks_of_a_load_are_told_as_those_of_their_folder():
    files = ("var/a.zip", "var/my sheets/x-2025.xlsx", "var/sheets/y.xlsx", "var/sheets/z.xlsx")
    assert str(Stage(("load", "--keys", "var/keys", *files[:1], *files[2:]), False)) == (
        "verbetermonitor load --keys var/keys var/a.zip var/sheets/*.xlsx"
    )
    assert str(Stage(("load", files[1]), False)) == "verbetermonitor load 'var/my sheets'/*.xlsx"


def test_the_exports_of_a_delivery_are_told_by_name():
    assert str(Stage(("deliver", "var/a.xlsx", "var/b.xlsx"), False)) == "verbetermonitor deliver var/a.xlsx var/b.xlsx"
