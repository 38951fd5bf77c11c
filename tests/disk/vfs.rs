//! A SQLite VFS over the system's own: what a database writes below a watched folder is noted in order, and what it reads and
//! writes there can be made to fail. Elsewhere it is the system's VFS and nothing else.
//!
//! A file is opened by the system's VFS; then five of its methods are exchanged for ours, which note, perhaps fail, and else
//! call the system's. Locks and shared memory stay the system's.
#![allow(
    unsafe_code,
    reason = "SQLite's interface to a disk is C; everything unsafe of these tests is in this file"
)]

use std::collections::HashMap;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};

use rusqlite::ffi;

/// What a database did to the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    Write {
        file: String,
        offset: u64,
        bytes: Vec<u8>,
    },
    Truncate {
        file: String,
        length: u64,
    },
    Sync {
        file: String,
    },
    Delete {
        file: String,
    },
    /// Not the database: the caller was told that something is durable.
    Promise(usize),
}

/// How a call ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// `SQLITE_FULL`, with half of it written.
    Full,
    /// `SQLITE_IOERR`, with half of it written, or nothing read.
    Broken,
    /// Fewer bytes are read than were asked for.
    Short,
    /// One bit of what is read is another.
    Flipped,
}

/// The calls of one kind, counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    Read,
    Write,
    Sync,
}

/// A watched folder.
#[derive(Default)]
pub struct Watched {
    pub ops: Vec<Op>,
    /// The so-manieth call of a kind from now on, and every later one as long as the number says, ends like this.
    pub fault: Option<(Call, u64, u64, Fault)>,
    /// Calls that ended by a fault.
    pub struck: u64,
    calls: HashMap<Call, u64>,
}

impl Watched {
    /// From the `nth` call of this kind on, counted from 0, `times` calls end like this.
    pub fn fails(&mut self, call: Call, nth: u64, times: u64, fault: Fault) {
        self.calls.clear();
        self.struck = 0;
        self.fault = Some((call, nth, times, fault));
    }

    fn strikes(&mut self, call: Call) -> Option<Fault> {
        let number = self.calls.entry(call).or_default();
        let this = *number;
        *number += 1;
        let (kind, nth, times, fault) = self.fault?;
        let hit = kind == call && (nth..nth.saturating_add(times)).contains(&this);
        self.struck += u64::from(hit);
        hit.then_some(fault)
    }
}

pub type Disk = Arc<Mutex<Watched>>;

/// Watches what databases do below this folder from now on.
pub fn watch(folder: &Path) -> Disk {
    LazyLock::force(&VFS);
    let disk = Disk::default();
    lock(&FOLDERS).push((folder.canonicalize().unwrap(), Arc::clone(&disk)));
    disk
}

/// An open file of a watched folder.
struct Open {
    methods: &'static ffi::sqlite3_io_methods,
    disk: Disk,
    name: String,
}

static FOLDERS: Mutex<Vec<(PathBuf, Disk)>> = Mutex::new(Vec::new());
/// By the address at which SQLite keeps the file.
static FILES: LazyLock<Mutex<HashMap<usize, Arc<Open>>>> = LazyLock::new(Mutex::default);
static VFS: LazyLock<System> = LazyLock::new(register);

/// The system's VFS.
struct System(*mut ffi::sqlite3_vfs);

// SAFETY: SQLite's VFS objects are made to be called from any thread, and this one lives as long as the process.
unsafe impl Send for System {}
// SAFETY: as above; nothing is changed through it.
unsafe impl Sync for System {}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Puts ours before the system's, as the default.
fn register() -> System {
    // SAFETY: a null name asks for the default VFS, which SQLite always has; what it gives lives as long as the process.
    let system = unsafe { ffi::sqlite3_vfs_find(std::ptr::null()) };
    assert!(!system.is_null(), "SQLite has no VFS");
    // SAFETY: `system` was just found and is only copied. The copy is leaked, so that it outlives every connection.
    let ours = unsafe {
        Box::leak(Box::new(ffi::sqlite3_vfs {
            zName: c"senim-watched".as_ptr(),
            pNext: std::ptr::null_mut(),
            xOpen: Some(open),
            xDelete: Some(delete),
            ..std::ptr::read(system)
        }))
    };
    // SAFETY: a complete VFS with a life as long as the process.
    let registered = unsafe { ffi::sqlite3_vfs_register(ours, 1) };
    assert_eq!(registered, ffi::SQLITE_OK);
    System(system)
}

fn watched(path: &Path) -> Option<(Disk, String)> {
    let folders = lock(&FOLDERS);
    let (_, disk) = folders.iter().find(|(folder, _)| path.parent() == Some(folder.as_path()))?;
    Some((Arc::clone(disk), path.file_name()?.to_string_lossy().into_owned()))
}

/// The path of a C string that SQLite handed over; `None` for a nameless file.
fn path_of(name: *const c_char) -> Option<PathBuf> {
    // SAFETY: SQLite hands over null or a string that ends in a zero and lives during the call.
    let name = (!name.is_null()).then(|| unsafe { CStr::from_ptr(name) })?;
    Some(PathBuf::from(name.to_str().ok()?))
}

