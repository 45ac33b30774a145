"""How many viewers at once this machine holds: time of a page change, errors and memory, step by step.

Run as ``python -m tests.bench.bench_load [--seconds N] [--up-to N]``, on the sample that ``make run`` makes in
``var/``, on SQLite and on PostgreSQL, with one server process and with two behind a sticky proxy (here: each viewer
keeps to the one that it came to); and on a bare page of the same stack (tests/bench/bare_page.py), at the same
rhythm, as peer. Each viewer signed in, has a role of their own, and goes to another page every PAUSE seconds, over a
web socket as a browser does, but draws nothing. A time counts from when the viewer wanted to click, so a server that
is late is not asked less. The number of viewers goes up until the 95th percentile is over LIMIT twice.

``--minutes 30`` is the soak instead: VIEWERS at each of the three servers at once, who leave and come back as somebody
new; memory of the server a minute, and the slope of a line through it after the first third.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import numpy as np
from sqlalchemy import create_engine, select
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from monitor.access import grants
from monitor.access.permissions import Page, can_open
from monitor.access.roles import Role, RoleKind, all_roles
from monitor.store.deliveries import COUNTS
from monitor.store.engine import DEFAULT_URL, URL_SETTING, open_engine
from monitor.store.migrations import upgrade
from monitor.store.schema import metadata
from tests.bench.bench_release import databases
from tests.e2e.conftest import SERVE, started
from tests.monitor.access.signing import write_settings
from tests.sockets import SECONDS, as_visitor, click, hear, signed_in

PAUSE = 10  # seconds between two clicks of a viewer
LIMIT = 1.0  # seconds: the 95th percentile of a page change
STEPS = (25, 50, 100, 150, 200, 250, 300, 400)
MEASURED = 30  # seconds of each step, after two PAUSEs in which the new ones come in
VIEWERS = 20  # of the soak, at each server
VISIT = 12  # clicks until a viewer of the soak leaves, and somebody new comes
LOOKING = (RoleKind.BOARD, RoleKind.QUARTERMASTER, RoleKind.INSTITUTION)
BARE = "from tests.bench.bare_page import serve; serve({port})"
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=MEASURED)
    parser.add_argument("--up-to", type=int, default=STEPS[-1], metavar="VIEWERS")
    parser.add_argument("--minutes", type=float, default=0, help="soak for so long instead")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, databases(Path(name)) as url:
        folder = Path(name)
        stores = {backend: store(url(backend, "load")) for backend in ("sqlite", "postgresql")}
        if asked.minutes:
            soak(stores, folder, asked.minutes)
            return
        steps = [step for step in STEPS if step <= asked.up_to]
        for processes in (1, 2):
            for what, backend in [*stores.items(), ("bare page", "")]:
                with serving(backend, folder, processes) as servers:
                    held = asyncio.run(climb(f"{what}, processes: {processes}", servers, steps, asked.seconds))
                print(f"  holds {held} viewers with p95 under {LIMIT:.0f} s and no error", flush=True)


# --- the stores and the servers -----------------------------------------------------------------------------------


def store(url: str) -> str:
    """The sample in an empty store, but for the counts, which no page reads; with a grant for each viewer."""
    source, target = open_engine(os.environ.get(URL_SETTING, DEFAULT_URL)), create_engine(open_engine(url).url)
    upgrade(target)
    with source.connect() as read, target.begin() as write:
        for table in metadata.sorted_tables:
            if table.name not in {one.name for one in COUNTS.values()}:
                rows = read.execute(select(table)).mappings().all()
                for first in range(0, len(rows), 5_000):
                    write.execute(table.insert(), [dict(row) for row in rows[first : first + 5_000]])
    now = datetime.now(UTC)
    why, until = "Kijkt mee in een proef met veel kijkers", now.date() + timedelta(days=30)
    for number, role in enumerate(roles(STEPS[-1])):
        grants.give(target, who(number), role, why, until, "beheer@regio.example", now)
    source.dispose()
    target.dispose()
    return url


def roles(count: int) -> list[Role]:
    looking = [role for role in all_roles() if role.kind in LOOKING]
    return [looking[number % len(looking)] for number in range(count)]


def who(number: int) -> str:
    return f"kijker-{number}@regio.example"


@dataclass(frozen=True)
class Server:
    address: str
    process: int
    is_bare: bool

    @property
    def memory(self) -> float:
        """Resident, in MB."""
        return int(Path(f"/proc/{self.process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

    @property
    def worked(self) -> float:
        """Seconds of processor."""
        return sum(map(int, Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()[11:13])) / TICKS


@contextmanager
def serving(url: str, folder: Path, processes: int = 1) -> Iterator[list[Server]]:
    """Servers of the monitor on a store, or of the bare page when there is none."""
    settings = write_settings(folder, address=None)
    of_monitor = {
        URL_SETTING: url,
        "VERBETERMONITOR_SIGN_IN": settings,
        "VERBETERMONITOR_SIGN_IN_ADDRESS": "{address}",
    }
    with ExitStack() as stack:
        begun = [
            stack.enter_context(started(SERVE, folder, **of_monitor) if url else started(BARE, folder))
            for _ in range(processes)
        ]
        yield [Server(address, process, not url) for address, process in begun]


# --- the viewers --------------------------------------------------------------------------------------------------


@dataclass
class Times:
    """When each click was wanted, and the seconds until its page was there; ``wrong``: what failed."""

    clicks: list[tuple[float, float]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


async def look(server: Server, number: int, times: Times, clicks: int | None) -> None:
    """One viewer, for so many clicks, each somewhere in the same PAUSE of seconds after the one before."""
    draw = Random(f"{number} {clicks}")
    role = roles(number + 1)[number]
    pages = [""] if server.is_bare else [page for page in Page if can_open(role, page)]
    wanted = time.perf_counter() + draw.uniform(0, PAUSE)
    while True:
        await asyncio.sleep(wanted - time.perf_counter())
        try:
            async with connect(**as_visitor(server.address, signed_in(who(number), server.address))) as socket:
                done = 0
                while clicks is None or done < clicks:
                    await socket.send(click(draw.choice(pages)))
                    if not await arrived(socket):
                        times.wrong.append(f"{who(number)}: a page says that it does not open")
                    if done:  # the first of a visit is no page change
                        times.clicks.append((wanted, time.perf_counter() - wanted))
                    done += 1
                    wanted += PAUSE
                    await asyncio.sleep(wanted - time.perf_counter())
        except (OSError, TimeoutError, WebSocketException) as error:
            times.wrong.append(f"{who(number)}: {type(error).__name__}")
            wanted = time.perf_counter() + PAUSE


async def arrived(socket: ClientConnection) -> bool:
    """Whether all went well with the page that was asked for, when it is there. Raises TimeoutError when it is not."""
    well = True
    async with asyncio.timeout(SECONDS):  # wait_for of Python 3.11 can lose a cancellation
        while True:
            heard = hear(await socket.recv(decode=False))
            well &= not heard.is_wrong
            if heard.is_last:
                return well


async def climb(what: str, servers: list[Server], steps: list[int], seconds: int) -> int:
    """More and more viewers, until it is too many twice in a row: something else may have been at work the first time.

    Returns the last number that was held.
    """
    print(f"{what}\n  viewers  clicks   p50 ms   p95 ms  errors  cores: server, client  memory MB", flush=True)
    times, viewers, held = Times(), list[asyncio.Task[None]](), 0
    for step in steps:
        for number in range(len(viewers), step):
            viewers.append(asyncio.create_task(look(servers[number % len(servers)], number, times, None)))
        await asyncio.sleep(2 * PAUSE)
        if not (await holds(servers, step, times, seconds) or await holds(servers, step, times, seconds)):
            break
        held = step
    await leave(viewers)
    for said in sorted(set(times.wrong))[:5]:
        print(f"  {said}")
    return held


async def holds(servers: list[Server], viewers: int, times: Times, seconds: int) -> bool:
    """Whether so many viewers get their pages in time and whole; with a line of what was measured."""
    begin, worked, own = time.perf_counter(), sum(server.worked for server in servers), time.process_time()
    wrong = len(times.wrong)
    await asyncio.sleep(seconds)
    took = time.perf_counter() - begin
    cores = (sum(server.worked for server in servers) - worked) / took, (time.process_time() - own) / took
    found = [seconds for wanted, seconds in times.clicks if begin <= wanted]
    waiting = viewers * int(seconds / PAUSE) - len(found)  # for a page that is not there yet
    p50, p95 = np.quantile(found, [0.5, 0.95]) if found else (np.inf, np.inf)
    wrong = len(times.wrong) - wrong
    print(
        f"  {viewers:>7}{len(found):>8}{1000 * p50:>9.0f}{1000 * p95:>9.0f}{wrong:>8}"
        f"{cores[0]:>14.2f}{cores[1]:>9.2f}{sum(server.memory for server in servers):>11.0f}",
        flush=True,
    )
    return bool(p95 <= LIMIT and not wrong and waiting <= viewers)


async def leave(viewers: list[asyncio.Task[None]]) -> None:
    for viewer in viewers:
        viewer.cancel()
    await asyncio.wait(viewers, timeout=SECONDS)


# --- the soak -----------------------------------------------------------------------------------------------------


def soak(stores: dict[str, str], folder: Path, minutes: float) -> None:
    with ExitStack() as stack:
        servers = {
            what: stack.enter_context(serving(url, folder))[0] for what, url in [*stores.items(), ("bare page", "")]
        }
        asyncio.run(stay(servers, minutes))


async def stay(servers: dict[str, Server], minutes: float) -> None:
    times = {what: Times() for what in servers}
    viewers = [
        asyncio.create_task(look(server, number, times[what], VISIT))
        for what, server in servers.items()
        for number in range(VIEWERS)
    ]
    memory: dict[str, list[tuple[float, float]]] = {what: [] for what in servers}
    begin = time.perf_counter()
    print("minute  " + "".join(f"{what + ' MB':>16}" for what in servers), flush=True)
    while (passed := (time.perf_counter() - begin) / 60) < minutes:
        await asyncio.sleep(min(60, 60 * (minutes - passed)))
        for what, server in servers.items():
            memory[what].append(((time.perf_counter() - begin) / 60, server.memory))
        print(
            f"{memory['sqlite'][-1][0]:>6.1f}  " + "".join(f"{memory[what][-1][1]:>16.0f}" for what in servers),
            flush=True,
        )
    await leave(viewers)
    for what, points in memory.items():
        settled = np.array([point for point in points if point[0] > minutes / 3])
        slope = np.polyfit(*settled.T, 1)[0] if len(settled) > 1 else np.nan
        found = [seconds for _, seconds in times[what].clicks]
        print(
            f"{what}: {len(found)} page changes, p95 {1000 * np.quantile(found, 0.95):.0f} ms, "
            f"{len(times[what].wrong)} errors; {60 * slope:+.1f} MB an hour after the first third"
        )


if __name__ == "__main__":
    main()
