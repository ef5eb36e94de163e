//! Sessions, locks and invitations as time goes by.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use crm_store::{
    Actor, FixedClock, Store,
    access::Permissions,
    auth::{Accepted, Client, MemberToBe, Refreshed, SignedIn, Tokens},
};
use crm_tests::harness::TestDb;

const PASSWORD: &str = "a walk along the harbour";

struct World {
    db: TestDb,
    store: Store,
    clock: Arc<FixedClock>,
}

impl World {
    async fn new() -> Self {
        let db = TestDb::new().await;
        let now: DateTime<Utc> = "2026-11-21T09:00:00Z".parse().unwrap();
        let clock = Arc::new(FixedClock::at(now));
        let store = db.store_at(clock.clone()).await;
        db.tenant_in(&store, "acme").await;
        let member = MemberToBe {
            email: "mara@acme.test",
            name: "Mara Lind",
            role: "sales",
            password: Some(PASSWORD),
        };
        store.ensure_member("acme", &member).await.unwrap();
        Self { db, store, clock }
    }

    async fn sign_in(&self, password: &str) -> SignedIn {
        let client = Client::default();
        self.store
            .sign_in("mara@acme.test", password, None, &client)
            .await
            .unwrap()
    }

    async fn tokens(&self) -> Tokens {
        match self.sign_in(PASSWORD).await {
            SignedIn::In(tokens) => tokens,
            other => panic!("{other:?}"),
        }
    }

    async fn is_in(&self, tokens: &Tokens) -> bool {
        self.store
            .authenticate(&tokens.access_token)
            .await
            .unwrap()
            .is_some()
    }
}

#[tokio::test]
async fn each_lock_is_twice_as_long_and_a_right_password_ends_them() {
    let world = World::new().await;
    for _ in 0..5 {
        assert_eq!(world.sign_in("wrong").await, SignedIn::Refused);
    }
    for seconds in [30, 60, 120, 240, 480, 900, 900] {
        let SignedIn::Locked(until) = world.sign_in(PASSWORD).await else {
            panic!("not locked");
        };
        let now = crm_store::Clock::now(&*world.clock);
        assert_eq!((until - now).num_seconds(), seconds);
        world.clock.advance(TimeDelta::seconds(seconds));
        // One attempt when it is over; it is wrong again.
        assert_eq!(world.sign_in("wrong").await, SignedIn::Refused);
    }
    world.clock.advance(TimeDelta::minutes(15));
    world.tokens().await;
    for _ in 0..4 {
        assert_eq!(world.sign_in("wrong").await, SignedIn::Refused);
    }
    world.tokens().await;
}

#[tokio::test]
async fn guesses_that_come_at_once_do_not_slip_through_together() {
    let world = World::new().await;
    let guesses = (0..20).map(|n| {
        let world = &world;
        async move { world.sign_in(&format!("guess {n}")).await }
    });
    let answers = futures::future::join_all(guesses).await;
    let refused = answers
        .iter()
        .filter(|answer| **answer == SignedIn::Refused)
        .count();
    // Four connections charge at a time: so many may have looked before the fifth was counted.
    assert!(
        (5..=9).contains(&refused),
        "{refused} were compared with the password"
    );
    assert!(matches!(world.sign_in(PASSWORD).await, SignedIn::Locked(_)));
}

#[tokio::test]
async fn tokens_expire_and_a_session_ends_after_two_weeks_of_silence_or_ninety_days() {
    let world = World::new().await;
    let mut tokens = world.tokens().await;
    assert!(world.is_in(&tokens).await);
    world.clock.advance(TimeDelta::minutes(10));
    assert!(!world.is_in(&tokens).await);
    let refresh = async |tokens: &Tokens| {
        let client = Client::default();
        world.store.refresh(&tokens.refresh_token, &client).await.unwrap()
    };
    // Refreshed every ten days it lives ninety, and no longer.
    for _ in 0..8 {
        world.clock.advance(TimeDelta::hours(240));
        tokens = match refresh(&tokens).await {
            Refreshed::Again(tokens) => tokens,
            other => panic!("{other:?}"),
        };
        assert!(world.is_in(&tokens).await);
    }
    world.clock.advance(TimeDelta::hours(240));
    assert_eq!(refresh(&tokens).await, Refreshed::Refused);

    let silent = world.tokens().await;
    world.clock.advance(TimeDelta::hours(14 * 24));
    assert_eq!(refresh(&silent).await, Refreshed::Refused);
}

