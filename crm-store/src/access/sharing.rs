//! Sharing rules: records that match typed filters are open to a role beyond what their owners open to it.
//!
//! Which records those are is kept row by row in `record_shares`, so that reading costs a look-up. Every write brings
//! the rows of the written records up to date; a new or changed rule brings all of them up to date in a job.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    StoreError, TenantTx,
    catalog::{self, Object, SeenBy},
    jobs::NewJob,
    query::{self, Checked, Condition, Subject},
    records::tenant_facts,
    text_enum::text_enum,
};

/// The kind of job that finds all records of a rule; its key is the rule's id.
pub const SHARE_JOB: &str = "refresh_sharing_rule";

/// A list asks up to so many rules one by one.
const MOST_ASKED: i64 = 8;

text_enum! {
    /// What a rule opens.
    pub enum ShareAccess {
        /// The records can be seen.
        Read = "read",
        /// They can be changed too.
        Write = "write",
    }
}

/// A sharing rule.
#[derive(Debug, Clone, PartialEq, Serialize, sqlx::FromRow)]
pub struct SharingRule {
    /// The rule.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// The object, by name.
    pub object: String,
    /// The filters that a record passes, all of them.
    #[sqlx(json)]
    pub criteria: Vec<Condition>,
    /// For whom.
    pub role_id: Uuid,
    /// What it opens.
    pub access: ShareAccess,
    /// Counts the changes; the `ETag`.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
}

/// A sharing rule to be.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewSharingRule {
    /// Its name.
    pub name: String,
    /// The object, by name.
    pub object: String,
    /// The filters that a record passes, all of them.
    pub criteria: Vec<Condition>,
    /// For whom.
    pub role_id: Uuid,
    /// What it opens.
    pub access: ShareAccess,
}

/// The tenant's sharing rules.
#[derive(Debug)]
pub struct SharingRules<'t>(&'t mut TenantTx);

impl TenantTx {
    /// The tenant's sharing rules.
    pub fn sharing_rules(&mut self) -> SharingRules<'_> {
        SharingRules(self)
    }
}

const COLUMNS: &str = "id, name, object, criteria, role_id, access, version, created_at, updated_at";

