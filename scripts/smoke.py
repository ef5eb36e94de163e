"""Starts the demo as a newcomer would, asks it what the README asks, and does both again.

usage: smoke.py PROGRAM

Fails unless every answer is streamed to its end with a citation, a question that it cannot answer gets none, and
each stop leaves nothing running.
"""

import json
import sys
import time

from bench import Client, scratch_folder, served_demo

ANSWERABLE = "How long is a password reset link valid?"
UNANSWERABLE = "What is the capital of Mongolia?"


def events(port, key, question):
    """The events of one run, in order."""
    body = {"input": {"question": question}, "stream": True}
    stream = Client(port, key).send("POST", "/v1/agents/answer/runs", body)
    return [json.loads(line[len(b"data: ") :]) for line in stream if line.startswith(b"data: ")]


def check(said, wanted, told):
    if not wanted:
        sys.exit(f"smoke: {told}: {json.dumps(said)[:2000]}")


def ask(port, key):
    said = events(port, key, ANSWERABLE)
    kinds = [event["type"] for event in said]
    check(said, kinds[:1] == ["run_started"] and kinds[-1:] == ["run_finished"], "the answer has no beginning or end")
    check(said, kinds.count("run_finished") == 1, "the answer ends more than once")
    check(said, "text_delta" in kinds and "citation" in kinds, "the answer has no text or no citation")
    said = events(port, key, UNANSWERABLE)
    kinds = [event["type"] for event in said]
    check(said, kinds[-1:] == ["run_finished"] and "citation" not in kinds, "a question without an answer was answered")


def main(program):
    with scratch_folder() as folder:
        keys = []
        for time_number in ("first", "second"):
            began = time.perf_counter()
            with served_demo(program, folder) as (process, port, demo):
                print(f"{time_number} start: {time.perf_counter() - began:.1f} s")
                ask(port, demo["tenants"][0]["api_key"])
                keys.append([tenant["api_key"] for tenant in demo["tenants"]])
            check(process.returncode, process.returncode == 0, "the demo did not stop cleanly")
            left = folder / "postgres" / "data" / "postmaster.pid"
            check(str(left), not left.exists(), "the database server was left running")
        check(keys, keys[0] == keys[1], "the second start made other keys")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
