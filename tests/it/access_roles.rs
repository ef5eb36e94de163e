//! Who sees whose records, and from when on.

use crm_store::{
    Store, StoreError, TenantStore, TenantTx,
    access::Permissions,
    auth::{Client, MemberToBe, SignedIn},
    catalog::LEAD,
    members::{MemberChange, MemberStatus},
    records::{Draft, ListQuery},
    roles::RoleDraft,
};
use crm_tests::harness::TestDb;
use serde_json::{Value, json};
use uuid::Uuid;

const PASSWORD: &str = "a walk along the harbour";

/// A member of `acme` with a role, as they open the tenant.
async fn person(store: &Store, name: &str, role: &str) -> TenantStore {
    let email = format!("{name}@acme.test");
    let member = MemberToBe {
        email: &email,
        name,
        role,
        password: Some(PASSWORD),
    };
    store.ensure_member("acme", &member).await.unwrap();
    let signed_in = store
        .sign_in(&email, PASSWORD, Some("acme"), &Client::default())
        .await
        .unwrap();
    let SignedIn::In(tokens) = signed_in else {
        panic!("{signed_in:?}");
    };
    let known = store.authenticate(&tokens.access_token).await.unwrap().unwrap();
    store.open(&known.grant)
}

async fn role(admin: &TenantStore, name: &str, parent: Option<Uuid>, permissions: Value) -> Uuid {
    let mut tx = admin.begin().await.unwrap();
    let draft = RoleDraft {
        name: name.to_owned(),
        description: String::new(),
        parent_id: parent,
        permissions: serde_json::from_value(permissions).unwrap(),
    };
    let role = tx
        .roles()
        .create(&draft, &Permissions::everything())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    role.id
}

/// Makes a lead that its maker owns.
async fn lead(owner: &TenantStore, name: &str) {
    let mut tx = owner.begin().await.unwrap();
    let access = tx.access().await.unwrap();
    let owner_id = owner.grant().actor().id();
    let fields = json!({"last_name": name, "company": "Acme", "owner_id": owner_id});
    let draft = Draft::from_json(&LEAD, fields.as_object().unwrap(), &access).unwrap();
    tx.records(&LEAD).create(draft).await.unwrap();
    tx.commit().await.unwrap();
}

/// The names of the leads that somebody sees.
async fn seen(by: &TenantStore) -> Vec<String> {
    let mut tx = by.begin().await.unwrap();
    names(&mut tx).await
}

