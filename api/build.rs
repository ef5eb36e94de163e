//! Tells cargo that the console's files are part of a release build.

use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // A debug build reads the files when they are asked for.
    if std::env::var_os("PROFILE").is_some_and(|profile| profile != "release") {
        return;
    }
    let dist = Path::new("../web/console/dist");
    // A folder that is missing would count as changed at every build. Where it cannot be made, that is all the harm.
    let _ = std::fs::create_dir_all(dist);
    println!("cargo::rerun-if-changed={}", dist.display());
}
