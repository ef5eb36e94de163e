//! The six traps of row-level security.

use crm_store::{
    StoreError,
    conversations::Channel,
    messages::{Author, Direction, MessageKind, NewMessage},
};

use super::{DENIED, World, count, enter, execute, refusal, tenant_tables};

#[tokio::test]
async fn trap_1_a_query_without_a_tenant_is_denied() {
    let world = World::new().await;
    let mut owner = world.owner().await;
    let mut login = world.login().await;
    let mut tables = tenant_tables(&mut owner).await;
    tables.extend(["tenants", "users", "prices", "credentials", "login_failures"].map(str::to_owned));
    execute(&mut login, "BEGIN".to_owned()).await;
    for table in tables {
        assert_eq!(
            refusal(&mut login, format!("SELECT FROM {table}"))
                .await
                .as_deref(),
            Some(DENIED),
            "{table}"
        );
    }
}

#[tokio::test]
async fn trap_2_the_service_logs_in_as_a_role_that_can_do_nothing_by_itself() {
    let world = World::new().await;
    let mut login = world.login().await;
    let (user, superuser, bypass, create_role, create_db, inherit): (String, bool, bool, bool, bool, bool) =
        sqlx::query_as(
            "SELECT current_user::text, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolinherit \
             FROM pg_roles WHERE rolname = current_user",
        )
        .fetch_one(&mut login)
        .await
        .unwrap();
    assert_eq!(user, "crm_login");
    assert_eq!([superuser, bypass, create_role, create_db, inherit], [false; 5]);
    let roles: Vec<String> = sqlx::query_scalar(
        "SELECT r.rolname::text FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid \
         WHERE m.member = current_user::regrole ORDER BY 1",
    )
    .fetch_all(&mut login)
    .await
    .unwrap();
    assert_eq!(roles, ["crm_app", "crm_system"]);
    let strong = "SELECT count(*) FROM pg_roles WHERE rolname IN ('crm_app', 'crm_system') \
                  AND (rolsuper OR rolbypassrls OR rolcanlogin OR rolcreaterole)";
    assert_eq!(count(&mut login, strong.to_owned()).await, 0);
    let owned = "SELECT count(*) FROM pg_class WHERE relowner IN ('crm_login'::regrole, 'crm_app'::regrole, 'crm_system'::regrole)";
    assert_eq!(count(&mut login, owned.to_owned()).await, 0);
}

#[tokio::test]
async fn trap_3_a_reused_connection_without_a_tenant_sees_nothing() {
    let world = World::new().await;
    let mut login = world.login().await;
    enter(&mut login, world.ours.grant(), "user").await;
    assert_eq!(
        count(&mut login, "SELECT count(*) FROM memberships".to_owned()).await,
        1
    );
    execute(&mut login, "COMMIT".to_owned()).await;

    execute(&mut login, "BEGIN; SET LOCAL ROLE crm_app".to_owned()).await;

    // Not NULL, which would be easy, and not an error that a cast of '' would be.
    let (setting, tenant): (Option<String>, Option<uuid::Uuid>) =
        sqlx::query_as("SELECT current_setting('app.tenant_id', true), app_tenant()")
            .fetch_one(&mut login)
            .await
            .unwrap();
    assert_eq!((setting.as_deref(), tenant), (Some(""), None));
    for table in tenant_tables(&mut world.owner().await).await {
        assert_eq!(
            count(&mut login, format!("SELECT count(*) FROM {table}")).await,
            0,
            "{table}"
        );
    }
}

#[tokio::test]
async fn trap_4_a_record_cannot_refer_to_another_tenants() {
    let world = World::new().await;
    let mut tx = world.theirs.begin().await.unwrap();
    let theirs = tx
        .conversations()
        .create(Channel::Api, None, None)
        .await
        .unwrap()
        .id;
    tx.commit().await.unwrap();

    let mut tx = world.ours.begin().await.unwrap();
    let message = NewMessage {
        direction: Direction::Inbound,
        kind: MessageKind::Text,
        author: Author::Actor,
        body: "hello".to_owned(),
        language: None,
    };
    let refused = tx.conversations().say(theirs, &message).await;
    assert!(matches!(refused, Err(StoreError::NotFound { .. })), "{refused:?}");
    drop(tx);

    // Also behind the store's back: the checks of foreign keys ignore policies, so the key itself has the tenant. Whoever
    // may see everything passes the record rule of an activity, whatever lead it names.
    let lead = uuid::Uuid::now_v7();
    let mut owner = world.owner().await;
    let their_lead = format!(
        "INSERT INTO leads (tenant_id, id, last_name, created_at, updated_at) VALUES ('{}', '{lead}', 'Lovelace', now(), now())",
        world.theirs.grant().tenant()
    );
    execute(&mut owner, their_lead).await;
    let mut login = world.login().await;
    enter(&mut login, world.ours.grant(), "user").await;
    let ours = world.ours.grant().tenant();
    let smuggled = format!(
        "INSERT INTO activities (tenant_id, id, type, occurred_at, lead_id, created_at, updated_at) \
         VALUES ('{ours}', gen_random_uuid(), 'note', now(), '{lead}', now(), now())"
    );
    assert_eq!(refusal(&mut login, smuggled).await.as_deref(), Some("23503"));
}

#[tokio::test]
async fn trap_5_a_table_that_forgot_its_policy_is_noticed() {
    let world = World::new().await;
    let mut owner = world.owner().await;
    assert_eq!(super::walk::unprotected(&mut owner).await, Vec::<String>::new());

    execute(
        &mut owner,
        "CREATE TABLE notes (tenant_id uuid NOT NULL, id uuid PRIMARY KEY)".to_owned(),
    )
    .await;
    assert_eq!(super::walk::unprotected(&mut owner).await, ["notes"]);
    execute(
        &mut owner,
        "ALTER TABLE notes ENABLE ROW LEVEL SECURITY".to_owned(),
    )
    .await;
    assert_eq!(
        super::walk::unprotected(&mut owner).await,
        ["notes"],
        "its owner would still see everything"
    );
    execute(
        &mut owner,
        "ALTER TABLE notes FORCE ROW LEVEL SECURITY".to_owned(),
    )
    .await;
    assert_eq!(
        super::walk::unprotected(&mut owner).await,
        ["notes"],
        "a record rule alone would open it"
    );
    execute(&mut owner, "SELECT protect_tenant_table('notes')".to_owned()).await;
    assert_eq!(super::walk::unprotected(&mut owner).await, Vec::<String>::new());
}

#[tokio::test]
async fn trap_6_the_owner_of_a_table_sees_no_rows_either() {
    let world = World::new().await;
    let mut owner = world.owner().await;
    // Roles can be made and forgotten in one transaction, which keeps the server clean.
    execute(
        &mut owner,
        "BEGIN; CREATE ROLE crm_test_migrator; GRANT USAGE, CREATE ON SCHEMA public TO crm_test_migrator; \
         ALTER TABLE memberships OWNER TO crm_test_migrator"
            .to_owned(),
    )
    .await;
    assert_eq!(
        count(&mut owner, "SELECT count(*) FROM memberships".to_owned()).await,
        2,
        "a superuser does"
    );
    execute(&mut owner, "SET LOCAL ROLE crm_test_migrator".to_owned()).await;
    assert_eq!(
        count(&mut owner, "SELECT count(*) FROM memberships".to_owned()).await,
        0
    );
    execute(&mut owner, "ROLLBACK".to_owned()).await;
}
