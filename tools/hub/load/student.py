"""A student: arrives, signs in, opens a chapter, runs cells, reads, closes the lid, comes back."""

import asyncio
import random
import time
import uuid
from dataclasses import dataclass, field

import nbformat

from tools.hub.load.browser import Browser, Failed
from tools.hub.load.kernel import Kernel, SocketClosed, timed

# Reading takes what book/teaching.md says: 100 words a minute, and half a minute for each cell.
WORDS_A_SECOND, A_CELL = 100 / 60, 30
SPREAD = 0.5  # of the logarithm of a pause: one in twenty lasts more than twice as long
KINDS = {"stays": 0.7, "returns": 0.2, "leaves": 0.1}
AWAY = (240, 900)  # seconds that a lid stays closed
POLLED = 10  # seconds between the questions of an open page of JupyterLab
TRIVIAL, EVERY = "1 + 1", 10  # the cell that is waited for, and the seconds between two of them
AGAIN = 2  # seconds until a page opens a lost socket again


@dataclass(frozen=True)
class Plan:
    """What one student will do. `lid` is the part of the chapter after which the lid closes."""

    number: int
    arrives: float
    kind: str
    lid: float
    away: float
    seed: str


def plans(count, seed=0, arrive=60.0, kinds=None):
    """The plans of a class, the first to arrive first. How many there are does not change a student's own."""
    made, kinds = [], kinds or KINDS
    for number in range(count):
        chance = random.Random(f"{seed}-{number}")
        arrives, lid, away = chance.uniform(0, arrive), chance.uniform(0.1, 0.9), chance.uniform(*AWAY)
        (kind,) = chance.choices(list(kinds), list(kinds.values()))
        made.append(Plan(number, arrives, kind, lid, away, f"{seed}-{number}-pauses"))
    return sorted(made, key=lambda plan: plan.arrives)


def steps(notebook):
    """The code cells of a notebook, each with the seconds that reading up to it takes."""
    found, words = [], 0
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            words += len(cell.source.split())
        elif cell.cell_type == "code" and cell.source.strip():
            found.append((cell.source, words / WORDS_A_SECOND + A_CELL))
            words = 0
    return found


@dataclass
class Record:
    """What was seen of one student. Times are seconds since the test began, all else seconds or bytes."""

    name: str
    kind: str
    stages: dict = field(default_factory=dict)  # sign in, server, kernel, return -> seconds
    waits: list = field(default_factory=list)  # (when sent, seconds waited) of trivial cells
    failures: list = field(default_factory=list)  # (when, cause, what the page said)
    cells: list = field(default_factory=list)  # (when sent, place in the chapter, seconds) of its cells
    refused: int = 0  # how often the hub said to come again
    chapters: int = 0  # how often the chapter was run to its end


