//! What no tracked file may contain: folders of somebody's machine, addresses of somebody's
//! registry.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Pieces of text that belong to one machine or one workplace. Written in two halves, so that
/// this file does not find itself.
const BANNED: [(&str, &str); 9] = [
    ("/ho", "me/"),
    ("/ro", "ot/"),
    ("/Use", "rs/"),
    ("/wo", "rk/"),
    ("GOPR", "OXY="),
    ("index-", "url"),
    ("sparse", "+http"),
    ("[sour", "ce."),
    ("[regis", "tries"),
];

/// Where every crate of the lock file must come from, so that anybody can fetch it.
const PUBLIC_REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

#[test]
fn no_tracked_file_names_a_machine_or_a_private_registry() {
    let mut found = Vec::new();
    for file in tracked_files() {
        // A file of bytes that are not text, or one deleted but not yet committed.
        let Ok(text) = std::fs::read_to_string(root().join(&file)) else {
            continue;
        };
        let lines = banned_lines(&text).into_iter();
        found.extend(lines.map(|number| format!("{}:{number}", file.display())));
    }
    assert!(found.is_empty(), "names a machine or a private registry:\n{}", found.join("\n"));
}

#[test]
fn every_crate_of_the_lock_files_comes_from_the_public_registry() {
    let locks: Vec<PathBuf> =
        tracked_files().into_iter().filter(|file| file.ends_with("Cargo.lock")).collect();
    assert!(!locks.is_empty(), "no Cargo.lock is tracked");
    for lock in locks {
        let text = std::fs::read_to_string(root().join(&lock)).expect("a tracked file is readable");
        let sources = text.lines().filter_map(|line| line.strip_prefix("source = "));
        for source in sources {
            assert_eq!(source.trim_matches('"'), PUBLIC_REGISTRY, "{}", lock.display());
        }
    }
}

#[test]
fn a_folder_of_a_machine_and_a_private_registry_are_recognised() {
    let home = format!("run {}{}someone/tool", "/ho", "me/");
    let mirror = format!("{}{}s://mirror.example/", "sparse", "+http");
    let text = format!("fine\n{home}\nhttps://example.org/network/\nindex = {mirror}\n");
    assert_eq!(banned_lines(&text), [2, 4]);
}

/// The numbers, from one, of the lines that contain a banned text.
fn banned_lines(text: &str) -> Vec<usize> {
    let banned: Vec<String> = BANNED.iter().map(|(start, end)| format!("{start}{end}")).collect();
    let numbered = text.lines().enumerate();
    numbered
        .filter(|(_, line)| banned.iter().any(|banned| line.contains(banned)))
        .map(|(index, _)| index + 1)
        .collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository")
}

fn tracked_files() -> Vec<PathBuf> {
    let output = Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(root())
        .output()
        .expect("git is installed where the repository is");
    assert!(output.status.success(), "git ls-files failed");
    let names = String::from_utf8(output.stdout).expect("tracked names are UTF-8");
    names.split_terminator('\0').map(PathBuf::from).collect()
}