async fn names(tx: &mut TenantTx) -> Vec<String> {
    let page = tx.records(&LEAD).list(&ListQuery::default()).await.unwrap();
    let access = tx.access().await.unwrap();
    let mut names: Vec<String> = page
        .records
        .iter()
        .map(|record| record.to_json(&access)["last_name"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn whoever_stands_above_sees_what_those_below_own_and_nobody_sees_sideways() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let (admin, _) = db.tenant_in(&store, "acme").await;
    let rights = json!({"objects": {"lead": ["create", "read", "update"]}});
    let head = role(&admin, "head of sales", None, rights.clone()).await;
    let lead_of_north = role(&admin, "north lead", Some(head), rights.clone()).await;
    role(&admin, "north rep", Some(lead_of_north), rights.clone()).await;
    role(&admin, "south lead", Some(head), rights).await;
    let (head, north, rep, colleague, south) = (
        person(&store, "head", "head of sales").await,
        person(&store, "north", "north lead").await,
        person(&store, "rep", "north rep").await,
        person(&store, "colleague", "north rep").await,
        person(&store, "south", "south lead").await,
    );
    for (person, name) in [
        (&head, "H"),
        (&north, "N"),
        (&rep, "R"),
        (&colleague, "C"),
        (&south, "S"),
    ] {
        lead(person, name).await;
    }
    assert_eq!(seen(&head).await, ["C", "H", "N", "R", "S"]);
    assert_eq!(seen(&north).await, ["C", "N", "R"]);
    assert_eq!(seen(&rep).await, ["R"]);
    assert_eq!(seen(&south).await, ["S"]);
    assert_eq!(seen(&admin).await, ["C", "H", "N", "R", "S"]);
    let viewer = person(&store, "viewer", "viewer").await;
    assert_eq!(seen(&viewer).await, ["C", "H", "N", "R", "S"]);
    let support = person(&store, "support", "support").await;
    assert_eq!(seen(&support).await, Vec::<String>::new());

    // Who left is still below: their records do not vanish from those above.
    let mut tx = admin.begin().await.unwrap();
    let gone = rep.grant().actor().id();
    let version = tx.members().get(gone).await.unwrap().unwrap().version;
    let change = MemberChange {
        status: Some(MemberStatus::Removed),
        ..MemberChange::default()
    };
    tx.members()
        .change(gone, change, version, &Permissions::everything())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(seen(&north).await, ["C", "N", "R"]);
    let mut tx = rep.begin().await.unwrap();
    let refused = tx.records(&LEAD).list(&ListQuery::default()).await;
    assert!(matches!(refused, Err(StoreError::Refused { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_changed_role_holds_at_the_next_statement_of_an_open_transaction() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let (admin, _) = db.tenant_in(&store, "acme").await;
    let mara = person(&store, "mara", "manager").await;
    lead(&admin, "A").await;
    lead(&mara, "M").await;

    let mut open = mara.begin().await.unwrap();
    assert_eq!(names(&mut open).await, ["A", "M"]);

    let mut tx = admin.begin().await.unwrap();
    let (id, sales) = (
        mara.grant().actor().id(),
        tx.roles().by_name("sales").await.unwrap().unwrap().id,
    );
    let version = tx.members().get(id).await.unwrap().unwrap().version;
    let change = MemberChange {
        role: Some(sales),
        ..MemberChange::default()
    };
    tx.members()
        .change(id, change, version, &Permissions::everything())
        .await
        .unwrap();
    tx.commit().await.unwrap();

    assert_eq!(names(&mut open).await, ["M"]);
}

#[tokio::test]
async fn a_role_of_ones_own_masks_hides_and_protects_fields() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let (admin, _) = db.tenant_in(&store, "acme").await;
    let permissions = json!({
        "objects": {"lead": ["create", "read", "update"]},
        "fields": {"lead": {"email": "masked", "phone": "hidden", "status": "read_only"}}
    });
    role(&admin, "intern", None, permissions).await;
    let intern = person(&store, "intern", "intern").await;
    let mut tx = intern.begin().await.unwrap();
    let access = tx.access().await.unwrap();
    let draft = |fields: Value| Draft::from_json(&LEAD, fields.as_object().unwrap(), &access);
    for field in ["email", "phone", "status"] {
        let refused = draft(json!({"last_name": "L", "company": "C", field: "new"}));
        assert!(refused.is_err(), "{field}");
    }
    let own = intern.grant().actor().id();
    let made = draft(json!({"last_name": "L", "company": "C", "owner_id": own})).unwrap();
    let record = tx.records(&LEAD).create(made).await.unwrap();
    let shown = record.to_json(&access);
    assert!(shown.get("phone").is_none() && shown.get("status").is_some());
    assert!(shown["email"].is_null());
    assert_eq!(shown["masked_fields"], json!(["email"]));
}

#[tokio::test]
async fn whoever_loses_the_right_in_mid_change_is_refused() {
    let db = TestDb::new().await;
    let store = db.store().await;
    db.tenant_in(&store, "acme").await;
    let (eve, adam) = (
        person(&store, "eve", "admin").await,
        person(&store, "adam", "admin").await,
    );
    let everything = Permissions::everything();

    // Eve's change has begun when Adam makes her somebody who sells.
    let mut begun = eve.begin().await.unwrap();
    begun.access().await.unwrap().require_area("members").unwrap();
    let mut other = adam.begin().await.unwrap();
    let sales = other.roles().by_name("sales").await.unwrap().unwrap().id;
    let change = MemberChange {
        role: Some(sales),
        ..MemberChange::default()
    };
    let of = |member: &TenantStore| member.grant().actor().id();
    let version = other.members().get(of(&eve)).await.unwrap().unwrap().version;
    other
        .members()
        .change(of(&eve), change, version, &everything)
        .await
        .unwrap();
    other.commit().await.unwrap();

    let version = begun.members().get(of(&adam)).await.unwrap().unwrap().version;
    let refused = begun
        .members()
        .change(of(&adam), change, version, &everything)
        .await
        .unwrap_err();
    assert!(matches!(refused, StoreError::Refused { .. }), "{refused:?}");
}

#[tokio::test]
async fn only_those_who_administer_members_and_roles_change_them() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let (admin, _) = db.tenant_in(&store, "acme").await;
    let mara = person(&store, "mara", "sales").await;
    let everything = Permissions::everything();
    let refused = |what: StoreError| assert!(matches!(what, StoreError::Refused { .. }), "{what:?}");

    // Whatever a caller claims to hold, the transaction's own role decides as well.
    let mut tx = mara.begin().await.unwrap();
    let (own, admin_role) = (
        mara.grant().actor().id(),
        tx.roles().by_name("admin").await.unwrap().unwrap(),
    );
    let version = tx.members().get(own).await.unwrap().unwrap().version;
    let change = MemberChange {
        role: Some(admin_role.id),
        ..MemberChange::default()
    };
    refused(
        tx.members()
            .change(own, change, version, &everything)
            .await
            .unwrap_err(),
    );
    refused(
        tx.invites()
            .create("a@b.test", None, admin_role.id, &everything)
            .await
            .unwrap_err(),
    );
    let draft = RoleDraft {
        name: "mine".to_owned(),
        description: String::new(),
        parent_id: None,
        permissions: Permissions::everything(),
    };
    refused(tx.roles().create(&draft, &everything).await.unwrap_err());
    refused(
        tx.roles()
            .delete(admin_role.id, admin_role.version, &everything)
            .await
            .unwrap_err(),
    );
    let (settings, version) = tx.settings().await.unwrap();
    refused(tx.set_settings(&settings, version).await.unwrap_err());
    drop(tx);

    // And below the service the policies say the same.
    let mut tx = mara.begin().await.unwrap();
    assert!(
        tx.security()
            .events(None, None, 10)
            .await
            .unwrap()
            .items
            .is_empty()
    );
    assert_eq!(
        tx.security().logins(None, None, 10).await.unwrap().items.len(),
        1,
        "their own"
    );
    assert!(tx.invites().list(None, 10).await.unwrap().items.is_empty());
    let acts = tx.audit().list(None, None, 50).await.unwrap().items;
    assert!(acts.iter().all(|act| act.actor_id == own), "{acts:?}");
    drop(tx);
    let mut tx = admin.begin().await.unwrap();
    assert!(tx.security().logins(None, None, 10).await.unwrap().items.len() == 1);
}
