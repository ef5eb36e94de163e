//! The roles that every tenant has.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Store, StoreError, SystemTx, ids::TenantId};

/// Their names.
pub const BUILTIN: &[&str] = &["admin", "manager", "sales", "support", "viewer"];

/// Objects by what a role does with them: all verbs named once.
fn objects(groups: &[(&[&str], &[&str])]) -> Value {
    let mut all = serde_json::Map::new();
    for (names, verbs) in groups {
        for name in *names {
            all.insert((*name).to_owned(), json!(verbs));
        }
    }
    Value::Object(all)
}

const WRITE: &[&str] = &["create", "read", "update"];
const READ: &[&str] = &["read"];
/// What everyone does with agents: ask, read the answers, judge them.
const AGENTS: &[(&[&str], &[&str])] = &[(&["run", "feedback"], WRITE), (&["answer"], READ)];
/// What everyone may look up.
const SHARED: &[&str] = &[
    "article",
    "article_version",
    "product",
    "pricebook",
    "pricebook_entry",
    "pipeline_stage",
    "queue",
    "queue_member",
    "sla_policy",
    "exchange_rate",
    "field_change",
];

fn with_shared(groups: &[(&[&str], &[&str])]) -> Value {
    let mut all = vec![(SHARED, READ)];
    all.extend_from_slice(AGENTS);
    all.extend_from_slice(groups);
    objects(&all)
}

/// Name, what it is for, the role above, and what it may do; roles above come first.
fn definitions() -> [(&'static str, &'static str, Option<&'static str>, Value); 5] {
    let everything: &[&str] = &["create", "read", "update", "delete", "view_all", "modify_all"];
    let sales: &[&str] = &[
        "lead",
        "contact",
        "account",
        "account_contact_role",
        "opportunity",
        "opportunity_contact_role",
        "activity",
        "campaign",
        "campaign_member",
        "engagement_event",
        "quote",
        "quote_line",
        "consent",
    ];
    let support: &[&str] = &[
        "consent",
        "case",
        "case_event",
        "contact",
        "account",
        "account_contact_role",
        "activity",
        "conversation",
        "message",
    ];
    [
        ("admin", "May do everything.", None, json!({"all": true})),
        (
            "manager",
            "Sees and changes every record; above sales and support.",
            None,
            json!({
                "objects": objects(&[(&["*"], everything)]),
                "manage": ["exports", "imports", "articles"],
            }),
        ),
        (
            "sales",
            "Works on leads, accounts and opportunities of their own.",
            Some("manager"),
            json!({
                "objects": with_shared(&[(sales, WRITE), (&["case", "case_event", "contract", "payment", "conversation", "message", "quota"], READ)]),
            }),
        ),
        (
            "support",
            "Works on cases and conversations.",
            Some("manager"),
            json!({"objects": with_shared(&[(support, WRITE), (&["opportunity", "lead"], READ)])}),
        ),
        (
            "viewer",
            "Sees every record and changes none.",
            None,
            json!({
                "objects": objects(&[(&["*"], &["read", "view_all"]), (&["run", "feedback"], &["create", "read", "view_all"])]),
            }),
        ),
    ]
}

/// Gives a tenant the roles that it does not have yet. Roles of that name which are there stay as they are.
pub(crate) async fn found(tx: &mut SystemTx, tenant: TenantId) -> Result<(), StoreError> {
    let now = tx.now();
    for (name, description, parent, permissions) in definitions() {
        sqlx::query(
            "INSERT INTO roles (tenant_id, id, name, description, parent_id, permissions, builtin, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, (SELECT p.id FROM roles p WHERE p.tenant_id = $1 AND p.name = $5), $6, true, $7, $7) \
             ON CONFLICT (tenant_id, name) DO NOTHING",
        )
        .bind(tenant)
        .bind(Uuid::now_v7())
        .bind(name)
        .bind(description)
        .bind(parent)
        .bind(permissions)
        .bind(now)
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

impl Store {
    /// Gives tenants that are older than these roles those that they miss. Returns how many tenants missed one.
    pub async fn complete_roles(&self) -> Result<usize, StoreError> {
        let mut tx = self.system().await?;
        // The first role of tenants that were made before roles were marked.
        sqlx::query(
            "UPDATE roles SET builtin = true WHERE name = 'admin' AND NOT builtin AND permissions = '{\"all\": true}'",
        )
        .execute(tx.conn())
        .await?;
        let lacking: Vec<TenantId> = sqlx::query_scalar(
            "SELECT t.id FROM tenants t LEFT JOIN roles r ON r.tenant_id = t.id AND r.name = ANY ($1) \
             GROUP BY t.id HAVING count(r.id) < $2",
        )
        .bind(BUILTIN)
        .bind(i64::try_from(BUILTIN.len()).unwrap_or(i64::MAX))
        .fetch_all(tx.conn())
        .await?;
        for tenant in &lacking {
            found(&mut tx, *tenant).await?;
        }
        tx.commit().await?;
        Ok(lacking.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Permissions;

    #[test]
    fn every_role_reads_as_permissions_and_stands_below_one_before_it() {
        let all = definitions();
        assert_eq!(all.each_ref().map(|role| role.0).as_slice(), BUILTIN);
        for (n, (name, _, parent, permissions)) in all.iter().enumerate() {
            let read: Permissions = serde_json::from_value(permissions.clone()).unwrap();
            assert_eq!(read.all, *name == "admin");
            for object in read.objects.keys().filter(|object| *object != "*") {
                assert!(
                    crate::catalog::object(object).is_some_and(|known| known.name == object),
                    "{name}: {object}"
                );
            }
            assert!(
                read.manage
                    .iter()
                    .all(|area| super::super::AREAS.contains(&area.as_str()))
            );
            assert!(parent.is_none_or(|parent| all[..n].iter().any(|above| above.0 == parent)));
        }
    }
}
