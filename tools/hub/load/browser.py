"""What a student's browser does: cookies, redirects, the login form, a server that starts."""

import asyncio
import email.message
import json
import re
import time
import urllib.request
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from types import SimpleNamespace
from urllib.parse import urlencode, urljoin, urlsplit

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest

PATIENCE = 180  # seconds that a student waits for one page, and for a server to start
AT_ONCE = 6  # requests to one host, as in a browser
REDIRECTS = range(301, 309)
COME_AGAIN = (424, 429, 500, 503)  # the hub is full, or does not know yet whether the server runs
EVENTS = re.compile(r"EventSource\(\"([^\"]+)\"\)")
SCRIPT = re.compile(r"<script[^>]* src=\"([^\"]+)\"")
ERROR = re.compile(r"<div[^>]*class=\"error\"[^>]*>(.*?)</div>", re.DOTALL)


class Failed(Exception):
    """Something that a student would have seen fail. Its text is the cause, `seen` what the page said."""

    def __init__(self, cause, seen=""):
        super().__init__(cause)
        self.seen = seen


class _Form(HTMLParser):
    """The first form of a page: where it goes, and its hidden fields."""

    def __init__(self, text):
        super().__init__()
        self.action, self.fields, self.asks = None, {}, set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag == "form" and self.action is None:
            self.action = found.get("action") or ""
        elif tag == "input" and found.get("type") == "hidden":
            self.fields[found["name"]] = found.get("value") or ""
        elif tag == "input":
            self.asks.add(found.get("name"))


