//! Reads what `cargo test` prints, line by line, into suites: one per test binary or crate's
//! documentation tests.
//!
//! ```text
//! cargo test --no-run  ->  Binaries (which executable is which package's)
//! cargo test           ->  Running … / test … FAILED / test result: …  ->  Suite
//!                          vectors: FILE N of M                        ->  VectorFile
//! ```
//!
//! A suite whose result never came (it aborted) counts as one failure: silence is not success.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

/// The tests of one binary, or the documentation tests of one crate.
#[derive(Debug)]
pub(crate) struct Suite {
    pub(crate) name: String,
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) ignored: u64,
    pub(crate) took: Duration,
    pub(crate) failed_tests: Vec<String>,
    has_result: bool,
}

/// How many records of one file of golden vectors a suite answered as recorded.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct VectorFile {
    pub(crate) suite: String,
    pub(crate) file: String,
    pub(crate) passed: u64,
    pub(crate) records: u64,
}

/// The names of what is going to run, as cargo announced when it built it.
#[derive(Debug, Default)]
pub(crate) struct Binaries {
    /// File name of a test executable to the suite's name.
    executables: BTreeMap<String, String>,
    /// Name of a library target to its package.
    libraries: BTreeMap<String, String>,
}

/// Everything read so far.
#[derive(Debug, Default)]
pub(crate) struct Log {
    binaries: Binaries,
    suites: Vec<Suite>,
    vectors: Vec<VectorFile>,
    disputed: Vec<String>,
}

impl Binaries {
    /// Takes in one line of `cargo test --no-run --message-format=json-render-diagnostics`.
    pub(crate) fn read(&mut self, line: &str) {
        let Ok(artifact) = serde_json::from_str::<Artifact>(line) else {
            return;
        };
        let Some(package) = package_name(&artifact.package_id) else {
            return;
        };
        let target = artifact.target;
        let is_library = target.kind.iter().any(|kind| kind == "lib");
        if is_library {
            self.libraries.insert(target.name.clone(), package.to_owned());
        }
        let Some(executable) = artifact.executable.filter(|_| artifact.profile.test) else {
            return;
        };
        let suite = match target.kind.first().map(String::as_str) {
            Some("test") => format!("{package} tests/{}", target.name),
            Some("bin") => format!("{package} bin {}", target.name),
            _ => format!("{package} unit"),
        };
        self.executables.insert(file_name(&executable).to_owned(), suite);
    }

    /// The suite that a line of cargo's announces, if it does.
    fn announced(&self, line: &str) -> Option<String> {
        let line = line.trim();
        if let Some(library) = line.strip_prefix("Doc-tests ") {
            return self.libraries.get(library).map(|package| format!("{package} doc"));
        }
        let (_, executable) = line.strip_prefix("Running ")?.strip_suffix(')')?.rsplit_once('(')?;
        self.executables.get(file_name(executable)).cloned()
    }
}

/// The part that matters here of cargo's message about something it built.
#[derive(Deserialize)]
struct Artifact {
    package_id: String,
    target: Target,
    profile: Profile,
    executable: Option<String>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
    name: String,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

/// The package of a workspace member's id: `path+file:///folder/name#version` or `…#name@version`.
/// Nothing for a package from elsewhere.
fn package_name(id: &str) -> Option<&str> {
    let (folder, fragment) = id.strip_prefix("path+file://")?.split_once('#')?;
    match fragment.split_once('@') {
        Some((name, _)) => Some(name),
        None => Some(file_name(folder)),
    }
}

fn file_name(path: &str) -> &str {
    Path::new(path).file_name().and_then(|name| name.to_str()).unwrap_or(path)
}

impl Log {
    pub(crate) fn new(binaries: Binaries) -> Self {
        Self { binaries, ..Self::default() }
    }

    /// Takes in one line of `cargo test`.
    pub(crate) fn read(&mut self, line: &str) {
        if let Some(name) = self.binaries.announced(line) {
            self.suites.push(Suite::new(name));
            return;
        }
        let Some(suite) = self.suites.last_mut() else {
            return;
        };
        if let Some(result) = line.strip_prefix("test result: ") {
            suite.add(result);
        } else if let Some(test) = failed_test(line) {
            suite.failed_tests.push(test.to_owned());
        } else if let Some(disputed) = line.strip_prefix("vectors: disputed ") {
            self.disputed.push(disputed.to_owned());
        } else if let Some((file, passed, records)) = vector_counts(line) {
            let (suite, file) = (suite.name.clone(), file.to_owned());
            self.vectors.push(VectorFile { suite, file, passed, records });
        }
    }

    /// The suites in the order they ran; one that never reported counts as one failure.
    pub(crate) fn finish(self) -> (Vec<Suite>, Vec<VectorFile>, Vec<String>) {
        let Self { binaries: _, mut suites, mut vectors, disputed } = self;
        for suite in &mut suites {
            if !suite.has_result {
                suite.failed += 1;
                suite.failed_tests.push("ended without a result".to_owned());
            }
        }
        vectors.sort_by(|one, other| (&one.file, &one.suite).cmp(&(&other.file, &other.suite)));
        (suites, vectors, disputed)
    }
}

impl Suite {
    fn new(name: String) -> Self {
        Self {
            name,
            passed: 0,
            failed: 0,
            ignored: 0,
            took: Duration::ZERO,
            failed_tests: Vec::new(),
            has_result: false,
        }
    }

