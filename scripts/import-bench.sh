#!/bin/sh
# Measures imports: 100,000 contacts and 20,000 opportunities (and the 5,000 accounts that they belong to), twice, on an
# embedded database of its own, and proves that the second time changed nothing: every table is copied with `crm-ai backup`
# after each round and the SHA-256 of all rows of all columns (versions, times, logs, jobs, events included) are compared.
#
# Usage: scripts/import-bench.sh [path of crm-ai [contacts]]; numbers are printed, nothing is left behind.
# Exit 1: a row was bad, or a table differs between the rounds.
set -eu
bin=${1:-target/release/crm-ai}
contacts=${2:-100000}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export DATA_DIR="$folder/data"

python3 "$(dirname "$0")/import-files.py" "$folder" "$contacts"

"$bin" tenant create --slug bench --name Bench --admin-email admin@bench.test >/dev/null
echo "cores: $(nproc), load: $(cut -d' ' -f1-3 /proc/loadavg)"
for round in first second; do
    for object in accounts contacts opportunities; do
        begun=$(date +%s%N)
        "$bin" import "$object" "$folder/$object.csv" --tenant bench --json >"$folder/said.json"
        millis=$((($(date +%s%N) - begun) / 1000000))
        python3 - "$folder/said.json" "$round $object" "$millis" <<'PY'
import json, sys
said, what, millis = json.load(open(sys.argv[1])), sys.argv[2], int(sys.argv[3])
rows, own = said["rows"], said["millis"]
counts = ", ".join(f"{name} {said[name]}" for name in ("created", "updated", "unchanged", "bad", "unresolved"))
print(f"{what}: {rows} rows in {own} ms, {rows * 1000 // max(own, 1)} rows/s "
      f"({rows * 1000 // millis} with start and stop of the database); {counts}")
sys.exit(1 if said["bad"] else 0)
PY
    done
    "$bin" backup "$folder/$round" >/dev/null
done

python3 - "$folder" <<'PY'
import json, sys
folder = sys.argv[1]
def tables(round):
    found = json.load(open(f"{folder}/{round}/manifest.json"))["tables"]
    # Each import is a row of its own.
    return {t["table"]: (t["rows"], t["sha256"]) for t in found if t["table"] != "imports"}
first, second = tables("first"), tables("second")
differing = [t for t in first.keys() | second.keys() if first.get(t) != second.get(t)]
rows = sum(count for count, _ in second.values())
for table in ("contacts", "opportunities", "accounts", "audit_log", "audit_values", "field_changes", "feed_events", "jobs"):
    print(f"{table}: {second[table][0]} rows, sha256 {second[table][1][:16]}…")
print(f"state after both rounds: {len(second)} tables, {rows} rows, " + (f"DIFFERS in {differing}" if differing else "identical"))
sys.exit(1 if differing else 0)
PY
