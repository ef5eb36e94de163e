"""Runs the browser's story of the console against a demo of its own.

usage: story.py PROGRAM [SHOTS]

Starts PROGRAM (a crm-ai) on a free port with a data folder of its own, as bench.py does, lets web/console/story
drive a Chromium through the console, and stops the program. SHOTS is a folder for screenshots.
"""

import os
import subprocess
import sys
from pathlib import Path

from bench import scratch_folder, served_demo

CONSOLE = Path(__file__).resolve().parent.parent / "web" / "console"


def main(program, shots):
    with scratch_folder() as folder, served_demo(program, folder):
        command = ["node", "story/story.mjs", str(folder / "demo.json"), *shots]
        status = subprocess.run(command, cwd=CONSOLE, env=os.environ, check=False).returncode
        if status != 0:
            sys.exit(f"story: the server's words are in {folder}/log")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(sys.argv[1], [str(Path(path).resolve()) for path in sys.argv[2:]])
