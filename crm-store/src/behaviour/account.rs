//! Accounts: the domain that finds them again.

use uuid::Uuid;

use crate::{
    StoreError, TenantTx,
    history::is_free_mail,
    records::{Value, Write},
};

/// Keeps the accounts a tree, and derives the domains of those that say none.
pub(super) async fn before(tx: &mut TenantTx, writes: &mut [Write]) -> Result<(), StoreError> {
    domains(writes);
    let moved: (Vec<Uuid>, Vec<Uuid>) = writes
        .iter()
        .filter(|write| write.before.is_some() && write.changes("parent_id"))
        .filter_map(|write| Some((write.id, write.draft.get("parent_id").and_then(Value::as_id)?)))
        .unzip();
    if moved.0.is_empty() {
        return Ok(());
    }
    let circles: Vec<Uuid> = sqlx::query_scalar(
        "WITH RECURSIVE up AS (SELECT m.id AS moved, m.parent AS at, 0 AS depth FROM unnest($1::uuid[], $2::uuid[]) m (id, parent) \
             UNION ALL SELECT up.moved, a.parent_id, up.depth + 1 FROM up JOIN accounts a ON a.id = up.at \
             WHERE a.parent_id IS NOT NULL AND up.at <> up.moved AND up.depth < 100) \
         SELECT DISTINCT moved FROM up WHERE at = moved",
    )
    .bind(moved.0)
    .bind(moved.1)
    .fetch_all(tx.conn())
    .await?;
    for write in writes.iter_mut().filter(|write| circles.contains(&write.id)) {
        write
            .draft
            .refuse("parent_id", "is below this account: that would be a circle");
    }
    Ok(())
}

/// Derives the domain of accounts that say none from their website, else from their address.
fn domains(writes: &mut [Write]) {
    for write in writes {
        if let Some(Value::Text(said)) = write.draft.get("domain") {
            let domain = domain(said);
            write.draft.set("domain", domain);
            continue;
        }
        let knows = write
            .before
            .as_ref()
            .is_some_and(|before| !before.get("domain").is_null());
        if knows || write.draft.get("domain").is_some() {
            continue;
        }
        let found = write
            .will_be("website")
            .as_text()
            .and_then(domain)
            .or_else(|| write.will_be("email").as_text().and_then(of_address));
        if let Some(found) = found {
            write.draft.set("domain", found);
        }
    }
}

/// The domain of a web address: `https://www.example.com/x` and `example.com` are `example.com`.
pub(crate) fn domain(address: &str) -> Option<String> {
    let rest = address.trim().to_lowercase();
    let rest = rest.split_once("://").map_or(rest.as_str(), |(_, rest)| rest);
    let host = rest.split(['/', '?', '#', ':']).next()?;
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let host = host.strip_prefix("www.").unwrap_or(host).trim_end_matches('.');
    (host.contains('.') && host.len() <= 253 && !host.contains(char::is_whitespace)).then(|| host.to_owned())
}

/// The domain of a mail address, unless everyone may have one there.
pub(crate) fn of_address(email: &str) -> Option<String> {
    let (_, host) = email.rsplit_once('@')?;
    let domain = domain(host)?;
    (!is_free_mail(&domain)).then_some(domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_read_from_what_people_write() {
        for said in [
            "https://www.Example.com/about?x=1",
            "example.com",
            "http://example.com:8080",
            " EXAMPLE.com. ",
            "ftp://user@example.com/",
        ] {
            assert_eq!(domain(said).as_deref(), Some("example.com"), "{said}");
        }
        for said in ["", "localhost", "not a domain.com", "https://"] {
            assert_eq!(domain(said), None, "{said}");
        }
    }

    #[test]
    fn addresses_of_everyone_say_nothing_about_an_employer() {
        assert_eq!(of_address("ada@example.com").as_deref(), Some("example.com"));
        assert_eq!(of_address("ada@gmail.com"), None);
        assert_eq!(of_address("nothing"), None);
    }
}
