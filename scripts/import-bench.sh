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

python3 - "$folder" "$contacts" <<'PY'
import random, sys
folder, contacts = sys.argv[1], int(sys.argv[2])
random.seed(7)
first = ["Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Radia", "Ken", "Margaret", "Tim", "Jürgen", "Zoë"]
last = ["Lovelace", "Hopper", "Turing", "Dijkstra", "Liskov", "Knuth", "Perlman", "Thompson", "Hamilton", "Berners-Lee"]
stages = ["Prospecting", "Qualification", "Needs Analysis", "Value Proposition", "Proposal/Price Quote", "Closed Won", "Closed Lost"]
with open(f"{folder}/accounts.csv", "w") as out:
    out.write("external_id,name,industry,billing_city,billing_country\n")
    for n in range(5_000):
        out.write(f"a{n},Company {n},Software,Berlin,DE\n")
with open(f"{folder}/contacts.csv", "w") as out:
    out.write("external_id,first_name,last_name,email,phone,title,department,mailing_street,mailing_city,mailing_postal_code,mailing_country,lead_source,description,account_external_id\n")
    for n in range(contacts):
        f, l = random.choice(first), random.choice(last)
        out.write(f"c{n},{f},{l},p.{n}@example.com,+49 30 {1000000 + n},Engineer,Research,\"{n} Main St, Floor 2\",Berlin,10115,Germany,Web,Met at the fair of {2000 + n % 25},a{n % 5000}\n")
with open(f"{folder}/opportunities.csv", "w") as out:
    out.write("external_id,name,account_external_id,contact_external_id,stage,amount,currency,close_date,type,lead_source,next_step\n")
    for n in range(contacts // 5):
        out.write(f"o{n},Deal {n},a{n % 5000},c{n * 5},{random.choice(stages)},{random.randint(1, 10**7) / 100:.2f},EUR,2026-{1 + n % 12:02d}-15,new_business,Web,Call\n")
PY

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
