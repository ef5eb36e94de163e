//! Whom a message is from.

use uuid::Uuid;

use super::{ChannelKind, UnknownPerson, receive::Incoming};
use crate::{
    StoreError, TenantTx,
    catalog::{CASE, LEAD},
    ids::UserId,
    records::Draft,
};

/// Somebody whom the tenant knows, or has just come to know.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) contact: Option<Uuid>,
    pub(super) lead: Option<Uuid>,
    pub(super) case: Option<Uuid>,
    pub(super) owner: Option<UserId>,
}

/// What a channel says about people whom nobody knows.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Habits {
    pub(super) unknown_person: UnknownPerson,
    pub(super) owner_id: Option<UserId>,
    pub(super) queue_id: Option<Uuid>,
    pub(super) default_country: Option<String>,
}

/// A contact before a lead, the one changed last before others; a lead that was converted is its contact.
const BY_PHONE: &str = "\
    SELECT id, owner_id, true AS is_contact FROM (\
        SELECT id, owner_id, updated_at FROM contacts WHERE phone = $1 AND deleted_at IS NULL \
        UNION SELECT id, owner_id, updated_at FROM contacts WHERE mobile_phone = $1 AND deleted_at IS NULL \
        ORDER BY updated_at DESC, id LIMIT 1) c \
    UNION ALL \
    SELECT id, owner_id, false FROM (\
        SELECT id, owner_id, updated_at FROM leads WHERE phone = $1 AND deleted_at IS NULL AND NOT is_converted \
        UNION SELECT id, owner_id, updated_at FROM leads WHERE mobile_phone = $1 AND deleted_at IS NULL AND NOT is_converted \
        ORDER BY updated_at DESC, id LIMIT 1) l \
    ORDER BY is_contact DESC LIMIT 1";
const BY_EMAIL: &str = "\
    SELECT id, owner_id, true AS is_contact FROM (\
        SELECT id, owner_id, updated_at FROM contacts WHERE email = $1 AND deleted_at IS NULL ORDER BY updated_at DESC, id LIMIT 1) c \
    UNION ALL \
    SELECT id, owner_id, false FROM (\
        SELECT id, owner_id, updated_at FROM leads WHERE email = $1 AND deleted_at IS NULL AND NOT is_converted \
        ORDER BY updated_at DESC, id LIMIT 1) l \
    ORDER BY is_contact DESC LIMIT 1";

impl TenantTx {
    /// The person with this number or address.
    pub(super) async fn known_person(
        &mut self,
        channel: ChannelKind,
        address: &str,
    ) -> Result<Option<Person>, StoreError> {
        let query = match channel {
            ChannelKind::WhatsApp => BY_PHONE,
            ChannelKind::Email => BY_EMAIL,
        };
        let found: Option<(Uuid, Option<UserId>, bool)> = sqlx::query_as(query)
            .bind(address)
            .fetch_optional(self.conn())
            .await?;
        Ok(found.map(|(id, owner, is_contact)| Person {
            contact: is_contact.then_some(id),
            lead: (!is_contact).then_some(id),
            case: None,
            owner,
        }))
    }

    /// Makes what the channel says for a person whom nobody knows.
    pub(super) async fn new_person(
        &mut self,
        channel: ChannelKind,
        habits: &Habits,
        message: &Incoming,
    ) -> Result<Person, StoreError> {
        let source = match channel {
            ChannelKind::WhatsApp => "WhatsApp",
            ChannelKind::Email => "E-mail",
        };
        let owner = habits.owner_id;
        let person = match habits.unknown_person {
            UnknownPerson::Lead => {
                let (first, last) = names(message.from_name.as_deref());
                let mut draft = Draft::new(&LEAD).with("lead_source", source);
                for (field, value) in [("first_name", first), ("last_name", last)] {
                    if let Some(value) = value {
                        draft.set(field, value);
                    }
                }
                draft.set(
                    match channel {
                        ChannelKind::WhatsApp => "phone",
                        ChannelKind::Email => "email",
                    },
                    message.from.as_str(),
                );
                let draft = assigned(draft, habits);
                let lead = self.records(&LEAD).create(draft).await?;
                Person {
                    lead: Some(lead.id),
                    owner,
                    ..Person::default()
                }
            }
            UnknownPerson::Case => {
                let subject = message
                    .subject
                    .clone()
                    .filter(|subject| !subject.trim().is_empty())
                    .unwrap_or_else(|| cut(message.body.lines().next().unwrap_or_default(), 120));
                let subject = Some(subject).filter(|subject| !subject.trim().is_empty());
                let mut draft = Draft::new(&CASE)
                    .with(
                        "subject",
                        subject.unwrap_or_else(|| format!("Message from {}", message.from)),
                    )
                    .with("description", cut(&message.body, 10_000))
                    .with(
                        match channel {
                            ChannelKind::WhatsApp => "supplied_phone",
                            ChannelKind::Email => "supplied_email",
                        },
                        message.from.as_str(),
                    );
                if let Some(name) = &message.from_name {
                    draft.set("supplied_name", cut(name, 120));
                }
                let case = self.records(&CASE).create(assigned(draft, habits)).await?;
                Person {
                    case: Some(case.id),
                    owner,
                    ..Person::default()
                }
            }
        };
        Ok(person)
    }
}

fn assigned(mut draft: Draft, habits: &Habits) -> Draft {
    if let Some(owner) = habits.owner_id {
        draft.set("owner_id", owner.uuid());
    }
    if let Some(queue) = habits.queue_id {
        draft.set("queue_id", queue);
    }
    draft
}

/// First and last name of a name for people: what stands last is the last name.
fn names(name: Option<&str>) -> (Option<String>, Option<String>) {
    let name = name.unwrap_or_default().split_whitespace().collect::<Vec<_>>();
    match name.split_last() {
        None => (None, None),
        Some((last, [])) => (None, Some(cut(last, 80))),
        Some((last, first)) => (Some(cut(&first.join(" "), 80)), Some(cut(last, 80))),
    }
}

/// The start of a text, so many characters at most.
pub(super) fn cut(text: &str, most: usize) -> String {
    text.chars().filter(|c| *c != '\0').take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_of_a_name_is_the_last_name() {
        let names = |text| {
            let (first, last) = names(Some(text));
            (first.unwrap_or_default(), last.unwrap_or_default())
        };
        let pair = |first: &str, last: &str| (first.to_owned(), last.to_owned());
        assert_eq!(names(" Ada  King Lovelace "), pair("Ada King", "Lovelace"));
        assert_eq!(names("Öğrenci"), pair("", "Öğrenci"));
        assert_eq!(names("  "), pair("", ""));
    }
}
