//! The parts of addresses; each object names its own.

use super::{Field, FieldType};

/// Street and number, which tell where somebody lives.
pub(super) const fn street(name: &'static str, label: &'static str) -> Field {
    part(name, label).sensitive()
}

/// City, state, postal code or country.
pub(super) const fn part(name: &'static str, label: &'static str) -> Field {
    Field::new(name, FieldType::Text, label).optional().writable()
}
