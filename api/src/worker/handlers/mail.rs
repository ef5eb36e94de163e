//! `send_mail`: writes a mail into the data folder, one file each, as a mail program opens it.
//!
//! The file has the name of its job, so that a job which runs twice writes one mail.

use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{DateTime, Utc};
use crm_store::{
    jobs::JobClaim,
    mail::{Mail, MailKind},
};

use super::{Ended, JobError};
use crate::{beacon::write_private, worker::Shared};

/// Writes the mail of a job.
pub(super) async fn run(shared: &Shared, claim: &JobClaim) -> Result<Ended, JobError> {
    let mail = shared.store.open(&claim.grant).read_mail(&claim.payload)?;
    let text = render(
        &mail,
        &shared.mails.base_url,
        &claim.id.to_string(),
        shared.store.clock().now(),
    );
    let path = shared.mails.folder.join(format!("{}.eml", claim.id));
    tokio::task::spawn_blocking(move || write_private(&path, text.as_bytes())).await??;
    Ok(Ended::Unmarked)
}

fn render(mail: &Mail, base_url: &str, id: &str, now: DateTime<Utc>) -> String {
    let (subject, first, page) = match mail.kind {
        MailKind::Invite => (
            format!("You are invited to {}", mail.tenant),
            format!("{} invites you to work with them in crm-ai.", mail.tenant),
            "accept-invite",
        ),
        MailKind::PasswordReset => (
            "A new password".to_owned(),
            "Somebody, probably you, asked for a new password. If it was not you, do nothing: the old one stays."
                .to_owned(),
            "reset-password",
        ),
    };
    let until = mail.expires_at.format("%Y-%m-%d %H:%M UTC");
    // The token stands behind the hash sign, which browsers send to nobody.
    let body = format!(
        "{first}\r\n\r\nOpen this link until {until}; it works once:\r\n\r\n{base_url}/{page}#token={}\r\n",
        mail.token
    );
    format!(
        "From: crm-ai <no-reply@localhost>\r\nTo: <{}>\r\nSubject: {}\r\nDate: {}\r\nMessage-ID: <{id}@crm-ai>\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}",
        header_safe(&mail.to),
        encoded(&subject),
        now.to_rfc2822(),
    )
}

/// No line ends inside a header.
fn header_safe(text: &str) -> String {
    text.chars()
        .filter(|letter| !letter.is_control() && !"<>".contains(*letter))
        .collect()
}

/// Words of any alphabet as a header writes them (RFC 2047).
fn encoded(text: &str) -> String {
    if text.is_ascii() {
        return header_safe(text);
    }
    // At most 75 characters a word, so the text goes in pieces.
    let letters: Vec<char> = text.chars().collect();
    let words: Vec<String> = letters
        .chunks(10)
        .map(|piece| {
            format!(
                "=?UTF-8?B?{}?=",
                BASE64_STANDARD.encode(piece.iter().collect::<String>())
            )
        })
        .collect();
    words.join("\r\n ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_has_its_link_and_no_header_that_its_words_made_up() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let mail = Mail {
            to: "a@b.test>\r\nBcc: x@y.test".to_owned(),
            kind: MailKind::Invite,
            tenant: "Bäder\r\nX-Evil: 1".to_owned(),
            token: "cri_abc".to_owned(),
            expires_at: now,
        };
        let text = render(&mail, "https://crm.test", "7", now);
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(
            head.lines()
                .all(|line| !line.starts_with("Bcc") && !line.starts_with("X-Evil")),
            "{head}"
        );
        assert!(head.contains("Subject: =?UTF-8?B?"), "{head}");
        assert!(
            body.contains("https://crm.test/accept-invite#token=cri_abc"),
            "{body}"
        );
    }
}
