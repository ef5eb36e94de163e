//! The set-up script's promises: a missing tool is named, half a download or a wrong one never counts.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sha2::{Digest, Sha256};

/// A folder of its own, removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("crm-ai-setup-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../scripts")
        .canonicalize()
        .unwrap()
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Runs a few lines of shell with the script's own functions.
fn shell(cache: &Path, lines: &str) -> Output {
    let common = scripts().join("lib/common.sh");
    Command::new("bash")
        .args([
            "-c",
            &format!("set -euo pipefail; . '{}'; {lines}", common.display()),
        ])
        .env("CRM_AI_CACHE", cache)
        .output()
        .unwrap()
}

/// Serves `body` for `requests` requests, with ranges as a model hub does; returns its address.
fn serve(body: Vec<u8>, requests: usize) -> (String, std::thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/model.bin", listener.local_addr().unwrap());
    let served = std::thread::spawn(move || {
        let mut ranges = Vec::new();
        for _ in 0..requests {
            let (mut stream, _) = listener.accept().unwrap();
            let mut range = String::new();
            for line in BufReader::new(&stream)
                .lines()
                .map(Result::unwrap)
                .take_while(|line| !line.is_empty())
            {
                if let Some(value) = line.strip_prefix("Range: ") {
                    value.clone_into(&mut range);
                }
            }
            let start = range
                .trim_start_matches("bytes=")
                .trim_end_matches('-')
                .parse()
                .unwrap_or(0);
            let (status, part) = match body.get(start..) {
                Some(part) if start > 0 => ("206 Partial Content", part),
                _ => ("200 OK", body.as_slice()),
            };
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                part.len()
            );
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(part).unwrap();
            ranges.push(range);
        }
        ranges
    });
    (url, served)
}

fn fetch(url: &str, dest: &Path, body: &[u8]) -> Output {
    let sum = hex::encode(Sha256::digest(body));
    Command::new("python3")
        .arg(scripts().join("fetch.py"))
        .arg(url)
        .arg(dest)
        .arg(sum)
        .output()
        .unwrap()
}

#[test]
fn a_missing_tool_is_named_with_the_command_that_installs_it() {
    let scratch = Scratch::new();
    for tool in ["bash", "dirname", "sed", "id", "uname", "cut"] {
        let found = Command::new("sh")
            .args(["-c", &format!("command -v {tool}")])
            .output()
            .unwrap();
        let path = String::from_utf8(found.stdout).unwrap();
        std::os::unix::fs::symlink(path.trim(), scratch.0.join(tool)).unwrap();
    }
    let output = Command::new(scratch.0.join("bash"))
        .arg(scripts().join("setup.sh"))
        .env("PATH", &scratch.0)
        .env("CRM_AI_CACHE", scratch.0.join("cache"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let words = errors(&output);
    for tool in [
        "the Rust toolchain",
        "a C compiler",
        "make",
        "Python 3",
        "Node.js",
    ] {
        let line = words
            .lines()
            .find(|line| line.contains(tool))
            .unwrap_or_else(|| panic!("{tool}: {words}"));
        assert!(line.contains("is missing; install it with: "), "{line}");
    }
    assert!(!scratch.0.join("cache").exists(), "nothing was begun");
}

#[test]
fn a_damaged_file_is_named_and_removed() {
    let scratch = Scratch::new();
    let folder = scratch.0.join("model");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("good"), "good").unwrap();
    std::fs::write(folder.join("bad"), "as it was").unwrap();
    let folder_name = folder.display();
    assert!(
        shell(
            &scratch.0,
            &format!("write_manifest '{folder_name}'; manifest_holds '{folder_name}'")
        )
        .status
        .success()
    );

    std::fs::write(folder.join("bad"), "as it was not").unwrap();
    assert!(
        !shell(&scratch.0, &format!("manifest_holds '{folder_name}'"))
            .status
            .success()
    );
    let words = errors(&shell(&scratch.0, &format!("drop_damaged '{folder_name}'")));
    assert!(
        words.contains("model/bad does not match its checksum: removed"),
        "{words}"
    );
    assert!(folder.join("good").exists());
    assert!(!folder.join("bad").exists());
    assert!(
        !folder.join("SHA256SUMS").exists(),
        "a folder without it is not done"
    );
}

#[test]
fn a_folder_without_its_manifest_is_not_done() {
    let scratch = Scratch::new();
    std::fs::write(scratch.0.join("model.onnx"), "half of it").unwrap();
    assert!(
        !shell(&scratch.0, &format!("manifest_holds '{}'", scratch.0.display()))
            .status
            .success()
    );
}

#[test]
fn a_download_goes_on_where_it_stopped() {
    let scratch = Scratch::new();
    let body: Vec<u8> = (0..100_000u32).flat_map(u32::to_le_bytes).collect();
    let dest = scratch.0.join("model.bin");
    std::fs::write(scratch.0.join("model.bin.part"), &body[..150_000]).unwrap();
    let (url, served) = serve(body.clone(), 1);

    let output = fetch(&url, &dest, &body);
    assert!(output.status.success(), "{}", errors(&output));
    assert_eq!(served.join().unwrap(), ["bytes=150000-"]);
    assert_eq!(std::fs::read(&dest).unwrap(), body);
    assert!(!scratch.0.join("model.bin.part").exists());
}

#[test]
fn a_part_of_something_else_is_fetched_again_from_the_start() {
    let scratch = Scratch::new();
    let body = b"what it should be".to_vec();
    let dest = scratch.0.join("model.bin");
    std::fs::write(scratch.0.join("model.bin.part"), "not it").unwrap();
    let (url, served) = serve(body.clone(), 2);

    let output = fetch(&url, &dest, &body);
    assert!(output.status.success(), "{}", errors(&output));
    assert_eq!(served.join().unwrap(), ["bytes=6-", ""]);
    assert_eq!(std::fs::read(&dest).unwrap(), body);
    assert!(
        errors(&output).contains("does not match its checksum: removed"),
        "{}",
        errors(&output)
    );
}

#[test]
fn a_file_that_never_matches_is_not_kept() {
    let scratch = Scratch::new();
    let dest = scratch.0.join("model.bin");
    let (url, served) = serve(b"something else".to_vec(), 2);

    let output = fetch(&url, &dest, b"what it should be");
    assert!(!output.status.success());
    served.join().unwrap();
    assert!(!dest.exists() && !scratch.0.join("model.bin.part").exists());
    assert!(errors(&output).contains("pinned checksum"), "{}", errors(&output));
}
