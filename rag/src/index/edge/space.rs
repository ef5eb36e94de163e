//! Room on the disk.

use std::path::Path;

use crate::RagError;

/// Refuses when less than `reserve` bytes are free where `folder` is.
pub(super) fn check(folder: &Path, reserve: u64) -> Result<(), RagError> {
    let stat = nix::sys::statvfs::statvfs(folder).map_err(|source| RagError::index("look at its disk", source))?;
    #[expect(clippy::unnecessary_fallible_conversions, clippy::useless_conversion, reason = "the widths differ between systems")]
    let free = u64::try_from(stat.blocks_available()).unwrap_or(u64::MAX).saturating_mul(u64::try_from(stat.fragment_size()).unwrap_or(1));
    if free < reserve {
        return Err(RagError::DiskFull { path: folder.to_owned(), free, needed: reserve });
    }
    Ok(())
}
