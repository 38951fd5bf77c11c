//! A global allocator that overwrites every block when it is freed.
//!
//! Secret types wipe themselves; this covers what they cannot: buffers inside TLS, HTTP, JSON and UI code, and the
//! old block when something grows. It does not reach the stack or memory that C libraries allocate by themselves.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{Ordering, compiler_fence};

/// The system allocator, with every byte of a block set to zero before the block is given back.
///
/// `#[global_allocator] static A: senim_linux::ZeroOnFree = senim_linux::ZeroOnFree;`
#[derive(Clone, Copy, Debug, Default)]
pub struct ZeroOnFree;

/// Overwrites memory so that the compiler cannot leave it out as a dead store.
///
/// # Safety
/// `start` is valid for writes of `len` bytes and nobody else uses them.
#[expect(unsafe_code, reason = "overwriting raw memory is what this file is for")]
unsafe fn wipe(start: *mut u8, len: usize) {
    // SAFETY: as the caller promised.
    unsafe { start.write_bytes(0, len) };
    // A plain write to memory that is freed next may be dropped by the optimiser. Handing the pointer to an opaque
    // assembly block makes the write observable, at the speed of memset instead of byte by byte.
    // SAFETY: the block is empty; it only claims to read the memory.
    unsafe { std::arch::asm!("/* {0} */", in(reg) start, options(nostack, preserves_flags)) };
    compiler_fence(Ordering::SeqCst);
}

#[expect(unsafe_code, reason = "an allocator is an unsafe interface")]
// SAFETY: blocks come from and go back to `System` with their own layout; they are only written while still owned.
unsafe impl GlobalAlloc for ZeroOnFree {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller gives up a block of `layout.size()` bytes that came from `System`.
        unsafe {
            wipe(block, layout.size());
            System.dealloc(block, layout);
        }
    }

    /// Never left to the system: it would free a moved block, or keep a cut-off tail, without overwriting it.
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the caller promises that `new_size` is not zero and fits the alignment.
        let new_layout = unsafe { Layout::from_size_align_unchecked(new_size, layout.align()) };
        // SAFETY: `new_layout` has a size that is not zero.
        let grown = unsafe { System.alloc(new_layout) };
        if !grown.is_null() {
            // SAFETY: both blocks are valid for the smaller size and do not overlap; the old one is given up.
            unsafe {
                std::ptr::copy_nonoverlapping(block, grown, layout.size().min(new_size));
                self.dealloc(block, layout);
            }
        }
        grown
    }
}

#[cfg(test)]
#[expect(unsafe_code, reason = "looks at memory that is about to be freed")]
mod tests {
    use super::*;

    #[test]
    fn wiped_memory_is_zero_to_its_last_byte() {
        let mut block = vec![0xA5u8; 10_001];
        // SAFETY: the vector owns these bytes.
        unsafe { wipe(block.as_mut_ptr(), 10_000) };
        assert!(block[..10_000].iter().all(|byte| *byte == 0));
        assert_eq!(block[10_000], 0xA5);
    }

    #[test]
    fn growing_and_shrinking_keep_the_content() {
        let layout = Layout::from_size_align(100, 8).unwrap();
        // SAFETY: each block is used within its size and freed once with its layout.
        unsafe {
            let block = ZeroOnFree.alloc(layout);
            block.write_bytes(7, 100);
            let grown = ZeroOnFree.realloc(block, layout, 5_000);
            assert!(std::slice::from_raw_parts(grown, 100).iter().all(|byte| *byte == 7));
            let shrunk = ZeroOnFree.realloc(grown, Layout::from_size_align(5_000, 8).unwrap(), 10);
            assert_eq!(std::slice::from_raw_parts(shrunk, 10), [7; 10]);
            ZeroOnFree.dealloc(shrunk, Layout::from_size_align(10, 8).unwrap());
        }
    }

    /// The whole test binary runs on it, so that every other test exercises it too.
    #[global_allocator]
    static ALLOCATOR: ZeroOnFree = ZeroOnFree;

    /// Inverted, so that the needle itself is nowhere in memory before it is made at run time.
    const NEEDLE: &[u8] = b"\xAC\xBA\xB1\xB6\xB2\xD2\x91\x9A\x9A\x9B\x93\x9A";

    #[test]
    fn freed_secrets_cannot_be_found_in_the_writable_memory_of_the_process() {
        // Much of it, all live at once: what is freed is partly taken again, by this search too.
        let filled_grown_and_cut = |_| {
            let mut block: Vec<u8> = Vec::new();
            for _ in 0..500 {
                block.extend(NEEDLE.iter().map(|byte| !byte));
            }
            block.truncate(4);
            block.shrink_to_fit();
            block
        };
        let blocks: Vec<Vec<u8>> = (0..64).map(filled_grown_and_cut).collect();
        assert_eq!(count_in_heap(NEEDLE), 0, "in blocks that were left behind by growing and shrinking");
        drop(blocks);
        let blocks: Vec<Vec<u8>> =
            (0..64).map(|_| NEEDLE.iter().map(|byte| !byte).cycle().take(6_000).collect()).collect();
        drop(blocks);
        assert_eq!(count_in_heap(NEEDLE), 0);
        let kept: Vec<u8> = NEEDLE.iter().map(|b| !b).collect();
        assert!(count_in_heap(NEEDLE) > 0, "the search finds what is there");
        drop(kept);
    }

    /// Counts the inverse of `inverted` in the `[heap]` and anonymous mappings, comparing byte by byte.
    fn count_in_heap(inverted: &[u8]) -> usize {
        use std::os::unix::fs::FileExt as _;
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        let memory = std::fs::File::open("/proc/self/mem").unwrap();
        let mut found = 0;
        for line in maps.lines().filter(|line| line.contains("rw-p") && !line.contains("[stack]")) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let anonymous = fields.len() == 5 || fields.get(5) == Some(&"[heap]");
            let Some((from, to)) = fields[0].split_once('-').filter(|_| anonymous) else { continue };
            let (from, to) = (u64::from_str_radix(from, 16).unwrap(), u64::from_str_radix(to, 16).unwrap());
            let mut page = vec![0u8; 4_096];
            let mut at = from;
            while at < to {
                // Reading a page into a buffer inside this very heap would find it again; one page is compared and
                // wiped before the next.
                if memory.read_exact_at(&mut page, at).is_ok() {
                    let own = page.as_ptr() as u64;
                    let is_own = at <= own && own < at + 4_096 || own <= at && at < own + 4_096;
                    if !is_own {
                        found += page
                            .windows(inverted.len())
                            .filter(|w| w.iter().zip(inverted).all(|(a, b)| *a == !*b))
                            .count();
                    }
                }
                page.fill(0);
                at += 4_096;
            }
        }
        found
    }
}