impl SharingRules<'_> {
    /// All of them, by name.
    pub async fn list(&mut self) -> Result<Vec<SharingRule>, StoreError> {
        self.read("true", None).await
    }

    /// One of them.
    pub async fn get(&mut self, id: Uuid) -> Result<Option<SharingRule>, StoreError> {
        Ok(self.read("id = $1", Some(id)).await?.pop())
    }

    async fn read(&mut self, which: &'static str, id: Option<Uuid>) -> Result<Vec<SharingRule>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM sharing_rules WHERE {which} ORDER BY name, id");
        let query = sqlx::query_as(sqlx::AssertSqlSafe(sql));
        let query = match id {
            Some(id) => query.bind(id),
            None => query,
        };
        Ok(query.fetch_all(self.0.conn()).await?)
    }

    /// Makes a rule; a job opens the records that match it.
    pub async fn create(&mut self, new: &NewSharingRule) -> Result<SharingRule, StoreError> {
        self.require().await?;
        hold_back_writers(self.0).await?;
        self.check(new).await?;
        let (tenant, now, id) = (self.0.grant().tenant(), self.0.now(), Uuid::now_v7());
        sqlx::query(
            "INSERT INTO sharing_rules (tenant_id, id, name, object, criteria, role_id, access, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
        )
        .bind(tenant)
        .bind(id)
        .bind(&new.name)
        .bind(&new.object)
        .bind(sqlx::types::Json(&new.criteria))
        .bind(new.role_id)
        .bind(new.access)
        .bind(now)
        .execute(self.0.conn())
        .await?;
        self.changed("create", id).await
    }

    /// Makes a rule another one; a job opens what matches now and closes what does not.
    pub async fn replace(
        &mut self,
        id: Uuid,
        new: &NewSharingRule,
        expected: Option<i64>,
    ) -> Result<SharingRule, StoreError> {
        self.require().await?;
        hold_back_writers(self.0).await?;
        self.check(new).await?;
        self.fresh(id, expected).await?;
        let now = self.0.now();
        sqlx::query(
            "UPDATE sharing_rules SET name = $2, object = $3, criteria = $4, role_id = $5, access = $6, \
                 version = version + 1, updated_at = $7 WHERE id = $1",
        )
        .bind(id)
        .bind(&new.name)
        .bind(&new.object)
        .bind(sqlx::types::Json(&new.criteria))
        .bind(new.role_id)
        .bind(new.access)
        .bind(now)
        .execute(self.0.conn())
        .await?;
        // What the old rule opened closes at once; what the new one opens comes with the job.
        sqlx::query("DELETE FROM record_shares WHERE rule_id = $1")
            .bind(id)
            .execute(self.0.conn())
            .await?;
        self.changed("update", id).await
    }

    /// Takes a rule away, and with it what it opened.
    pub async fn delete(&mut self, id: Uuid, expected: Option<i64>) -> Result<(), StoreError> {
        self.require().await?;
        hold_back_writers(self.0).await?;
        self.fresh(id, expected).await?;
        sqlx::query("DELETE FROM sharing_rules WHERE id = $1")
            .bind(id)
            .execute(self.0.conn())
            .await?;
        self.0
            .audit()
            .record("delete", "sharing_rule", Some(id), &[])
            .await
    }

    /// Finds all records of a rule anew. A rule that is gone has none.
    pub async fn refresh(&mut self, id: Uuid) -> Result<(), StoreError> {
        sqlx::query("SELECT pg_advisory_xact_lock_shared(sharing_lock())")
            .execute(self.0.conn())
            .await?;
        if let Some(rule) = self.get(id).await? {
            apply(self.0, &rule, None).await?;
        }
        Ok(())
    }

    async fn changed(&mut self, action: &str, id: Uuid) -> Result<SharingRule, StoreError> {
        let fields = ["name", "object", "criteria", "role_id", "access"];
        self.0
            .audit()
            .record(action, "sharing_rule", Some(id), &fields)
            .await?;
        self.0
            .jobs()
            .enqueue(&NewJob::new(SHARE_JOB, id.to_string()))
            .await?;
        self.get(id)
            .await?
            .ok_or(StoreError::NotFound { what: "sharing rule" })
    }

    async fn require(&mut self) -> Result<(), StoreError> {
        self.0.access().await?.require_area("roles")
    }

    /// Whether the rule can be asked of records.
    async fn check(&mut self, new: &NewSharingRule) -> Result<(), StoreError> {
        let object = owned(&new.object)?;
        let currency = tenant_facts(self.0).await?.currency;
        for condition in &new.criteria {
            let subject = Subject { object, access: None };
            subject.check(condition)?.expr(object, &currency)?;
        }
        Ok(())
    }

    async fn fresh(&mut self, id: Uuid, expected: Option<i64>) -> Result<(), StoreError> {
        let current: Option<i64> =
            sqlx::query_scalar("SELECT version FROM sharing_rules WHERE id = $1 FOR UPDATE")
                .bind(id)
                .fetch_optional(self.0.conn())
                .await?;
        match (current, expected) {
            (None, _) => Err(StoreError::NotFound { what: "sharing rule" }),
            (Some(current), Some(expected)) if current != expected => Err(StoreError::Stale { current }),
            (Some(_), _) => Ok(()),
        }
    }
}

/// The object of a rule: one whose records somebody owns.
fn owned(name: &str) -> Result<&'static Object, StoreError> {
    let is_owned =
        |object: &&'static Object| object.rules().is_some_and(|rules| rules.seen_by == SeenBy::Owner);
    catalog::object(name).filter(is_owned).ok_or_else(|| {
        let names: Vec<&str> = catalog::OBJECTS
            .iter()
            .filter(|object| is_owned(object))
            .map(|object| object.name)
            .collect();
        StoreError::invalid("object", format!("must be one of {}", names.join(", ")))
    })
}

