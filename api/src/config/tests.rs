use std::io::Write;

use secrecy::ExposeSecret;

use super::*;

fn load<const N: usize>(variables: [(&str, &str); N]) -> Result<Config, String> {
    Config::load(None, &Environment::from(variables)).map_err(|error| error.to_string())
}

#[test]
fn the_defaults_alone_are_a_configuration() {
    let config = load([("HOME", "/home/ada")]).unwrap();
    assert_eq!(config.http.port, 8080);
    assert_eq!(config.cache_dir(), PathBuf::from("/home/ada/.cache/crm-ai"));
    assert!(config.models.providers.is_empty());
    assert!(config.database.url.is_none());
}

#[test]
fn the_variables_that_everyone_knows_work() {
    let config = load([
        ("PORT", "9001"),
        ("DATA_DIR", "7"),
        ("CRM_AI_CACHE", "/cache"),
        ("DATABASE_URL", "postgres://u:p@db/x"),
        ("QDRANT_URL", "http://qdrant:6334"),
        ("OPENAI_API_KEY", "sk-1"),
        ("OPENAI_BASE_URL", "http://models:1/v1/"),
        ("CRM_AI__DATABASE__READ_URL", "postgres://u:p@copy/x"),
    ])
    .unwrap();
    assert_eq!(config.http.port, 9001);
    assert_eq!(config.data.dir, PathBuf::from("7"));
    assert_eq!(config.cache_dir(), PathBuf::from("/cache"));
    assert_eq!(
        config.database.url.as_ref().unwrap().expose_secret(),
        "postgres://u:p@db/x"
    );
    let provider = &config.models.providers[0];
    assert_eq!(
        (provider.name.as_str(), provider.base_url.as_str()),
        ("openai", "http://models:1/v1")
    );
    let shown = config.redacted().to_string();
    assert!(!shown.contains("sk-1") && !shown.contains("u:p"), "{shown}");
}

#[test]
fn an_empty_variable_is_as_good_as_none() {
    let config = load([("PORT", ""), ("OPENAI_API_KEY", "")]).unwrap();
    assert_eq!(config.http.port, 8080);
    assert!(config.models.providers.is_empty());
}

#[test]
fn errors_name_the_key_and_where_it_came_from() {
    let cases = [
        (
            load([("CRM_AI__HTTP__PORT", "many")]),
            "http.port",
            "CRM_AI__HTTP__PORT",
        ),
        (load([("CRM_AI__HTTP__PROT", "1")]), "prot", "CRM_AI__HTTP__PROT"),
        (
            load([("CRM_AI__WORKER__POLL", "5 minutes")]),
            "worker.poll",
            "500ms",
        ),
        (
            load([("DATABASE_URL", "mysql://x")]),
            "database.url",
            "postgres://",
        ),
        (
            load([("CRM_AI__DATABASE__READ_URL", "http://x")]),
            "database.read_url",
            "postgres://",
        ),
        (
            load([("CRM_AI__HTTP__CORS_ORIGINS", "[\"*\"]")]),
            "http.cors_origins",
            "each site",
        ),
        (
            load([("OPENAI_BASE_URL", "models")]),
            "models.providers.0.base_url",
            "http://",
        ),
        (
            load([("CRM_AI__EMBEDDING__KIND", "remote")]),
            "embedding.base_url",
            "remote",
        ),
    ];
    for (result, key, hint) in cases {
        let message = result.unwrap_err();
        assert!(message.contains(key) && message.contains(hint), "{message}");
    }
}

#[test]
fn a_secret_comes_out_of_a_file_without_its_line_end() {
    let folder = std::env::temp_dir().join(format!("crm-ai-config-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let secret = folder.join("url");
    writeln!(std::fs::File::create(&secret).unwrap(), "postgres://from/file").unwrap();
    let path = secret.to_str().unwrap();
    let config = load([("CRM_AI__DATABASE__URL_FILE", path)]).unwrap();
    assert_eq!(
        config.database.url.unwrap().expose_secret(),
        "postgres://from/file"
    );

    let twice = load([
        ("CRM_AI__DATABASE__URL_FILE", path),
        ("DATABASE_URL", "postgres://x"),
    ])
    .unwrap_err();
    assert!(twice.contains("given twice"), "{twice}");
    let missing = load([("CRM_AI__DATABASE__URL_FILE", "/nowhere/url")]).unwrap_err();
    assert!(
        missing.contains("database.url_file") && missing.contains("/nowhere/url"),
        "{missing}"
    );
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_missing_file_is_an_error() {
    let error = Config::load(Some(Path::new("/nowhere.toml")), &Environment::default()).unwrap_err();
    assert!(error.to_string().contains("/nowhere.toml"));
}
