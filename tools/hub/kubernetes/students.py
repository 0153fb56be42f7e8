"""Write what is a class's own for a hub on Kubernetes: its names, passwords, image and address.

``students.txt`` has a name on each line. Beside it come ``class.yaml``, which goes to Helm after values.yaml,
and ``passwords.csv``, from which each student is told one line. Run again with more names, it leaves the
passwords as they are. Both files are for their owner's eyes only.
"""

import argparse
import csv
import hashlib
import os
import re
import secrets
import sys
from pathlib import Path

import yaml

AUTHENTICATOR = Path(__file__).with_name("authenticator.py")
CONFIGURATION = "/usr/local/etc/jupyterhub/jupyterhub_config.d/authenticator.py"
NAME = re.compile(r"[a-z0-9]([a-z0-9._-]{0,30}[a-z0-9])?")
IMAGE = re.compile(r"(?P<name>[a-z0-9][\w./:-]*/[\w./-]+):(?P<tag>[\w][\w.-]*)")
HOST = re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another
HEADER = "# What is this class's own, for Helm after values.yaml. Keep it to yourself.\n"


def read_names(path):
    """The names in a file, one a line, in order. ValueError names the first line that is none."""
    names = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        name = line.strip()
        if not name:
            continue
        if not NAME.fullmatch(name):
            raise ValueError(
                f"{path.name}, line {number}: {name!r} is not allowed: lower-case letters, digits, . _ -"
            )
        if name in names:
            raise ValueError(f"{path.name}, line {number}: {name!r} is there already")
        names.append(name)
    if not names:
        raise ValueError(f"{path.name} has no names: write one on each line")
    return names


def new_password():
    """A password that is read off a slip of paper: twelve letters and digits, 59 bits."""
    letters = [secrets.choice(LETTERS) for _ in range(12)]
    return "-".join("".join(letters[k : k + 4]) for k in (0, 4, 8))


def hashed(password):
    """Salt and hash of a password, as authenticator.py reads them."""
    salt = secrets.token_bytes(16)
    return f"{salt.hex()}:{hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1).hex()}"


def passwords(names, path):
    """The password of each name: from the file if it is there, else a new one."""
    kept = {}
    if path.is_file():
        with open(path, encoding="utf-8", newline="") as file:
            kept = {row["name"]: row["password"] for row in csv.DictReader(file)}
    return {name: kept.get(name) or new_password() for name in names}


def class_values(words, image, host, email, teachers=()):
    """The values of a class for the chart, from the password of each name."""
    found = IMAGE.fullmatch(image)
    if not found:
        raise ValueError(f"the image {image!r} is not allowed: give registry/name:tag")
    if not HOST.fullmatch(host):
        raise ValueError(f"the host {host!r} is not allowed: give a name such as hub.example.org")
    if not EMAIL.fullmatch(email):
        raise ValueError(f"the e-mail address {email!r} is not allowed")
    if unknown := [name for name in teachers if name not in words]:
        raise ValueError(f"the teacher {unknown[0]!r} is not among the names")
    config = {
        "Authenticator": {"allowed_users": list(words), "admin_users": list(teachers)},
        "PersonalPasswords": {"hashes": {name: hashed(word) for name, word in words.items()}},
    }
    source = AUTHENTICATOR.read_text(encoding="utf-8")
    return {
        "hub": {
            "activeServerLimit": len(words),
            "config": config,
            "extraFiles": {"authenticator": {"mountPath": CONFIGURATION, "stringData": source}},
        },
        "singleuser": {"image": found.groupdict()},
        "proxy": {"https": {"hosts": [host], "letsencrypt": {"contactEmail": email}}},
    }


def write_private(path, text):
    """Write a file that only its owner may read: under another name first, then its own."""
    partial = path.with_name(path.name + ".partial")
    partial.unlink(missing_ok=True)
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    partial.replace(path)


def write(students, image, host, email, teachers=()):
    """Write class.yaml and passwords.csv beside the list of students; give their paths."""
    slips, target = students.with_name("passwords.csv"), students.with_name("class.yaml")
    words = passwords(read_names(students), slips)
    values = yaml.safe_dump(class_values(words, image, host, email, teachers), sort_keys=False)
    rows = "".join(f"{name},{word}\n" for name, word in words.items())
    write_private(slips, "name,password\n" + rows)
    write_private(target, HEADER + values)
    return target, slips


def main():
    """Write them; say where they are, or which line is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("students", type=Path, help="a file with a name on each line")
    parser.add_argument("--image", required=True, help="where the image is: registry/name:tag")
    parser.add_argument("--host", required=True, help="the address to type, such as hub.example.org")
    parser.add_argument("--email", required=True, help="whom Let's Encrypt writes to about the certificate")
    parser.add_argument("--teacher", action="append", default=[], help="a name that may open all servers")
    given = parser.parse_args()
    try:
        target, slips = write(given.students, given.image, given.host, given.email, given.teacher)
    except (ValueError, OSError) as problem:
        sys.exit(f"Nothing was written: {problem}")
    print(f"For Helm: {target}\nFor the students, a line each: {slips}")


if __name__ == "__main__":
    main()
