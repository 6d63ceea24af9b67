//! Which room may import which, and what the pure rooms may not pull in.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde::Deserialize;

/// A room of the workspace and its place in it.
struct Room {
    name: &'static str,
    /// Pure rooms do no I/O: nothing below them may bring a runtime or a client.
    is_pure: bool,
    /// The rooms it may import, as `ARCHITECTURE.md` draws them.
    may_import: &'static [&'static str],
}

/// Every member of the workspace. A new crate takes a line here and one in `ARCHITECTURE.md`.
const ROOMS: [Room; 11] = [
    Room { name: "upswell-units", is_pure: true, may_import: &[] },
    Room { name: "upswell-engine", is_pure: true, may_import: &["upswell-units"] },
    Room { name: "upswell-triggers", is_pure: true, may_import: &["upswell-units"] },
    Room {
        name: "upswell-manifests",
        is_pure: true,
        may_import: &["upswell-units", "upswell-engine", "upswell-triggers"],
    },
    Room { name: "upswell-metrics", is_pure: true, may_import: &["upswell-units"] },
    Room {
        name: "upswell-sim",
        is_pure: true,
        may_import: &[
            "upswell-units",
            "upswell-engine",
            "upswell-triggers",
            "upswell-metrics",
            "upswell-manifests",
        ],
    },
    Room {
        name: "upswell-prometheus",
        is_pure: false,
        may_import: &["upswell-units", "upswell-metrics"],
    },
    Room {
        name: "upswell",
        is_pure: false,
        may_import: &[
            "upswell-units",
            "upswell-engine",
            "upswell-triggers",
            "upswell-metrics",
            "upswell-manifests",
            "upswell-sim",
            "upswell-prometheus",
        ],
    },
    Room { name: VECTORS, is_pure: false, may_import: &[] },
    Room { name: PEERS, is_pure: false, may_import: &[] },
    Room { name: "xtask", is_pure: false, may_import: &[PEERS] },
];

/// The reader of golden vectors: tests may import it, and nothing else.
const VECTORS: &str = "upswell-vectors";

/// What starts real servers: tests may import it, and who installs them, and nothing else.
const PEERS: &str = "upswell-peers";

/// Runtimes, clients and servers: the business of the edges.
const IMPURE: [&str; 9] =
    ["axum", "hyper", "k8s-openapi", "kube", "mio", "redis", "reqwest", "tokio", "tonic"];

/// Crates that come in more than one version, and why we bear it.
const DUPLICATES: [(&str, &str); 5] = [
    ("getrandom", "ring 0.17 asks for 0.2, tempfile for 0.4"),
    ("syn", "some derive macros have moved on to 3, others not; at build time only"),
    ("synstructure", "an option of rcgen that nobody turns on asks for 0.13; in the lock only"),
    ("unicode-width", "the lexer generator of promql-parser asks for 0.1, clap's help for 0.2"),
    ("winnow", "toml 0.9 asks for 0.7 itself and for 1 through its parser; tests only"),
];

#[test]
fn every_crate_has_its_place_in_the_table() {
    let graph = Graph::load();
    let members: BTreeSet<&str> = graph.members().map(|package| package.name.as_str()).collect();
    let rooms: BTreeSet<&str> = ROOMS.iter().map(|room| room.name).collect();
    assert_eq!(members, rooms, "the workspace (left) and the table of rooms (right) differ");
}

#[test]
fn every_crate_is_on_the_map() {
    let map = concat!(env!("CARGO_MANIFEST_DIR"), "/../ARCHITECTURE.md");
    let map = std::fs::read_to_string(map).expect("the map lies in the repository");
    let is_missing = |room: &&Room| !map.contains(&format!("| `{}` |", room.name));
    let missing: Vec<&str> = ROOMS.iter().filter(is_missing).map(|room| room.name).collect();
    assert!(missing.is_empty(), "not in the table of ARCHITECTURE.md: {missing:?}");
}

#[test]
fn no_crate_imports_against_the_arrows() {
    let graph = Graph::load();
    let members: BTreeSet<&str> = graph.members().map(|package| package.name.as_str()).collect();
    let mut forbidden = Vec::new();
    for package in graph.members() {
        let room = room(&package.name);
        let ours = package.dependencies.iter().filter(|import| members.contains(&*import.name));
        for import in ours {
            let is_for_tests = [VECTORS, PEERS].contains(&&*import.name);
            let is_in_tests = is_for_tests && import.kind.as_deref() == Some("dev");
            if !is_in_tests && !room.may_import.contains(&&*import.name) {
                forbidden.push(format!("{} -> {}", package.name, import.name));
            }
        }
    }
    assert!(forbidden.is_empty(), "forbidden imports:\n{}", forbidden.join("\n"));
}

