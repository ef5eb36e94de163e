//! Saved questions about the numbers, and alerts on them.
//!
//! A question belongs to whoever saved it, who may share it with a role or with everybody; whoever asks it gets the
//! numbers of their own rights. Administrators of the settings change and remove what is shared. An alert is its owner's
//! alone: a job that comes back by itself looks at it with the owner's rights, and tells the owner's feed and the
//! webhooks once for each crossing, and once when it cannot look any more.

// Above the modules that use it.
macro_rules! columns {
    () => {
        "id, name, question, query, is_pinned, alert_measure, alert_op, alert_value, alert_is_beyond, alert_looked_at, \
         alert_failure, alert_failed_at, alert_failure_told, \
         owner_id, owner_kind, (SELECT u.name FROM users u WHERE owner_kind = 'user' AND u.id = owner_id) AS owner_name, \
         visibility, role_id, version, created_at, updated_at"
    };
}

mod alert;
mod list;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value as Json;
use uuid::Uuid;

pub use alert::{Alert, AlertFailure, AlertOp, Look};
pub use list::QuestionCursor;

use crate::{Actor, Grant, StoreError, TenantTx, ids::UserId, jobs::JobClaim, text_enum::text_enum};

/// The kind of job that looks at an alert; its key is the question's id.
pub const ALERT_JOB: &str = "pipeline_alert";
/// What events about alerts are of, in the feed and for webhooks. It is no object: the owner of the question hears them.
pub const ALERTS: &str = "pipeline";
/// The most questions that one actor saves.
const MOST: i64 = 200;

text_enum! {
    /// How far a question is shared.
    pub enum Visibility {
        /// With nobody.
        Private = "private",
        /// With who has a role.
        Role = "role",
        /// With everybody in the tenant.
        Tenant = "tenant",
    }
}

/// With whom a question is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// With nobody.
    Private,
    /// With who has this role.
    Role(Uuid),
    /// With everybody in the tenant.
    Tenant,
}

impl Sharing {
    /// How far that is.
    pub const fn visibility(self) -> Visibility {
        match self {
            Self::Private => Visibility::Private,
            Self::Role(_) => Visibility::Role,
            Self::Tenant => Visibility::Tenant,
        }
    }

    /// The role, where it is one.
    pub const fn role(self) -> Option<Uuid> {
        match self {
            Self::Role(role) => Some(role),
            Self::Private | Self::Tenant => None,
        }
    }
}

/// A saved question.
#[derive(Debug, Clone, PartialEq, Serialize, sqlx::FromRow)]
pub struct SavedQuestion {
    /// The question.
    pub id: Uuid,
    /// Its name, once for each owner.
    pub name: String,
    /// The words that it was asked in, if it was.
    pub question: Option<String>,
    /// The typed query.
    pub query: Json,
    /// Whether it is shown first.
    pub is_pinned: bool,
    alert_measure: Option<String>,
    alert_op: Option<AlertOp>,
    alert_value: Option<Decimal>,
    /// Whether the number was beyond the alert's value when it was last looked at.
    pub alert_is_beyond: Option<bool>,
    /// When the number was last read.
    pub alert_looked_at: Option<DateTime<Utc>>,
    /// Why the number cannot be read any more.
    pub alert_failure: Option<AlertFailure>,
    /// Since when it cannot be read.
    pub alert_failed_at: Option<DateTime<Utc>>,
    /// Whether the owner was told that.
    #[serde(skip)]
    pub alert_failure_told: bool,
    /// Whose it is.
    pub owner_id: Uuid,
    owner_kind: String,
    /// The owner's name, where a member saved it.
    pub owner_name: Option<String>,
    visibility: Visibility,
    role_id: Option<Uuid>,
    /// Counts the changes; the `ETag`.
    pub version: i64,
    /// When it was saved.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
}

impl SavedQuestion {
    /// With whom it is shared. A role that is gone shares with nobody.
    pub fn sharing(&self) -> Sharing {
        match (self.visibility, self.role_id) {
            (Visibility::Tenant, _) => Sharing::Tenant,
            (Visibility::Role, Some(role)) => Sharing::Role(role),
            (Visibility::Role | Visibility::Private, _) => Sharing::Private,
        }
    }

