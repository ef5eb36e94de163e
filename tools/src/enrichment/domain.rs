//! Whose mail server a lead writes from.

use crm_store::history::is_free_mail;
use serde::{Deserialize, Serialize};

/// Who has addresses there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DomainKind {
    /// A company's or another organisation's own.
    Company,
    /// Everybody.
    Free,
    /// A school's or a university's.
    Education,
    /// An authority's.
    Government,
}

/// The domain of a mail address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailDomain {
    /// What somebody registered: `example.co.uk` of `mail.example.co.uk`.
    pub domain: String,
    /// Who has addresses there.
    pub kind: DomainKind,
}

/// The domain of a mail address as it was registered, by the public suffix list; none where there is none.
pub fn mail_domain(address: &str) -> Option<MailDomain> {
    let (_, host) = address.trim().rsplit_once('@')?;
    let host = host.trim_end_matches('.').to_lowercase();
    if !host.split('.').all(is_label) {
        return None;
    }
    let domain = psl::domain_str(&host)?.to_owned();
    let suffix = psl::suffix_str(&host).unwrap_or_default();
    let has = |part: &str| suffix.split('.').any(|label| label == part);
    let kind = if is_free_mail(&host) || is_free_mail(&domain) {
        DomainKind::Free
    } else if has("edu") || has("ac") && suffix.contains('.') {
        DomainKind::Education
    } else if has("gov") || has("gob") || has("gouv") || has("mil") {
        DomainKind::Government
    } else {
        DomainKind::Company
    };
    Some(MailDomain { domain, kind })
}

/// Whether it can be a part of a host's name, in any script (RFC 5890).
fn is_label(part: &str) -> bool {
    let fits = |letter: char| letter.is_alphanumeric() || letter == '-';
    !part.is_empty() && part.chars().all(fits) && !part.starts_with('-') && !part.ends_with('-')
}

impl MailDomain {
    /// The name that the domain suggests: `acme-tools.co.uk` is Acme Tools.
    pub fn company(&self) -> String {
        let label = self.domain.split('.').next().unwrap_or_default();
        let words = label
            .split(['-', '_'])
            .filter(|word| !word.is_empty())
            .map(|word| {
                let mut letters = word.chars();
                letters.next().map_or_else(String::new, |first| {
                    first.to_uppercase().chain(letters).collect::<String>()
                })
            });
        words.collect::<Vec<_>>().join(" ")
    }

    /// The country of its ending, ISO 3166, where it has one that countries use for themselves.
    pub fn country(&self) -> Option<String> {
        let ending = self.domain.rsplit('.').next()?;
        // Endings of countries that the whole world uses.
        let worldwide = [
            "io", "co", "ai", "me", "tv", "cc", "ws", "eu", "fm", "gg", "to", "ly",
        ];
        let country = match ending {
            "uk" => "GB".to_owned(),
            other if other.len() == 2 && !worldwide.contains(&other) => other.to_uppercase(),
            _ => return None,
        };
        Some(country)
    }
}
