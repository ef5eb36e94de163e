//! A company with deals that ended, and some that have not.

use chrono::{DateTime, TimeDelta, Utc};
use crm_store::TenantStore;
use crm_tests::harness::TestDb;
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
    // Dropped last.
    _db: TestDb,
}

impl Company {
    pub(super) async fn new() -> Self {
        let db = TestDb::new().await;
        let (admin, grant) = db.tenant("acme").await;
        Self {
            owner: db.owner().await,
            tenant: grant.tenant().uuid(),
            now: admin.clock().now(),
            admin,
            _db: db,
        }
    }

    /// The company as its jobs see it.
    pub(super) fn service(&self) -> TenantStore {
        self.admin.predicting()
    }

    /// A year of 240 deals: those with many meetings are won, but for one in ten that go the other way.
    pub(super) async fn year(&self) {
        for n in 0..240 {
            let many = n % 2 == 0;
            let odd = n % 20 < 2;
            let ended = if many == odd { Ended::Lost } else { Ended::Won };
            let meetings = if many { 5 } else { n % 4 / 3 };
            self.write(&Deal {
                began: self.now - TimeDelta::days(400) + TimeDelta::hours(n * 36),
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
        let id = Uuid::now_v7();
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
        for n in 0..deal.meetings {
            let at = deal.began + TimeDelta::days(1 + 4 * n);
            sqlx::query(
                "INSERT INTO activities (tenant_id, id, type, status, subject, opportunity_id, occurred_at, completed_at, \
                     created_at, updated_at) VALUES ($1, $2, 'meeting', 'completed', 'Meeting', $3, $4, $4, $4, $4)",
            )
            .bind(self.tenant)
            .bind(Uuid::now_v7())
            .bind(id)
            .bind(at)
            .execute(&self.owner)
            .await
            .unwrap();
        }
        id
    }
}
