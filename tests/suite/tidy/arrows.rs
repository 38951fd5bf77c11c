//! Arrows point at meaning, never at machinery: who may depend on whom, and which crate owns which machinery.
//!
//! A new package fails until it has a row here, which is the moment to think about its place.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{cargo, none};

/// What a package may depend on among ours, and what else its tests may.
struct Place {
    package: &'static str,
    may: &'static [&'static str],
    tests_may: &'static [&'static str],
}

const fn place(
    package: &'static str,
    may: &'static [&'static str],
    tests_may: &'static [&'static str],
) -> Place {
    Place { package, may, tests_may }
}

/// Names without `senim-`; the terminal's own package is `senim`.
const PLACES: &[Place] = &[
    // meaning
    place("domain", &[], &[]),
    place("fonts", &[], &[]),
    place("pixels", &[], &[]),
    place("document", &["domain", "fonts"], &["document"]),
    place("operation", &["domain"], &[]),
    place("hal", &["domain"], &[]),
    place("session", &["domain", "document", "operation", "hal"], &["fakes", "document"]),
    // what is left of a face is looked for under the terminal's own allocator
    place("biometrics", &["domain"], &["hal", "linux", "person", "world"]),
    place("journal", &["domain", "operation"], &["test-disk"]),
    place("sync", &["domain", "operation"], &[]),
    place("ui-model", &["domain", "document", "operation", "hal", "session"], &["document"]),
    place(
        "gateway-core",
        &["biometrics", "domain", "document", "eds", "operation"],
        &["person", "pki", "test-services", "world"],
    ),
    place("eds", &["domain"], &["pki"]),
    // edges of the terminal
    place("cards", &["domain", "hal"], &["emulators"]),
    place("drivers", &["domain", "hal"], &["emulators"]),
    place("keystore", &["domain", "operation"], &[]),
    place("linux", &["domain", "hal", "drivers"], &["emulators"]),
    place("fakes", &["domain", "hal"], &[]),
    place("uplink", &["domain", "operation", "sync", "keystore"], &[]),
    place("receipt", &["domain", "fonts", "hal", "ui-model"], &["emulators"]),
    place("ui", &["domain", "document", "fonts", "pixels", "ui-model"], &["session", "operation", "hal"]),
    place("runtime", RUNTIME, &["fakes", "emulators", "person"]),
    place("senim", TERMINAL, &["emulators"]),
    // the MFO's side
    place(
        "gateway",
        &["domain", "document", "eds", "operation", "gateway-core"],
        &[
            "person",
            "pki",
            "world",
            "sync",
            "uplink",
            "keystore",
            "test-disk",
            "test-postgres",
            "test-services",
        ],
    ),
    // the other side of every wire; written from manuals, so that one misreading cannot cancel another
    place("emulators", &[], &[]),
    place("pki", &[], &[]),
    // a portrait that is re-posed by the mesh that the biometrics find in it, before the camera's port
    place("person", &["biometrics", "domain", "hal"], &[]),
    // scripts know names of screens and elements and no part of the product
    place("journeys", &["domain"], &[]),
    place("world", &["pki"], &[]),
    place("test-postgres", &[], &[]),
    // a disk that lies, under either side's SQLite
    place("test-disk", &[], &[]),
    // the world behind the gateway's traits, for whoever needs no network
    place("test-services", &["domain", "eds", "gateway-core", "operation", "pki", "world"], &[]),
    // many terminals and many rows: proofs and benches of the exchange
    place("load", LOAD, &[]),
    place("simulator", SIMULATOR, &[]),
    // everything in one thread, but never Slint
    place("rig", RIG, &[]),
    place("fuzz", &["domain", "operation", "hal", "drivers", "cards", "biometrics", "linux"], &["emulators"]),
    // whole terminals against a real gateway
    place("storm", STORM, &[]),
    place("suite", &["simulator", "journeys"], &["rig"]),
    place("hil", HIL, &[]),
];

const LOAD: &[&str] =
    &["domain", "operation", "journal", "sync", "uplink", "gateway-core", "gateway", "test-postgres"];

const STORM: &[&str] = &[
    "domain",
    "gateway",
    "gateway-core",
    "hal",
    "load",
    "operation",
    "rig",
    "runtime",
    "session",
    "sync",
    "test-postgres",
    "uplink",
];

const RUNTIME: &[&str] = &[
    "domain",
    "operation",
    "session",
    "journal",
    "sync",
    "uplink",
    "hal",
    "cards",
    "drivers",
    "linux",
    "biometrics",
    "ui-model",
    "receipt",
];