/// The criteria of the rules that open records of an object to a role; none when there are too many of them to ask each.
pub(crate) async fn criteria(
    tx: &mut TenantTx,
    object: &'static Object,
    role: Uuid,
) -> Result<Option<Vec<Vec<Checked>>>, StoreError> {
    let rules: Vec<sqlx::types::Json<Vec<Condition>>> = sqlx::query_scalar(
        "SELECT criteria FROM sharing_rules WHERE object = $1 AND role_id = $2 ORDER BY id LIMIT $3",
    )
    .bind(object.name)
    .bind(role)
    .bind(MOST_ASKED + 1)
    .fetch_all(tx.conn())
    .await?;
    if i64::try_from(rules.len()).unwrap_or(i64::MAX) > MOST_ASKED {
        return Ok(None);
    }
    let subject = Subject { object, access: None };
    let checked = rules.iter().map(|rule| {
        rule.0
            .iter()
            .map(|condition| subject.check(condition))
            .collect::<Result<Vec<_>, _>>()
    });
    // A rule about a field that a later version took away matches nothing.
    Ok(Some(checked.filter_map(Result::ok).collect()))
}

/// Makes whoever changes the tenant's rules, or deletes a role that has some, wait for the writes of records that are going on,
/// and later ones wait for it: else a record would be opened by a rule that is just deleted, or missed by one just made.
pub(crate) async fn hold_back_writers(tx: &mut TenantTx) -> Result<(), StoreError> {
    sqlx::query("SELECT pg_advisory_xact_lock(sharing_lock())")
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Brings the shares of records up to date that were just written; the writer sees them until then.
pub(crate) async fn refresh_written(
    tx: &mut TenantTx,
    object: &'static Object,
    ids: &[Uuid],
) -> Result<(), StoreError> {
    if ids.is_empty() || object.rules().is_none_or(|rules| rules.seen_by != SeenBy::Owner) {
        return Ok(());
    }
    // No rule is changed before these writes are committed, and none of those that are told is gone.
    let sql = format!("SELECT {COLUMNS} FROM sharing_rules_kept($1)");
    let rules: Vec<SharingRule> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(object.name)
        .fetch_all(tx.conn())
        .await?;
    for rule in rules {
        apply(tx, &rule, Some(ids)).await?;
    }
    Ok(())
}

/// Makes the shares of a rule those of the records that match it: of these records, or of all.
async fn apply(tx: &mut TenantTx, rule: &SharingRule, ids: Option<&[Uuid]>) -> Result<(), StoreError> {
    // A rule about an object or a field that a later version took away matches nothing.
    let Ok(object) = owned(&rule.object) else {
        return Ok(());
    };
    let currency = tenant_facts(tx).await?.currency;
    let matching: Vec<Uuid> = match query::matching(object, &rule.criteria, &currency, ids) {
        Ok(statement) => statement.ids(tx.conn()).await?.into_iter().collect(),
        Err(_) => Vec::new(),
    };
    sqlx::query(
        "DELETE FROM record_shares WHERE rule_id = $1 AND ($2::uuid[] IS NULL OR record_id = ANY($2)) \
         AND NOT EXISTS (SELECT FROM unnest($3::uuid[]) AS m (id) WHERE m.id = record_id)",
    )
    .bind(rule.id)
    .bind(ids)
    .bind(&matching)
    .execute(tx.conn())
    .await?;
    let tenant = tx.grant().tenant();
    sqlx::query(
        "INSERT INTO record_shares AS s (tenant_id, object, record_id, role_id, rule_id, access) \
         SELECT $1, $2, m.id, $3, $4, $5 FROM unnest($6::uuid[]) AS m (id) \
         ON CONFLICT (tenant_id, object, record_id, role_id, rule_id) DO UPDATE SET access = excluded.access \
             WHERE s.access <> excluded.access",
    )
    .bind(tenant)
    .bind(object.name)
    .bind(rule.role_id)
    .bind(rule.id)
    .bind(rule.access)
    .bind(&matching)
    .execute(tx.conn())
    .await?;
    Ok(())
}
