#!/bin/sh
# Kills imports with -9 at 20 random points, at full size, and compares the end with that of an import that nobody killed:
# every contact, account and opportunity by its external id with its values, references, version and number of log entries.
# (tests/it/import_crash.rs does the same with fewer rows in every run of the tests.)
#
# Usage: scripts/import-crash.sh [path of crm-ai [contacts]]. Exit 1: the ends differ.
set -eu
bin=${1:-target/release/crm-ai}
contacts=${2:-100000}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 "$(dirname "$0")/import-files.py" "$folder" "$contacts"
python3 - "$bin" "$folder" <<'PY'
import collections, hashlib, json, os, random, subprocess, sys, time
binary, folder = sys.argv[1:]
KILLS = 20

def run(name, *arguments):
    ran = subprocess.run([binary, *arguments], env=os.environ | {"DATA_DIR": f"{folder}/{name}"}, capture_output=True, text=True)
    if ran.returncode:
        sys.exit(f"{arguments}: {ran.stdout}{ran.stderr}")

def start(name, object):
    return subprocess.Popen([binary, "import", object, f"{folder}/{object}.csv", "--tenant", "t"],
                            env=os.environ | {"DATA_DIR": f"{folder}/{name}"}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

def table(name, wanted):
    manifest = json.load(open(f"{folder}/{name}-state/manifest.json"))
    found = next(t for t in manifest["tables"] if t["table"] == wanted)
    with open(f"{folder}/{name}-state/{found['file']}", newline="\n") as lines:
        for line in lines:
            yield dict(zip(found["columns"], line.rstrip("\n").split("\t")))

def state(name):
    run(name, "backup", f"{folder}/{name}-state")
    known, rows = {}, []
    tables = ("accounts", "contacts", "opportunities")
    for of in tables:
        known.update((row["id"], row["external_id"]) for row in table(name, of))
    for of in tables:
        for row in table(name, of):
            # Ids and times differ between two databases; what they lead to does not.
            values = {field: known.get(value, value) for field, value in row.items()
                      if field not in ("tenant_id", "id", "search") and not field.endswith("_at")}
            rows.append(of + json.dumps(values, sort_keys=True))
    logged = collections.Counter((known.get(row["object_id"]), row["action"], row["object"]) for row in table(name, "audit_log"))
    rows += [str(entry) for entry in logged.items()]
    rows += [f"waits {of}" for of in ("import_links", "import_waiting") for _ in table(name, of)]
    rows.append(f"values {sum(1 for _ in table(name, 'audit_values'))} jobs {sum(1 for _ in table(name, 'jobs'))}")
    return len(rows), hashlib.sha256("\n".join(sorted(rows)).encode()).hexdigest()

order = ("contacts", "opportunities", "accounts")
for name in ("calm", "killed"):
    run(name, "tenant", "create", "--slug", "t", "--name", "T", "--admin-email", "admin@t.test")
took = {}
for object in order:
    begun = time.monotonic()
    run("calm", "import", object, f"{folder}/{object}.csv", "--tenant", "t")
    took[object] = time.monotonic() - begun
dice, died = random.Random(11), 0
for object, kills in zip(order, (KILLS - 8, 4, 4)):
    for _ in range(kills):
        importing = start("killed", object)
        try:
            importing.wait(0.02 + dice.random() * took[object] * 0.6)
        except subprocess.TimeoutExpired:
            importing.kill()
            importing.wait()
            died += 1
    run("killed", "import", object, f"{folder}/{object}.csv", "--tenant", "t")
calm, killed = state("calm"), state("killed")
print(f"killed {died} times of {KILLS}; calm: {calm[0]} facts, sha256 {calm[1][:16]}…; killed: {killed[0]} facts, sha256 {killed[1][:16]}…")
sys.exit(0 if calm == killed else "the ends differ")
PY