const TERMINAL: &[&str] = &[
    "domain",
    "operation",
    "session",
    "journal",
    "sync",
    "uplink",
    "hal",
    "cards",
    "drivers",
    "keystore",
    "linux",
    "biometrics",
    "ui-model",
    "receipt",
    "ui",
    "runtime",
];

/// `hal`, `drivers`, `linux` and `load` for its benches alone.
const SIMULATOR: &[&str] = &[
    "domain",
    "operation",
    "emulators",
    "journeys",
    "load",
    "person",
    "world",
    "hal",
    "drivers",
    "linux",
    "ui",
    "ui-model",
    "receipt",
    "runtime",
    "senim",
];

const RIG: &[&str] = &[
    "domain",
    "operation",
    "session",
    "journal",
    "sync",
    "hal",
    "cards",
    "drivers",
    "fakes",
    "person",
    "ui-model",
    "receipt",
    "runtime",
    "gateway-core",
    "emulators",
    "pki",
    "journeys",
    "world",
    "test-services",
];

/// What the terminal assembles, over emulators or real ports; nothing that decides.
const HIL: &[&str] = &["senim", "domain", "hal", "linux", "cards", "emulators"];

/// Machinery and the packages that may touch it. Tests may use more, save where `in_tests` says that they may not.
struct Machinery {
    package: &'static str,
    owners: &'static [&'static str],
    in_tests: bool,
}

