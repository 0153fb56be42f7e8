"""Give a student a new password, for one who forgot it. For `make hub-password`."""

import argparse
import secrets
import sys
from pathlib import Path

from tools.hub.accounts import LETTERS, TEACHER, Accounts
from tools.hub.settings import FOLDER


def main():
    """Set a new password and say it, once; the hub need not be restarted."""
    parser = argparse.ArgumentParser(description="Give a student a new password.")
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER, help="the hub's folder")
    parser.add_argument("--name", required=True, help="whose password was forgotten")
    asked = parser.parse_args()
    folder = asked.folder.resolve()
    if not (folder / "accounts.json").is_file():
        sys.exit(f"There is no hub in {folder}: name its folder with FOLDER=")
    password = "".join(secrets.choice(LETTERS) for _ in range(12))
    if asked.name == TEACHER:
        sys.exit(f"The teacher's password is in {folder / 'teacher.txt'}")
    accounts = Accounts(folder)
    if not accounts.write(asked.name, password, new=False):
        known = ", ".join(sorted(set(accounts.read()) - {TEACHER})) or "none yet"
        sys.exit(f"There is no account {asked.name!r}. There are: {known}")
    print(f"{asked.name}'s new password: {password}")


if __name__ == "__main__":
    main()
