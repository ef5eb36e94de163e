//! Notifications of Postgres.

use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};

use crate::StoreError;

/// Something that a [`Listener`] heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// Somebody notified a channel.
    Message {
        /// The channel.
        channel: String,
        /// What was said; for most channels nothing, for some an id.
        payload: String,
    },
    /// The connection was lost and is back: anything may have happened in between.
    Gap,
}

/// A connection of its own that listens to channels and comes back when it is lost.
#[derive(Debug)]
pub struct Listener(PgListener);

impl Listener {
    pub(crate) async fn open(options: PgConnectOptions, channels: &[&str]) -> Result<Self, StoreError> {
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .max_lifetime(None)
            .idle_timeout(None)
            .connect_with(options)
            .await?;
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.listen_all(channels.iter().copied()).await?;
        Ok(Self(listener))
    }

    /// Waits for the next notification. An error means that the connection is
    /// lost and did not come back; call again after a pause.
    pub async fn next(&mut self) -> Result<Heard, StoreError> {
        Ok(match self.0.try_recv().await? {
            Some(message) => Heard::Message {
                channel: message.channel().to_owned(),
                payload: message.payload().to_owned(),
            },
            None => Heard::Gap,
        })
    }
}
