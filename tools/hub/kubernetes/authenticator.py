"""Let in whoever is on the list, each with a password of their own.

students.py puts this file into the values of a class, with the names and the hash of each password.
JupyterHub reads it in the hub's pod, where there is nothing else of the course.
"""

import hashlib
import hmac

from jupyterhub.auth import Authenticator
from traitlets import Dict, Unicode

NOBODY = "00" * 16 + ":" + "00" * 64  # no password has this hash


class PersonalPasswords(Authenticator):
    """Compare what is typed with the hash of that person's password."""

    hashes = Dict(Unicode(), config=True, help="Name -> salt and scrypt hash, in hexadecimal digits.")

    async def authenticate(self, handler, data):
        """Give the name if the password is right; a name that is not known takes as long as one that is."""
        name = self.normalize_username(data["username"])
        salt, known = self.hashes.get(name, NOBODY).split(":")
        typed = data["password"].strip().encode()
        found = hashlib.scrypt(typed, salt=bytes.fromhex(salt), n=2**14, r=8, p=1).hex()
        return name if hmac.compare_digest(found, known) else None


c.JupyterHub.authenticator_class = PersonalPasswords  # noqa: F821 (JupyterHub's configuration, there when read)
