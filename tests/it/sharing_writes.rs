//! Records are written while the rules that open them come and go.

use crm_store::{
    TenantStore, TenantTx,
    access::{
        Permissions,
        sharing::{NewSharingRule, ShareAccess, SharingRule},
    },
    catalog::LEAD,
    records::Draft,
    roles::{Role, RoleDraft},
};
use crm_tests::harness::{TestDb, until_one_waits};
use sqlx::PgPool;

/// A role, and a rule that opens all leads to it.
async fn opened(tenant: &TenantStore) -> (Role, SharingRule) {
    let mut tx = tenant.begin().await.unwrap();
    let draft = RoleDraft {
        name: "guests".to_owned(),
        description: String::new(),
        parent_id: None,
        permissions: Permissions::default(),
    };
    let held = tx.access().await.unwrap().permissions().clone();
    let role = tx.roles().create(&draft, &held).await.unwrap();
    let opens = tx.sharing_rules().create(&all_leads(&role)).await.unwrap();
    tx.commit().await.unwrap();
    (role, opens)
}

fn all_leads(role: &Role) -> NewSharingRule {
    NewSharingRule {
        name: "all leads".to_owned(),
        object: "lead".to_owned(),
        criteria: Vec::new(),
        role_id: role.id,
        access: ShareAccess::Read,
    }
}

async fn lead(tx: &mut TenantTx) {
    let draft = Draft::new(&LEAD).with("last_name", "Reed").with("company", "Ltd");
    tx.records(&LEAD).create(draft).await.unwrap();
}

async fn shares(owner: &PgPool) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM record_shares")
        .fetch_one(owner)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_record_written_while_its_rule_is_deleted_is_written_all_the_same() {
    let db = TestDb::new().await;
    let (tenant, _) = db.tenant("acme").await;
    let owner = db.owner().await;
    let (_, opens) = opened(&tenant).await;
    let mut admin = tenant.begin().await.unwrap();
    admin.sharing_rules().delete(opens.id, None).await.unwrap();
    let write = async {
        let mut tx = tenant.begin().await.unwrap();
        lead(&mut tx).await;
        tx.commit().await.unwrap();
    };
    let commit = async {
        until_one_waits(&owner).await;
        admin.commit().await.unwrap();
    };
    tokio::join!(write, commit);
    assert_eq!(shares(&owner).await, 0);
}

#[tokio::test]
async fn a_role_is_deleted_with_what_was_just_opened_to_it() {
    let db = TestDb::new().await;
    let (tenant, _) = db.tenant("acme").await;
    let owner = db.owner().await;
    let (role, _) = opened(&tenant).await;
    let mut writer = tenant.begin().await.unwrap();
    lead(&mut writer).await;
    let delete = async {
        let mut tx = tenant.begin().await.unwrap();
        let held = tx.access().await.unwrap().permissions().clone();
        tx.roles().delete(role.id, role.version, &held).await.unwrap();
        tx.commit().await.unwrap();
    };
    let write_on = async {
        until_one_waits(&owner).await;
        lead(&mut writer).await;
        writer.commit().await.unwrap();
    };
    tokio::join!(delete, write_on);
    assert_eq!(shares(&owner).await, 0);
}

#[tokio::test]
async fn a_record_written_before_a_rule_was_made_is_opened_by_its_job() {
    let db = TestDb::new().await;
    let (tenant, _) = db.tenant("acme").await;
    let owner = db.owner().await;
    let (role, opens) = opened(&tenant).await;
    let mut tx = tenant.begin().await.unwrap();
    tx.sharing_rules().delete(opens.id, None).await.unwrap();
    tx.commit().await.unwrap();
    let mut writer = tenant.begin().await.unwrap();
    lead(&mut writer).await;
    let make = async {
        let mut tx = tenant.begin().await.unwrap();
        let made = tx.sharing_rules().create(&all_leads(&role)).await.unwrap();
        tx.commit().await.unwrap();
        let mut job = tenant.begin().await.unwrap();
        job.sharing_rules().refresh(made.id).await.unwrap();
        job.commit().await.unwrap();
    };
    let commit = async {
        until_one_waits(&owner).await;
        writer.commit().await.unwrap();
    };
    tokio::join!(make, commit);
    assert_eq!(shares(&owner).await, 1);
}
