//! Room on the disk.

use std::path::Path;

use crate::RagError;

/// Refuses when less than `reserve` bytes are free where `folder` is.
pub(super) fn check(folder: &Path, reserve: u64) -> Result<(), RagError> {
    let stat =
        nix::sys::statvfs::statvfs(folder).map_err(|source| RagError::index("look at its disk", source))?;
    let free = bytes(stat);
    if free < reserve {
        return Err(RagError::DiskFull {
            path: folder.to_owned(),
            free,
            needed: reserve,
        });
    }
    Ok(())
}

#[cfg_attr(
    target_os = "linux",
    expect(
        clippy::useless_conversion,
        reason = "other systems count in narrower numbers"
    )
)]
fn bytes(stat: nix::sys::statvfs::Statvfs) -> u64 {
    u64::saturating_mul(stat.blocks_available().into(), stat.fragment_size().into())
}
