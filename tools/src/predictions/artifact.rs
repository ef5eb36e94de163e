//! The bytes of a model as they are stored: the model, and what was usual when it was trained.

use crm_predict::{Model, features::Usual};

use super::PredictError;

/// The model and what was usual, as bytes: the length of the first, the first, the second.
pub(super) fn write(model: &Model, usual: &Usual) -> Result<Vec<u8>, PredictError> {
    let broken = |what: &dyn std::fmt::Display| PredictError::Broken(what.to_string());
    let usual = serde_json::to_vec(usual).map_err(|error| broken(&error))?;
    let model = model.to_bytes().map_err(|error| broken(&error))?;
    let length = u32::try_from(usual.len()).map_err(|error| broken(&error))?;
    let mut bytes = Vec::with_capacity(4 + usual.len() + model.len());
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&usual);
    bytes.extend_from_slice(&model);
    Ok(bytes)
}

/// Reads what [`write`] wrote; none for anything else.
pub(super) fn read(bytes: &[u8]) -> Option<(Model, Usual)> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (usual, model) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    let usual = serde_json::from_slice(usual).ok()?;
    Some((Model::from_bytes(model).ok()?, usual))
}
