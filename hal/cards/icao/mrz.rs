//! The machine-readable zone (Doc 9303 parts 3, 4 and 5): the key that opens a chip, and what DG1 holds.
//!
//! TD3 (passport, 2 × 44) and TD1 (card, 3 × 30) are read. All check digits are checked. Names are Latin
//! transliteration and are not for comparing with names in other letters; the holder's IIN stands in the optional data
//! of documents of Kazakhstan.

use senim_domain::Secret;
use sha1::{Digest as _, Sha1};
use zeroize::Zeroizing;

/// Which field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Document number.
    DocumentNumber,
    /// Date of birth.
    BirthDate,
    /// Date of expiry.
    ExpiryDate,
    /// Personal number of a passport.
    PersonalNumber,
    /// All of them together.
    Composite,
    /// The name.
    Name,
    /// Card access number.
    AccessNumber,
}

/// Why text is no MRZ, or no part of one. Says nothing of its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MrzError {
    /// Neither 88 nor 90 characters.
    #[error("the machine-readable zone has a length that no document has")]
    Length,
    /// A character that cannot stand there, or too many or few of them.
    #[error("a character cannot stand in {0:?}")]
    Character(Field),
    /// A check digit does not fit.
    #[error("the check digit of {0:?} does not fit")]
    CheckDigit(Field),
}

/// The password of a chip. Its `Debug` shows only the kind.
#[derive(Clone)]
pub enum Password {
    /// Number and dates: BAC and PACE.
    Mrz(MrzKey),
    /// Card access number: PACE alone.
    Can(AccessNumber),
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Mrz(_) => "Password::Mrz(…)",
            Self::Can(_) => "Password::Can(…)",
        })
    }
}

/// The six digits printed on the front of a card.
#[derive(Clone)]
pub struct AccessNumber(Secret);

impl AccessNumber {
    /// From what was typed.
    ///
    /// # Errors
    /// [`MrzError::Character`] unless there are six digits.
    pub fn new(digits: &Secret) -> Result<Self, MrzError> {
        let text = digits.expose();
        if text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(digits.clone()))
        } else {
            Err(MrzError::Character(Field::AccessNumber))
        }
    }

    /// The digits as they enter the key derivation.
    pub(super) fn bytes(&self) -> &[u8] {
        self.0.expose().as_bytes()
    }
}

/// Number, date of birth and date of expiry with their check digits ("MRZ information").
#[derive(Clone)]
pub struct MrzKey {
    information: Secret,
}

impl MrzKey {
    /// From what was typed or read off the document: the number (letters and digits, fillers at the end may be left
    /// out) and dates as YYMMDD.
    ///
    /// # Errors
    /// [`MrzError::Character`] with the field to be typed again.
    pub fn new(number: &Secret, birth_date: &Secret, expiry_date: &Secret) -> Result<Self, MrzError> {
        let number = Zeroizing::new(number.expose().trim().trim_end_matches('<').to_ascii_uppercase());
        // A card may carry a number of up to 22 characters that goes on in its optional data.
        let fits = (1..=22).contains(&number.len())
            && number.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'<');
        if !fits {
            return Err(MrzError::Character(Field::DocumentNumber));
        }
        check_date(birth_date.expose(), Field::BirthDate)?;
        check_date(expiry_date.expose(), Field::ExpiryDate)?;
        let mut information = String::with_capacity(40);
        let padded = Zeroizing::new(format!("{:<<9}", number.as_str()));
        for part in [padded.as_str(), birth_date.expose(), expiry_date.expose()] {
            information.push_str(part);
            information.push(char::from(check_digit(part.as_bytes())));
        }
        Ok(Self { information: Secret::new(information) })
    }

    /// SHA-1 of the MRZ information: K for PACE, its first 16 bytes are the seed of BAC.
    pub(super) fn digest(&self) -> Zeroizing<[u8; 20]> {
        Zeroizing::new(Sha1::digest(self.information.expose()).into())
    }

    /// Whether a document read with this key carries the very same number and dates.
    #[must_use]
    pub fn opens(&self, mrz: &Mrz) -> bool {
        Self::new(&mrz.document_number, &mrz.birth_date, &mrz.expiry_date)
            .is_ok_and(|key| key.information == self.information)
    }
}

