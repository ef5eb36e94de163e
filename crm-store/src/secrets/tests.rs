use super::*;

fn keys(texts: &[&str]) -> Secrets {
    Secrets::parse(texts.iter().copied()).unwrap()
}

#[test]
fn a_secret_opens_for_its_tenant_and_purpose_alone() {
    let secrets = keys(&[&Secrets::generate()]);
    let (ours, theirs) = (TenantId::new(), TenantId::new());
    let sealed = secrets.seal(ours, "webhook", b"whsec").unwrap();
    assert_eq!(secrets.open(ours, "webhook", &sealed).unwrap().expose(), b"whsec");
    assert!(secrets.open(theirs, "webhook", &sealed).is_err());
    assert!(secrets.open(ours, "channel", &sealed).is_err());
    assert_ne!(
        secrets.seal(ours, "webhook", b"whsec").unwrap(),
        sealed,
        "nonces differ"
    );
    assert!(!sealed.0.windows(5).any(|part| part == b"whsec"));
    assert_eq!(Sealed::from_text(&sealed.to_text()).unwrap(), sealed);
}

#[test]
fn a_changed_byte_anywhere_does_not_open() {
    let secrets = keys(&[&Secrets::generate()]);
    let tenant = TenantId::new();
    let sealed = secrets.seal(tenant, "p", b"secret").unwrap();
    for n in 0..sealed.0.len() {
        let mut changed = sealed.clone();
        changed.0[n] ^= 1;
        assert!(secrets.open(tenant, "p", &changed).is_err(), "byte {n}");
    }
    for n in 0..sealed.0.len() {
        assert!(
            secrets
                .open(tenant, "p", &Sealed(sealed.0[..n].to_vec()))
                .is_err(),
            "{n} bytes"
        );
    }
}

#[test]
fn the_first_key_seals_and_every_key_opens() {
    let (old, new) = (Secrets::generate(), Secrets::generate());
    let tenant = TenantId::new();
    let sealed = keys(&[&old]).seal(tenant, "p", b"x").unwrap();
    let both = keys(&[&new, &old]);
    assert_eq!(both.open(tenant, "p", &sealed).unwrap().expose(), b"x");
    let again = both.seal(tenant, "p", b"x").unwrap();
    assert!(again.0.starts_with(&both.current_prefix().unwrap()));
    assert!(matches!(
        keys(&[&old]).open(tenant, "p", &again),
        Err(StoreError::Secrets { .. })
    ));
}

#[test]
fn nothing_of_a_key_is_shown() {
    let text = Secrets::generate();
    let secrets = keys(&[&text]);
    let derived = secrets.derive("tokens");
    for shown in [
        format!("{secrets:?}"),
        format!("{derived:?}"),
        format!("{:?}", Secret(vec![7])),
    ] {
        assert!(
            !shown.contains(&text) && !shown.contains(&hex::encode(derived[0].expose())),
            "{shown}"
        );
    }
    assert_ne!(derived[0].expose(), secrets.derive("other")[0].expose());
}

#[test]
fn bad_keys_are_refused_by_number() {
    assert_eq!(Secrets::parse([]).unwrap_err(), KeyError::None);
    let good = Secrets::generate();
    assert_eq!(
        Secrets::parse([good.as_str(), "abc"]).unwrap_err(),
        KeyError::Malformed(2)
    );
}
