//! Models as bytes.
//!
//! `CRMP`, the format as two bytes, the first eight bytes of the SHA-256 of the rest, the rest. Bytes from anywhere are read:
//! they give a sound model or an error, never a panic or an endless walk.

use sha2::{Digest, Sha256};

use crate::{Model, ModelBytesError, learn::is_sane};

const MAGIC: &[u8; 4] = b"CRMP";

/// Raised whenever what is kept changes.
const FORMAT: u16 = 1;

/// Where the rest begins.
const HEAD: usize = 14;

impl Model {
    /// The model as bytes, the same for the same model.
    ///
    /// # Errors
    /// Never in practice: only when memory for the bytes is refused.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ModelBytesError> {
        let body =
            postcard::to_allocvec(self).map_err(|error| ModelBytesError::Damaged(error.to_string()))?;
        let mut bytes = Vec::with_capacity(HEAD + body.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&FORMAT.to_le_bytes());
        bytes.extend(Sha256::digest(&body).iter().take(8));
        bytes.extend_from_slice(&body);
        Ok(bytes)
    }

    /// Reads a model, and checks that every question that can be asked of it has an answer.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelBytesError> {
        let damaged = |what: &str| ModelBytesError::Damaged(what.to_owned());
        let rest = bytes.strip_prefix(MAGIC).ok_or(ModelBytesError::Foreign)?;
        let (format, rest) = rest
            .split_first_chunk::<2>()
            .ok_or_else(|| damaged("it is cut short"))?;
        let found = u16::from_le_bytes(*format);
        if found != FORMAT {
            return Err(ModelBytesError::Version { found, known: FORMAT });
        }
        let (sum, body) = rest
            .split_first_chunk::<8>()
            .ok_or_else(|| damaged("it is cut short"))?;
        if !Sha256::digest(body).starts_with(sum) {
            return Err(damaged("its checksum differs"));
        }
        let model: Self = postcard::from_bytes(body).map_err(|error| damaged(&error.to_string()))?;
        model.check().map_err(damaged)?;
        Ok(model)
    }

    fn check(&self) -> Result<(), &'static str> {
        let numbers = [
            self.calibration.intercept,
            self.calibration.slope,
            self.prior_variance,
            self.prior,
            self.rate,
        ];
        let [a, b, ab] = self.calibration.variance;
        let finite = numbers.iter().chain(&[a, b, ab]).all(|number| is_sane(*number));
        if !finite || self.calibration.slope < 0.0 || !(0.0..=1.0).contains(&self.prior_share) {
            return Err("its calibration is not sound");
        }
        if self.features().any(|feature| feature >= self.columns.len()) {
            return Err("it asks for a column that it does not have");
        }
        if self.members.is_empty() {
            return Err("it has no refits");
        }
        let columns = self.encoder.coded.len();
        self.members.iter().try_for_each(|member| member.check(columns))
    }
}

#[cfg(test)]
mod tests;