impl std::fmt::Debug for MrzKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MrzKey(…)")
    }
}

/// What a machine-readable zone says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mrz {
    /// Kind of document without fillers: `P`, `ID`.
    pub document_code: String,
    /// Issuing state or organisation without fillers: `KAZ`.
    pub issuing_state: String,
    /// Number without fillers.
    pub document_number: Secret,
    /// YYMMDD; `<` for what is not known.
    pub birth_date: Secret,
    /// `M`, `F` or `<`.
    pub sex: Secret,
    /// YYMMDD.
    pub expiry_date: Secret,
    /// Nationality without fillers.
    pub nationality: Secret,
    /// Primary identifier, parts separated by spaces.
    pub surname: Secret,
    /// Secondary identifier; empty when there is none.
    pub given_names: Secret,
    /// Personal number of a passport, or optional data of the first line of a card, without fillers.
    pub optional_data: Secret,
    /// Optional data of the second line of a card.
    pub optional_data_2: Secret,
}

impl Mrz {
    /// Reads the lines as they stand one after the other, without line ends.
    ///
    /// # Errors
    /// [`MrzError`].
    pub fn parse(text: &[u8]) -> Result<Self, MrzError> {
        let allowed = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'<';
        if !text.iter().all(allowed) {
            return Err(MrzError::Character(Field::Composite));
        }
        match text.len() {
            88 => td3(text),
            90 => td1(text),
            _ => Err(MrzError::Length),
        }
    }
}

fn td3(text: &[u8]) -> Result<Mrz, MrzError> {
    let number = part(text, 44, 9)?;
    checked(number, part(text, 53, 1)?, Field::DocumentNumber)?;
    let (birth, expiry) = dates(text, 57)?;
    let personal = part(text, 72, 14)?;
    let personal_digit = part(text, 86, 1)?;
    // An empty personal number may carry a filler for its check digit.
    if personal_digit != b"<" || personal.iter().any(|byte| *byte != b'<') {
        checked(personal, personal_digit, Field::PersonalNumber)?;
    }
    let composite = Zeroizing::new([part(text, 44, 10)?, part(text, 57, 7)?, part(text, 65, 22)?].concat());
    checked(&composite, part(text, 87, 1)?, Field::Composite)?;
    let (surname, given_names) = names(part(text, 5, 39)?)?;
    Ok(Mrz {
        document_code: plain(part(text, 0, 2)?),
        issuing_state: plain(part(text, 2, 3)?),
        document_number: trimmed(number),
        birth_date: secret(birth),
        sex: secret(part(text, 64, 1)?),
        expiry_date: secret(expiry),
        nationality: trimmed(part(text, 54, 3)?),
        surname,
        given_names,
        optional_data: trimmed(personal),
        optional_data_2: Secret::default(),
    })
}

fn td1(text: &[u8]) -> Result<Mrz, MrzError> {
    let optional = part(text, 15, 15)?;
    let number = part(text, 5, 9)?;
    let digit = part(text, 14, 1)?;
    let (number, optional) = if digit == b"<" {
        long_number(number, optional)?
    } else {
        checked(number, digit, Field::DocumentNumber)?;
        (Zeroizing::new(number.to_vec()), optional)
    };
    let (birth, expiry) = dates(text, 30)?;
    let composite = Zeroizing::new(
        [part(text, 5, 25)?, part(text, 30, 7)?, part(text, 38, 7)?, part(text, 48, 11)?].concat(),
    );
    checked(&composite, part(text, 59, 1)?, Field::Composite)?;
    let (surname, given_names) = names(part(text, 60, 30)?)?;
    Ok(Mrz {
        document_code: plain(part(text, 0, 2)?),
        issuing_state: plain(part(text, 2, 3)?),
        document_number: trimmed(&number),
        birth_date: secret(birth),
        sex: secret(part(text, 37, 1)?),
        expiry_date: secret(expiry),
        nationality: trimmed(part(text, 45, 3)?),
        surname,
        given_names,
        optional_data: trimmed(optional),
        optional_data_2: trimmed(part(text, 48, 11)?),
    })
}

