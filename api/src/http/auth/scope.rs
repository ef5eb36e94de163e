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
    /// To read usage, the ledger, budgets and prices.
    ReadUsage = "usage:read";
    /// To set budgets.
    WriteBudgets = "budgets:write";
    /// To list, make and revoke keys.
    ManageKeys = "keys:manage";
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
}
