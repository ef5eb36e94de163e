"""Measures a served demo from outside: reads, searches, whole answers, memory.

usage: bench.py PROGRAM [COUNT]

Starts PROGRAM (a crm-ai) on a free port of this machine with a data folder of its own, sends COUNT requests of each
kind (200 unless told), first one at a time and then eight at once, prints a table, stops the program and removes the
folder. The client is Python: at eight at once it takes a good part of two cores itself.
"""

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

QUESTIONS = [
    "How long is a password reset link valid?",
    "How many API calls per minute do I have on the Team plan?",
    "Can I get my money back three weeks after I paid for a year?",
    "How do I export all my customers?",
    "What is the capital of Mongolia?",
]
AT_ONCE = 8
START_SECONDS = 180


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_ready(process, port, folder):
    """The demo is there when its key works, which is after its articles are indexed."""
    began = time.monotonic()
    while time.monotonic() - began < START_SECONDS:
        if process.poll() is not None:
            sys.exit(f"bench: {process.args[0]} ended with {process.returncode}; its words are in {folder}/log")
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/health/ready")
            ready = connection.getresponse().status == 200
            demo = json.loads((folder / "demo.json").read_text())
            # Of an earlier start it has another port.
            if ready and demo["base_url"].endswith(f":{port}"):
                return demo
        except OSError:
            pass
        time.sleep(0.2)
    sys.exit(f"bench: not ready after {START_SECONDS} s")


class Client:
    """One connection that is kept, as a real client's would be."""

    def __init__(self, port, key):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.connection.connect()
        self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def send(self, method, path, body=None):
        self.connection.request(method, path, json.dumps(body) if body else None, self.headers)
        answer = self.connection.getresponse()
        if answer.status >= 300:
            sys.exit(f"bench: {method} {path} gave {answer.status}: {answer.read()[:300]!r}")
        return answer

    def read(self, number):
        began = time.perf_counter()
        self.send("GET", "/v1/articles?limit=20").read()
        return {"read: 20 articles": time.perf_counter() - began}

    def search(self, number):
        began = time.perf_counter()
        body = {"query": QUESTIONS[number % len(QUESTIONS)], "limit": 5}
        self.send("POST", "/v1/knowledge/search", body).read()
        return {"search: 5 passages": time.perf_counter() - began}

    def answer(self, number):
        began = time.perf_counter()
        body = {"input": {"question": QUESTIONS[number % len(QUESTIONS)]}, "stream": True}
        stream = self.send("POST", "/v1/agents/answer/runs", body)
        times = {}
        for line in stream:
            if line.startswith(b"event: text_delta"):
                times.setdefault("answer: first text", time.perf_counter() - began)
        times["answer: whole"] = time.perf_counter() - began
        return times


def measure(port, key, kind, count, at_once):
    clients = [Client(port, key) for _ in range(at_once)]

    def share(worker):
        return [getattr(clients[worker], kind)(number) for number in range(worker, count, at_once)]

    for number, client in enumerate(clients):  # warms up
        getattr(client, kind)(number)
    began = time.perf_counter()
    with ThreadPoolExecutor(at_once) as pool:
        results = [times for part in pool.map(share, range(at_once)) for times in part]
    took = time.perf_counter() - began
    for name in dict.fromkeys(name for times in results for name in times):
        values = sorted(times[name] * 1000 for times in results if name in times)
        at = lambda share: values[min(len(values) - 1, int(len(values) * share))]
        print(
            f"{name:20} {at_once:>2} at once  p50 {at(0.5):8.2f} ms  p95 {at(0.95):8.2f} ms"
            f"  p99 {at(0.99):8.2f} ms  {len(results) / took:8.1f} /s"
        )


def memory(pid):
    """Megabytes that the process keeps resident, where the system tells."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return None
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


@contextlib.contextmanager
def scratch_folder():
    """A data folder that is removed at the end, unless something went wrong and its log is wanted."""
    folder = Path(tempfile.mkdtemp(prefix="crm-ai-bench-"))
    folder.chmod(0o755)  # root's database server runs as another user
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def served_demo(program, folder):
    """A demo that serves on a free port; yields the process, the port and what demo.json says."""
    port = free_port()
    settings = {
        "PORT": str(port),
        "DATA_DIR": str(folder),
        "CRM_AI__RATE_LIMIT__PER_SECOND": "100000",
        "CRM_AI__RATE_LIMIT__BURST": "100000",
    }
    # The embedded parts are meant, whatever else this shell is set up for.
    others = {"DATABASE_URL", "QDRANT_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL"}
    environment = {name: value for name, value in os.environ.items() if name not in others} | settings
    with (folder / "log").open("a") as log:
        process = subprocess.Popen([program, "demo"], env=environment, stdout=log, stderr=log)
    try:
        yield process, port, wait_until_ready(process, port, folder)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def main(program, count):
    with scratch_folder() as folder:
        began = time.perf_counter()
        with served_demo(program, folder) as (process, port, demo):
            print(f"first start, with both demo tenants indexed: {time.perf_counter() - began:.1f} s")
            if (before := memory(process.pid)) is not None:
                print(f"resident memory after the start: {before:.0f} MB")
            key = demo["tenants"][0]["api_key"]
            for kind in ("read", "search", "answer"):
                for at_once in (1, AT_ONCE):
                    measure(port, key, kind, count, at_once)
            if (after := memory(process.pid)) is not None:
                print(f"resident memory at the end: {after:.0f} MB")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) == 3 else 200)
