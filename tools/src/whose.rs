//! Whose records somebody means: his own, his team's, or one member's.

use std::str::FromStr;

use crm_store::{Actor, StoreError, TenantTx};
use uuid::Uuid;

use crate::ToolError;

/// Whose records a list shows, among those that the reader may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Whose {
    /// Everybody's.
    #[default]
    All,
    /// The reader's own.
    Me,
    /// Those of the members whose roles are below the reader's.
    Team,
    /// One member's.
    One(Uuid),
}

impl FromStr for Whose {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "me" => Ok(Self::Me),
            "team" => Ok(Self::Team),
            id => id
                .parse()
                .map(Self::One)
                .map_err(|_| "must be me, team or the id of a member".to_owned()),
        }
    }
}

impl Whose {
    /// The owners; none for everybody.
    pub async fn owners(self, tx: &mut TenantTx) -> Result<Option<Vec<Uuid>>, ToolError> {
        match self {
            Self::All => Ok(None),
            Self::One(owner) => Ok(Some(vec![owner])),
            Self::Me => match tx.grant().actor() {
                Actor::User(user) => Ok(Some(vec![user.uuid()])),
                _ => Err(ToolError::Correctable(
                    "\"me\" is a person; a program must name an owner".to_owned(),
                )),
            },
            Self::Team => team(tx)
                .await?
                .map(Some)
                .map_err(|why| ToolError::Correctable(why.to_owned())),
        }
    }
}

/// Why nobody is found who is below the reader.
pub(crate) const NO_TEAM: &str = "nobody's role is below yours, so there is no team of yours";

/// The members whose roles are below the reader's, as the record rules see them; or why there are none.
pub async fn team(tx: &mut TenantTx) -> Result<Result<Vec<Uuid>, &'static str>, StoreError> {
    let Actor::User(user) = tx.grant().actor() else {
        return Ok(Err("\"my team\" is a person's; a program must name people"));
    };
    let access = tx.access().await?;
    let below: Vec<Uuid> = access
        .owners()
        .iter()
        .copied()
        .filter(|owner| *owner != user.uuid())
        .collect();
    Ok(if below.is_empty() { Err(NO_TEAM) } else { Ok(below) })
}