/// Part 5, 4.2.2.1 note j: the rest of the number and its check digit open the optional data, a filler ends them.
fn long_number<'a>(start: &[u8], optional: &'a [u8]) -> Result<(Zeroizing<Vec<u8>>, &'a [u8]), MrzError> {
    let end = optional.iter().position(|byte| *byte == b'<').unwrap_or(optional.len());
    let (rest, left) = optional.split_at_checked(end).ok_or(MrzError::Length)?;
    let Some((digit, rest)) = rest.split_last() else {
        return Err(MrzError::CheckDigit(Field::DocumentNumber));
    };
    let number = Zeroizing::new([start, rest].concat());
    checked(&number, &[*digit], Field::DocumentNumber)?;
    Ok((number, left))
}

/// Birth, its digit, sex, expiry, its digit: the same in every size.
fn dates(text: &[u8], at: usize) -> Result<(&[u8], &[u8]), MrzError> {
    let birth = part(text, at, 6)?;
    checked(birth, part(text, at.saturating_add(6), 1)?, Field::BirthDate)?;
    let expiry = part(text, at.saturating_add(8), 6)?;
    checked(expiry, part(text, at.saturating_add(14), 1)?, Field::ExpiryDate)?;
    Ok((birth, expiry))
}

fn names(field: &[u8]) -> Result<(Secret, Secret), MrzError> {
    if field.iter().any(u8::is_ascii_digit) {
        return Err(MrzError::Character(Field::Name));
    }
    let split = field.windows(2).position(|pair| pair == b"<<").unwrap_or(field.len());
    let (surname, rest) = field.split_at_checked(split).unwrap_or((field, &[]));
    Ok((name(surname), name(rest)))
}

fn name(field: &[u8]) -> Secret {
    let mut text = String::with_capacity(field.len());
    for part in field.split(|byte| *byte == b'<').filter(|part| !part.is_empty()) {
        if !text.is_empty() {
            text.push(' ');
        }
        text.extend(part.iter().map(|byte| char::from(*byte)));
    }
    Secret::new(text)
}

fn part(text: &[u8], at: usize, len: usize) -> Result<&[u8], MrzError> {
    text.get(at..at.saturating_add(len)).ok_or(MrzError::Length)
}

fn secret(field: &[u8]) -> Secret {
    Secret::new(plain_all(field))
}

fn trimmed(field: &[u8]) -> Secret {
    let end = field.iter().rposition(|byte| *byte != b'<').map_or(0, |last| last.saturating_add(1));
    secret(field.get(..end).unwrap_or_default())
}

fn plain(field: &[u8]) -> String {
    field.iter().filter(|byte| **byte != b'<').map(|byte| char::from(*byte)).collect()
}

fn plain_all(field: &[u8]) -> String {
    let mut text = String::with_capacity(field.len());
    text.extend(field.iter().map(|byte| char::from(*byte)));
    text
}

fn checked(field: &[u8], digit: &[u8], which: Field) -> Result<(), MrzError> {
    if digit == [check_digit(field)] { Ok(()) } else { Err(MrzError::CheckDigit(which)) }
}

fn check_date(text: &str, field: Field) -> Result<(), MrzError> {
    let fits = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'<');
    if fits { Ok(()) } else { Err(MrzError::Character(field)) }
}

