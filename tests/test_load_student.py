"""Students of the load test: one browser, one kernel, one life, on a small hub that refuses and breaks."""

import asyncio
import time

import pytest
from fake_hub import RIGHT, on_hub
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools.hub.load import student
from tools.hub.load.browser import Browser, Failed
from tools.hub.load.kernel import Kernel, SocketClosed
from tools.hub.load.student import Plan, Student, plans

STAYS = Plan(0, 0, "stays", 0, 0, "seed")


# A browser


def test_a_student_signs_in_and_gets_a_server_by_forms_cookies_and_redirects():
    async def scenario(hub):
        browser = Browser(hub.address)
        await browser.sign_in("s1", RIGHT)
        assert await browser.start_server("s1") == 0
        assert await browser.api("user/s1/api/sessions") == []
        await browser.stop_server("s1")
        return hub.running

    assert on_hub(scenario) == set()


def test_cookies_stay_in_their_part_of_the_site():
    async def scenario(hub):
        browser = Browser(hub.address)
        await browser.sign_in("s1", RIGHT)
        await browser.start_server("s1")
        return [browser.token(hub.address + path) for path in ("/hub/home", "/user/s1/lab", "/user/s2/lab")]

    assert on_hub(scenario) == ["hub-s1", "server-s1", ""]


def test_a_wrong_password_is_one_clear_failure():
    async def scenario(hub):
        await Browser(hub.address).sign_in("s1", {"password": "wrong"})

    with pytest.raises(Failed, match="the hub did not take the name with its password"):
        on_hub(scenario)


def test_a_full_hub_is_asked_again_and_then_given_up_with_what_its_page_says():
    async def scenario(hub, full, patience):
        hub.full = full
        browser = Browser(hub.address)
        await browser.sign_in("s1", RIGHT)
        return await browser.start_server("s1", patience=patience)

    assert on_hub(lambda hub: scenario(hub, 2, 5)) == 2
    with pytest.raises(Failed, match="GET /hub/spawn: 429 Too Many Requests") as caught:
        on_hub(lambda hub: scenario(hub, 10**6, 0.2))
    assert caught.value.seen == "The room is full."


def test_who_is_not_let_in_does_not_ask_again():
    with pytest.raises(Failed, match="GET /hub/spawn: 403 Forbidden"):
        on_hub(lambda hub: Browser(hub.address).start_server("s1"))


def test_a_server_that_does_not_start_fails_with_what_the_bar_says():
    async def scenario(hub):
        hub.starts = False
        browser = Browser(hub.address)
        await browser.sign_in("s1", RIGHT)
        await browser.start_server("s1")

    with pytest.raises(Failed, match="the server did not start") as caught:
        on_hub(scenario)
    assert caught.value.seen == "no memory"


def test_a_hub_that_is_not_there_is_named_without_a_traceback():
    with pytest.raises(Failed, match=r"GET /: no answer"):
        asyncio.run(Browser("http://127.0.0.1:9").sign_in("s1", RIGHT))


def test_names_and_numbers_are_left_out_of_causes():
    async def scenario(hub):
        browser = Browser(hub.address)
        await browser.api("user/s17/api/kernels/00000000-0000-4000-8000-000000000000/x")

    with pytest.raises(Failed, match="GET /user/NAME/api/kernels/ID/x: 403 Forbidden"):
        on_hub(scenario)


# A kernel


async def opened(hub, **options):
    found = Student(hub.address, "s1", RIGHT, STAYS, "08", **options)
    await found.open()
    return found


def test_a_kernel_answers_and_says_when_it_is_idle():
    async def scenario(hub):
        kernel = (await opened(hub)).kernel
        assert kernel.idle
        hub.delay = 0.1
        running = asyncio.ensure_future(kernel.execute("x"))
        await asyncio.sleep(0.05)
        assert not kernel.idle
        assert (await running)["status"] == "ok"
        assert kernel.idle
        return (await kernel.execute("fail"))["ename"]

    assert on_hub(scenario) == "NameError"


def test_a_cell_is_over_when_the_kernel_is_idle_and_not_at_its_reply():
    async def scenario(hub):
        kernel = (await opened(hub)).kernel
        hub.late = 0.1
        began = time.monotonic()
        await kernel.execute("x")
        return time.monotonic() - began

    assert on_hub(scenario) > 0.09


def test_a_kernel_that_dies_and_a_socket_that_closes_are_told_apart():
    async def scenario(hub):
        kernel = (await opened(hub)).kernel
        with pytest.raises(Failed, match="the kernel died"):
            await kernel.execute("die")
        assert not kernel.idle
        with pytest.raises(SocketClosed, match="closed by the other side"):
            await kernel.execute("hang up")
        with pytest.raises(SocketClosed):
            await kernel.execute("more")

    on_hub(scenario)


def test_a_socket_that_is_refused_says_its_status():
    async def scenario(hub):
        found = await opened(hub)
        await Kernel.connect(found.browser, found.server, "00000000-0000-4000-8000-000000000000", "x")

    with pytest.raises(Failed, match="websocket: 404"):
        on_hub(scenario)


