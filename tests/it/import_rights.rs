//! An import is done as somebody, and does what that one may.

use crm_store::access::Permissions;
use serde_json::json;

use crate::import_support::Desk;

const FILE: &str = "external_id,last_name,email,phone\nc1,Lovelace,ada@example.com,+49 30 901820\n";

/// Makes a member with a role of these rights.
async fn member(desk: &Desk, email: &str, permissions: serde_json::Value) {
    let _: Permissions = serde_json::from_value(permissions.clone()).unwrap();
    let tenant = desk.tenant().await.grant().tenant().uuid();
    let (user, role) = (uuid::Uuid::now_v7(), uuid::Uuid::now_v7());
    sqlx::query("INSERT INTO roles (tenant_id, id, name, permissions, created_at, updated_at) VALUES ($1, $2, $3, $4, now(), now())")
        .bind(tenant)
        .bind(role)
        .bind(email)
        .bind(&permissions)
        .execute(&desk.owner)
        .await
        .unwrap();
    sqlx::query(
        "INSERT INTO users (id, email, name, created_at, updated_at) VALUES ($1, $2, 'Member', now(), now())",
    )
    .bind(user)
    .bind(email)
    .execute(&desk.owner)
    .await
    .unwrap();
    sqlx::query("INSERT INTO memberships (tenant_id, id, user_id, role_id, created_at, updated_at) VALUES ($1, $2, $2, $3, now(), now())")
        .bind(tenant)
        .bind(user)
        .bind(role)
        .execute(&desk.owner)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_imports_what_the_role_allows() {
    let desk = Desk::new().await;
    let file = desk.file("c.csv", FILE);
    let all = json!(["create", "read", "update"]);
    member(&desk, "no@acme.test", json!({"objects": {"contact": all}})).await;
    member(&desk, "masked@acme.test", json!({"objects": {"contact": all}, "fields": {"contact": {"phone": "masked"}}, "manage": ["imports", "exports"]})).await;
    member(
        &desk,
        "yes@acme.test",
        json!({"objects": {"contact": all}, "manage": ["imports", "exports"]}),
    )
    .await;
    let said = |ran: &crate::import_support::Ran| ran.json["error"].as_str().unwrap_or_default().to_owned();

    let ran = desk.import("contacts", &file, &["--as", "no@acme.test"]).await;
    assert!(ran.code == 1 && said(&ran).contains("may not import"), "{ran:?}");
    let ran = desk
        .import("contacts", &file, &["--as", "masked@acme.test"])
        .await;
    assert!(
        ran.code == 1 && said(&ran).contains("may not change phone"),
        "{ran:?}"
    );
    let ran = desk.import("accounts", &file, &["--as", "yes@acme.test"]).await;
    assert!(
        ran.code == 1 && said(&ran).contains("may not create accounts"),
        "{ran:?}"
    );
    assert_eq!(desk.count("contacts").await, 0);

    let ran = desk.import("contacts", &file, &["--as", "yes@acme.test"]).await;
    assert_eq!((ran.code, ran.counts()), (0, [1, 0, 0, 0]), "{ran:?}");
    // Now it is somebody else's, and its external id stays taken.
    sqlx::query("UPDATE contacts SET owner_id = (SELECT id FROM users WHERE email = 'admin@acme.test')")
        .execute(&desk.owner)
        .await
        .unwrap();
    let changed = desk.file("c.csv", FILE.replace("Lovelace", "Byron"));
    let ran = desk
        .import("contacts", &changed, &["--as", "yes@acme.test"])
        .await;
    assert_eq!((ran.code, ran.counts()), (1, [0, 0, 0, 1]), "{ran:?}");
    assert_eq!(desk.state("SELECT last_name FROM contacts").await, "(Lovelace)");

    // What may not be seen is not exported.
    sqlx::query("UPDATE contacts SET owner_id = NULL")
        .execute(&desk.owner)
        .await
        .unwrap();
    let export = desk
        .run(&[
            "export",
            "contacts",
            "--tenant",
            "acme",
            "--as",
            "masked@acme.test",
        ])
        .await;
    let line: serde_json::Value = serde_json::from_str(export.stdout.trim()).unwrap();
    assert_eq!(
        (&line["phone"], &line["masked_fields"]),
        (&json!(null), &json!(["phone"]))
    );
    let refused = desk
        .run(&["export", "contacts", "--tenant", "acme", "--as", "no@acme.test"])
        .await;
    assert!(refused.code == 1 && refused.stderr.contains("may not export"));
}
