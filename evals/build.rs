//! Embeds the demo companies, the words of their year, the suites and the baselines, so that the binary needs no folder beside it.

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

fn main() -> io::Result<()> {
    let root = PathBuf::from(var("CARGO_MANIFEST_DIR")?);
    let mut out = fs::File::create(Path::new(&var("OUT_DIR")?).join("embedded.rs"))?;
    for (name, folder, ending) in [
        ("DEMO", "demo", None),
        ("TEXTS", "texts", Some("yaml")),
        ("CASES", "cases", Some("yaml")),
        ("BASELINES", "baselines", Some("json")),
    ] {
        println!("cargo:rerun-if-changed={folder}");
        let mut files = Vec::new();
        walk(&root.join(folder), &mut files)?;
        files.sort();
        writeln!(out, "static {name}: &[File] = &[")?;
        for file in files {
            if ending.is_some_and(|ending| file.extension().is_none_or(|found| found != ending)) {
                continue;
            }
            let path = file
                .strip_prefix(root.join(folder))
                .map_err(io::Error::other)?
                .display();
            writeln!(
                out,
                "    File {{ path: {:?}, text: include_str!({:?}) }},",
                path.to_string(),
                file.display().to_string()
            )?;
        }
        writeln!(out, "];")?;
    }
    Ok(())
}

/// Cargo sets these for build scripts only, so they are no configuration of the service.
#[expect(clippy::disallowed_methods, reason = "a build script reads what cargo passes")]
fn var(name: &str) -> io::Result<String> {
    env::var(name).map_err(io::Error::other)
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            walk(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