    /// Whether this actor saved it.
    pub fn is_of(&self, grant: &Grant) -> bool {
        self.owner_id == grant.actor().id() && self.owner_kind == grant.actor().kind()
    }

    /// When to tell the owner, if ever.
    pub fn alert(&self) -> Option<Alert> {
        Some(Alert {
            measure: self.alert_measure.clone()?,
            op: self.alert_op?,
            value: self.alert_value?,
        })
    }

    /// The owner's rights, for the job that looks at the alert. Only a person has them: a key may be taken back.
    pub fn owner(&self, claim: &JobClaim) -> Option<Grant> {
        (claim.kind == ALERT_JOB && self.owner_kind == "user")
            .then(|| Grant::mint(claim.grant.tenant(), Actor::User(UserId::from(self.owner_id))))
    }
}

/// What a question is to be.
#[derive(Debug, Clone, PartialEq)]
pub struct NewQuestion {
    /// Its name.
    pub name: String,
    /// The words that it was asked in.
    pub question: Option<String>,
    /// The typed query.
    pub query: Json,
    /// Whether it is shown first.
    pub is_pinned: bool,
    /// When to tell the owner.
    pub alert: Option<Alert>,
    /// With whom it is shared.
    pub sharing: Sharing,
}

/// The questions that the actor saved, and those that others share with them.
#[derive(Debug)]
pub struct Questions<'t>(&'t mut TenantTx);

impl TenantTx {
    /// Saved questions.
    pub fn questions(&mut self) -> Questions<'_> {
        Questions(self)
    }
}

