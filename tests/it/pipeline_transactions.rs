//! How often a question goes to the database: one transaction for its words, one for its numbers.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use crm_store::{Store, StoreConfig, SystemClock, TenantStore};
use crm_tests::harness::TestDb;
use crm_tools::{
    card::CardKind,
    pipeline::{Question, ask},
    semantic::{Spoken, answer_typed},
};
use serde_json::json;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream, UnixStream},
};

/// A way to a database on which every `BEGIN` is counted.
async fn counted(url: &str) -> (String, Arc<AtomicUsize>) {
    let (login, rest) = url.split_once('@').unwrap();
    let (server, rest) = rest.split_once('/').unwrap();
    let (database, options) = rest.split_once('?').unwrap_or((rest, ""));
    let port = server
        .rsplit_once(':')
        .map_or("5432", |(_, port)| port)
        .to_owned();
    let folder = options
        .split('&')
        .find_map(|option| option.strip_prefix("host="))
        .map(|folder| folder.replace("%2F", "/"));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let new = format!(
        "{login}@127.0.0.1:{}/{database}",
        listener.local_addr().unwrap().port()
    );
    let (server, begun) = (server.to_owned(), Arc::new(AtomicUsize::new(0)));
    let counter = Arc::clone(&begun);
    let tracker = tokio_util::task::TaskTracker::new();
    let inner = tracker.clone();
    tracker.spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let counter = Arc::clone(&counter);
            if let Some(folder) = &folder {
                let server = UnixStream::connect(format!("{folder}/.s.PGSQL.{port}"))
                    .await
                    .unwrap();
                inner.spawn(passed(client, server, counter));
            } else {
                let server = TcpStream::connect(&server).await.unwrap();
                inner.spawn(passed(client, server, counter));
            }
        }
    });
    (new, begun)
}

async fn passed(client: TcpStream, server: impl AsyncRead + AsyncWrite, begun: Arc<AtomicUsize>) {
    client.set_nodelay(true).unwrap();
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = tokio::io::split(server);
    let there = async {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(read @ 1..) = from_client.read(&mut buffer).await {
            let seen = &buffer[..read];
            begun.fetch_add(
                seen.windows(5).filter(|word| *word == b"BEGIN").count(),
                Ordering::SeqCst,
            );
            if to_server.write_all(seen).await.is_err() {
                break;
            }
        }
    };
    let back = async { drop(tokio::io::copy(&mut from_server, &mut to_client).await) };
    futures::future::join(there, back).await;
}

async fn asked(store: &TenantStore, text: &str) -> CardKind {
    let question = Question {
        text,
        previous: None,
        language: None,
    };
    ask(store, None, &question).await.unwrap().kind
}

#[tokio::test]
async fn a_question_opens_two_transactions_and_a_typed_query_one() {
    let db = TestDb::new().await;
    let store = db.store().await;
    db.tenant_in(&store, "acme").await;
    let (url, begun) = counted(&db.login_url()).await;
    let store = Store::connect(&StoreConfig::new(url), Arc::new(SystemClock))
        .await
        .unwrap();
    let grant = store.operate("acme", None).await.unwrap().unwrap();
    let tenant = store.open(&grant);
    for (text, kind, most) in [
        // A value of the tenant, and the numbers.
        ("open deals in Prospecting by owner", CardKind::Answer, 2),
        ("how much did we win this year?", CardKind::Answer, 2),
        ("how many blorbs are there?", CardKind::Declined, 1),
        ("delete all leads", CardKind::Declined, 1),
    ] {
        begun.store(0, Ordering::SeqCst);
        assert_eq!(asked(&tenant, text).await, kind, "{text}");
        assert_eq!(begun.load(Ordering::SeqCst), most, "{text}");
    }
    begun.store(0, Ordering::SeqCst);
    let query = json!({
        "entity": "opportunities", "measures": ["count"],
        "filters": [{"dimension": "stage", "op": "eq", "value": "prospecting"}],
    });
    let query = serde_json::from_value(query).unwrap();
    answer_typed(&tenant, &query, &Spoken::default()).await.unwrap();
    assert_eq!(begun.load(Ordering::SeqCst), 1);
    told(&tenant).await;
}

/// Tells how long questions take, and how long the transactions took besides that each of them opened once: for the
/// vocabulary, for the frame of the card, for the calendar, and for the names of the query. Seen with
/// `--success-output final`.
async fn told(tenant: &TenantStore) {
    let text = "open deals in Prospecting by owner";
    let (mut now, mut before) = (Vec::new(), Vec::new());
    for _ in 0..60 {
        let began = Instant::now();
        asked(tenant, text).await;
        let took = began.elapsed();
        now.push(took);
        let began = Instant::now();
        for _ in 0..4 {
            let mut tx = tenant.begin().await.unwrap();
            tx.reporting().await.unwrap();
            tx.commit().await.unwrap();
        }
        before.push(took + began.elapsed());
    }
    let middle = |times: &mut Vec<Duration>| {
        times.sort_unstable();
        times[times.len() / 2]
    };
    eprintln!(
        "a question in words: p50 {:?} with two transactions, {:?} with six",
        middle(&mut now),
        middle(&mut before)
    );
}
