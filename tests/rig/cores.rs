//! Many independent worlds, one at a time on each processor, of which one that fails leaves the others alone.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

/// Gives out the numbers from this one on, each once, until `work` says on every processor that it has had enough.
pub fn on_every_core(from: u64, work: impl Fn(u64) -> Option<()> + Sync) {
    let next = AtomicU64::new(from);
    std::thread::scope(|threads| {
        for _ in 0..std::thread::available_parallelism().map_or(2, std::num::NonZero::get) {
            threads.spawn(|| while work(next.fetch_add(1, Ordering::Relaxed)).is_some() {});
        }
    });
}

/// What comes of something that may panic.
///
/// # Errors
/// The words of the assertion that failed.
pub fn caught<T>(play: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(play)).map_err(|panic| told(panic.as_ref()))
}

fn told(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}
