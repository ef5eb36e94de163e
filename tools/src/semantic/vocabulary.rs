//! A tenant's own words, checked before they are kept.

use crm_store::{FieldError, StoreError, TenantTx};
use serde_json::Value as Json;

use super::{SemanticModel, resolve::wrong};

/// Checks a document of a tenant: against the layer, and the fields that it reads against what the tenant says about its
/// custom fields. What is wrong is [`StoreError::InvalidMany`] with pointers into the document, and says what would be right.
pub async fn check_vocabulary(tx: &mut TenantTx, vocabulary: &Json) -> Result<(), StoreError> {
    let own = embedded()?;
    let model = own.extended(vocabulary).map_err(StoreError::InvalidMany)?;
    let missing = missing_fields(tx, own, &model).await?;
    if missing.is_empty() {
        Ok(())
    } else {
        Err(StoreError::InvalidMany(missing))
    }
}

/// What of a document that was kept earlier is not used now, or reads what is not there any more.
pub async fn stale_vocabulary(tx: &mut TenantTx, vocabulary: &Json) -> Result<Vec<FieldError>, StoreError> {
    let own = embedded()?;
    let model = own.extended_where_good(vocabulary);
    let mut stale = missing_fields(tx, own, &model).await?;
    stale.extend(model.left_out);
    Ok(stale)
}

fn embedded() -> Result<&'static SemanticModel, StoreError> {
    SemanticModel::embedded().map_err(|error| StoreError::Corrupt {
        what: error.to_string(),
    })
}

/// Dimensions of custom fields that the tenant's own schema does not allow.
async fn missing_fields(
    tx: &mut TenantTx,
    own: &SemanticModel,
    model: &SemanticModel,
) -> Result<Vec<FieldError>, StoreError> {
    let mut missing = Vec::new();
    for entity in &model.entities {
        let known = own.entity(&entity.name);
        let new = entity
            .dimensions
            .iter()
            .filter(|dimension| known.is_none_or(|known| known.dimension(&dimension.name).is_none()));
        for dimension in new {
            let Some(key) = dimension.path.custom.as_deref() else {
                continue;
            };
            let Some(schema) = tx.custom_schemas().get(dimension.path.object).await? else {
                continue;
            };
            let closed = schema.schema.get("additionalProperties") == Some(&Json::Bool(false));
            let fields = schema.schema.get("properties").and_then(Json::as_object);
            let names: Vec<&str> = fields
                .into_iter()
                .flat_map(|fields| fields.keys().map(String::as_str))
                .collect();
            if closed && !names.contains(&key) {
                let pointer = format!("/entities/{}/dimensions/{}/field", entity.name, dimension.name);
                let plural = dimension.path.object.plural.replace('_', " ");
                let message = format!(
                    "{key} is no custom field of {plural}; there are {}",
                    names.join(", ")
                );
                missing.push(wrong(pointer, message));
            }
        }
    }
    Ok(missing)
}