#[test]
fn pure_crates_and_their_tests_pull_in_no_runtime_and_no_client() {
    let graph = Graph::load();
    let mut pulled = Vec::new();
    for room in ROOMS.iter().filter(|room| room.is_pure) {
        let below = graph.below(room.name);
        let impure = below.into_iter().filter(|name| IMPURE.contains(name));
        pulled.extend(impure.map(|name| format!("{} pulls in {name}", room.name)));
    }
    assert!(pulled.is_empty(), "{}", pulled.join("\n"));
}

#[test]
fn a_crate_comes_in_one_version_or_with_a_reason() {
    let graph = Graph::load();
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in graph.packages() {
        versions.entry(&package.name).or_default().insert(&package.version);
    }
    let doubled: BTreeSet<&str> =
        versions.iter().filter(|(_, versions)| versions.len() > 1).map(|(name, _)| *name).collect();
    let listed: BTreeSet<&str> = DUPLICATES.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        doubled, listed,
        "what comes twice (left) and the list with reasons (right) differ; see `cargo tree -d`"
    );
}

#[test]
fn what_a_crate_needs_is_followed_down_but_not_into_the_tests_of_others() {
    let package = |name: &str| {
        format!(
            r#"{{"id":"{name}","name":"{name}","license":null,"version":"1","dependencies":[]}}"#
        )
    };
    let need =
        |name: &str, kind: &str| format!(r#"{{"pkg":"{name}","dep_kinds":[{{"kind":{kind}}}]}}"#);
    let node =
        |name: &str, needs: &[String]| format!(r#"{{"id":"{name}","deps":[{}]}}"#, needs.join(","));
    let packages = ["ours", "tester", "tokio", "library", "redis"].map(package).join(",");
    let nodes = [
        node("ours", &[need("library", "null"), need("tester", r#""dev""#)]),
        node("tester", &[need("tokio", r#""build""#)]),
        node("library", &[need("redis", r#""dev""#)]),
        node("tokio", &[]),
        node("redis", &[]),
    ];
    let text = format!(
        r#"{{"packages":[{packages}],"workspace_members":["ours"],"resolve":{{"nodes":[{}]}}}}"#,
        nodes.join(",")
    );
    let graph: Graph = serde_json::from_str(&text).unwrap();
    assert_eq!(graph.below("ours"), ["library", "ours", "tester", "tokio"].into());
}

fn room(name: &str) -> &'static Room {
    ROOMS.iter().find(|room| room.name == name).expect("every member is in the table of rooms")
}

/// What `cargo metadata` says about the workspace and everything it needs on this platform.
#[derive(Deserialize)]
pub(crate) struct Graph {
    packages: Vec<Package>,
    workspace_members: Vec<String>,
    resolve: Resolve,
}

#[derive(Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) license: Option<String>,
    id: String,
    version: String,
    dependencies: Vec<Import>,
}

/// A dependency as the package's manifest states it.
#[derive(Deserialize)]
struct Import {
    name: String,
    kind: Option<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

/// A package and what it was resolved to need.
#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Need>,
}

#[derive(Deserialize)]
struct Need {
    pkg: String,
    dep_kinds: Vec<NeedKind>,
}

#[derive(Deserialize)]
struct NeedKind {
    kind: Option<String>,
}

impl Graph {
    pub(crate) fn load() -> Self {
        let platform = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--locked", "--filter-platform", &platform])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .expect("cargo runs this test, so it can be started");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "cargo metadata failed: {error}");
        serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON of this shape")
    }

    pub(crate) fn packages(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter()
    }

    fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages().filter(|package| self.workspace_members.contains(&package.id))
    }

    /// The names of everything that a member and its tests need, however far below. The tests of
    /// what it needs do not count: they are never built for it.
    fn below(&self, member: &str) -> BTreeSet<&str> {
        let names: BTreeMap<&str, &str> =
            self.packages().map(|package| (&*package.id, &*package.name)).collect();
        let nodes: BTreeMap<&str, &Node> =
            self.resolve.nodes.iter().map(|node| (&*node.id, node)).collect();
        let start = self.members().find(|package| package.name == member);
        let start = start.expect("every room is a member of the workspace");

        let mut seen = BTreeSet::from([&*start.id]);
        let mut open = vec![&*start.id];
        while let Some(id) = open.pop() {
            for need in &nodes[id].deps {
                let is_only_for_tests =
                    need.dep_kinds.iter().all(|need| need.kind.as_deref() == Some("dev"));
                if is_only_for_tests && id != start.id {
                    continue;
                }
                if seen.insert(&need.pkg) {
                    open.push(&need.pkg);
                }
            }
        }
        seen.into_iter().map(|id| names[id]).collect()
    }
}
