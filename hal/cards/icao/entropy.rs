//! Randomness of one reading, as a value.

use zeroize::Zeroizing;

/// Random bytes of the terminal for one reading. From a generator for keys; used once.
pub struct Entropy(Zeroizing<[u8; Entropy::LEN]>);

impl Entropy {
    /// Bytes needed: RND.IFD, K.IFD, two secret numbers.
    pub const LEN: usize = 8 + 16 + 32 + 32;

    /// Takes them.
    #[must_use]
    pub fn new(bytes: Zeroizing<[u8; Self::LEN]>) -> Self {
        Self(bytes)
    }

    pub(super) fn part<const N: usize>(&self, at: usize) -> [u8; N] {
        let mut part = [0; N];
        for (byte, from) in part.iter_mut().zip(self.0.iter().skip(at)) {
            *byte = *from;
        }
        part
    }
}

impl std::fmt::Debug for Entropy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Entropy(…)")
    }
}
