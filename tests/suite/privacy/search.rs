//! Looking for planted text in files and in a process that runs: UTF-8, UTF-16, base64 at each of its three phases, raw
//! bytes.

use std::fs::File;
use std::io::BufRead as _;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Something that must not be found.
#[derive(Clone, Debug)]
pub struct Needle {
    /// What it is, for the message.
    pub what: String,
    bytes: Vec<u8>,
    /// A number too short to be unique: it counts only where no other digit or letter touches it.
    alone: bool,
}

/// Every form of a text.
pub fn forms(what: &str, text: &str) -> Vec<Needle> {
    let needle =
        |form: &str, bytes: Vec<u8>| Needle { what: format!("{what} in {form}"), bytes, alone: false };
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut all = vec![needle("UTF-8", text.as_bytes().to_vec()), needle("UTF-16", utf16)];
    for phase in 0..3 {
        let padded = [vec![b' '; phase], text.as_bytes().to_vec()].concat();
        for (form, encoded) in
            [("base64", STANDARD_NO_PAD.encode(&padded)), ("base64url", URL_SAFE_NO_PAD.encode(&padded))]
        {
            // The first characters depend on what stood before, the last on what follows.
            let inner = encoded.as_bytes()[(phase * 8).div_ceil(6)..encoded.len() - 2].to_vec();
            all.push(needle(&format!("{form} (phase {phase})"), inner));
        }
    }
    all
}

/// A number of few digits in UTF-8 and UTF-16.
pub fn short_number(what: &str, text: &str) -> Vec<Needle> {
    forms(what, text).into_iter().take(2).map(|needle| Needle { alone: true, ..needle }).collect()
}

/// Bytes as they are.
pub fn raw(what: &str, bytes: &[u8]) -> Needle {
    Needle { what: format!("{what}, raw"), bytes: bytes.to_vec(), alone: false }
}

/// The needles that lie in `hay`.
pub fn found<'a>(hay: &[u8], needles: &'a [Needle]) -> Vec<&'a Needle> {
    needles.iter().filter(|needle| holds(hay, needle)).collect()
}

fn holds(hay: &[u8], needle: &Needle) -> bool {
    let Some(first) = needle.bytes.first() else { return false };
    let width = needle.bytes.len();
    let touches = |at: Option<&u8>| at.is_some_and(u8::is_ascii_alphanumeric);
    let mut from = 0;
    loop {
        // The library's own search is optimised in every build; a process has hundreds of millions of bytes.
        let taken = (&hay[from..]).skip_until(*first).unwrap();
        let Some(at) = (from + taken).checked_sub(1).filter(|at| taken > 0 && hay[*at] == *first) else {
            return false;
        };
        let here = hay[at..].starts_with(&needle.bytes);
        let free = !needle.alone || (!touches(hay[..at].last()) && !touches(hay.get(at + width)));
        if here && free {
            return true;
        }
        from = at + 1;
    }
}

/// Every file below a directory.
pub fn files(below: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(below).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else if path.is_file() {
            all.push(path);
        }
    }
    all
}

/// Every writable page of a process, a mapping at a time.
pub fn memory(pid: u32, mut look: impl FnMut(&str, &[u8])) {
    let memory = File::open(format!("/proc/{pid}/mem")).unwrap();
    for line in std::fs::read_to_string(format!("/proc/{pid}/maps")).unwrap().lines() {
        let mut words = line.split_whitespace();
        let (range, rights) = (words.next().unwrap(), words.next().unwrap());
        let name = words.last().unwrap_or_default();
        if !rights.starts_with("rw") || name.starts_with("/dev/") {
            continue;
        }
        let (start, end) = range.split_once('-').unwrap();
        let start = u64::from_str_radix(start, 16).unwrap();
        let end = u64::from_str_radix(end, 16).unwrap();
        let mut bytes = vec![0; usize::try_from(end - start).unwrap()];
        // Guard pages inside a mapping cannot be read; nothing can lie there.
        let read = memory.read_at(&mut bytes, start).unwrap_or(0);
        look(&format!("{range} {name}"), &bytes[..read]);
    }
}