#[tokio::test]
async fn who_is_no_member_or_whose_tenant_is_suspended_is_out_at_once() {
    let world = World::new().await;
    let tokens = world.tokens().await;
    let mut tx = world.store.system().await.unwrap();
    let tenant = tx.tenants().by_slug("acme").await.unwrap().unwrap().id;
    let suspended = crm_store::tenants::TenantStatus::Suspended;
    tx.tenants().set_status(tenant, suspended).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!world.is_in(&tokens).await);
    assert_eq!(world.sign_in(PASSWORD).await, SignedIn::Refused);
    let client = Client::default();
    assert_eq!(
        world.store.refresh(&tokens.refresh_token, &client).await.unwrap(),
        Refreshed::Refused
    );
}

#[tokio::test]
async fn a_person_acts_as_themselves_with_the_rights_of_their_role() {
    let world = World::new().await;
    let tokens = world.tokens().await;
    let known = world
        .store
        .authenticate(&tokens.access_token)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(known.grant.actor(), Actor::User(tokens.user));
    assert_eq!(
        (known.session, known.tenant_slug.as_str()),
        (Some(tokens.session), "acme")
    );
    let role = known.role.unwrap();
    assert_eq!(role.name, "sales");
    let mut tx = world.store.open(&known.grant).begin().await.unwrap();
    assert_eq!(*tx.access().await.unwrap().permissions(), role.permissions);
}

#[tokio::test]
async fn an_invitation_expires_and_somebody_with_a_password_keeps_it() {
    let world = World::new().await;
    let (globex, _) = world.db.tenant_in(&world.store, "globex").await;
    let invite = async |email: &str| {
        let mut tx = globex.begin().await.unwrap();
        let role = tx.roles().by_name("support").await.unwrap().unwrap().id;
        tx.invites()
            .create(email, None, role, &Permissions::everything())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        newest_token(&world).await
    };
    let accept = async |token: &str, password: Option<&str>| {
        let client = Client::default();
        world
            .store
            .accept_invite(token, None, password, &client)
            .await
            .unwrap()
    };
    let late = invite("late@acme.test").await;
    world.clock.advance(TimeDelta::hours(7 * 24));
    assert_eq!(accept(&late, Some(PASSWORD)).await, Accepted::Unknown);

    // The password that comes with the invitation is not taken: the mailbox alone does not open the other tenants.
    let known = invite("mara@acme.test").await;
    let joined = accept(&known, Some("a password of somebody else")).await;
    assert!(matches!(joined, Accepted::Joined { .. }), "{joined:?}");
    assert_eq!(
        world.sign_in("a password of somebody else").await,
        SignedIn::Refused
    );
    let SignedIn::Choose(choices) = world.sign_in(PASSWORD).await else {
        panic!("two tenants to choose from");
    };
    let roles: Vec<_> = choices
        .iter()
        .map(|choice| (choice.slug.as_str(), choice.role.as_str()))
        .collect();
    assert_eq!(roles, [("acme", "sales"), ("globex", "support")]);
}

/// The token of the mail that was enqueued last.
async fn newest_token(world: &World) -> String {
    let mut tx = world.store.system().await.unwrap();
    let claims = tx
        .jobs()
        .claim("test", &[crm_store::mail::MAIL_JOB], 10, Duration::from_mins(1))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let claim = claims.last().expect("a mail waits");
    let text = claim.payload.to_string();
    let mail = world.store.open(&claim.grant).read_mail(&claim.payload).unwrap();
    assert!(
        !text.contains(&mail.token),
        "the job does not show the token: {text}"
    );
    mail.token
}
