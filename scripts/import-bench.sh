#!/bin/sh
# Measures imports: 100,000 contacts and 20,000 opportunities, twice, on an embedded database of its own.
# Usage: scripts/import-bench.sh [path of crm-ai]; numbers are printed, nothing is left behind.
set -eu
bin=${1:-target/debug/crm-ai}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export DATA_DIR="$folder/data"

python3 - "$folder" <<'PY'
import random, sys
folder = sys.argv[1]
random.seed(7)
first = ["Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Radia", "Ken", "Margaret", "Tim"]
last = ["Lovelace", "Hopper", "Turing", "Dijkstra", "Liskov", "Knuth", "Perlman", "Thompson", "Hamilton", "Berners-Lee"]
stages = ["Prospecting", "Qualification", "Needs Analysis", "Value Proposition", "Proposal/Price Quote", "Closed Won", "Closed Lost"]
with open(f"{folder}/accounts.csv", "w") as out:
    out.write("external_id,name,industry,billing_city,billing_country\n")
    for n in range(5_000):
        out.write(f"a{n},Company {n},Software,Berlin,DE\n")
with open(f"{folder}/contacts.csv", "w") as out:
    out.write("external_id,first_name,last_name,email,phone,title,department,mailing_street,mailing_city,mailing_postal_code,mailing_country,lead_source,description,account_external_id\n")
    for n in range(100_000):
        f, l = random.choice(first), random.choice(last)
        out.write(f"c{n},{f},{l},{f.lower()}.{n}@example.com,+49 30 {1000000 + n},Engineer,Research,\"{n} Main St, Floor 2\",Berlin,10115,Germany,Web,Met at the fair of {2000 + n % 25},a{n % 5000}\n")
with open(f"{folder}/opportunities.csv", "w") as out:
    out.write("external_id,name,account_external_id,contact_external_id,stage,amount,currency,close_date,type,lead_source,next_step\n")
    for n in range(20_000):
        out.write(f"o{n},Deal {n},a{n % 5000},c{n * 5},{random.choice(stages)},{random.randint(1, 10**7) / 100:.2f},EUR,2026-{1 + n % 12:02d}-15,new_business,Web,Call\n")
PY

"$bin" tenant create --slug bench --name Bench --admin-email admin@bench.test >/dev/null
for round in first second; do
    for object in accounts contacts opportunities; do
        rows=$(($(wc -l <"$folder/$object.csv") - 1))
        begun=$(date +%s%N)
        said=$("$bin" import "$object" "$folder/$object.csv" --tenant bench)
        millis=$((($(date +%s%N) - begun) / 1000000))
        echo "$round $object: $rows rows in $millis ms, $((rows * 1000 / millis)) rows/s, with start and stop of the database: $said"
    done
done
