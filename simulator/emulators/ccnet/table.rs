//! The bill table: which notes the acceptor knows, as GET BILL TABLE tells them (protocols 3, command 41h).

use serde::Serialize;

/// Bill types that the protocol has room for.
pub const TYPES: usize = 24;

/// A bill type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bill {
    /// Face value in whole units of its currency.
    pub value: u32,
    /// Three letters.
    pub country: String,
}

/// The bill types by number; an empty place is a type that the acceptor does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table(Vec<Option<Bill>>);

impl Default for Table {
    /// The tenge notes in circulation as types 0 to 6, 5,000 being type 4.
    fn default() -> Self {
        let mut table = Self(vec![None; TYPES]);
        for (kind, value) in (0..).zip([200, 500, 1_000, 2_000, 5_000, 10_000, 20_000]) {
            table.set(kind, Some(Bill { value, country: "KAZ".to_owned() }));
        }
        table
    }
}

impl Table {
    /// Sets or removes a type; numbers past the table are passed over.
    pub fn set(&mut self, kind: u8, bill: Option<Bill>) {
        if let Some(place) = self.0.get_mut(usize::from(kind)) {
            *place = bill;
        }
    }

    /// Type numbers and bills.
    pub fn iter(&self) -> impl Iterator<Item = (u8, &Bill)> {
        (0..).zip(&self.0).filter_map(|(kind, bill)| bill.as_ref().map(|bill| (kind, bill)))
    }

    /// The first type of that value.
    #[must_use]
    pub fn kind_of(&self, value: u32) -> Option<u8> {
        self.iter().find(|(_, bill)| bill.value == value).map(|(kind, _)| kind)
    }

    /// The 120 bytes on the wire: mantissa, country, exponent of ten.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        self.0
            .iter()
            .flat_map(|bill| match bill {
                None => [0; 5],
                Some(bill) => {
                    let (mut mantissa, mut exponent) = (bill.value, 0_u8);
                    while mantissa > 9 && mantissa.is_multiple_of(10) {
                        mantissa /= 10;
                        exponent = exponent.saturating_add(1);
                    }
                    let mut country = bill.country.bytes().chain(std::iter::repeat(b' '));
                    let mut letter = || country.next().unwrap_or(b' ');
                    let mantissa = u8::try_from(mantissa).unwrap_or(u8::MAX);
                    [mantissa, letter(), letter(), letter(), exponent]
                }
            })
            .collect()
    }
}
