"""Writes accounts.csv (5,000), contacts.csv and opportunities.csv into a folder, the same ones every time.

Usage: import-files.py FOLDER [CONTACTS]; opportunities are a fifth of the contacts.
"""
import random
import sys

folder, contacts = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
random.seed(7)
FIRST = ["Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Radia", "Ken", "Margaret", "Tim", "Jürgen", "Zoë"]
LAST = ["Lovelace", "Hopper", "Turing", "Dijkstra", "Liskov", "Knuth", "Perlman", "Thompson", "Hamilton", "Berners-Lee"]
STAGES = ["Prospecting", "Qualification", "Needs Analysis", "Value Proposition", "Proposal/Price Quote", "Closed Won", "Closed Lost"]

with open(f"{folder}/accounts.csv", "w") as out:
    out.write("external_id,name,industry,billing_city,billing_country\n")
    for n in range(5_000):
        out.write(f"a{n},Company {n},Software,Berlin,DE\n")
with open(f"{folder}/contacts.csv", "w") as out:
    out.write("external_id,first_name,last_name,email,phone,title,department,mailing_street,mailing_city,"
              "mailing_postal_code,mailing_country,lead_source,description,account_external_id\n")
    for n in range(contacts):
        first, last = random.choice(FIRST), random.choice(LAST)
        out.write(f'c{n},{first},{last},p.{n}@example.com,+49 30 {1000000 + n},Engineer,Research,"{n} Main St, Floor 2",'
                  f"Berlin,10115,Germany,Web,Met at the fair of {2000 + n % 25},a{n % 5000}\n")
with open(f"{folder}/opportunities.csv", "w") as out:
    out.write("external_id,name,account_external_id,contact_external_id,stage,amount,currency,close_date,type,lead_source,next_step\n")
    for n in range(contacts // 5):
        out.write(f"o{n},Deal {n},a{n % 5000},c{n * 5},{random.choice(STAGES)},{random.randint(1, 10**7) / 100:.2f},EUR,"
                  f"2026-{1 + n % 12:02d}-15,new_business,Web,Call\n")
