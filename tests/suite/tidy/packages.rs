//! What the Debian packages bring: units that leave a program what it needs and nothing else.

use std::process::Command;

use crate::root;

/// Exposure that `systemd-analyze security` may find in a unit, tenths: issue of the appliance, 2.0.
const EXPOSURE_TENTHS: &str = "20";

/// Each unit, the program it starts, and the manifest whose package brings both.
const UNITS: [(&str, &str, &str); 2] = [
    ("packaging/terminal/senim.service", "/usr/bin/senim ", "Cargo.toml"),
    ("packaging/gateway/senim-gateway.service", "/usr/bin/senim-gateway ", "gateway/Cargo.toml"),
];

fn unit(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

#[test]
fn units_expose_little_and_a_unit_without_its_limits_is_found() {
    let exposed = |path: &std::path::Path| {
        let threshold = format!("--threshold={EXPOSURE_TENTHS}");
        let judged = Command::new("systemd-analyze")
            .args(["security", "--offline=yes", "--no-pager", &threshold])
            .arg(path)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&judged.stdout).into_owned();
        assert!(told.contains("Overall exposure level"), "{told}{}", String::from_utf8_lossy(&judged.stderr));
        (!judged.status.success(), told)
    };
    for (path, ..) in UNITS {
        let (too_much, told) = exposed(&root().join(path));
        assert!(!too_much, "{path}: {told}");
    }
    let folder = tempfile::tempdir().unwrap();
    let open = folder.path().join("open.service");
    let limits = ["SystemCallFilter=", "CapabilityBoundingSet=", "ProtectSystem=", "DevicePolicy="];
    let without: Vec<_> = unit(UNITS[0].0)
        .lines()
        .filter(|line| !limits.iter().any(|limit| line.starts_with(limit)))
        .map(str::to_owned)
        .collect();
    std::fs::write(&open, without.join("\n")).unwrap();
    assert!(exposed(&open).0, "a unit without {limits:?} should be found");
}

#[test]
fn units_start_what_their_packages_bring_as_users_that_they_make() {
    for (path, program, manifest) in UNITS {
        let unit = unit(path);
        let said = |key: &str| {
            let line = unit.lines().find_map(|line| line.strip_prefix(key));
            line.unwrap_or_else(|| panic!("{path} says nothing of {key}")).to_owned()
        };
        assert!(said("ExecStart=").starts_with(program), "{path}");
        let name = program.trim().trim_start_matches("/usr/bin/");
        let asset = format!(r#"["target/release/{name}", "usr/bin/", "755"]"#);
        let manifest = std::fs::read_to_string(root().join(manifest)).unwrap();
        assert!(manifest.contains(&asset), "{name} is in no asset of its package");
        let made = root().join(path).with_extension("sysusers");
        let users = std::fs::read_to_string(made).unwrap();
        assert!(users.lines().any(|line| line.starts_with(&format!("u {} ", said("User=")))), "{users}");
        // Under another extension the tool that makes packages leaves the file out.
        let folders = std::fs::read_to_string(root().join(path).with_extension("tmpfile")).unwrap();
        for (folder, mode) in [("/var/lib/", "StateDirectoryMode="), ("/etc/", "ConfigurationDirectoryMode=")]
        {
            let made = format!("d {folder}{name} {} ", said(mode));
            assert!(folders.contains(&made), "{made}: {folders}");
        }
        assert!(
            unit.contains("LimitCORE=0") && unit.contains("MemorySwapMax=0") && unit.contains("UMask=0077")
        );
    }
}