impl Questions<'_> {
    /// One question.
    pub async fn get(&mut self, id: Uuid) -> Result<Option<SavedQuestion>, StoreError> {
        Ok(sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM saved_questions WHERE id = $1"
        ))
        .bind(id)
        .fetch_optional(self.0.conn())
        .await?)
    }

    /// Saves a question of the actor.
    pub async fn create(&mut self, new: &NewQuestion) -> Result<SavedQuestion, StoreError> {
        let (grant, now) = (*self.0.grant(), self.0.now());
        self.check_role(new.sharing).await?;
        let saved: i64 = sqlx::query_scalar("SELECT count(*) FROM saved_questions WHERE owner_id = $1")
            .bind(grant.actor().id())
            .fetch_one(self.0.conn())
            .await?;
        if saved >= MOST {
            return Err(StoreError::invalid(
                "name",
                format!("there are {MOST} saved questions already; remove one first"),
            ));
        }
        let made: SavedQuestion = sqlx::query_as(concat!(
            "INSERT INTO saved_questions (tenant_id, id, owner_id, owner_kind, name, question, query, is_pinned, \
                 alert_measure, alert_op, alert_value, visibility, role_id, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14) RETURNING ",
            columns!()
        ))
        .bind(grant.tenant())
        .bind(Uuid::now_v7())
        .bind(grant.actor().id())
        .bind(grant.actor().kind())
        .bind(&new.name)
        .bind(&new.question)
        .bind(&new.query)
        .bind(new.is_pinned)
        .bind(new.alert.as_ref().map(|alert| alert.measure.as_str()))
        .bind(new.alert.as_ref().map(|alert| alert.op))
        .bind(new.alert.as_ref().map(|alert| alert.value))
        .bind(new.sharing.visibility())
        .bind(new.sharing.role())
        .bind(now)
        .fetch_one(self.0.conn())
        .await?;
        self.watch(&made).await?;
        Ok(made)
    }

    /// Replaces a question, if it has this version: one of the actor, or a shared one for who administers the settings.
    /// The latter leave its pin, its alert and what the alert looks at to its owner, and cannot take it for themselves.
    pub async fn update(
        &mut self,
        id: Uuid,
        new: &NewQuestion,
        expected: i64,
    ) -> Result<SavedQuestion, StoreError> {
        let now = self.0.now();
        if let Some(saved) = self.get(id).await? {
            self.check_change(&saved, new).await?;
        }
        let changed: Option<SavedQuestion> = sqlx::query_as(concat!(
            "UPDATE saved_questions SET name = $3, question = $4, query = $5, is_pinned = $6, \
                 alert_is_beyond = CASE WHEN (alert_measure, alert_op, alert_value, query) \
                     IS NOT DISTINCT FROM ($7, $8, $9, $5) THEN alert_is_beyond END, \
                 alert_failure = NULL, alert_failed_at = NULL, alert_failure_told = false, \
                 alert_measure = $7, alert_op = $8, alert_value = $9, visibility = $11, role_id = $12, \
                 version = version + 1, updated_at = $10 \
             WHERE id = $1 AND version = $2 RETURNING ",
            columns!()
        ))
        .bind(id)
        .bind(expected)
        .bind(&new.name)
        .bind(&new.question)
        .bind(&new.query)
        .bind(new.is_pinned)
        .bind(new.alert.as_ref().map(|alert| alert.measure.as_str()))
        .bind(new.alert.as_ref().map(|alert| alert.op))
        .bind(new.alert.as_ref().map(|alert| alert.value))
        .bind(now)
        .bind(new.sharing.visibility())
        .bind(new.sharing.role())
        .fetch_optional(self.0.conn())
        .await?;
        match changed {
            Some(changed) => {
                self.watch(&changed).await?;
                Ok(changed)
            }
            None => Err(self.refusal(id).await?),
        }
    }

    /// Removes a question, if it has this version: one of the actor, or a shared one for who administers the settings.
    pub async fn delete(&mut self, id: Uuid, expected: i64) -> Result<(), StoreError> {
        if let Some(saved) = self.get(id).await? {
            self.check_right(&saved).await?;
        }
        let gone = sqlx::query("DELETE FROM saved_questions WHERE id = $1 AND version = $2")
            .bind(id)
            .bind(expected)
            .execute(self.0.conn())
            .await?;
        if gone.rows_affected() == 0 {
            return Err(self.refusal(id).await?);
        }
        Ok(())
    }

    /// Refuses who only reads a question.
    async fn check_right(&mut self, saved: &SavedQuestion) -> Result<(), StoreError> {
        let grant = *self.0.grant();
        if saved.is_of(&grant)
            || matches!(grant.actor(), Actor::Job(_))
            || self.0.access().await?.manages("settings")
        {
            return Ok(());
        }
        Err(StoreError::refused(
            "only whoever saved a question, or who administers the settings, changes it".to_owned(),
        ))
    }

    async fn check_change(&mut self, saved: &SavedQuestion, new: &NewQuestion) -> Result<(), StoreError> {
        self.check_right(saved).await?;
        if new.sharing != saved.sharing() {
            self.check_role(new.sharing).await?;
        }
        if saved.is_of(self.0.grant()) {
            return Ok(());
        }
        // An alert reads with its owner's rights, so nobody else says what it reads.
        let refused = if new.alert != saved.alert() {
            Some(("alert", "is its owner's to set"))
        } else if saved.alert_measure.is_some() && new.query != saved.query {
            Some((
                "query",
                "has an alert of its owner, who alone changes what it looks at",
            ))
        } else if new.is_pinned != saved.is_pinned {
            Some(("pinned", "is its owner's to set"))
        } else if new.sharing == Sharing::Private {
            Some((
                "visibility",
                "is taken back by its owner; you may remove the question",
            ))
        } else {
            None
        };
        match refused {
            Some((field, message)) => Err(StoreError::invalid(field, message)),
            None => Ok(()),
        }
    }

    /// A foreign key sees every role; so does every member.
    async fn check_role(&mut self, sharing: Sharing) -> Result<(), StoreError> {
        let Some(role) = sharing.role() else { return Ok(()) };
        let is_there: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM roles WHERE id = $1)")
            .bind(role)
            .fetch_one(self.0.conn())
            .await?;
        if is_there {
            return Ok(());
        }
        Err(StoreError::invalid("role_id", "there is no such role"))
    }

    async fn refusal(&mut self, id: Uuid) -> Result<StoreError, StoreError> {
        Ok(match self.get(id).await? {
            None => StoreError::NotFound { what: "question" },
            Some(saved) => StoreError::Stale {
                current: saved.version,
            },
        })
    }
}
