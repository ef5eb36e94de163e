//! What a feature is.

use std::{fmt, sync::LazyLock};

use crm_store::{
    history::{AccountAt, DealAt, LeadAt},
    scores::all_of,
};
use uuid::Uuid;

use super::Usual;
use crate::{Column, ColumnKind, Value};

/// What features are told of.
pub trait Kind: 'static {
    /// One of them, at a moment.
    type At<'h>;

    /// What people call a word of a feature: the word itself, unless it is the key of something that can be renamed.
    fn called<'w>(_at: &'w Self::At<'_>, _feature: &str, word: &'w str) -> &'w str {
        word
    }
}

/// Deals, whose label is whether they are won.
#[derive(Debug, Clone, Copy)]
pub enum Deals {}

/// Leads, whose label is whether they are converted soon.
#[derive(Debug, Clone, Copy)]
pub enum Leads {}

/// Accounts, whose label is whether they leave.
#[derive(Debug, Clone, Copy)]
pub enum Accounts {}

impl Kind for Deals {
    type At<'h> = DealAt<'h>;

    fn called<'w>(at: &'w DealAt<'_>, feature: &str, word: &'w str) -> &'w str {
        let name = at.stage_name().filter(|_| feature == "stage");
        name.unwrap_or(word)
    }
}

impl Kind for Leads {
    type At<'h> = LeadAt<'h>;
}

impl Kind for Accounts {
    type At<'h> = AccountAt<'h>;
}

/// What somebody who works on a record can do about a feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lever {
    /// Nothing.
    None,
    /// See to it that there is more.
    More,
    /// See to it that there is less.
    Fewer,
    /// Set it, such as a field.
    Set,
}

/// Which way a feature moves a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Towards yes.
    Up,
    /// Towards no.
    Down,
}

/// The function of a feature.
pub(super) type Of<K> = for<'a, 'h> fn(&'a <K as Kind>::At<'h>, &'a Usual) -> Value;
/// What puts a feature in words.
pub(super) type Says<K> = for<'a, 'h> fn(&'a Value, &'a <K as Kind>::At<'h>, &'a Usual, Direction) -> String;
/// What names the records that it rests on.
pub(super) type Rests<K> = for<'a, 'h> fn(&'a <K as Kind>::At<'h>) -> Vec<(&'static str, Uuid)>;

/// What features are given that do not say that they rest on all records of a kind.
static NOTHING: LazyLock<Usual> = LazyLock::new(Usual::default);

/// Something that is told of a record at a moment.
pub struct Feature<K: Kind> {
    /// Its name, in snake case; also the name of its column.
    pub name: &'static str,
    /// What people call it.
    pub label: &'static str,
    /// What it holds.
    pub kind: ColumnKind,
    /// What can be done about it.
    pub lever: Lever,
    /// The objects whose records are read for it; `object.field` where only one field is. With `object.*` it compares the record
    /// with all others: only then it is given what is usual, and its figures are for those who may view all of them.
    pub rests_on: &'static [&'static str],
    pub(super) of: Of<K>,
    pub(super) says: Says<K>,
    pub(super) rests: Rests<K>,
}

impl<K: Kind> Feature<K> {
    /// Its value at the moment of `at`.
    pub fn value(&self, at: &K::At<'_>, usual: &Usual) -> Value {
        match (self.of)(at, self.given(usual)) {
            Value::Number(number) if !number.is_finite() => Value::Missing,
            Value::Category(word) if word.is_empty() => Value::Missing,
            value => value,
        }
    }

    /// What people call a word that it holds.
    pub fn called<'w>(&self, word: &'w str, at: &'w K::At<'_>) -> &'w str {
        K::called(at, self.name, word)
    }

    /// What its value says, in one sentence with the number in it.
    pub fn sentence(&self, value: &Value, at: &K::At<'_>, usual: &Usual, direction: Direction) -> String {
        (self.says)(value, at, self.given(usual), direction)
    }

    /// All records of the kind, such as `opportunity.*`, where it compares the record with them.
    pub fn compares_with(&self) -> Option<&'static str> {
        let mut places = self.rests_on.iter().copied();
        places.find(|place| all_of(place).is_some())
    }

    fn given<'u>(&self, usual: &'u Usual) -> &'u Usual {
        if self.compares_with().is_some() {
            usual
        } else {
            &NOTHING
        }
    }

    /// The records that it rests on, the telling ones first: all of them, so that it can be seen who may know of it.
    pub fn evidence(&self, at: &K::At<'_>) -> Vec<(&'static str, Uuid)> {
        (self.rests)(at)
    }
}

impl<K: Kind> fmt::Debug for Feature<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feature")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// The columns of features.
pub fn columns<K: Kind>(features: &[Feature<K>]) -> Vec<Column> {
    features
        .iter()
        .map(|feature| Column {
            name: feature.name.to_owned(),
            kind: feature.kind,
        })
        .collect()
}

/// The values of features, in their order.
pub fn row<K: Kind>(features: &[Feature<K>], at: &K::At<'_>, usual: &Usual) -> Vec<Value> {
    features.iter().map(|feature| feature.value(at, usual)).collect()
}
