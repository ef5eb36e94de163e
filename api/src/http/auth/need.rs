//! What a role must allow for each scope: the one table between the two.
//!
//! A person's rights come from the role; a key needs the scope, and where it was bound to a role, the role as well.
//! Scopes about records need nothing here: the store asks the role for each object, record and field.

use crm_store::access::{Permissions, Verb};

use super::Scope;

/// What a role must allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Nothing: every member may, or the store decides by object and record.
    Anyone,
    /// Everything.
    Everything,
    /// This on records of an object.
    Object(&'static str, Verb),
    /// To administer one of these areas.
    Areas(&'static [&'static str]),
}

/// The table.
pub const fn of(scope: Scope) -> Need {
    match scope {
        Scope::Admin => Need::Everything,
        Scope::ReadSelf
        | Scope::ReadRecords
        | Scope::WriteRecords
        | Scope::ReadFeed
        | Scope::ReadMembers
        | Scope::ReadSettings => Need::Anyone,
        Scope::ReadArticles | Scope::Search => Need::Object("article", Verb::Read),
        Scope::WriteArticles => Need::Areas(&["articles"]),
        Scope::RunAgents => Need::Object("run", Verb::Create),
        Scope::ReadRuns => Need::Object("run", Verb::Read),
        Scope::Approve => Need::Object("run", Verb::Update),
        Scope::GiveFeedback => Need::Object("feedback", Verb::Create),
        Scope::ReadFeedback => Need::Areas(&["runs"]),
        Scope::ReadConversations => Need::Object("conversation", Verb::Read),
        Scope::WriteConversations => Need::Object("conversation", Verb::Update),
        Scope::ReadUsage | Scope::WriteBudgets => Need::Areas(&["budgets"]),
        Scope::ManageKeys => Need::Areas(&["keys"]),
        Scope::ManageMembers => Need::Areas(&["members"]),
        Scope::ReadRoles => Need::Areas(&["roles", "members", "keys"]),
        Scope::ManageRoles => Need::Areas(&["roles"]),
        Scope::ManageSettings => Need::Areas(&["settings"]),
        Scope::ManageCatalog => Need::Areas(&["catalog"]),
        Scope::ReadAudit => Need::Areas(&["audit"]),
        Scope::ReadSecurity => Need::Areas(&["security"]),
        Scope::ManageWebhooks => Need::Areas(&["webhooks"]),
        Scope::ManageImports => Need::Areas(&["imports"]),
        Scope::ManagePrivacy => Need::Areas(&["privacy"]),
        Scope::ManageChannels => Need::Areas(&["sites"]),
        Scope::ManageModels => Need::Areas(&["models"]),
    }
}

impl Need {
    /// Whether a role meets it.
    pub fn is_met_by(self, role: &Permissions) -> bool {
        match self {
            Self::Anyone => true,
            Self::Everything => role.all,
            Self::Object(object, verb) => role.can(object, verb),
            Self::Areas(areas) => areas.iter().any(|area| role.manages(area)),
        }
    }
}

/// What a key with these scopes could give to others, were it not bound to a role.
pub fn rights(scopes: &[String]) -> Permissions {
    let mut rights = Permissions::default();
    for text in scopes {
        let mut allow = |object: &str, verbs: &[Verb]| {
            rights.objects.entry(object.to_owned()).or_default().extend(verbs);
        };
        let read: &[Verb] = &[Verb::Read, Verb::ViewAll];
        let write: &[Verb] = &[Verb::Create, Verb::Update, Verb::Delete, Verb::ModifyAll];
        match Scope::parse(text) {
            Some(Scope::Admin) => return Permissions::everything(),
            Some(Scope::ReadRecords) => allow("*", read),
            Some(Scope::WriteRecords) => allow("*", write),
            Some(scope) => match of(scope) {
                Need::Object(object, verb) => allow(object, &[verb]),
                // A reader of an area does not administer it.
                Need::Areas(areas) if !text.ends_with(":read") => {
                    rights.manage.extend(areas.iter().map(|area| (*area).to_owned()));
                }
                Need::Areas(_) | Need::Anyone | Need::Everything => {}
            },
            None => {
                let (plural, word) = text.split_once(':').unwrap_or((text, ""));
                if let Some(object) = crm_store::catalog::object(plural) {
                    allow(object.name, if word == "write" { write } else { read });
                }
            }
        }
    }
    rights
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn a_key_gives_what_its_scopes_say_and_no_more() {
        let rights = rights(&scopes(&[
            "members:manage",
            "leads:read",
            "audit:read",
            "feedback:write",
        ]));
        assert!(rights.manages("members") && !rights.manages("audit") && !rights.manages("roles"));
        assert!(rights.can("lead", Verb::Read) && !rights.can("lead", Verb::Update));
        assert!(!rights.can("contact", Verb::Read));
        assert!(rights.can("feedback", Verb::Create));
        assert_eq!(super::rights(&scopes(&["*"])), Permissions::everything());
    }

    #[test]
    fn a_role_meets_what_it_allows() {
        let role: Permissions = serde_json::from_value(serde_json::json!({
            "objects": {"article": ["read"]}, "manage": ["members"]
        }))
        .unwrap();
        let met = |scope| of(scope).is_met_by(&role);
        assert!(
            met(Scope::ReadArticles) && met(Scope::Search) && met(Scope::ReadRoles) && met(Scope::ReadSelf)
        );
        assert!(
            !met(Scope::WriteArticles)
                && !met(Scope::ManageRoles)
                && !met(Scope::RunAgents)
                && !met(Scope::Admin)
        );
        assert!(
            Scope::ALL
                .iter()
                .all(|scope| of(*scope).is_met_by(&Permissions::everything()))
        );
    }
}
