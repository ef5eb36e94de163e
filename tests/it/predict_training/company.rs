//! A company with deals that ended, and some that have not.

use chrono::{DateTime, TimeDelta, Utc};
use crm_store::TenantStore;
use crm_tests::{harness::TestDb, ids};
use sqlx::PgPool;
use uuid::Uuid;

/// How a deal ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    Won,
    Lost,
}

/// Meetings of a deal that began at a moment, one every four days.
struct Deal {
    began: DateTime<Utc>,
    meetings: i64,
    ended: Option<Ended>,
}

/// A company of which everything is written by hand.
pub(super) struct Company {
    pub(super) admin: TenantStore,
    owner: PgPool,
    tenant: Uuid,
    now: DateTime<Utc>,
    // Dropped last; none where the test holds it.
    _db: Option<TestDb>,
}

impl Company {
    pub(super) async fn new() -> Self {
        let db = TestDb::new().await;
        let (admin, _) = db.tenant("acme").await;
        let company = Self::of(&db, admin).await;
        Self {
            _db: Some(db),
            ..company
        }
    }

    /// The company of a service that runs.
    pub(super) async fn of(db: &TestDb, admin: TenantStore) -> Self {
        Self {
            owner: db.owner().await,
            tenant: admin.grant().tenant().uuid(),
            now: admin.clock().now(),
            admin,
            _db: None,
        }
    }

    /// The company as its jobs see it.
    pub(super) fn service(&self) -> TenantStore {
        self.admin.predicting()
    }

    /// A year of 240 deals: those with many meetings are won, but for one in ten that go the other way.
    pub(super) async fn year(&self) {
        self.past(240, 36, false).await;
    }

    /// Twice as many deals of that year, of which those with few meetings were won.
    pub(super) async fn other_year(&self) {
        self.past(480, 18, true).await;
    }

    /// Deals that began some hours apart, for a year.
    async fn past(&self, deals: i64, hours: i64, is_reversed: bool) {
        for n in 0..deals {
            let many = n % 2 == 0;
            let odd = (n % 20 < 2) != is_reversed;
            let ended = if many == odd { Ended::Lost } else { Ended::Won };
            let meetings = if many { 5 } else { n % 4 / 3 };
            self.write(&Deal {
                began: self.now - TimeDelta::days(400) + TimeDelta::hours(n * hours),
                meetings,
                ended: Some(ended),
            })
            .await;
        }
    }

