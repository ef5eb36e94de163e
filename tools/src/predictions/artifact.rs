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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_usual_is_read_as_it_was_kept_before() {
        let mut kept = serde_json::to_value(Usual::default()).unwrap();
        // Leads had records of their sources, and what is newer was not there.
        kept["leads"] = json!({"all": {"of": 96.0, "good": 71.0}, "types": {}, "records": {}});
        let fields = kept.as_object_mut().unwrap();
        fields.retain(|name, _| ["deals", "leads", "stages", "amounts", "cycles"].contains(&name.as_str()));
        let usual: Usual = serde_json::from_value(kept).unwrap();
        assert!((usual.ended_leads() - 96.0).abs() < 1e-9);
        assert!(
            (usual.conversion_rate() - 0.72).abs() < 1e-9,
            "{}",
            usual.conversion_rate()
        );
        let again = serde_json::to_vec(&usual).unwrap();
        assert_eq!(serde_json::from_slice::<Usual>(&again).unwrap(), usual);
    }
}