/// Weights 7, 3, 1; letters count from 10, a filler is 0 (part 3, 4.9).
fn check_digit(field: &[u8]) -> u8 {
    let sum = field.iter().zip([7_u32, 3, 1].into_iter().cycle()).fold(0_u32, |sum, (byte, weight)| {
        let value = char::from(*byte).to_digit(36).unwrap_or(0);
        sum.saturating_add(value.saturating_mul(weight))
    });
    u8::try_from(sum % 10).map_or(b'0', |digit| b'0'.saturating_add(digit))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::test_bytes::hex;
    use super::*;

    const PASSPORT: &str =
        "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10";
    const CARD: &str =
        "IDKAZ0123456784900514300002<<<9005145M3505137KAZ<<<<<<<<<<<8TESTOV<<TEST<<<<<<<<<<<<<<<<<<";

    fn secret(text: &str) -> Secret {
        Secret::new(text.into())
    }

    fn key(number: &str, birth: &str, expiry: &str) -> Result<MrzKey, MrzError> {
        MrzKey::new(&secret(number), &secret(birth), &secret(expiry))
    }

    /// Part 11, appendix D.2.
    #[test]
    fn the_standards_number_and_dates_give_its_seed() {
        for number in ["L898902C<", "L898902C", " l898902c "] {
            let key = key(number, "690806", "940623").unwrap();
            assert_eq!(key.information.expose(), "L898902C<369080619406236");
            assert_eq!(key.digest()[..16], hex("239AB9CB282DAF66231DC5A4DF6BFBAE"));
        }
    }

    /// Appendix G.1: number T22000129, birth 640812, expiry 101031.
    #[test]
    fn the_standards_password_for_pace_is_found() {
        let key = key("T22000129", "640812", "101031").unwrap();
        assert_eq!(key.digest()[..], hex("7E2D2A41C74EA0B38CD36F863939BFA8E9032AAD"));
    }

    #[test]
    fn what_was_typed_wrong_is_named() {
        let error = |number, birth, expiry| key(number, birth, expiry).unwrap_err();
        assert_eq!(error("", "690806", "940623"), MrzError::Character(Field::DocumentNumber));
        assert_eq!(error("АВ123", "690806", "940623"), MrzError::Character(Field::DocumentNumber));
        assert_eq!(error("A", "6908061", "940623"), MrzError::Character(Field::BirthDate));
        assert_eq!(error("A", "690806", "94.623"), MrzError::Character(Field::ExpiryDate));
        assert!(AccessNumber::new(&secret("12345")).is_err());
        assert!(AccessNumber::new(&secret("123456")).is_ok());
    }

    /// The specimen of part 4, appendix B.
    #[test]
    fn a_passport_is_read() {
        let mrz = Mrz::parse(PASSPORT.as_bytes()).unwrap();
        assert_eq!((mrz.document_code.as_str(), mrz.issuing_state.as_str()), ("P", "UTO"));
        assert_eq!((mrz.surname.expose(), mrz.given_names.expose()), ("ERIKSSON", "ANNA MARIA"));
        assert_eq!((mrz.document_number.expose(), mrz.sex.expose()), ("L898902C3", "F"));
        assert_eq!((mrz.birth_date.expose(), mrz.expiry_date.expose()), ("740812", "120415"));
        assert_eq!(mrz.optional_data.expose(), "ZE184226B");
    }

    #[test]
    fn a_card_with_an_iin_is_read_and_its_own_key_opens_it() {
        let mrz = Mrz::parse(CARD.as_bytes()).unwrap();
        assert_eq!((mrz.document_code.as_str(), mrz.issuing_state.as_str()), ("ID", "KAZ"));
        assert_eq!((mrz.document_number.expose(), mrz.optional_data.expose()), ("012345678", "900514300002"));
        assert!(key("012345678", "900514", "350513").unwrap().opens(&mrz));
        assert!(!key("012345679", "900514", "350513").unwrap().opens(&mrz));
    }

    /// Part 11, appendix D.2: D23145890734.
    #[test]
    fn a_number_longer_than_its_field_goes_on_in_the_optional_data() {
        let card =
            "I<UTOD23145890<7349<<<<<<<<<<<3407127M9507122UTO<<<<<<<<<<<2STEVENSON<<PETER<JOHN<<<<<<<<<";
        let mrz = Mrz::parse(card.as_bytes()).unwrap();
        assert_eq!((mrz.document_number.expose(), mrz.optional_data.expose()), ("D23145890734", ""));
        let key = key("D23145890734", "340712", "950712").unwrap();
        assert_eq!(key.information.expose(), "D23145890734934071279507122");
    }

    #[test]
    fn every_wrong_digit_is_found() {
        for (text, digits) in [(PASSPORT, [53, 63, 71, 86, 87]), (CARD, [14, 36, 44, 59, 59])] {
            for at in digits {
                let mut damaged = text.as_bytes().to_vec();
                damaged[at] = if damaged[at] == b'7' { b'8' } else { b'7' };
                assert!(matches!(Mrz::parse(&damaged), Err(MrzError::CheckDigit(_))), "{at}");
            }
        }
    }

    #[test]
    fn debug_shows_no_name_number_or_date() {
        let shown =
            format!("{:?} {:?}", Mrz::parse(PASSPORT.as_bytes()), key("L898902C", "690806", "940623"));
        for private in ["ERIKSSON", "ANNA", "L898902C", "740812", "690806", "ZE184226B"] {
            assert!(!shown.contains(private), "{private}");
        }
    }

    /// B17, `tests/vectors/mrz.json`: the zone, and whether its holder is the one of the IIN.
    #[test]
    fn vectors_of_the_regulation_hold() {
        use senim_domain::document::{DocumentError, check_holder, expiry_of_zone};
        use senim_domain::iin::Iin;

        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../../../tests/vectors/mrz.json")).unwrap();
        let of =
            |vector: &serde_json::Value, name: &str| vector[name].as_str().unwrap_or_default().to_owned();
        let list = |name: &str| vectors[name].as_array().filter(|list| !list.is_empty()).unwrap().clone();
        for vector in list("valid") {
            let mrz = Mrz::parse(of(&vector, "zone").as_bytes()).unwrap();
            assert_eq!(mrz.document_number.expose(), of(&vector, "document"));
            assert_eq!(
                (mrz.birth_date.expose(), mrz.sex.expose()),
                (&*of(&vector, "birth"), &*of(&vector, "sex"))
            );
            assert_eq!(expiry_of_zone(mrz.expiry_date.expose()).unwrap().to_string(), of(&vector, "expires"));
            assert_eq!(
                (mrz.surname.expose(), mrz.given_names.expose()),
                (&*of(&vector, "surname"), &*of(&vector, "given"))
            );
            let holder = |iin: &str| {
                let iin = Iin::parse(iin).unwrap();
                check_holder(&iin, mrz.optional_data.expose(), mrz.birth_date.expose(), mrz.sex.expose())
            };
            if vector["iin"].is_string() {
                assert_eq!(holder(&of(&vector, "iin")), Ok(()));
                for other in list("other_holder") {
                    assert_eq!(holder(&of(&other, "iin")), Err(DocumentError::OtherHolder), "{other}");
                }
            }
        }
        for vector in list("invalid") {
            let expected = match of(&vector, "why").as_str() {
                "document number" => MrzError::CheckDigit(Field::DocumentNumber),
                "birth date" => MrzError::CheckDigit(Field::BirthDate),
                "expiry date" => MrzError::CheckDigit(Field::ExpiryDate),
                "composite" => MrzError::CheckDigit(Field::Composite),
                "character" => MrzError::Character(Field::Composite),
                "length" => MrzError::Length,
                other => panic!("{other}"),
            };
            assert_eq!(Mrz::parse(of(&vector, "zone").as_bytes()), Err(expected), "{vector}");
        }
    }

    proptest! {
        #[test]
        fn any_text_ends(text in prop::collection::vec(any::<u8>(), 80..95)) {
            let _ = Mrz::parse(&text);
        }

        #[test]
        fn any_characters_of_the_right_kind_end(text in "[A-Z0-9<]{88}|[A-Z0-9<]{90}") {
            let _ = Mrz::parse(text.as_bytes());
        }
    }
}