    /// Adds a result such as `ok. 3 passed; 0 failed; 1 ignored; …; finished in 0.01s`.
    /// A crate's documentation tests print one for those that run together and one for the rest.
    fn add(&mut self, result: &str) {
        self.has_result = true;
        let (_, counts) = result.split_once(". ").unwrap_or(("", result));
        for part in counts.split("; ") {
            if let Some(seconds) = part.strip_prefix("finished in ") {
                let seconds = seconds.trim_end_matches('s').parse().unwrap_or(0.0);
                self.took += Duration::try_from_secs_f64(seconds).unwrap_or_default();
                continue;
            }
            let Some((Ok(count), what)) =
                part.split_once(' ').map(|(count, what)| (count.parse::<u64>(), what))
            else {
                continue;
            };
            match what {
                "passed" => self.passed += count,
                "failed" => self.failed += count,
                "ignored" => self.ignored += count,
                _ => {}
            }
        }
    }
}

/// The test that a line such as `test name ... FAILED` names.
fn failed_test(line: &str) -> Option<&str> {
    line.strip_prefix("test ")?.strip_suffix(" ... FAILED")
}

/// File, passed and records of a line such as `vectors: hpa/quantity.jsonl 209 of 210`.
fn vector_counts(line: &str) -> Option<(&str, u64, u64)> {
    let (counted, records) = line.strip_prefix("vectors: ")?.rsplit_once(" of ")?;
    let (file, passed) = counted.rsplit_once(' ')?;
    Some((file, passed.parse().ok()?, records.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn artifact(kind: &str, name: &str, executable: &str) -> String {
        format!(
            r#"{{"reason":"compiler-artifact","package_id":"path+file:///src/upswell-engine#0.1.0","target":{{"kind":["{kind}"],"name":"{name}"}},"profile":{{"test":true}},"executable":"{executable}"}}"#
        )
    }

    fn read(output: &str) -> (Vec<Suite>, Vec<VectorFile>, Vec<String>) {
        let mut binaries = Binaries::default();
        binaries.read(&artifact("lib", "upswell_engine", "/t/deps/upswell_engine-1f"));
        binaries.read(&artifact("test", "vectors", "/t/deps/vectors-2e"));
        binaries.read("not JSON");
        let mut log = Log::new(binaries);
        output.lines().for_each(|line| log.read(line));
        log.finish()
    }

    #[test]
    fn each_binary_is_a_suite_with_its_package() {
        let (suites, _, _) = read(
            "\
     Running unittests src/lib.rs (target/debug/deps/upswell_engine-1f)

running 3 tests
test a ... ok
test b ... ignored
test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.25s

     Running tests/vectors.rs (/t/deps/vectors-2e)
test hpa ... FAILED
test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.50s
",
        );
        let counts: Vec<_> = suites
            .iter()
            .map(|suite| (suite.name.as_str(), suite.passed, suite.failed, suite.ignored))
            .collect();
        assert_eq!(
            counts,
            [("upswell-engine unit", 2, 0, 1), ("upswell-engine tests/vectors", 0, 1, 0)]
        );
        assert_eq!(suites[0].took, Duration::from_millis(250));
        assert_eq!(suites[1].failed_tests, ["hpa"]);
    }

    #[test]
    fn documentation_tests_are_summed_over_their_results() {
        let (suites, _, _) = read(
            "\
   Doc-tests upswell_engine
test result: ok. 5 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s
test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.20s
",
        );
        assert_eq!((suites.len(), suites[0].passed), (1, 6));
        assert_eq!(suites[0].name, "upswell-engine doc");
        assert_eq!(suites[0].took, Duration::from_millis(300));
    }

    #[test]
    fn a_suite_that_aborts_counts_as_a_failure() {
        let (suites, _, _) = read(
            "\
     Running tests/vectors.rs (target/debug/deps/vectors-2e)
thread 'main' has overflowed its stack
     Running unittests src/lib.rs (target/debug/deps/upswell_engine-1f)
test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
",
        );
        assert_eq!((suites[0].failed, suites[1].failed), (1, 0));
        assert_eq!(suites[0].failed_tests, ["ended without a result"]);
    }

    #[test]
    fn vector_counts_and_disputes_are_collected() {
        let (_, vectors, disputed) = read(
            "\
     Running tests/vectors.rs (target/debug/deps/vectors-2e)
vectors: hpa/quantity.jsonl 209 of 210
vectors: disputed hpa-7: the recorded value wraps
vectors: none of these
",
        );
        let expected = VectorFile {
            suite: "upswell-engine tests/vectors".to_owned(),
            file: "hpa/quantity.jsonl".to_owned(),
            passed: 209,
            records: 210,
        };
        assert_eq!(vectors, [expected]);
        assert_eq!(disputed, ["hpa-7: the recorded value wraps"]);
    }

    #[test]
    fn what_a_test_prints_does_not_start_a_suite() {
        let (suites, _, _) = read("     Running on empty (deps/none)\ntest result: ok. 9 passed\n");
        assert!(suites.is_empty());
    }

    #[test]
    fn a_package_is_named_by_its_id() {
        let cases = [
            ("path+file:///src/crates/upswell-units#0.1.0", Some("upswell-units")),
            ("path+file:///src/tool#xtask@0.1.0", Some("xtask")),
            ("registry+https://example.org/index#serde@1.0.0", None),
            ("", None),
        ];
        for (id, expected) in cases {
            assert_eq!(package_name(id), expected, "{id}");
        }
    }
}
