//! Each policy of the database matters, and what all of them allow is written down.
//!
//! A database is made in which every table has a row of every kind: an actor's own, a colleague's, that of somebody
//! below, nobody's, shared ones, another tenant's. Every actor tries everything with every table; what comes of it is a
//! reviewed snapshot. Then each policy is dropped and each is weakened to `true`, one at a time: the snapshot's answers
//! must change, else nobody would notice.

mod probe;
mod world;

use std::{collections::BTreeMap, fmt::Write as _};

use sqlx::{AssertSqlSafe, Executor};

use self::{
    probe::{TRIES, Try, actors_of, attempt, run},
    world::{Table, World},
};

/// The database roles that the service acts as.
const ROLES: &[&str] = &["crm_app", "crm_system", "crm_search"];

/// Mutations that change nothing, each with the reason why that is no gap. The first word is a table, or any.
const EQUIVALENT: &[(&str, &str, &str)] = &[
    (
        "*",
        "erase dropped",
        "most tables let jobs delete by a rule of their own; where none does, it is missed",
    ),
    (
        "budgets",
        "erase weakened",
        "everybody in the tenant sees and changes budgets anyway, and only jobs delete",
    ),
    (
        "field_changes",
        "record_all dropped",
        "who may view all records sees their history by record_read too, only slower",
    ),
    (
        "jobs",
        "erase weakened",
        "everybody in the tenant makes jobs anyway, and only jobs delete",
    ),
];

/// A policy of the database.
#[derive(Debug, Clone, sqlx::FromRow)]
struct Policy {
    table: String,
    name: String,
    command: String,
    roles: Vec<String>,
    using: Option<String>,
    check: Option<String>,
}

impl Policy {
    /// What would make it say nothing: each part alone, and all of it.
    fn mutations(&self) -> Vec<(&'static str, String)> {
        let (name, table) = (&self.name, &self.table);
        let mut mutations = vec![("dropped", format!("DROP POLICY {name} ON {table}"))];
        let is_true = |part: &Option<String>| part.as_deref().is_none_or(|part| part == "true");
        let weakened: Vec<&str> = [(&self.using, "USING (true)"), (&self.check, "WITH CHECK (true)")]
            .into_iter()
            .filter(|(part, _)| part.is_some())
            .map(|(_, weak)| weak)
            .collect();
        if !(is_true(&self.using) && is_true(&self.check)) {
            mutations.push((
                "weakened",
                format!("ALTER POLICY {name} ON {table} {}", weakened.join(" ")),
            ));
        }
        mutations
    }
}

/// What comes of each try, by role, actor and try.
type Answers = BTreeMap<(String, String, Try), String>;

#[tokio::test]
async fn every_policy_is_missed_when_it_is_gone() {
    let mut world = World::new().await;
    let policies = policies(&mut world).await;
    let mut report = String::new();
    let mut unnoticed = Vec::new();
    for table in world.tables.clone() {
        run(&mut world.owner, "BEGIN").await;
        let answers = ask(&mut world, &table).await;
        run(&mut world.owner, "ROLLBACK").await;
        tell(&mut report, &table, &answers);
        for policy in policies.iter().filter(|policy| policy.table == table.name) {
            for (how, statement) in policy.mutations() {
                run(&mut world.owner, "BEGIN").await;
                run(&mut world.owner, &statement).await;
                let is_noticed = is_noticed(&mut world, &table, policy, &answers).await;
                run(&mut world.owner, "ROLLBACK").await;
                let what = format!("{} {how}", policy.name);
                let is_equivalent = EQUIVALENT
                    .iter()
                    .any(|(table, known, _)| *known == what && (*table == "*" || *table == policy.table));
                if !is_noticed && !is_equivalent {
                    unnoticed.push(format!(
                        "{}.{what} ({} for {})",
                        policy.table,
                        policy.command,
                        policy.roles.join(", ")
                    ));
                }
            }
        }
    }
    assert!(unnoticed.is_empty(), "nobody notices:\n{}", unnoticed.join("\n"));
    insta::assert_snapshot!("tables", report);
}

async fn policies(world: &mut World) -> Vec<Policy> {
    sqlx::query_as(
        "SELECT tablename::text AS table, policyname::text AS name, cmd AS command, roles::text[] AS roles, qual AS using, with_check AS check \
         FROM pg_policies WHERE schemaname = 'public' ORDER BY 1, 2",
    )
    .fetch_all(&mut world.owner)
    .await
    .unwrap()
}

/// Everything that everybody can try with a table.
async fn ask(world: &mut World, table: &Table) -> Answers {
    let mut answers = Answers::new();
    for role in roles(world).await {
        for actor in actors_of(role, &world.actors) {
            for what in TRIES {
                let answer = attempt(world, role, &actor, table, *what).await;
                answers.insert((role.to_owned(), actor.name.clone(), *what), answer);
            }
        }
    }
    answers
}

