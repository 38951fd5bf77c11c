//! Noto Sans in two weights, for receipts and documents: every Kazakh letter, `₸` and `№` (regulation B16).

/// Regular weight, TrueType.
pub const REGULAR: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/NotoSans-Regular.ttf"));
/// Bold weight, TrueType.
pub const BOLD: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/NotoSans-Bold.ttf"));