class Student:
    """One student at one browser. `run` is the whole life; cancel it to end it.

    `pace` is the part of the reading time that is really waited; `again` has the chapter run over and over,
    so that the load stays; `probes` False leaves out the trivial cells.
    """

    def __init__(self, address, name, secrets, plan, chapter, pace=1.0, again=False, probes=True):
        self.browser, self.plan, self.chapter = Browser(address), plan, chapter
        self.name, self.secrets, self.pace, self.again, self.probes = name, secrets, pace, again, probes
        self.server = f"user/{name}/"
        self.chance = random.Random(plan.seed)
        self.record, self.state, self.began = Record(name, plan.kind), "not there yet", time.monotonic()
        self.kernel, self.number, self.session, self.background = None, None, uuid.uuid4().hex, []
        self.probe_sent = None  # when the trivial cell was sent that is still waited for

    def now(self):
        return time.monotonic() - self.began

    def fail(self, problem):
        self.record.failures.append((self.now(), f"{problem}", getattr(problem, "seen", "")))

    async def run(self, began=None):
        """Live; never raises but when cancelled. Sockets are open until then, or until the lid is closed."""
        self.began = self.began if began is None else began
        try:
            await self._open()
            cells = steps(await self.notebook())
            while True:
                await self.go_through(cells)
                self.record.chapters += 1
                if not self.again:
                    break
            self.state = "done, notebook open"
            await asyncio.Event().wait()
        except Failed as problem:
            self.fail(problem)
            self.state = "failed"
        finally:
            self._close_page()

    async def open(self):
        """Sign in, have a server, have a kernel for the chapter; what each took goes into the record."""
        stages = self.record.stages
        self.state = "signing in"
        _, stages["sign in"] = await timed(self.browser.sign_in(self.name, self.secrets))
        self.state = "server starts"
        self.record.refused, stages["server"] = await timed(self.browser.start_server(self.name))
        self.state = "kernel starts"
        _, stages["kernel"] = await timed(self.start_kernel())

    async def _open(self):
        await asyncio.sleep(self.plan.arrives)
        await self.open()
        self._open_page()

    async def start_kernel(self):
        self.path = await find(self.browser, self.server, self.chapter)
        content = {"path": self.path, "name": self.path.rpartition("/")[2], "type": "notebook"}
        content["kernel"] = {"name": "python3"}
        answer = await self.browser.api(f"{self.server}api/sessions", "POST", content)
        self.number = answer["kernel"]["id"]
        await self._connect()

    async def _connect(self):
        self.kernel = await Kernel.connect(self.browser, self.server, self.number, self.session)
        await self.kernel.info()

    async def notebook(self):
        answer = await self.browser.api(f"{self.server}api/contents/{self.path}")
        return nbformat.from_dict(answer["content"])

    async def go_through(self, cells):
        """Read and run the cells in order, with the lid closed in between by those who do that."""
        closes = int(self.plan.lid * len(cells)) if not self.record.chapters else -1
        for place, (code, reading) in enumerate(cells):
            if place == closes and self.plan.kind != "stays":
                await self._lid()
            self.state = "reading"
            await asyncio.sleep(self.pace * reading * self.chance.lognormvariate(0, SPREAD))
            self.state = "running a cell"
            await self.run_cell(place, code)

    async def run_cell(self, place, code):
        """Run one cell of the chapter. A socket that was lost is opened again, a dead kernel is final."""
        sent = self.now()
        try:
            reply, seconds = await timed(self.kernel.execute(code))
        except SocketClosed as problem:
            self.fail(problem)
            await self._reconnect()
            return
        self.record.cells.append((sent, place, seconds))
        if reply["status"] != "ok":
            ended = f"a cell ended with {reply.get('ename', reply['status'])}"
            self.fail(Failed(ended, reply.get("evalue", "")))

    async def _reconnect(self):
        self._close_page()
        await asyncio.sleep(AGAIN)
        await self._connect()
        self._open_page()

    async def _lid(self):
        """Close the lid in the middle of it; some never open it again."""
        self.state = "lid closed"
        self._end_background()
        self.kernel.fall_silent()
        if self.plan.kind == "leaves":
            await asyncio.Event().wait()
        await asyncio.sleep(self.pace * self.plan.away)
        self.kernel.close()
        try:
            _, self.record.stages["return"] = await timed(self._connect())
        except Failed as problem:  # the kernel, or the server, was stopped in the meantime
            self.fail(problem)
            await self.open()
        self._open_page()

    def _open_page(self):
        work = [self._poll()] + [self._probe()] * self.probes
        self.background = [asyncio.ensure_future(one) for one in work]

    def _end_background(self):
        for task in self.background:
            task.cancel()
        self.background, self.probe_sent = [], None

    def _close_page(self):
        self._end_background()
        if self.kernel is not None:
            self.kernel.close()

    async def _poll(self):
        """What an open page asks its server again and again."""
        while True:
            await asyncio.sleep(POLLED)
            for what in ("api/kernels", "api/sessions"):
                try:
                    await self.browser.api(self.server + what)
                except Failed as problem:
                    self.fail(problem)

    async def _probe(self):
        """Send a trivial cell again and again, only when nothing of the student's own runs before it."""
        await asyncio.sleep(self.chance.uniform(0, EVERY))
        while True:
            if self.kernel.idle:
                self.probe_sent = self.now()
                try:
                    await self.kernel.execute(TRIVIAL, history=False)
                    self.record.waits.append((self.probe_sent, self.now() - self.probe_sent))
                except Failed as problem:
                    self.fail(problem)
                    if not isinstance(problem, SocketClosed):
                        return
                self.probe_sent = None
            await asyncio.sleep(EVERY)


async def find(browser, server, chapter, depth=2):
    """The path of the notebook whose name begins with `chapter`, in the student's home or a folder of it."""
    folders = [""]
    for _ in range(depth + 1):
        below = []
        for folder in folders:
            for entry in (await browser.api(f"{server}api/contents/{folder}"))["content"]:
                if entry["type"] == "notebook" and entry["name"].startswith(chapter):
                    return entry["path"]
                if entry["type"] == "directory":
                    below.append(entry["path"])
        folders = below
    raise Failed(f"no notebook that begins with {chapter}")
