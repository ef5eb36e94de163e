//! `crm-ai privacy verify`: whether a receipt of an erasure is genuine.

use std::{fmt::Write as _, path::Path};

use anyhow::Context as _;
use crm_store::privacy::{Receipt, Signed, Verdict, verify};
use serde::Serialize;

use super::{Ctx, Done};
use crate::cli::PrivacyVerifyArgs;

#[derive(Debug, Serialize)]
struct Report {
    genuine: bool,
    reason: Option<String>,
    receipt: Option<Receipt>,
}

pub(super) fn run(ctx: &Ctx, args: &PrivacyVerifyArgs) -> anyhow::Result<Done> {
    let signed = read(&args.file)?;
    let secrets = ctx.config.secrets.open(&ctx.config.data.dir)?;
    let report = match verify(&secrets, &signed) {
        Verdict::Genuine(receipt) => Report {
            genuine: true,
            reason: None,
            receipt: Some(*receipt),
        },
        Verdict::Forged => Report {
            genuine: false,
            reason: Some("the text or the signature was changed".to_owned()),
            receipt: None,
        },
        Verdict::UnknownKey(id) => Report {
            genuine: false,
            reason: Some(format!(
                "it was signed with the key {id}, which the configuration does not have"
            )),
            receipt: None,
        },
    };
    ctx.output.result(&report, || words(&report))?;
    Ok(if report.genuine { Done::Well } else { Done::Badly })
}

fn read(path: &Path) -> anyhow::Result<Signed> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let whole: serde_json::Value =
        serde_json::from_str(&text).with_context(|| format!("{} is no JSON", path.display()))?;
    // As `GET /v1/privacy/erasures/{id}` answers, or only the two members.
    let member = |name: &str| {
        whole
            .get(name)
            .and_then(serde_json::Value::as_str)
            .map(str::to_owned)
            .with_context(|| format!("{} has no member {name:?}", path.display()))
    };
    Ok(Signed {
        receipt: member("receipt")?,
        signature: member("signature")?,
    })
}

fn words(report: &Report) -> String {
    let Some(receipt) = &report.receipt else {
        return format!("not genuine: {}", report.reason.as_deref().unwrap_or_default());
    };
    let mut words = format!(
        "genuine: a {} of the tenant {} was erased at {}\n",
        receipt.scope, receipt.tenant, receipt.erased_at
    );
    for place in &receipt.places {
        let _ = writeln!(
            words,
            "{:<32} {:>8} deleted {:>8} changed",
            place.place, place.deleted, place.changed
        );
    }
    words
}