/// Whether an answer changes, of those that the policy has a say in.
async fn is_noticed(world: &mut World, table: &Table, policy: &Policy, before: &Answers) -> bool {
    for role in roles(world).await {
        if !policy.roles.iter().any(|of| of == role || of == "public") {
            continue;
        }
        for what in TRIES.iter().filter(|what| what.is_ruled_by(&policy.command)) {
            for actor in actors_of(role, &world.actors) {
                let now = attempt(world, role, &actor, table, *what).await;
                if before[&(role.to_owned(), actor.name.clone(), *what)] != now {
                    return true;
                }
            }
        }
    }
    false
}

/// The roles that exist: the search role comes with the first searchable object.
async fn roles(world: &mut World) -> Vec<&'static str> {
    let mut found = Vec::new();
    for role in ROLES {
        let sql = format!("SELECT 1 FROM pg_roles WHERE rolname = '{role}'");
        if world
            .owner
            .fetch_optional(AssertSqlSafe(sql))
            .await
            .unwrap()
            .is_some()
        {
            found.push(*role);
        }
    }
    found
}

/// A table in the report: each answer, and who gets it.
fn tell(report: &mut String, table: &Table, answers: &Answers) {
    writeln!(report, "{}", table.name).unwrap();
    for role in ROLES {
        for what in TRIES {
            let mut by_answer: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
            for ((of, actor, tried), answer) in answers {
                if of == role && tried == what {
                    by_answer.entry(answer).or_default().push(actor);
                }
            }
            by_answer.remove("-");
            let is_dull = by_answer
                .keys()
                .all(|answer| matches!(*answer, "no right" | "nothing"));
            if by_answer.is_empty() || (*role != "crm_app" && is_dull) {
                continue;
            }
            writeln!(report, "  {} as {role}", what.name()).unwrap();
            for (answer, actors) in by_answer {
                writeln!(report, "    {answer}: {}", actors.join(" ")).unwrap();
            }
        }
    }
}

/// Changes of who may what, each of which must change what somebody sees or does.
const RULES: &[(&str, &str)] = &[
    (
        "the share of a record for reading goes",
        "DELETE FROM record_shares WHERE access = 'read'",
    ),
    (
        "the share of a record for writing goes",
        "DELETE FROM record_shares WHERE access = 'write'",
    ),
    (
        "a share for writing becomes one for reading",
        "UPDATE record_shares SET access = 'read' WHERE access = 'write'",
    ),
    (
        "a share for reading becomes one for writing",
        "UPDATE record_shares SET access = 'write' WHERE access = 'read'",
    ),
    (
        "a role is below another no more",
        "UPDATE roles SET parent_id = NULL WHERE name = 'junior'",
    ),
    (
        "a role may see all",
        r#"UPDATE roles SET permissions = '{"objects": {"*": ["read", "view_all"]}}' WHERE name = 'rep'"#,
    ),
    (
        "a role may change all",
        r#"UPDATE roles SET permissions = '{"objects": {"*": ["read", "view_all", "update", "modify_all"]}}' WHERE name = 'viewer'"#,
    ),
    (
        "a role may read what it may not",
        r#"UPDATE roles SET permissions = '{"objects": {"*": ["read"]}}' WHERE name = 'nobody'"#,
    ),
    (
        "a role may make what it may not",
        r#"UPDATE roles SET permissions = '{"objects": {"*": ["create"]}}' WHERE name = 'nobody'"#,
    ),
    (
        "a role may not read any more",
        r#"UPDATE roles SET permissions = '{"objects": {"*": ["create", "update", "delete"]}}' WHERE name = 'rep'"#,
    ),
    (
        "a member who left is back",
        "UPDATE memberships SET status = 'active' WHERE status = 'disabled'",
    ),
    (
        "a member leaves",
        "UPDATE memberships m SET status = 'disabled' FROM users u WHERE u.id = m.user_id AND u.name = 'rep'",
    ),
    (
        "a key is revoked",
        "UPDATE api_keys SET revoked_at = now() WHERE name = 'key'",
    ),
    (
        "a key has a role no more",
        "UPDATE api_keys SET role_id = NULL WHERE name = 'key_of_rep'",
    ),
];

#[tokio::test]
async fn every_record_rule_is_missed_when_it_changes() {
    let mut world = World::new().await;
    let owned: Vec<Table> = crm_store::catalog::OBJECTS
        .iter()
        .filter(|object| {
            object
                .rules()
                .is_some_and(|rules| rules.seen_by == crm_store::catalog::SeenBy::Owner)
        })
        .map(|object| {
            world
                .tables
                .iter()
                .find(|table| table.name == object.table)
                .unwrap()
                .clone()
        })
        .collect();
    assert!(owned.len() >= 5, "{}", owned.len());
    let mut unnoticed = Vec::new();
    for table in &owned {
        run(&mut world.owner, "BEGIN").await;
        let before = ask(&mut world, table).await;
        run(&mut world.owner, "ROLLBACK").await;
        for (what, statement) in RULES {
            run(&mut world.owner, "BEGIN").await;
            run(&mut world.owner, statement).await;
            let now = ask(&mut world, table).await;
            run(&mut world.owner, "ROLLBACK").await;
            if before == now {
                unnoticed.push(format!("{}: {what}", table.name));
            }
        }
    }
    assert!(unnoticed.is_empty(), "nobody notices:\n{}", unnoticed.join("\n"));
}