def test_a_closed_lid_says_no_goodbye_and_answers_no_ping():
    async def scenario(hub):
        kernel = (await opened(hub)).kernel
        (socket,) = hub.sockets
        pongs = []
        socket.on_pong = pongs.append
        socket.ping(b"1")
        await asyncio.sleep(0.1)
        kernel.fall_silent()
        socket.ping(b"2")
        await asyncio.sleep(0.1)
        assert pongs == [b"1"]
        assert not socket.ws_connection.is_closing()
        assert not any(one[0] == "closed" for one in hub.seen)
        stream = kernel.socket.protocol.stream
        kernel.close()
        assert stream.closed()
        await asyncio.sleep(0.1)
        return [one[:2] for one in hub.seen if one[0] == "closed"]

    assert on_hub(scenario) == [("closed", None)]  # no closing frame


# A student


def test_plans_are_drawn_by_the_seed_and_do_not_change_with_the_class():
    small, large = plans(10, seed=1), plans(200, seed=1)
    assert {one.number: one for one in small}.items() <= {one.number: one for one in large}.items()
    assert plans(10, seed=2) != small
    assert [one.arrives for one in large] == sorted(one.arrives for one in large)
    assert 50 < max(one.arrives for one in large) < 60
    kinds = [one.kind for one in large]
    assert 110 < kinds.count("stays") < 170
    assert 20 < kinds.count("returns") < 60
    assert 8 < kinds.count("leaves") < 35


def test_reading_takes_its_time_by_words_and_cells():
    cells = [new_markdown_cell("word " * 100), new_markdown_cell("word " * 50), new_code_cell("1")]
    notebook = new_notebook(cells=[*cells, new_code_cell(" "), new_code_cell("2")])
    assert student.steps(notebook) == [("1", pytest.approx(90 + 30)), ("2", 30)]


async def lived(hub, plan=STAYS, until="done, notebook open", **options):
    """A student who lives until a state is reached, and is then ended."""
    found = Student(hub.address, "s1", RIGHT, plan, "08", **({"pace": 0} | options))
    task = asyncio.ensure_future(found.run())
    while found.state != until:
        await asyncio.sleep(0.01)
    open_then = len([one for one in hub.sockets if one.ws_connection and not one.ws_connection.is_closing()])
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return found, open_then


def test_a_student_runs_every_cell_in_order_and_leaves_the_notebook_open():
    found, open_then = on_hub(lived, cells=["first", "fail", "last"])
    assert len(found.record.cells) == 3
    assert set(found.record.stages) == {"sign in", "server", "kernel"}
    assert [(cause, seen) for _, cause, seen in found.record.failures] == [
        ("a cell ended with NameError", "no such name")
    ]
    assert open_then == 1


def test_a_lost_socket_is_counted_and_opened_again(monkeypatch):
    monkeypatch.setattr(student, "AGAIN", 0)
    found, open_then = on_hub(lived, cells=["hang up", "last"])
    assert [cause for _, cause, _ in found.record.failures] == [
        "websocket: closed by the other side (without a word)"
    ] or found.record.failures[0][1].startswith("websocket: closed by the other side")
    assert len(found.record.cells) == 1
    assert open_then == 1


def test_a_dead_kernel_ends_the_students_lesson():
    found, _ = on_hub(lambda hub: lived(hub, until="failed"), cells=["die", "last"])
    assert [cause for _, cause, _ in found.record.failures] == ["the kernel died"]
    assert len(found.record.cells) == 0


def test_who_comes_back_finds_the_same_kernel():
    plan = Plan(0, 0, "returns", 0.5, 0, "seed")
    ran = []

    async def scenario(hub):
        found, _ = await lived(hub, plan)
        ran.extend(hub.ran)
        assert len(hub.kernels) == 1
        assert len(hub.sockets) == 2
        return found

    assert "return" in on_hub(scenario, cells=["1", "2", "3", "4"]).record.stages
    assert ran == ["1", "2", "3", "4"]


def test_who_comes_back_to_no_kernel_opens_the_chapter_again():
    plan = Plan(0, 0, "returns", 0.5, 0, "seed")

    async def scenario(hub):
        found = Student(hub.address, "s1", RIGHT, plan, "08", pace=0)
        close = found._lid

        async def lid():
            hub.kernels.clear()
            await close()

        found._lid = lid
        task = asyncio.ensure_future(found.run())
        while found.state != "done, notebook open":
            await asyncio.sleep(0.01)
        task.cancel()
        return found

    found = on_hub(scenario, cells=["1", "2"])
    assert [cause for _, cause, _ in found.record.failures] == ["websocket: 404 Not Found"]
    assert len(found.record.cells) == 2


def test_who_leaves_runs_no_more_cells_and_keeps_the_socket():
    plan = Plan(0, 0, "leaves", 0.5, 0, "seed")
    found, open_then = on_hub(lambda hub: lived(hub, plan, until="lid closed"), cells=["1", "2"])
    assert len(found.record.cells) == 1
    assert open_then == 1


def test_a_trivial_cell_is_sent_only_to_an_idle_kernel_and_its_wait_is_right(monkeypatch):
    monkeypatch.setattr(student, "EVERY", 0.02)

    async def scenario(hub):
        found = await opened(hub)
        found._open_page()
        hub.delay = 0.2
        await asyncio.sleep(0.6)
        waits = list(found.record.waits)
        hub.ran.clear()
        await found.kernel.execute("long")  # behind a trivial cell, at most
        assert hub.ran in (["1 + 1", "long"], ["long"])
        found._close_page()
        return [wait for _, wait in waits]

    waits = on_hub(scenario)
    assert len(waits) >= 2
    assert all(0.2 <= wait < 0.4 for wait in waits)
