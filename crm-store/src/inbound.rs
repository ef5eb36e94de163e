//! Messages from outside: a provider's call becomes a message of a conversation with a person.
//!
//! [`crate::Store::inbound_door`] finds the channel that a path names; [`Door::admit`] mints a grant once the provider's
//! signature is right. Then everything happens in one transaction ([`crate::TenantTx::receive`]): the person is found
//! or made, the thread is found or begun, the message stored once by the provider's id, events and jobs written. The
//! provider is answered after the commit, so that what we lost it sends again, and what it sends again changes nothing.

mod channels;
mod door;
mod person;
mod receipt;
mod receive;

pub use channels::{
    Channel as ChannelConfig, ChannelKind, ChannelPatch, NewChannel, NewToken, Scheme, UnknownPerson,
};
pub use door::{Door, Proof};
pub use receipt::Receipt;
pub use receive::{Incoming, Received};

use crate::TenantTx;

/// What secrets of channels are sealed for.
pub(crate) const PURPOSE: &str = "channel";
/// And the tokens by which providers ask whether we are there.
pub(crate) const VERIFY_PURPOSE: &str = "channel_verify";

/// The channels of the tenant.
#[derive(Debug)]
pub struct Channels<'t>(pub(crate) &'t mut TenantTx);

impl TenantTx {
    /// The doors for messages from outside.
    pub fn channels(&mut self) -> Channels<'_> {
        Channels(self)
    }
}
