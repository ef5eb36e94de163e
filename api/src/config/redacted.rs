//! The configuration as it may be shown.

use serde_json::{Value, json};

use super::Config;

impl Config {
    /// The effective configuration with every secret left out.
    pub fn redacted(&self) -> Value {
        let seconds = |time: std::time::Duration| json!(time.as_secs_f64());
        let secret = |set: bool| if set { "[set]" } else { "[not set]" };
        let providers: Vec<_> = self
            .models
            .providers
            .iter()
            .map(|provider| {
                json!({
                    "name": provider.name,
                    "base_url": without_userinfo(&provider.base_url),
                    "api_key": secret(provider.api_key.is_some()),
                    "model": provider.model,
                    "context_tokens": provider.context_tokens,
                    "max_output_tokens": provider.max_output_tokens,
                })
            })
            .collect();
        json!({
            "data": {"dir": self.data.dir, "cache_dir": self.cache_dir()},
            "http": {
                "host": self.http.host,
                "port": self.http.port,
                "public_url": self.http.public_url,
                "behind_tls": self.http.behind_tls,
                "cors_origins": self.http.cors_origins,
                "trusted_proxies": self.http.trusted_proxies,
                "body_limit": self.http.body_limit,
                "request_timeout_s": seconds(self.http.request_timeout),
                "max_in_flight": self.http.max_in_flight,
                "max_streams": self.http.max_streams,
                "keep_alive_s": seconds(self.http.keep_alive),
            },
            "rate_limit": {
                "per_second": self.rate_limit.per_second,
                "burst": self.rate_limit.burst,
                "tenant_per_second": self.rate_limit.tenant_per_second,
                "tenant_burst": self.rate_limit.tenant_burst,
            },
            "secrets": {"keys": if self.secrets.keys.is_some() { "[set]" } else { "[in the data folder]" }},
            "database": {
                "url": secret(self.database.url.is_some()),
                "admin_url": secret(self.database.admin_url.is_some()),
                "read_url": secret(self.database.read_url.is_some()),
                "read_max_lag_s": seconds(self.database.read_max_lag),
                "embedded": self.database.url.is_none(),
                "max_connections": self.database.max_connections,
            },
            "search": {
                "qdrant_url": self.search.qdrant_url.as_deref().map(without_userinfo),
                "qdrant_api_key": secret(self.search.qdrant_api_key.is_some()),
                "embedded": self.search.qdrant_url.is_none(),
                "collection": self.search.collection,
            },
            "embedding": {
                "kind": format!("{:?}", self.embedding.kind).to_lowercase(),
                "model": self.embedding.model,
                "base_url": self.embedding.base_url.as_deref().map(without_userinfo),
                "api_key": secret(self.embedding.api_key.is_some()),
            },
            "models": {"providers": providers, "floor": "offline"},
            "agents": {
                "max_turns": self.agents.max_turns,
                "max_tool_calls": self.agents.max_tool_calls,
                "max_wall_time_s": seconds(self.agents.max_wall_time),
                "max_tokens": self.agents.max_tokens,
                "max_cost_usd": self.agents.max_cost,
            },
            "worker": {
                "in_process": self.worker.in_process,
                "concurrency": self.worker.concurrency,
                "poll_s": seconds(self.worker.poll),
                "lease_s": seconds(self.worker.lease),
                "sweep_s": seconds(self.worker.sweep),
            },
            "shutdown": {"grace_s": seconds(self.shutdown.grace)},
            "log": {"level": self.log.level},
        })
    }
}

/// A URL may carry a name and a password before its host.
fn without_userinfo(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
            let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
            format!("{scheme}://{host}{path}")
        }
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_url_has_no_password() {
        assert_eq!(without_userinfo("http://me:secret@host:1/v1"), "http://host:1/v1");
        assert_eq!(without_userinfo("http://host/a@b"), "http://host/a@b");
    }
}
