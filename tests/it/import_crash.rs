//! An import that is killed at any point and started again ends as if nothing had happened.

use std::{fmt::Write as _, time::Duration};

use crate::import_support::Desk;

const PEOPLE: usize = 14_000;
const COMPANIES: usize = 300;
const KILLS: usize = 20;

/// What does not differ between two databases: ids and times do.
const STATE: &str = "SELECT 'contact' AS what, c.external_id, c.last_name, c.email, a.external_id AS account, c.version FROM contacts c \
        LEFT JOIN accounts a ON a.id = c.account_id \
    UNION ALL SELECT 'account', external_id, name, NULL, NULL, version FROM accounts \
    UNION ALL SELECT 'log', object, action, NULL, NULL, count(*) FROM audit_log WHERE object IN ('contact', 'account') GROUP BY 2, 3 \
    UNION ALL SELECT 'link', object, target_external_id, NULL, NULL, count(*) FROM import_links GROUP BY 2, 3 \
    UNION ALL SELECT 'created', object, NULL, NULL, NULL, sum(rows_created) FROM imports GROUP BY 2";

/// Small numbers from a seed: the points of the kills are the same in every run of the test.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

fn files(desk: &Desk) -> (String, String) {
    let mut people = String::from("external_id,last_name,email,account_external_id\n");
    for n in 0..PEOPLE {
        // Some companies are in neither file.
        let _ = writeln!(people, "c{n},Name {n},p{n}@example.com,a{}", n % (COMPANIES + 3));
    }
    let mut companies = String::from("external_id,name\n");
    for n in 0..COMPANIES {
        let _ = writeln!(companies, "a{n},Company {n}");
    }
    let path = |name, text: String| desk.file(name, text).to_str().unwrap().to_owned();
    (path("people.csv", people), path("companies.csv", companies))
}

async fn whole(desk: &Desk, object: &str, file: &str) {
    let ran = desk
        .run(&["import", object, file, "--tenant", "acme", "--json"])
        .await;
    assert_eq!(ran.code, 0, "{} {}", ran.stdout, ran.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_that_is_killed_twenty_times_ends_in_the_same_state() {
    let calm = Desk::new().await;
    let (people, companies) = files(&calm);
    let began = std::time::Instant::now();
    whole(&calm, "contacts", &people).await;
    // A kill may come anywhere in a whole run, start and end included.
    let longest = u64::try_from(began.elapsed().as_millis()).unwrap().min(4_000);
    whole(&calm, "accounts", &companies).await;

    let desk = Desk::new().await;
    let (people, companies) = files(&desk);
    let mut dice = Dice(0x5eed_cafe);
    for kill in 0..KILLS {
        let (object, file) = if kill < KILLS * 3 / 4 {
            ("contacts", &people)
        } else {
            ("accounts", &companies)
        };
        let mut child = desk.start(&["import", object, file, "--tenant", "acme"]);
        // The moment is the test's, not a wait for something.
        let moment = Duration::from_millis(20 + dice.roll(longest));
        let ended = tokio::task::spawn_blocking(move || {
            let until = std::time::Instant::now() + moment;
            while std::time::Instant::now() < until {
                if let Some(status) = child.try_wait().unwrap() {
                    return status.success();
                }
                std::thread::yield_now();
            }
            // kill -9.
            child.kill().unwrap();
            child.wait().unwrap();
            true
        });
        assert!(ended.await.unwrap(), "kill {kill}: the import failed by itself");
        if kill + 1 == KILLS * 3 / 4 {
            whole(&desk, "contacts", &people).await;
        }
    }
    whole(&desk, "accounts", &companies).await;
    assert_eq!(desk.count("contacts").await, i64::try_from(PEOPLE).unwrap());
    assert!(
        desk.state(STATE).await == calm.state(STATE).await,
        "the states differ"
    );
    assert_eq!(desk.count("imports WHERE state = 'running'").await, 0);
}