class Browser:
    """One browser with its own cookies, on one hub. `address` is the hub's, such as http://10.0.0.5:8000."""

    def __init__(self, address):
        self.address = address.rstrip("/") + "/"
        self.origin = "{0.scheme}://{0.netloc}".format(urlsplit(self.address))
        self.jar = CookieJar()
        self.client = AsyncHTTPClient(force_instance=True, max_clients=AT_ONCE)

    def cookies(self, url):
        """The header that goes with a request to this address; empty if there are none."""
        request = urllib.request.Request(url)
        self.jar.add_cookie_header(request)
        return request.get_header("Cookie", "")

    def token(self, url):
        """The token against forged requests that a page at this address reads from its cookies."""
        found = re.search(r"(?:^|; )_xsrf=([^;]+)", self.cookies(url))
        return found[1] if found else ""

    async def fetch(self, url, method="GET", mode="navigate", body=None, headers=None, **options):
        """One request, with the cookies. Redirects and errors are given back like any other answer."""
        url = urljoin(self.address, url)
        sent = {"Sec-Fetch-Mode": mode, "Sec-Fetch-Site": "same-origin", "Cookie": self.cookies(url)}
        request = HTTPRequest(
            url,
            method,
            {name: value for name, value in (sent | (headers or {})).items() if value},
            body,
            connect_timeout=PATIENCE,
            request_timeout=PATIENCE,
            follow_redirects=False,
            allow_nonstandard_methods=True,
            **options,
        )
        try:
            response = await self.client.fetch(request, raise_error=False)
        except (HTTPClientError, OSError) as problem:
            reason = "no answer in time" if "imeout" in f"{problem}" else f"no answer ({problem})"
            raise Failed(f"{_named(method, url)}: {reason}") from problem
        message = email.message.Message()
        for cookie in response.headers.get_list("Set-Cookie"):
            message["Set-Cookie"] = cookie
        self.jar.extract_cookies(SimpleNamespace(info=lambda: message), urllib.request.Request(url))
        return response

    async def navigate(self, url, method="GET", body=None, headers=None):
        """Open a page: follow where the answers lead, and give the last of them, whatever it is."""
        for _ in range(20):
            response = await self.fetch(url, method, body=body, headers=headers)
            if response.code not in REDIRECTS or "Location" not in response.headers:
                return response
            url = urljoin(response.effective_url, response.headers["Location"])
            method, body, headers = "GET", None, None
        raise Failed(f"{_named('GET', url)}: redirected 20 times")

    async def api(self, url, method="GET", content=None):
        """A request as JupyterLab's page makes it; gives what came back as JSON, None if nothing did."""
        url = urljoin(self.address, url)
        headers = {"X-XSRFToken": self.token(url), "Content-Type": "application/json"}
        body = None if content is None else json.dumps(content)
        response = checked(await self.fetch(url, method, "cors", body, headers))
        try:
            return json.loads(response.body) if response.body else None
        except ValueError as problem:
            raise Failed(f"{_named(method, url)}: an answer that is not JSON") from problem

    async def sign_in(self, name, secrets):
        """Fill in the form of the hub's first page, and send it. `secrets`: field -> what is written."""
        page = checked(await self.navigate(""))
        form = _Form(page.body.decode())
        if "password" not in form.asks:
            raise Failed(f"{_named('GET', page.effective_url)}: no form that asks for a password")
        fields = form.fields | {"username": name} | secrets
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.origin}
        url = urljoin(page.effective_url, form.action)
        page = await self.navigate(url, "POST", urlencode(fields), headers)
        if "password" in _Form(page.body.decode()).asks:
            raise Failed("the hub did not take the name with its password", said(page))
        if page.code not in COME_AGAIN:  # who is let in may still be told that there is no room for a server
            checked(page)

    async def start_server(self, name, patience=PATIENCE, pause=5):
        """Ask for the server until JupyterLab's page is there. Gives how often the hub said to come again."""
        until, refused = time.monotonic() + patience, 0
        while True:
            page = await self.navigate("hub/spawn")
            if waits := EVENTS.search(page.body.decode(errors="replace")):
                await self._follow(waits[1])
                page = await self.navigate(f"user/{name}/lab")
            if page.code == 200 and f"/user/{name}/" in page.effective_url:
                await self._load(page, name)
                return refused
            if page.code not in COME_AGAIN or time.monotonic() > until:
                checked(page)
                raise Failed(f"{_named('GET', page.effective_url)}: not JupyterLab's page")
            refused += 1
            await asyncio.sleep(float(page.headers.get("Retry-After") or pause))

    async def stop_server(self, name):
        """What the button "Stop my server" does."""
        await self.api(f"hub/api/users/{name}/server", "DELETE")

    async def _follow(self, url):
        """Read the events of a starting server, as the page with the bar does, to the last."""
        read = []
        url = urljoin(self.address, url.replace("\\u0026", "&").replace("&amp;", "&"))
        response = await self.fetch(url, mode="cors", streaming_callback=read.append)
        if response.code == 400:  # it came up between the page and this: the next page says so
            return
        checked(response)
        for line in b"".join(read).decode().splitlines():
            event = json.loads(line.removeprefix("data:")) if line.startswith("data:") else {}
            if event.get("failed"):
                raise Failed("the server did not start", event.get("message", ""))

    async def _load(self, page, name):
        """What JupyterLab's page loads before anything can be clicked."""
        scripts = SCRIPT.findall(page.body.decode(errors="replace"))
        urls = [urljoin(page.effective_url, url) for url in scripts]
        asked = [f"user/{name}/{what}" for what in ("lab/api/settings", "api/kernelspecs", "api/sessions")]
        await asyncio.gather(*(self.fetch(url, mode="no-cors") for url in urls), *map(self.api, asked))


def checked(response):
    """A response, if it is no error; Failed with the status and what the page says otherwise."""
    if response.code < 400:
        return response
    request = response.request
    raise Failed(f"{_named(request.method, request.url)}: {response.code} {response.reason}", said(response))


def said(response):
    """What a page of an error says to who sees it, without its markup."""
    text = (response.body or b"").decode(errors="replace")
    found = ERROR.search(text)
    words = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", found[1] if found else text, flags=re.DOTALL)
    return " ".join(words.split())[:300]


def _named(method, url):
    """A request in words, without what differs from one student to the next."""
    path = re.sub(r"/(user|users|spawn|spawn-pending)/[^/]+", r"/\1/NAME", urlsplit(url).path)
    path = re.sub(r"/[0-9a-f]{8}-[0-9a-f-]{27}", "/ID", path)
    return f"{method} {path}"
