"""Runs schemathesis against a served demo.

usage: fuzz_api.py PROGRAM SCHEMATHESIS quick|deep

Fails when an answer is a 5xx or is not as the OpenAPI document says.
"""

import subprocess
import sys
import time
from pathlib import Path

from bench import scratch_folder, served_demo

CONFIG = Path(__file__).resolve().parent / "schemathesis.toml"

# Quick: random requests, right and wrong. Deep: besides, every bound of every value, which takes many times as long.
PHASES = {"quick": "examples,fuzzing", "deep": "examples,coverage,fuzzing"}

# Not asked, and why.
EXCLUDED = {
    "follow_feed": "a stream without an end",
    "follow_run": "a stream without an end",
    "logout": "ends the session that asks",
    "create_erasure": "erases the tenant that asks",
    "get_metrics": "not JSON and not the API's",
}
# Checks that say nothing here, and why.
UNCHECKED = {
    "positive_data_acceptance": "a reference to a record that is not there is refused, and no schema can say which are",
    "use_after_free": "a deleted record is shown on purpose when the question says deleted=true",
}


def main(program, schemathesis, depth):
    with scratch_folder() as folder:
        began = time.perf_counter()
        with served_demo(program, folder) as (process, port, demo):
            print(f"the demo serves after {time.perf_counter() - began:.0f} s", flush=True)
            command = [
                schemathesis,
                f"--config-file={CONFIG}",
                "run",
                f"http://127.0.0.1:{port}/openapi.json",
                f"--header=Authorization: Bearer {demo['tenants'][0]['api_key']}",
                f"--phases={PHASES[depth]}",
                "--checks=all",
                f"--exclude-checks={','.join(UNCHECKED)}",
                "--max-examples=3",
                "--generation-deterministic",
                "--no-shrink",
                "--continue-on-failure",
                "--workers=1",
                "--request-timeout=30",
                "--suppress-health-check=all",
                "--warnings=off",
                "--no-color",
            ]
            command += [f"--exclude-operation-id={operation}" for operation in EXCLUDED]
            began = time.perf_counter()
            ended = subprocess.run(command, cwd=folder, check=False)
            print(f"asked for {time.perf_counter() - began:.0f} s", flush=True)
        if ended.returncode or process.returncode:
            sys.exit(f"fuzz: failed (schemathesis {ended.returncode}, demo {process.returncode}); its log: {folder}/log")


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[3] not in PHASES:
        sys.exit(__doc__)
    main(*sys.argv[1:])
