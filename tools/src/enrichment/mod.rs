//! What a lead's mail address and own words say of it, found by rules: no model, the same words give the same findings.
//!
//! Each finding has the words that say so. Nothing is written into the lead here: findings are suggestions.

mod domain;
mod interest;
mod phone;
mod role;
mod size;
mod words;

use std::collections::HashMap;

use crm_store::{
    StoreError, TenantStore,
    leads::{LeadText, Material, NewSuggestion, SuggestionSource},
};
use uuid::Uuid;

pub use domain::{DomainKind, MailDomain, mail_domain};

/// The shortest text whose language is guessed, in characters.
const GUESSED: usize = 40;

/// Looks through what is known of a lead and keeps what was found as suggestions; how many are new. `store` sees all
/// records: that of a job.
pub async fn enrich(store: &TenantStore, lead: Uuid) -> Result<u64, StoreError> {
    let mut tx = store.begin().await?;
    let Some(material) = tx.leads().material(lead).await? else {
        return Ok(0);
    };
    let own = material
        .email
        .as_deref()
        .and_then(mail_domain)
        .filter(|domain| domain.kind != DomainKind::Free);
    let accounts = match &own {
        Some(domain) => tx.leads().accounts_at(&domain.domain).await?,
        None => Vec::new(),
    };
    let mut found = findings(&material);
    found.extend(accounts.into_iter().map(|(id, _)| NewSuggestion {
        field: "account",
        value: id.to_string(),
        source: SuggestionSource::Account,
        message: None,
        account: Some(id),
        quote: own.as_ref().map(|domain| domain.domain.clone()),
    }));
    let new = tx.leads().suggest(lead, &found).await?;
    tx.commit().await?;
    Ok(new)
}

/// What address and words say, the latest word on each field alone.
pub fn findings(material: &Material) -> Vec<NewSuggestion> {
    let mut found = Vec::new();
    let domain = material.email.as_deref().and_then(mail_domain);
    if let Some(domain) = domain.as_ref().filter(|domain| domain.kind != DomainKind::Free) {
        let of_domain = |field, value| NewSuggestion {
            field,
            value,
            source: SuggestionSource::MailDomain,
            message: None,
            account: None,
            quote: Some(domain.domain.clone()),
        };
        found.push(of_domain("company", domain.company()));
        found.push(of_domain("website", format!("https://{}", domain.domain)));
    }
    let country = material
        .country
        .clone()
        .or_else(|| domain.as_ref().and_then(MailDomain::country));
    let products = material.products.iter().map(|product| product.name.as_str());
    let ways: [(&'static str, Way<'_>); 4] = [
        ("number_of_employees", &size::size),
        ("title", &role::role),
        ("phone", &|text| phone::phone(text, country.as_deref())),
        ("product_interest", &|text| interest::interest(text, &products)),
    ];
    for (field, way) in ways {
        let first = material
            .texts
            .iter()
            .find_map(|text| Some((text.id, way(own_words(&text.body))?)));
        if let Some((message, said)) = first {
            found.push(NewSuggestion {
                field,
                value: said.value,
                source: SuggestionSource::Message,
                message: Some(message),
                account: None,
                quote: Some(words::cut(&said.quote)),
            });
        }
    }
    found.extend(language(&material.texts));
    found
}

/// What finds something in a text.
type Way<'a> = &'a dyn Fn(&str) -> Option<Said>;

/// Something that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    /// What it comes to.
    value: String,
    /// The words that say so.
    quote: String,
}

/// The part of a mail that its writer wrote: without what it answers.
fn own_words(body: &str) -> &str {
    let mut from = 0;
    for line in body.split_inclusive('\n') {
        let said = line.trim();
        let is_quoted = said.starts_with('>')
            || said.starts_with("-----Original")
            || said.starts_with("-----Urspr")
            || (said.ends_with(':')
                && (said.starts_with("On ") || said.starts_with("Am ") || said.starts_with("Le ")));
        if is_quoted {
            break;
        }
        from += line.len();
    }
    body.get(..from).unwrap_or(body)
}

/// The language that most of the messages are in.
fn language(texts: &[LeadText]) -> Option<NewSuggestion> {
    let mut counts: HashMap<String, (usize, &LeadText)> = HashMap::new();
    for text in texts {
        let guessed = || {
            let own = own_words(&text.body);
            let guess = whatlang::detect(own).filter(whatlang::Info::is_reliable)?;
            (own.chars().count() >= GUESSED)
                .then(|| two_letters(guess.lang()))
                .flatten()
                .map(str::to_owned)
        };
        let known = text.language.clone().filter(|language| language.len() == 2);
        if let Some(language) = known.or_else(guessed) {
            counts.entry(language).or_insert((0, text)).0 += 1;
        }
    }
    let (language, (_, text)) = counts
        .into_iter()
        .max_by(|one, other| one.1.0.cmp(&other.1.0).then(other.0.cmp(&one.0)))?;
    Some(NewSuggestion {
        field: "language",
        value: language,
        source: SuggestionSource::Message,
        message: Some(text.id),
        account: None,
        quote: words::sentences(own_words(&text.body)).next().map(words::cut),
    })
}

/// The ISO 639-1 code of the languages that leads write in here.
const fn two_letters(language: whatlang::Lang) -> Option<&'static str> {
    use whatlang::Lang;
    Some(match language {
        Lang::Eng => "en",
        Lang::Deu => "de",
        Lang::Fra => "fr",
        Lang::Spa => "es",
        Lang::Ita => "it",
        Lang::Por => "pt",
        Lang::Nld => "nl",
        Lang::Pol => "pl",
        Lang::Swe => "sv",
        Lang::Dan => "da",
        Lang::Ces => "cs",
        Lang::Tur => "tr",
        Lang::Rus => "ru",
        Lang::Ukr => "uk",
        Lang::Jpn => "ja",
        Lang::Cmn => "zh",
        Lang::Kor => "ko",
        Lang::Ara => "ar",
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
