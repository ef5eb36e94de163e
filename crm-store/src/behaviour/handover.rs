//! Who has a record: giving it to somebody, to a queue, and everything of somebody who leaves to somebody else.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::{
    StoreError, TenantTx,
    access::Verb,
    catalog::{Kind, OBJECTS, Object},
    ids::UserId,
    jobs::NewJob,
    query::{self, Columns},
    records::{Draft, Record, Value, Write, write},
};

/// The kind of the jobs that go on with a transfer; the key is `<from>:<to>`.
pub const TRANSFER: &str = "transfer_records";

/// How many records one statement hands over.
const BATCH: i64 = 500;

/// Who gets a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assignee {
    /// A member.
    User(Uuid),
    /// A queue, where nobody has it yet.
    Queue(Uuid),
    /// Nobody.
    Nobody,
}

/// How far a transfer got.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transferred {
    /// How many records of each object went over, by the object's plural.
    pub moved: BTreeMap<&'static str, u64>,
    /// Whether some are left, for a job.
    pub more: bool,
}

impl TenantTx {
    /// Gives a lead or a case to a member or to a queue.
    pub async fn assign(
        &mut self,
        object: &'static Object,
        id: Uuid,
        assignee: Assignee,
        expected: Option<i64>,
    ) -> Result<Record, StoreError> {
        let mut draft = Draft::new(object);
        match assignee {
            Assignee::User(user) => {
                draft.set("owner_id", user);
            }
            Assignee::Nobody => {
                draft.set("owner_id", Value::Null);
            }
            Assignee::Queue(queue) => {
                let open: Option<bool> =
                    sqlx::query_scalar("SELECT is_active FROM queues WHERE id = $1 AND deleted_at IS NULL")
                        .bind(queue)
                        .fetch_optional(self.conn())
                        .await?;
                match open {
                    None => {
                        return Err(StoreError::invalid(
                            "queue_id",
                            format!("there is no queue {queue}"),
                        ));
                    }
                    Some(false) => {
                        return Err(StoreError::invalid(
                            "queue_id",
                            "this queue takes nothing any more",
                        ));
                    }
                    Some(true) => {}
                }
                draft.set("queue_id", queue).set("owner_id", Value::Null);
            }
        }
        self.records(object).update(id, draft, expected).await
    }

    /// Hands everything that one member owns to another one, or to nobody: up to `limit` records now, the rest by a job.
    ///
    /// For whoever administers members. Each record's history says so, as for any change of its owner.
    pub async fn transfer(
        &mut self,
        from: UserId,
        to: Option<UserId>,
        limit: u64,
    ) -> Result<Transferred, StoreError> {
        let access = self.access().await?;
        access.require_area("members")?;
        let member: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM memberships WHERE user_id = $1)")
            .bind(from)
            .fetch_one(self.conn())
            .await?;
        if !member {
            return Err(StoreError::NotFound { what: "member" });
        }
        if to == Some(from) {
            return Err(StoreError::invalid("to", "must be another member"));
        }
        let mut done = Transferred::default();
        let mut left = limit;
        for object in owned_objects() {
            if !(access.can(object, Verb::Update) && access.can(object, Verb::Read)) {
                continue;
            }
            loop {
                let moved = self
                    .transfer_batch(object, from, to, BATCH.min(i64::try_from(left).unwrap_or(BATCH)))
                    .await?;
                if moved > 0 {
                    *done.moved.entry(object.plural).or_default() += moved;
                }
                left = left.saturating_sub(moved);
                if moved == 0 || left == 0 {
                    break;
                }
            }
            if left == 0 {
                done.more = true;
                break;
            }
        }
        self.transfer_rest(from, to, &mut done).await?;
        // Records that the actor may not see, and those beyond the limit.
        let to = to.map_or_else(String::new, |to| to.to_string());
        self.jobs()
            .enqueue(&NewJob::new(TRANSFER, format!("{from}:{to}")))
            .await?;
        self.audit()
            .record("transfer", "member", Some(from.uuid()), &["owner_id"])
            .await?;
        Ok(done)
    }

    async fn transfer_batch(
        &mut self,
        object: &'static Object,
        from: UserId,
        to: Option<UserId>,
        limit: i64,
    ) -> Result<u64, StoreError> {
        let ids: Vec<Uuid> = query::owned(object, from.uuid(), limit)
            .ids(self.conn())
            .await?
            .into_iter()
            .collect();
        if ids.is_empty() {
            return Ok(0);
        }
        let columns = Columns::all(object);
        let records = crate::records::read::fetch(self, &columns, query::locked(&columns, &ids)).await?;
        let mut writes: Vec<Write> = records
            .into_iter()
            .map(|record| {
                let draft = Draft::new(object).with("owner_id", to.map(UserId::uuid));
                Write::change(crate::records::Action::Update, record, draft)
            })
            .collect();
        write::run(self, object, &mut writes, write::Errors::Raise).await?;
        Ok(writes.len() as u64)
    }

    /// What is owned and is no record of the catalogue's rules: conversations, articles, places in queues.
    async fn transfer_rest(
        &mut self,
        from: UserId,
        to: Option<UserId>,
        done: &mut Transferred,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let conversations: Vec<Uuid> = sqlx::query_scalar(
            "UPDATE conversations SET owner_id = $2, version = version + 1, updated_at = $3 WHERE owner_id = $1 RETURNING id",
        )
        .bind(from)
        .bind(to)
        .bind(now)
        .fetch_all(self.conn())
        .await?;
        let articles: Vec<Uuid> = sqlx::query_scalar(
            "UPDATE articles SET owner_id = $2, version = version + 1, updated_at = $3 WHERE owner_id = $1 RETURNING id",
        )
        .bind(from)
        .bind(to)
        .bind(now)
        .fetch_all(self.conn())
        .await?;
        let places: Vec<Uuid> = sqlx::query_scalar(
            "UPDATE queue_members SET is_active = false, version = version + 1, updated_at = $2 \
             WHERE user_id = $1 AND is_active RETURNING id",
        )
        .bind(from)
        .bind(now)
        .fetch_all(self.conn())
        .await?;
        for (object, plural, field, ids) in [
            ("conversation", "conversations", "owner_id", conversations),
            ("article", "articles", "owner_id", articles),
            ("queue_member", "queue_members", "is_active", places),
        ] {
            if !ids.is_empty() {
                done.moved.insert(plural, ids.len() as u64);
                let ids: Vec<Option<Uuid>> = ids.into_iter().map(Some).collect();
                self.audit().record_all("update", object, &ids, &[field]).await?;
            }
        }
        Ok(())
    }

    /// Goes on with a transfer, for the job with this key. Returns whether some are left.
    pub async fn transfer_more(&mut self, key: &str) -> Result<bool, StoreError> {
        let Some((from, to)) = key.split_once(':') else {
            return Ok(false);
        };
        let (Ok(from), to) = (from.parse::<UserId>(), to.parse::<UserId>().ok()) else {
            return Ok(false);
        };
        let mut moved = 0;
        for object in owned_objects() {
            moved += self.transfer_batch(object, from, to, BATCH).await?;
        }
        self.transfer_rest(from, to, &mut Transferred::default()).await?;
        Ok(moved > 0)
    }
}

/// The objects of which somebody owns records.
fn owned_objects() -> impl Iterator<Item = &'static Object> {
    OBJECTS
        .iter()
        .copied()
        .filter(|object| matches!(object.kind, Kind::Record(_)) && object.field("owner_id").is_some())
}
