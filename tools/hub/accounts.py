"""Who may enter: the class code creates an account, and from then on only its own password opens it.

Everything lies in the hub's folder, in files that only their owner can read: the class code, the teacher's
password, and for each account a salt and what scrypt makes of the password.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import pwd
import re
import secrets
import time
from collections import defaultdict, deque

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike on a board
TEACHER = "teacher"
NAME = re.compile(r"[a-z][a-z0-9-]{0,18}[a-z0-9]")
SHORTEST, LONGEST = 8, 200  # characters of a password
FIRST_USER = 70_000  # the user who runs the first student's server, where root runs the hub
SCRYPT = {"n": 1 << 15, "r": 8, "p": 1, "maxmem": 64 << 20}  # about a tenth of a second
# Wrong attempts within so many seconds. One address closes a name for itself only: to close it for everybody
# takes twenty addresses.
MOST_WRONG, WINDOW = {"address": 60, "name": 300, "name and address": 15}, 300


class Refused(Exception):
    """Why somebody may not enter, as it is told to them: never with what they typed as a secret."""


class TooOften(Refused):
    """So many wrong attempts that the next one is not even looked at."""


def new_code():
    """A class code that can be read aloud; 31 ** 8 are possible."""
    letters = "".join(secrets.choice(LETTERS) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def plain(code):
    """A class code without what people type differently."""
    return re.sub(r"[\s-]", "", code).lower()


def scrypt(password, salt):
    """What is kept of a password."""
    return hashlib.scrypt(password.encode(), salt=salt, **SCRYPT)


def kept(path, make):
    """The text of a file that only its owner may read, made if it is not there."""
    with contextlib.suppress(FileExistsError):
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(make() + "\n")
    return path.read_text(encoding="utf-8").strip()


def read(path):
    """All accounts in a file: name -> salt, key, and the number of the user who runs the student's server."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


class Accounts:
    """The accounts of a hub's folder. Processes may change them at once: each change has a lock."""

    def __init__(self, folder):
        self.path = folder / "accounts.json"
        self.code = kept(folder / "class-code.txt", new_code)
        self.wrong = Attempts()
        teacher = kept(folder / "teacher.txt", lambda: secrets.token_urlsafe(18))
        if not self.write(TEACHER, teacher) and not self.opens(TEACHER, teacher):
            self.write(TEACHER, teacher, new=False)  # the file counts, whoever changed it

    def read(self):
        """All accounts by name."""
        return read(self.path)

    @contextlib.contextmanager
    def changing(self):
        """All accounts, to be changed: they are written when the block ends."""
        with open(self.path.with_suffix(".lock"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            found = self.read()
            yield found
            partial = self.path.with_suffix(".partial")
            with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                json.dump(found, file, indent=1)
            partial.replace(self.path)

    def write(self, name, password, new=True):
        """Create an account (``new``), or give one another password. False if it is there, or is not."""
        salt = secrets.token_bytes(16)
        entry = {"salt": salt.hex(), "key": scrypt(password, salt).hex()}
        with self.changing() as found:
            if (name in found) == new:
                return False
            user = free_user(found) if new else found[name]["user"]
            found[name] = entry | {"user": user} | ({} if new else {"replaced": True})
        return True

    def opens(self, name, password):
        """Whether this is the password of an account."""
        entry = self.read()[name]
        key = scrypt(password[:LONGEST], bytes.fromhex(entry["salt"]))
        return secrets.compare_digest(key, bytes.fromhex(entry["key"]))

    def replaced(self):
        """Whose password was replaced, and the new salt: their sessions are still to be closed."""
        return {name: entry["salt"] for name, entry in self.read().items() if "replaced" in entry}

    def closed(self, name, salt):
        """Note that the sessions of that time are closed."""
        with self.changing() as found:
            if found[name]["salt"] == salt:
                found[name].pop("replaced", None)

    def enter(self, name, password, code, address):
        """Let somebody in, with a new account if the class code is right; else Refused, with the reason."""
        keys = {"address": address, "name": name, "name and address": f"{name} {address}"}
        self.wrong.check(keys)
        try:
            self.look(name, password, code)
        except Refused:
            self.wrong.add(keys)
            raise

    def look(self, name, password, code):
        """The same, without counting."""
        if not NAME.fullmatch(name):
            raise Refused(
                "A name has 2 to 20 characters: letters a-z, digits and dashes. "
                "It begins with a letter and does not end with a dash."
            )
        if name in self.read():
            if not self.opens(name, password):
                raise Refused(f"This is not the password of {name}. New here? Then choose another name.")
            return
        if not code:
            raise Refused(f"There is no account called {name}. To create it, enter the class code too.")
        if not secrets.compare_digest(plain(code).encode(), plain(self.code).encode()):
            raise Refused("This is not the class code.")
        if not SHORTEST <= len(password) <= LONGEST:
            raise Refused(f"A password must have {SHORTEST} to {LONGEST} characters.")
        if plain(password) == plain(self.code):
            raise Refused("Everybody can see the class code: choose a password of your own.")
        if not self.write(name, password):
            raise Refused(f"Somebody has just taken the name {name}: choose another.")


def free_user(found):
    """The next number of a user that neither an account nor the system has."""
    number = max((entry["user"] for entry in found.values()), default=FIRST_USER - 1) + 1
    while True:
        try:
            pwd.getpwuid(number)
        except KeyError:
            return number
        number += 1


class Attempts:
    """Counts wrong attempts by address, by name, and by both."""

    def __init__(self, clock=time.monotonic):
        self.clock, self.times = clock, defaultdict(deque)

    def check(self, keys):
        """TooOften if there were too many lately."""
        for key in keys.items():
            times = self.times.get(key, ())
            while times and times[0] < self.clock() - WINDOW:
                times.popleft()
            if len(times) >= MOST_WRONG[key[0]]:
                raise TooOften(f"Too many wrong attempts. Wait {WINDOW // 60} minutes.")

    def add(self, keys):
        """Note a wrong one."""
        for key in keys.items():
            self.times[key].append(self.clock())
        if len(self.times) > 10_000:  # names that somebody made up
            self.times.clear()
