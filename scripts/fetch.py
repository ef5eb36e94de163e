"""Downloads one file and goes on where an earlier try stopped.

usage: fetch.py URL DEST SHA256

The bytes go to DEST.part, which becomes DEST only when they match the checksum. What does not match is
removed and fetched once more from the start.
"""

import hashlib
import shutil
import sys
import urllib.error
import urllib.request
from pathlib import Path


def download(url, part):
    """Adds to `part` what is missing of it."""
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        answer = urllib.request.urlopen(request, timeout=60)
    except urllib.error.HTTPError as error:
        if error.code == 416:  # nothing is missing, or the part is no part of this file: the checksum tells
            return
        raise
    goes_on = answer.status == 206
    with answer, part.open("ab" if goes_on else "wb") as out:
        shutil.copyfileobj(answer, out)
    expected = answer.headers.get("Content-Length")
    found = part.stat().st_size - (have if goes_on else 0)
    if expected is not None and found != int(expected):
        raise OSError(f"the connection ended after {found} of {expected} bytes")


def matches(path, sha256):
    return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256


def fetch(url, dest, sha256):
    part = dest.with_name(dest.name + ".part")
    for _ in range(2):
        if matches(dest, sha256):
            return
        dest.unlink(missing_ok=True)
        download(url, part)
        if matches(part, sha256):
            part.rename(dest)
            return
        print(f"setup: {url} does not match its checksum: removed", file=sys.stderr)
        part.unlink()
    raise OSError("it does not match the pinned checksum")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    try:
        fetch(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
    except OSError as error:
        sys.exit(f"setup: could not download {sys.argv[1]}: {error}; run this again to go on where it stopped")
