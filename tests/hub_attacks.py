"""What a student may try from a kernel. Each prints a line that begins with GOT for whatever it got.

The attacker knows all that can be known: where the hub's folder is, its address, the other student's name.
Run with ``ISOLATION=none``, those of `WALLS` succeed: that they fail in a room is due to its walls.
"""

HELP = """
import glob, http.client, json, os, re, socket, urllib.error, urllib.request
FOLDER, URL, VICTIM, SECRET = {folder!r}, {url!r}, {victim!r}, {secret!r}
ME = os.environ["JUPYTERHUB_USER"]
TOKEN = os.environ["JUPYTERHUB_API_TOKEN"]

def read(path):
    try:
        with open(path, "rb") as file:
            return file.read(1 << 20)
    except OSError:
        return b""

def environments():
    for path in glob.glob("/proc/[0-9]*/environ"):
        yield dict(part.split(b"=", 1) for part in read(path).split(b"\\0") if b"=" in part)

class Unix(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("hub")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)

def ask(path, where, method="GET", body=None, **headers):
    try:
        connection = Unix(path)
        connection.request(method, where, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    except OSError:
        return 0, ""

HUB = next(path for path in ("/run/hub/hub", FOLDER + "/run/hub/hub") if os.path.exists(path))
"""
WALLS = {
    "another student's file, by its path": """
for start in ("", *glob.glob("/proc/*/root"), *(root + "/.." for root in glob.glob("/proc/*/root"))):
    if SECRET.encode() in read(f"{start}{FOLDER}/homes/{VICTIM}/notebooks/secret.txt"):
        print("GOT the file", start)
""",
    "another student's home, anywhere": """
import sys
seen = {ME, *sys.prefix.split("/")}  # where Python lies in somebody's home, the way to it is there
for start in ("/home", FOLDER + "/homes"):
    if os.path.isdir(start) and set(os.listdir(start)) - seen:
        print("GOT", os.listdir(start))
""",
    "environment and token of another student's server": """
for variables in environments():
    if variables.get(b"JUPYTERHUB_USER") == VICTIM.encode():
        print("GOT a token of", len(variables.get(b"JUPYTERHUB_API_TOKEN", b"")), "characters")
""",
    "sockets and key of another student's kernel": """
mine = os.environ["JUPYTER_RUNTIME_DIR"]
keys = {json.loads(read(path))["key"] for path in glob.glob(mine + "/kernel-*.json")}
for place in ("", "/proc/[0-9]*/root"):
    for path in glob.glob(place + "/tmp/run-*/kernel-*.json"):
        if json.loads(read(path) or '{"key": ""}')["key"] not in {"", *keys}:
            print("GOT the key of", path)
names = set(re.findall(rb"\\S*/run-\\S*kernel-\\S+", read("/proc/net/unix")))
if others := {name for name in names if not name.startswith(mine.encode())}:
    print("GOT sockets", len(others))
""",
    "database, cookie secret, class code, teacher's password, accounts, log": """
for name in ("hub.sqlite", "cookie-secret", "class-code.txt", "teacher.txt", "accounts.json", "hub.log"):
    if any(read(start + FOLDER + "/" + name) for start in ("", *glob.glob("/proc/[0-9]*/root"))):
        print("GOT", name)
""",
    "the proxy's token, and its routes": """
for variables in environments():
    if token := variables.get(b"CONFIGPROXY_AUTH_TOKEN"):
        header = {"Authorization": f"token {token.decode()}"}
        print("GOT the token", ask(FOLDER + "/run/proxy", "/api/routes", **header)[0])
        break
""",
    "the proxy's socket": """
if status := ask(FOLDER + "/run/proxy", "/api/routes")[0]:
    print("GOT an answer", status)
""",
    "a list of others' processes": """
for path in glob.glob("/proc/[0-9]*/cmdline"):
    if b"configurable-http-proxy" in (said := read(path)) or b"jupyterhub\\0--config" in said:
        print("GOT", said[:80])
""",
    "a signal to the hub": """
for path in glob.glob("/proc/[0-9]*/cmdline"):
    if b"jupyterhub\\0--config" in read(path):
        try:
            os.kill(int(path.split("/")[2]), 0)
            print("GOT through")
        except PermissionError:  # somebody else's hub
            pass
""",
    "another student's server, by its socket": """
if status := ask(f"{FOLDER}/run/s/{VICTIM}", f"/user/{VICTIM}/api/status")[0]:
    print("GOT an answer", status)
""",
    "the network": """
for place in ((URL.split("/")[2].split(":")[0], int(URL.rsplit(":", 1)[1])),):
    try:
        socket.create_connection(place, 2)
        print("GOT connected to", place)
    except OSError:
        pass
""",
    "a change to the shared environment": """
import sys
for folder in (sys.prefix, os.path.dirname(os.__file__), os.path.dirname(json.__file__)):
    try:
        open(folder + "/planted-by-a-test", "w").close()
        os.remove(folder + "/planted-by-a-test")
        print("GOT a file into", folder)
    except OSError:
        pass
""",
    "a change to the course": """
import helpers
places = (os.path.dirname(helpers.__file__), FOLDER + "/course/notebooks", "/course/notebooks", "/course")
for folder in places:
    try:
        open(folder + "/planted-by-a-test", "w").close()
        os.remove(folder + "/planted-by-a-test")
        print("GOT a file into", folder)
    except OSError:
        pass
""",
}
TOKENS = {
    "another student's server, by its socket and with the own token": """
status, said = ask(f"{FOLDER}/run/s/{VICTIM}", f"/user/{VICTIM}/api/contents", Authorization=f"token {TOKEN}")
if status == 200:
    print("GOT", said[:100])
""",
    "another student's server, by the hub's address and with the own token": """
place = f"{URL}/user/{VICTIM}/api/contents"
request = urllib.request.Request(place, headers={"Authorization": f"token {TOKEN}"})
try:
    print("GOT", urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=5).status)
except OSError:
    pass
""",
    "the hub's interface, for what belongs to others": """
for method, where in (
    ("GET", "users"), ("GET", f"users/{VICTIM}"), ("GET", "proxy"), ("GET", f"users/{VICTIM}/tokens"),
    ("POST", f"users/{VICTIM}/tokens"), ("POST", f"users/{VICTIM}/server"),
    ("DELETE", f"users/{VICTIM}/server"), ("POST", "users/mallory"),
    ("PATCH", f"users/{ME}"), ("POST", "shutdown"), ("GET", "services"),
):
    status, said = ask(HUB, "/hub/api/" + where, method, "{}", Authorization=f"token {TOKEN}")
    if status < 400 and (VICTIM in said or method != "GET"):
        print("GOT", method, where, status, said[:100])
""",
    "passwords and class codes, tried past the proxy with made-up addresses": """
elsewhere = {"X-Forwarded-For": "10.9.8.7"}
connection = Unix(HUB)
connection.request("GET", "/hub/login", headers=elsewhere)
answer = connection.getresponse()
xsrf = re.search(r'name="_xsrf" value="([^"]+)"', answer.read().decode())[1]
cookie = "; ".join(value.split(";")[0] for key, value in answer.getheaders() if key == "Set-Cookie")
body = f"username={VICTIM}&password=guess&_xsrf={xsrf}"
form = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
status, said = ask(HUB, "/hub/login", "POST", body, **elsewhere, **form)
if "with a browser" not in said:
    print("GOT it looked at", status)
""",
}
ROOM = {
    "another user, or root": """
for number in (0, 70_000, 70_001, 70_002):
    if number != os.getuid():
        try:
            os.setuid(number)
            print("GOT to be", number)
        except OSError:
            pass
said = read("/proc/self/status").decode()
if int(re.search(r"CapEff:\\s*(\\w+)", said)[1], 16) or "NoNewPrivs:\\t1" not in said:
    print("GOT", re.findall(r"(?:Cap|NoNew).*", said))
""",
}