const fn machinery(package: &'static str, owners: &'static [&'static str]) -> Machinery {
    Machinery { package, owners, in_tests: true }
}

const fn machinery_in_tests_too(package: &'static str, owners: &'static [&'static str]) -> Machinery {
    Machinery { package, owners, in_tests: false }
}

const MACHINERY: &[Machinery] = &[
    // It builds slowly: out of every crate whose tests run often.
    machinery_in_tests_too("slint", &["pixels", "ui", "simulator"]),
    machinery_in_tests_too("slint-build", &["ui", "simulator"]),
    machinery_in_tests_too("i-slint-backend-testing", &["ui"]),
    // Tasks are for servers of many; the terminal has a kernel and a thread per bus.
    machinery("tokio", &["gateway", "load", "world", "simulator", "storm"]),
    machinery("tokio-postgres", &["gateway"]),
    machinery("tokio-postgres-rustls", &["gateway"]),
    machinery("tokio-rustls", &["gateway", "storm"]),
    machinery("axum", &["gateway", "world"]),
    machinery("hyper", &["gateway", "storm"]),
    machinery("hyper-util", &["gateway", "storm"]),
    machinery("rusqlite", &["journal", "gateway", "load", "suite", "test-disk"]),
    machinery("serialport", &["linux"]),
    machinery("nokhwa", &["linux"]),
    machinery("v4l", &["linux"]),
    machinery("nix", &["linux", "senim", "emulators", "simulator", "rig", "suite"]),
    machinery("rustls", &["uplink", "gateway", "storm"]),
    machinery("ureq", &["uplink", "linux", "gateway", "simulator", "suite", "hil"]),
    machinery("tiny_http", &["ui", "emulators", "storm"]),
    machinery("rcgen", &["gateway", "load", "rig", "emulators", "pki"]),
    // The only floating point of money lives beside its rounding.
    machinery("libm", &["domain"]),
];

/// What the terminal's program must not hold, however indirectly.
const NEVER_IN_THE_TERMINAL: &[&str] = &[
    "tokio",
    "axum",
    "hyper",
    "openssl-sys",
    "native-tls",
    "aws-lc-sys",
    "senim-gateway",
    "senim-gateway-core",
    "senim-emulators",
    "senim-world",
    "senim-fakes",
    "senim-person",
    "senim-rig",
    "senim-test-services",
];

/// And its release not even that.
const ONLY_IN_THE_RIG: &[&str] = &["tiny_http", "i-slint-backend-testing"];

#[test]
fn no_arrow_between_packages_turns_round() {
    none(&findings(&packages(&metadata())));
}

#[test]
fn every_row_of_the_table_is_a_package_of_the_tree() {
    let there: BTreeSet<_> = packages(&metadata()).into_iter().map(|package| package.name).collect();
    let planned: BTreeSet<_> = PLACES.iter().map(|place| place.package.to_owned()).collect();
    assert_eq!(planned, there);
}

#[test]
fn the_terminal_holds_no_server_no_openssl_and_no_emulator() {
    let tree = terminal_tree(&["--features", "rig"]);
    assert!(
        tree.contains("senim-ui") && tree.contains("rusqlite"),
        "this is not the terminal's tree: {tree:?}"
    );
    for package in NEVER_IN_THE_TERMINAL {
        assert!(
            !tree.contains(*package),
            "the terminal holds {package}; `cargo tree -p senim -i {package}` says why"
        );
    }
}

#[test]
fn a_release_of_the_terminal_links_nothing_of_the_rig() {
    let rig = terminal_tree(&["--features", "rig"]);
    let release = terminal_tree(&[]);
    for package in ONLY_IN_THE_RIG {
        assert!(rig.contains(*package), "{package} is not even in the rig, so its absence proves nothing");
        assert!(!release.contains(*package), "the release holds {package}");
    }
}

#[test]
fn a_turned_arrow_borrowed_machinery_and_an_unknown_package_are_found() {
    let metadata = json!({"packages": [
        {"name": "senim-session", "dependencies": [
            {"name": "senim-hal", "kind": null},
            {"name": "senim-drivers", "kind": null},
            {"name": "rusqlite", "kind": null},
            {"name": "senim-fakes", "kind": "dev"},
        ]},
        {"name": "senim-emulators", "dependencies": [
            {"name": "senim-drivers", "kind": "dev"},
            {"name": "serde", "kind": null},
        ]},
        {"name": "senim-rig", "dependencies": [{"name": "slint", "kind": "dev"}, {"name": "tokio", "kind": "dev"}]},
        {"name": "senim-novelty", "dependencies": []},
    ]});
    assert_eq!(
        findings(&packages(&metadata)),
        [
            "session depends on drivers",
            "session uses rusqlite, which is for journal, gateway, load, suite, test-disk",
            "emulators depends on drivers in its tests",
            "rig uses slint in its tests, which is for pixels, ui, simulator",
            "novelty has no place in the table of arrows",
        ]
    );
}

/// A package and its direct dependencies; ours without `senim-`.
struct Package {
    name: String,
    /// Normal and build dependencies.
    product: Vec<String>,
    tests: Vec<String>,
}

fn packages(metadata: &Value) -> Vec<Package> {
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .map(|package| {
            let of = |for_tests: bool| {
                let dependencies = package["dependencies"].as_array().unwrap();
                dependencies
                    .iter()
                    .filter(|dependency| (dependency["kind"] == "dev") == for_tests)
                    .map(|dependency| dependency["name"].as_str().unwrap().to_owned())
                    .collect()
            };
            Package {
                name: short(package["name"].as_str().unwrap()).to_owned(),
                product: of(false),
                tests: of(true),
            }
        })
        .collect()
}

fn short(name: &str) -> &str {
    name.strip_prefix("senim-").unwrap_or(name)
}

fn is_ours(name: &str) -> bool {
    name == "senim" || name.starts_with("senim-")
}

fn findings(packages: &[Package]) -> Vec<String> {
    let places: BTreeMap<_, _> = PLACES.iter().map(|place| (place.package, place)).collect();
    let mut found = Vec::new();
    for package in packages {
        let name = package.name.as_str();
        let Some(place) = places.get(name) else {
            found.push(format!("{name} has no place in the table of arrows"));
            continue;
        };
        for (dependencies, in_tests) in [(&package.product, false), (&package.tests, true)] {
            let suffix = if in_tests { " in its tests" } else { "" };
            for dependency in dependencies {
                let target = short(dependency);
                if is_ours(dependency) {
                    let allowed =
                        place.may.contains(&target) || (in_tests && place.tests_may.contains(&target));
                    if !allowed {
                        found.push(format!("{name} depends on {target}{suffix}"));
                    }
                } else if let Some(owned) = MACHINERY.iter().find(|machinery| machinery.package == dependency)
                {
                    let allowed = owned.owners.contains(&name) || (in_tests && owned.in_tests);
                    if !allowed {
                        let owners = owned.owners.join(", ");
                        found.push(format!("{name} uses {dependency}{suffix}, which is for {owners}"));
                    }
                }
            }
        }
    }
    found
}

fn metadata() -> Value {
    let text = cargo(&["metadata", "--no-deps", "--offline", "--format-version", "1"]);
    serde_json::from_str(&text).unwrap()
}

/// Names of all packages linked into the terminal's program.
fn terminal_tree(features: &[&str]) -> BTreeSet<String> {
    let mut arguments =
        vec!["tree", "--package", "senim", "--edges", "normal", "--prefix", "none", "--offline"];
    arguments.extend_from_slice(features);
    cargo(&arguments).lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}
