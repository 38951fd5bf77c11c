//! The commands of `docs/verify.md` do what the guide says.
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What each block needs beside bash, coreutils and sed.
const PROGRAMS: [&str; 3] = ["openssl", "jose", "jq"];

fn installed(program: &str) -> bool {
    Command::new("sh").args(["-c", &format!("command -v {program}")]).output().unwrap().status.success()
}

#[test]
fn every_command_of_the_guide_for_auditors_succeeds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let guide = std::fs::read_to_string(root.join("docs/verify.md")).unwrap();
    let blocks: Vec<&str> =
        guide.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(blocks.len(), 4);
    let peers = std::env::var_os("SENIM_PEERS").map(|folder| PathBuf::from(folder).join("venv/bin"));
    let python = peers.filter(|folder| folder.join("python3").exists());
    for block in blocks {
        let missing = PROGRAMS.into_iter().find(|program| block.contains(program) && !installed(program));
        let missing = missing.or((block.contains("python3") && python.is_none()).then_some("jwcrypto"));
        if let Some(missing) = missing {
            let _ =
                std::io::stderr().write_all(format!("SKIPPED PEER {missing}: not installed\n").as_bytes());
            continue;
        }
        let mut path = python.clone().into_iter().collect::<Vec<_>>();
        path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
        let run = Command::new("bash")
            .args(["-euo", "pipefail", "-c", block])
            .env("PATH", std::env::join_paths(path).unwrap())
            .current_dir(&root)
            .output()
            .unwrap();
        assert!(run.status.success(), "{block}\n{run:?}");
        assert!(!run.stdout.is_empty(), "{block}");
    }
}