unsafe extern "C" fn open(
    _ours: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    let system = VFS.0;
    // SAFETY: SQLite's own arguments go on to the VFS that they were made for: sizes are the same by construction.
    let (opened, methods) = unsafe {
        let Some(method) = (*system).xOpen else { return ffi::SQLITE_CANTOPEN };
        (method(system, name, file, flags, out), (*file).pMethods)
    };
    let Some((disk, name)) = path_of(name).as_deref().and_then(watched) else { return opened };
    if opened != ffi::SQLITE_OK || methods.is_null() {
        return opened;
    }
    // SAFETY: the system's table of methods is static.
    let methods: &'static ffi::sqlite3_io_methods = unsafe { &*methods };
    let ours = Box::leak(Box::new(ffi::sqlite3_io_methods {
        // Without fetching: everything that is read goes through `read`.
        iVersion: 2,
        xClose: Some(close),
        xRead: Some(read),
        xWrite: Some(write),
        xTruncate: Some(truncate),
        xSync: Some(sync),
        ..*methods
    }));
    lock(&FILES).insert(file as usize, Arc::new(Open { methods, disk, name }));
    // SAFETY: `file` is SQLite's, was opened, and nobody else uses it before this returns.
    unsafe { (*file).pMethods = ours };
    ffi::SQLITE_OK
}

unsafe extern "C" fn delete(_ours: *mut ffi::sqlite3_vfs, name: *const c_char, sync_folder: c_int) -> c_int {
    if let Some((disk, file)) = path_of(name).as_deref().and_then(watched) {
        lock(&disk).ops.push(Op::Delete { file });
    }
    let system = VFS.0;
    // SAFETY: SQLite's own arguments go on.
    unsafe { (*system).xDelete.map_or(ffi::SQLITE_IOERR_DELETE, |method| method(system, name, sync_folder)) }
}

/// What is known of a file that SQLite hands over.
fn known(file: *mut ffi::sqlite3_file) -> Arc<Open> {
    Arc::clone(&lock(&FILES)[&(file as usize)])
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    let Some(open) = lock(&FILES).remove(&(file as usize)) else { return ffi::SQLITE_IOERR_CLOSE };
    // SAFETY: the file was opened by the VFS whose method this is.
    unsafe { open.methods.xClose.map_or(ffi::SQLITE_IOERR_CLOSE, |method| method(file)) }
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    into: *mut c_void,
    length: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    let open = known(file);
    let fault = lock(&open.disk).strikes(Call::Read);
    if fault == Some(Fault::Broken) {
        return ffi::SQLITE_IOERR_READ;
    }
    // SAFETY: SQLite's own arguments go on to the method that they were made for.
    let code = unsafe {
        open.methods.xRead.map_or(ffi::SQLITE_IOERR_READ, |method| method(file, into, length, offset))
    };
    if code != ffi::SQLITE_OK || length <= 0 {
        return code;
    }
    // SAFETY: SQLite's buffer has `length` bytes, and the method above has filled all of them.
    let bytes = unsafe { std::slice::from_raw_parts_mut(into.cast::<u8>(), length as usize) };
    match fault {
        // What is missing must be zeros, by the contract of a VFS.
        Some(Fault::Short) => {
            let half = bytes.len() / 2;
            bytes[half..].fill(0);
            ffi::SQLITE_IOERR_SHORT_READ
        }
        Some(Fault::Flipped) => {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0x10;
            code
        }
        Some(Fault::Broken | Fault::Full) | None => code,
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    length: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    let open = known(file);
    let mut disk = lock(&open.disk);
    let fault = disk.strikes(Call::Write);
    let length = if fault.is_some() { length / 2 } else { length };
    // SAFETY: SQLite's buffer has at least `length` bytes and lives during the call.
    let bytes = unsafe { std::slice::from_raw_parts(from.cast::<u8>(), length as usize) };
    let offset_of = offset as u64;
    disk.ops.push(Op::Write { file: open.name.clone(), offset: offset_of, bytes: bytes.to_vec() });
    // SAFETY: SQLite's own arguments go on, at most with a shorter length.
    let code = unsafe {
        open.methods.xWrite.map_or(ffi::SQLITE_IOERR_WRITE, |method| method(file, from, length, offset))
    };
    match fault {
        Some(Fault::Full) => ffi::SQLITE_FULL,
        Some(Fault::Broken | Fault::Short | Fault::Flipped) => ffi::SQLITE_IOERR_WRITE,
        None => code,
    }
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: ffi::sqlite3_int64) -> c_int {
    let open = known(file);
    lock(&open.disk).ops.push(Op::Truncate { file: open.name.clone(), length: size as u64 });
    // SAFETY: SQLite's own arguments go on.
    unsafe { open.methods.xTruncate.map_or(ffi::SQLITE_IOERR_TRUNCATE, |method| method(file, size)) }
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    let open = known(file);
    let mut disk = lock(&open.disk);
    if disk.strikes(Call::Sync).is_some() {
        // What was written may or may not be there: nothing is noted.
        return ffi::SQLITE_IOERR_FSYNC;
    }
    disk.ops.push(Op::Sync { file: open.name.clone() });
    // SAFETY: SQLite's own arguments go on.
    unsafe { open.methods.xSync.map_or(ffi::SQLITE_IOERR_FSYNC, |method| method(file, flags)) }
}
