//! Mails that the service sends on its own: enqueued in the transaction of their reason, so that none is lost.
//!
//! What is secret in a mail, such as the link that sets a password, is sealed in the job.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{StoreError, TenantStore, TenantTx, jobs::NewJob, secrets::Sealed, text_enum::text_enum};

/// The kind of the jobs that send a mail.
pub const MAIL_JOB: &str = "send_mail";
const PURPOSE: &str = "mail";

text_enum! {
    /// What a mail is about.
    pub enum MailKind {
        /// Somebody is invited to a tenant.
        Invite = "invite",
        /// Somebody asked for a new password.
        PasswordReset = "password_reset",
    }
}

/// A mail to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMail<'a> {
    /// Who gets it.
    pub to: &'a str,
    /// What it is about.
    pub kind: MailKind,
    /// The token of the link in it.
    pub token: &'a str,
    /// Until when the link works, for the text.
    pub expires_at: chrono::DateTime<chrono::Utc>,
}

#[derive(Serialize, Deserialize)]
struct Payload {
    to: String,
    kind: MailKind,
    tenant: String,
    token: String,
    expires_at: chrono::DateTime<chrono::Utc>,
}

/// A mail as its job finds it.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// Who gets it.
    pub to: String,
    /// What it is about.
    pub kind: MailKind,
    /// The tenant's name.
    pub tenant: String,
    /// The token of the link in it.
    pub token: String,
    /// Until when the link works.
    pub expires_at: chrono::DateTime<chrono::Utc>,
}

impl TenantTx {
    /// Enqueues a mail.
    pub async fn send_mail(&mut self, mail: &NewMail<'_>) -> Result<(), StoreError> {
        let tenant = self.tenant().await?.name;
        let payload = Payload {
            to: mail.to.to_owned(),
            kind: mail.kind,
            tenant,
            token: self.seal(PURPOSE, mail.token.as_bytes())?.to_text(),
            expires_at: mail.expires_at,
        };
        let job = NewJob {
            payload: serde_json::to_value(&payload).unwrap_or_default(),
            ..NewJob::new(MAIL_JOB, Uuid::now_v7().to_string())
        };
        self.jobs().enqueue(&job).await
    }
}

impl TenantStore {
    /// Reads the mail of a job.
    pub fn read_mail(&self, payload: &serde_json::Value) -> Result<Mail, StoreError> {
        let payload = Payload::deserialize(payload).map_err(|_| StoreError::Corrupt {
            what: "a mail".to_owned(),
        })?;
        let token = self.unseal(PURPOSE, &Sealed::from_text(&payload.token)?)?;
        Ok(Mail {
            to: payload.to,
            kind: payload.kind,
            tenant: payload.tenant,
            token: token.expose_text()?.to_owned(),
            expires_at: payload.expires_at,
        })
    }
}
