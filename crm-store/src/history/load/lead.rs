//! Leads with what happened around them.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    around::{self, ACTIVITY_FIELDS, OF_LEADS, WITH_LEADS},
    by,
    changes::{Changes, Origin},
    limit, rows_of,
    ties::{TO_LEADS, Ties},
};
use crate::{
    StoreError, TenantTx, catalog,
    history::{LeadHistory, Which, lead::Member, parts::Life},
};

const FIELDS: &[&str] = &[
    "owner_id",
    "status",
    "rating",
    "lead_source",
    "campaign_id",
    "company",
    "email",
    "phone",
    "industry",
    "number_of_employees",
    "product_interest",
];

#[derive(FromRow)]
struct Row {
    id: Uuid,
    imported: bool,
    owner_id: Option<Uuid>,
    status: String,
    lead_source: Option<String>,
    rating: Option<String>,
    campaign_id: Option<Uuid>,
    company: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    industry: Option<String>,
    number_of_employees: Option<i32>,
    product_interest: Option<String>,
    converted_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    deleted_at: Option<DateTime<Utc>>,
}

#[derive(FromRow)]
struct MemberRow {
    lead_id: Uuid,
    first_responded_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    deleted_at: Option<DateTime<Utc>>,
}

macro_rules! leads {
    ($condition:literal) => {
        concat!(
            "SELECT id, external_id IS NOT NULL AS imported, owner_id, status, rating, lead_source, campaign_id, company, ",
            "email, phone, industry, number_of_employees, product_interest, converted_at, created_at, deleted_at FROM leads ",
            "WHERE deleted_at IS NULL AND id > $1 AND ",
            $condition,
            " ORDER BY id LIMIT $2"
        )
    };
}

impl TenantTx {
    /// Leads with all that was ever known of them, in the order of their ids, after one. A lead ends when it is converted
    /// or found unqualified.
    pub async fn lead_histories(
        &mut self,
        which: Which<'_>,
        after: Option<Uuid>,
        most: u32,
    ) -> Result<Vec<LeadHistory>, StoreError> {
        let rows = rows(self, which, after, most).await?;
        fill(self, rows, true).await
    }

    /// As [`TenantTx::lead_histories`], but only what leads themselves say: enough to know what is usual, several times as
    /// fast.
    pub async fn lead_outlines(
        &mut self,
        which: Which<'_>,
        after: Option<Uuid>,
        most: u32,
    ) -> Result<Vec<LeadHistory>, StoreError> {
        let rows = rows(self, which, after, most).await?;
        fill(self, rows, false).await
    }
}

async fn rows(
    tx: &mut TenantTx,
    which: Which<'_>,
    after: Option<Uuid>,
    most: u32,
) -> Result<Vec<Row>, StoreError> {
    Ok(rows_of!(tx, which, after, most, leads,
        open: "status NOT IN ('converted', 'unqualified')",
        closed: "(converted_at >= $3 OR status = 'unqualified' AND updated_at >= $3)"))
}

async fn fill(tx: &mut TenantTx, rows: Vec<Row>, whole: bool) -> Result<Vec<LeadHistory>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let (mut activities, mut engagement, mut messages, mut members) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut ties = Ties::default();
    if whole {
        ties = Ties::of(tx, TO_LEADS, &["activity", "engagement_event"], &ids).await?;
        activities = around::activities(tx, OF_LEADS, &ids, &ties).await?;
        engagement = around::engagement(tx, &ids, &ties).await?;
        messages = around::messages(tx, WITH_LEADS, &ids, None).await?;
        members = members_of(tx, &ids).await?;
    }
    let mut wanted = ids;
    wanted.extend(activities.iter().map(|activity| activity.thing.id));
    let fields: Vec<&str> = FIELDS.iter().chain(ACTIVITY_FIELDS).copied().collect();
    let mut changes = Changes::of(tx, &wanted, &fields).await?;
    let mut activities = by(activities
        .into_iter()
        .flat_map(|row| row.with(&mut changes, &ties)));
    let (mut engagement, mut messages, mut members) = (by(engagement), by(messages), by(members));
    let leads = rows.into_iter().map(|row| {
        let life = Life {
            created: row.created_at,
            deleted: row.deleted_at,
        };
        LeadHistory {
            id: row.id,
            life,
            owner: row.owner_id,
            status: row.status,
            rating: row.rating,
            source: row.lead_source,
            campaign: row.campaign_id,
            company: row.company,
            email: row.email,
            phone: row.phone,
            industry: row.industry,
            employees: row.number_of_employees.map(i64::from),
            interest: row.product_interest,
            converted: row.converted_at,
            past: changes.take_from(
                row.id,
                life,
                Origin {
                    object: &catalog::LEAD,
                    imported: row.imported,
                    ended: row.converted_at,
                },
            ),
            activities: activities.remove(&row.id).unwrap_or_default(),
            engagement: engagement.remove(&row.id).unwrap_or_default(),
            messages: messages.remove(&row.id).unwrap_or_default(),
            responses: members.remove(&row.id).unwrap_or_default(),
        }
    });
    Ok(leads.collect())
}

async fn members_of(tx: &mut TenantTx, leads: &[Uuid]) -> Result<Vec<(Uuid, Member)>, StoreError> {
    let rows: Vec<MemberRow> = sqlx::query_as(
        "SELECT lead_id, first_responded_at, created_at, deleted_at FROM campaign_members WHERE lead_id = ANY ($1)",
    )
    .bind(leads)
    .fetch_all(tx.conn())
    .await?;
    let members = rows.into_iter().map(|row| {
        let member = Member {
            life: Life {
                created: row.created_at,
                deleted: row.deleted_at,
            },
            responded: row.first_responded_at,
        };
        (row.lead_id, member)
    });
    Ok(members.collect())
}
