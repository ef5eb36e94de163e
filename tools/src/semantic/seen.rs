//! What of the layer a role shows.

use std::borrow::Cow;

use crm_store::{
    access::{Access, FieldRule, Verb},
    analytics::Path,
    catalog::{Kind, Link, Object},
};

use super::{Entity, Form, PipelineQuery, SemanticModel};

/// Whether a role shows a field, and all that lies on the way to it from the records of `root`.
pub(crate) fn is_seen(access: &Access, root: &'static Object, path: &Path) -> bool {
    let mut object = root;
    for step in &path.steps {
        if let Link::Field(field) = step.by
            && is_hidden(access, object, field)
        {
            return false;
        }
        // A person's name has no rules; what else is on the way must be readable itself.
        let Some(target) = crm_store::catalog::object(step.target) else {
            break;
        };
        if matches!(target.kind, Kind::Record(_)) && !access.can(target, Verb::Read) {
            return false;
        }
        object = target;
    }
    !is_hidden(access, path.object, path.field.name)
}

fn is_hidden(access: &Access, object: &Object, field: &str) -> bool {
    matches!(
        access.field_rule(object, field),
        Some(FieldRule::Hidden | FieldRule::Masked)
    )
}

/// The layer for one asker's query: the lists of records have no columns that the asker's role does not show. Whatever the
/// query itself names stays there, and is refused.
pub(super) fn listed<'m>(
    model: &'m SemanticModel,
    query: &PipelineQuery,
    access: &Access,
) -> Cow<'m, SemanticModel> {
    let is_asked = |entity: &&Entity| matches!(query.form, Form::Records {}) && entity.name == query.entity;
    let Some(entity) = model.entities.iter().find(is_asked) else {
        return Cow::Borrowed(model);
    };
    let is_shown = |name: &String| {
        let dimension = entity.dimension(name);
        dimension.is_none_or(|dimension| is_seen(access, entity.object, &dimension.path))
    };
    if entity.drill_down.iter().all(is_shown) {
        return Cow::Borrowed(model);
    }
    let mut own = model.clone();
    own.key = None;
    for other in own.entities.iter_mut().filter(|other| other.name == entity.name) {
        other.drill_down.retain(is_shown);
    }
    Cow::Owned(own)
}
