//! Command and response APDUs (ISO/IEC 7816-4, 5.1): the four cases, short and extended, and the status word. How one
//! command becomes several APDUs is in [`crate::exchange`]; what status words mean is the application's business.

use senim_domain::SecretBytes;

/// Longest data field of a short command, and so of a link of a chain.
pub(crate) const SHORT_DATA_MAX: usize = 255;
/// Most bytes that a short command can ask for.
pub(crate) const SHORT_NE_MAX: u32 = 256;
/// Most bytes that an extended command can ask for.
pub(crate) const EXTENDED_NE_MAX: u32 = 65_536;
/// Header, Lc and Le of a short command.
pub(crate) const SHORT_OVERHEAD: usize = 6;
/// Header, extended Lc and Le.
pub(crate) const EXTENDED_OVERHEAD: usize = 9;

/// A command before it is cut into APDUs.
#[derive(Clone, PartialEq, Eq)]
pub struct Command {
    /// CLA, INS, P1, P2.
    pub(crate) header: [u8; 4],
    /// The data field; empty for none.
    pub(crate) data: SecretBytes,
    /// Bytes asked for, 0 to 65,536; 0 leaves out Le.
    pub(crate) ne: u32,
}

impl Command {
    /// A command without data that asks for none.
    #[must_use]
    pub fn new(cla: u8, ins: u8, p1: u8, p2: u8) -> Self {
        Self { header: [cla, ins, p1, p2], data: SecretBytes::default(), ne: 0 }
    }

    /// With a data field.
    #[must_use]
    pub fn with_data(mut self, data: SecretBytes) -> Self {
        self.data = data;
        self
    }

    /// Asking for up to `ne` bytes; 256 is "all" for a short command and 65,536 for an extended one.
    #[must_use]
    pub const fn expecting(mut self, ne: u32) -> Self {
        self.ne = ne;
        self
    }

    /// CLA, INS, P1, P2.
    #[must_use]
    pub const fn header(&self) -> [u8; 4] {
        self.header
    }

    /// The data field.
    #[must_use]
    pub const fn data(&self) -> &SecretBytes {
        &self.data
    }

    /// Bytes asked for.
    #[must_use]
    pub const fn ne(&self) -> u32 {
        self.ne
    }

    /// The APDU's bytes: short where data and expectation allow, else extended. `None` where they exceed that too.
    #[must_use]
    pub fn encode(&self) -> Option<SecretBytes> {
        let data = self.data.expose();
        let nc = u16::try_from(data.len()).ok()?;
        if self.ne > EXTENDED_NE_MAX {
            return None;
        }
        // The one vector that may hold a PIN is made in its full size, so that growing leaves no copy.
        let mut bytes = Vec::with_capacity(data.len().saturating_add(EXTENDED_OVERHEAD));
        bytes.extend(self.header);
        let [nc_high, nc_low] = nc.to_be_bytes();
        // All ones and a carry is written as zeros: "everything".
        let [_, _, ne_high, ne_low] = self.ne.to_be_bytes();
        if data.len() <= SHORT_DATA_MAX && self.ne <= SHORT_NE_MAX {
            if nc > 0 {
                bytes.push(nc_low);
                bytes.extend_from_slice(data);
            }
            if self.ne > 0 {
                bytes.push(ne_low);
            }
        } else {
            bytes.push(0);
            if nc > 0 {
                bytes.extend([nc_high, nc_low]);
                bytes.extend_from_slice(data);
            }
            if self.ne > 0 {
                bytes.extend([ne_high, ne_low]);
            }
        }
        Some(SecretBytes::new(bytes))
    }
}

/// Shows what is asked, never the data.
impl std::fmt::Debug for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Command({:02X?}, {} bytes, Ne {})", self.header, self.data.expose().len(), self.ne)
    }
}

/// SW1 and SW2.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Status(pub u16);

impl Status {
    /// Done.
    pub const OK: Self = Self(0x9000);
    /// The security status does not allow it: no PIN was verified.
    pub const SECURITY_STATUS: Self = Self(0x6982);
    /// The authentication method is blocked.
    pub const BLOCKED: Self = Self(0x6983);
    /// No such file, application or object.
    pub const NOT_FOUND: Self = Self(0x6A82);

    /// Whether the card did what was asked, without a warning.
    #[must_use]
    pub const fn is_ok(self) -> bool {
        self.0 == Self::OK.0
    }

    /// The counter of `63Cx`: tries that are left.
    #[must_use]
    pub const fn counter(self) -> Option<u8> {
        let [sw1, sw2] = self.0.to_be_bytes();
        if sw1 == 0x63 && sw2 & 0xF0 == 0xC0 { Some(sw2 & 0x0F) } else { None }
    }
}

impl std::fmt::Debug for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04X}", self.0)
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04X}", self.0)
    }
}

/// What came back for a command, over all rounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The data field.
    pub data: SecretBytes,
    /// The last status word.
    pub status: Status,
}

impl Response {
    /// Splits a response APDU. `None` below two bytes.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let (data, sw) = bytes.split_last_chunk::<2>()?;
        Some(Self { data: SecretBytes::new(data.to_vec()), status: Status(u16::from_be_bytes(*sw)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_cases_are_written_short_and_extended() {
        assert_eq!(encoded(0, 0), [0, 0xA4, 4, 0]);
        assert_eq!(encoded(0, 256), [0, 0xA4, 4, 0, 0]);
        assert_eq!(encoded(2, 0), [0, 0xA4, 4, 0, 2, 0x5A, 0x5A]);
        assert_eq!(encoded(2, 16), [0, 0xA4, 4, 0, 2, 0x5A, 0x5A, 16]);
        assert_eq!(encoded(0, 65_536), [0, 0xA4, 4, 0, 0, 0, 0]);
        assert_eq!(encoded(0, 257), [0, 0xA4, 4, 0, 0, 1, 1]);
        assert_eq!(encoded(1, 300), [0, 0xA4, 4, 0, 0, 0, 1, 0x5A, 1, 44]);
        let long = encoded(256, 0);
        assert_eq!((&long[4..7], long.len()), (&[0, 1, 0][..], 7 + 256));
    }

    #[test]
    fn what_no_apdu_can_hold_is_not_written() {
        assert_eq!(command(65_536, 0).encode(), None);
        assert_eq!(command(0, 65_537).encode(), None);
    }

    #[test]
    fn a_counter_is_read_from_63cx_only() {
        assert_eq!(Status(0x63C2).counter(), Some(2));
        assert_eq!(Status(0x6300).counter(), None);
        assert_eq!(Status(0x9000).counter(), None);
    }

    fn command(data: usize, ne: u32) -> Command {
        Command::new(0, 0xA4, 4, 0).with_data(SecretBytes::new(vec![0x5A; data])).expecting(ne)
    }

    fn encoded(data: usize, ne: u32) -> Vec<u8> {
        command(data, ne).encode().unwrap().expose().to_vec()
    }
}
