//! Whose records a card is about, as the policies of the database say.

use crm_store::{
    access::Verb,
    catalog::{CONVERSATION, Kind, LEDGER_ENTRY, RUN, SeenBy},
};

use super::{
    build::Answered,
    columns::label,
    texts::{Text, say, text},
};
use crate::semantic::Language;

/// Whose records the asker sees, in words.
pub(super) fn rights(of: &Answered<'_>) -> String {
    let (language, object) = (of.language, of.entity.object);
    let entity = label(&of.entity.labels, language);
    // German writes nouns large; the others write them small within a sentence.
    let entity = if language == Language::De {
        entity.to_owned()
    } else {
        entity.to_lowercase()
    };
    if sees_all(of) {
        return say(language, Text::SeesAll, &[&entity]);
    }
    let owned = || match of.access.owners().len() {
        0 | 1 => say(language, Text::SeesOwn, &[&entity]),
        people => say(language, Text::SeesTeam, &[&entity, &people.to_string()]),
    };
    match object.kind {
        Kind::Record(rules) if rules.seen_by == SeenBy::Owner => owned(),
        Kind::Special if object.name == RUN.name => runs(of, &entity),
        Kind::Special if object.name == CONVERSATION.name => owned(),
        Kind::Record(_) | Kind::Special => say(language, Text::SeesRelated, &[&entity]),
    }
}

/// Whether the asker sees every record of the entity. Objects with rules of their own are not opened by the right to view
/// all: runs are seen whole by those who administer them, and usage by whoever may ask about it at all.
pub(super) fn sees_all(of: &Answered<'_>) -> bool {
    let (access, object) = (of.access, of.entity.object);
    match object.kind {
        Kind::Special if object.name == RUN.name => access.manages("runs"),
        Kind::Special if object.name == LEDGER_ENTRY.name => true,
        Kind::Record(rules) if rules.seen_by == SeenBy::Tenant => true,
        Kind::Record(_) | Kind::Special => access.can(object, Verb::ViewAll),
    }
}

/// Whose runs the asker sees, as the policy on runs says.
fn runs(of: &Answered<'_>, entity: &str) -> String {
    let (access, language) = (of.access, of.language);
    let mut more = String::new();
    if access.owners().len() > 1 {
        more.push_str(text(language, Text::RunsOfTeam));
    }
    if access.can(&CONVERSATION, Verb::Read) {
        more.push_str(text(language, Text::RunsOfVisitors));
    }
    if access.manages("articles") {
        more.push_str(text(language, Text::RunsOnArticles));
    }
    say(language, Text::SeesRuns, &[entity, &more])
}
