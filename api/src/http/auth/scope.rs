//! What a key may do, in words that are stored with it.

macro_rules! scopes {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)+) => {
        /// A right that a key can have.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Scope {
            $($(#[$doc])* $name,)+
        }

        impl Scope {
            /// Every scope.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The scope as it is stored and shown.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }

        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy)]
            pub struct $name;

            impl ScopeName for $name {
                const SCOPE: Scope = Scope::$name;
            }
        )+
    };
}

/// A scope as a type, for [`super::Allowed`].
pub trait ScopeName {
    /// The scope that the type stands for.
    const SCOPE: Scope;
}

scopes! {
    /// Everything, also what later versions add.
    Admin = "*";
    /// To see who the key is.
    ReadSelf = "self:read";
    /// To read articles, their versions and the answers that quote them.
    ReadArticles = "articles:read";
    /// To write, publish and withdraw articles.
    WriteArticles = "articles:write";
    /// To search the knowledge base.
    Search = "knowledge:search";
    /// To start and cancel runs.
    RunAgents = "agents:run";
    /// To read runs and their events.
    ReadRuns = "runs:read";
    /// To decide on what a run wants to do.
    Approve = "runs:approve";
    /// To judge answers.
    GiveFeedback = "feedback:write";
    /// To read what people thought of answers.
    ReadFeedback = "feedback:read";
    /// To read usage, the ledger, budgets and prices.
    ReadUsage = "usage:read";
    /// To set budgets.
    WriteBudgets = "budgets:write";
    /// To list, make and revoke keys.
    ManageKeys = "keys:manage";
    /// To see who the members are.
    ReadMembers = "members:read";
    /// To invite members, to change their roles and to let them go.
    ManageMembers = "members:manage";
    /// To read roles and what they may do.
    ReadRoles = "roles:read";
    /// To make and change roles and sharing rules.
    ManageRoles = "roles:manage";
    /// To read the settings of the organisation.
    ReadSettings = "settings:read";
    /// To change the settings of the organisation.
    ManageSettings = "settings:manage";
    /// To change what the custom fields of records are held to.
    ManageCatalog = "catalog:manage";
    /// To read the log of who did what.
    ReadAudit = "audit:read";
    /// To read security events and sign-ins.
    ReadSecurity = "security:read";
    /// To read the records of every object.
    ReadRecords = "records:read";
    /// To change the records of every object.
    WriteRecords = "records:write";
    /// To follow changes, of the objects that the key may read.
    ReadFeed = "feed:read";
    /// To read conversations and their messages.
    ReadConversations = "conversations:read";
    /// To begin and change conversations and to write messages.
    WriteConversations = "conversations:write";
    /// To make and change webhooks, and to read and repeat their deliveries.
    ManageWebhooks = "webhooks:manage";
    /// To import files and follow what comes of them.
    ManageImports = "imports:manage";
    /// To export and erase what is stored about persons, or all of it.
    ManagePrivacy = "privacy:manage";
    /// To make and change the doors for messages from outside.
    ManageChannels = "channels:manage";
    /// To train predictive models and to choose the active one.
    ManageModels = "models:manage";
}

impl Scope {
    /// Whether a key with these scopes may do this.
    pub fn is_in(self, granted: &[String]) -> bool {
        self == Self::ReadSelf
            || granted
                .iter()
                .any(|scope| scope == self.as_str() || scope == Self::Admin.as_str())
    }

    /// The scope with this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|scope| scope.as_str() == text)
    }
}

/// Whether a key with these scopes reaches the records of an object: by `records:read`, by the object's own scope,
/// such as `leads:read`, or because it may do everything. `word` is `read` or `write`.
pub fn reaches(granted: &[String], plural: &str, word: &str) -> bool {
    granted.iter().any(|scope| {
        scope == Scope::Admin.as_str()
            || scope
                .split_once(':')
                .is_some_and(|(what, how)| how == word && (what == "records" || what == plural))
    })
}

/// Whether a key with these scopes has this one, by its name or by a wider one. `None` for what is no scope.
pub fn has(granted: &[String], text: &str) -> Option<bool> {
    if let Some(scope) = Scope::parse(text) {
        return Some(scope.is_in(granted));
    }
    let (plural, word) = text.split_once(':')?;
    let is_record = crm_store::catalog::OBJECTS
        .iter()
        .any(|object| object.plural == plural && object.rules().is_some());
    (is_record && matches!(word, "read" | "write")).then(|| reaches(granted, plural, word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_may_do_what_it_has_and_an_admin_everything() {
        let reader = ["articles:read".to_owned()];
        assert!(Scope::ReadArticles.is_in(&reader) && Scope::ReadSelf.is_in(&reader));
        assert!(!Scope::WriteArticles.is_in(&reader) && !Scope::Admin.is_in(&reader));
        let admin = ["*".to_owned()];
        assert!(Scope::ALL.iter().all(|scope| scope.is_in(&admin)));
        assert!(
            Scope::ALL
                .iter()
                .all(|scope| Scope::parse(scope.as_str()) == Some(*scope))
        );
    }

    #[test]
    fn an_objects_own_scope_reaches_that_object_alone() {
        let granted = |scopes: &[&str]| scopes.iter().map(|&scope| scope.to_owned()).collect::<Vec<_>>();
        let leads = granted(&["leads:read"]);
        assert!(reaches(&leads, "leads", "read"));
        assert!(!reaches(&leads, "leads", "write") && !reaches(&leads, "contacts", "read"));
        let all = granted(&["records:write"]);
        assert!(reaches(&all, "leads", "write") && !reaches(&all, "leads", "read"));
        assert!(reaches(&granted(&["*"]), "leads", "write"));
        assert_eq!(has(&all, "nothing:read"), None);
        assert_eq!(
            (has(&all, "articles:read"), has(&all, "records:write")),
            (Some(false), Some(true))
        );
    }
}