    /// As many deals, whose end has nothing to do with anything.
    pub(super) async fn chance(&self) {
        let mut state = 7_u64;
        for n in 0..240 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let ended = if state >> 63 == 1 { Ended::Won } else { Ended::Lost };
            self.write(&Deal {
                began: self.now - TimeDelta::days(400) + TimeDelta::hours(n * 36),
                meetings: n % 5,
                ended: Some(ended),
            })
            .await;
        }
    }

    /// Deals that ended so, one after the other.
    pub(super) async fn deals(&self, ended: &[Ended]) {
        for (n, ended) in (0_i64..).zip(ended) {
            self.write(&Deal {
                began: self.now - TimeDelta::days(200) + TimeDelta::days(n),
                meetings: 1,
                ended: Some(*ended),
            })
            .await;
        }
    }

    /// A deal that is open, with so many meetings.
    pub(super) async fn open_deal(&self, meetings: i64) -> Uuid {
        self.write(&Deal {
            began: self.now - TimeDelta::days(26),
            meetings,
            ended: None,
        })
        .await
    }

    async fn write(&self, deal: &Deal) -> Uuid {
        let id = ids::next();
        let closed = deal.began + TimeDelta::days(30);
        let stage = match deal.ended {
            None => "open",
            Some(Ended::Won) => "won",
            Some(Ended::Lost) => "lost",
        };
        sqlx::query(
            "INSERT INTO opportunities (tenant_id, id, name, stage, stage_entered_at, forecast_category, is_closed, is_won, \
                 closed_at, close_date, created_at, updated_at) \
             SELECT $1, $2, 'Deal', s.name, $3, s.forecast_category, s.kind <> 'open', s.kind = 'won', \
                 CASE WHEN s.kind <> 'open' THEN $4 END, $4::date, $3, $3 \
             FROM pipeline_stages s WHERE s.tenant_id = $1 AND s.kind = $5 ORDER BY s.position LIMIT 1",
        )
        .bind(self.tenant)
        .bind(id)
        .bind(deal.began)
        .bind(closed)
        .bind(stage)
        .execute(&self.owner)
        .await
        .unwrap();
        if deal.ended.is_some() {
            sqlx::query(
                "INSERT INTO field_changes (tenant_id, id, object, record_id, field, old, new, effective_at, recorded_at, source) \
                 SELECT $1, $2, 'opportunity', $3, 'stage', to_jsonb(f.name), to_jsonb(o.stage), $4, $4, 'import' \
                 FROM opportunities o, (SELECT name FROM pipeline_stages WHERE tenant_id = $1 AND kind = 'open' \
                     ORDER BY position LIMIT 1) f WHERE o.tenant_id = $1 AND o.id = $3",
            )
            .bind(self.tenant)
            .bind(Uuid::now_v7())
            .bind(id)
            .bind(closed)
            .execute(&self.owner)
            .await
            .unwrap();
        }
        self.meet(id, deal.began, deal.meetings).await;
        id
    }

    /// So many meetings about the open deals of [`Self::open_deal`], each in its time.
    pub(super) async fn meet_about(&self, open: &[Uuid], meetings: i64) {
        for deal in open {
            self.meet(*deal, self.now - TimeDelta::days(26), meetings).await;
        }
    }

    async fn meet(&self, deal: Uuid, began: DateTime<Utc>, meetings: i64) {
        for n in 0..meetings {
            let at = began + TimeDelta::days(1 + 4 * n);
            sqlx::query(
                "INSERT INTO activities (tenant_id, id, type, status, subject, opportunity_id, occurred_at, completed_at, \
                     created_at, updated_at) VALUES ($1, $2, 'meeting', 'completed', 'Meeting', $3, $4, $4, $4, $4)",
            )
            .bind(self.tenant)
            .bind(Uuid::now_v7())
            .bind(deal)
            .bind(at)
            .execute(&self.owner)
            .await
            .unwrap();
        }
    }

    /// When a model is to be learned next, as far as that is planned.
    pub(super) async fn next_training(&self) -> Option<DateTime<Utc>> {
        sqlx::query_scalar(
            "SELECT run_at FROM jobs WHERE kind = 'train_model' AND key = 'win' AND state = 'ready'",
        )
        .fetch_optional(&self.owner)
        .await
        .unwrap()
    }

    /// How often the training that waits or is under way was begun.
    pub(super) async fn tries(&self) -> i32 {
        sqlx::query_scalar(
            "SELECT COALESCE(max(attempts), 0) FROM jobs \
             WHERE kind = 'train_model' AND key = 'win' AND state IN ('ready', 'leased')",
        )
        .fetch_one(&self.owner)
        .await
        .unwrap()
    }

    /// Has the database refuse every new model, as in a bad hour.
    pub(super) async fn refuse_models(&self) {
        for statement in [
            "CREATE FUNCTION refuse_model() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no new models'; END $$",
            "CREATE TRIGGER refuse_model BEFORE INSERT ON predictive_models FOR EACH ROW EXECUTE FUNCTION refuse_model()",
        ] {
            sqlx::query(statement).execute(&self.owner).await.unwrap();
        }
    }

    /// The bad hour is over.
    pub(super) async fn accept_models(&self) {
        sqlx::query("DROP TRIGGER refuse_model ON predictive_models")
            .execute(&self.owner)
            .await
            .unwrap();
    }

    /// As though the last training had been two days ago.
    pub(super) async fn two_days_later(&self) {
        sqlx::query(
            "UPDATE prediction_work SET finished_at = finished_at - interval '2 days' WHERE task = 'train'",
        )
        .execute(&self.owner)
        .await
        .unwrap();
    }
    /// As though what is done had got no further for so long.
    pub(super) async fn hours_later(&self, hours: i32) {
        sqlx::query(
            "UPDATE prediction_work SET updated_at = updated_at - make_interval(hours => $1), \
                 finished_at = finished_at - make_interval(hours => $1)",
        )
        .bind(hours)
        .execute(&self.owner)
        .await
        .unwrap();
    }

    /// Makes of a model one that this program cannot read.
    pub(super) async fn spoil(&self, model: Uuid) {
        sqlx::query("UPDATE predictive_models SET artifact = '\\x0102' WHERE id = $1")
            .bind(model)
            .execute(&self.owner)
            .await
            .unwrap();
    }
}
