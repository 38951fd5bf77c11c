//! B8, B9, B10, B17: every identifier with valid, invalid and impossible vectors.

use senim_domain::bin::{Bin, BinError, CompanyKind, Division};
use senim_domain::contract_number::{ContractNumber, ContractNumberError};
use senim_domain::document::{DocumentError, DocumentKind, DocumentNumber};
use senim_domain::iban::{Iban, IbanError};
use senim_domain::iin::{Iin, IinError, Sex};
use senim_domain::phone::{MobileCode, Phone, PhoneError};
use senim_domain::rule_pack::RulePack;

use crate::vectors::{date, file, list, text};

/// Eleven digits with the check digit that fits, where there is one.
fn completed(eleven: &str) -> Option<String> {
    (0..10).map(|digit| format!("{eleven}{digit}")).find(|text| Iin::parse(text) != Err(IinError::Checksum))
}

#[test]
fn iin_vectors_of_b8_hold() {
    let vectors = file("iin");
    for vector in list(&vectors, "valid") {
        let iin = Iin::parse(text(vector, "iin")).unwrap_or_else(|error| panic!("{vector}: {error}"));
        let sex = if text(vector, "sex") == "male" { Sex::Male } else { Sex::Female };
        assert_eq!((iin.birth_date(), iin.sex()), (date(vector, "birth"), sex), "{vector}");
    }
    for vector in list(&vectors, "invalid") {
        let expected = match text(vector, "why") {
            "digits" => IinError::NotTwelveDigits,
            "checksum" => IinError::Checksum,
            other => panic!("{other}"),
        };
        assert_eq!(Iin::parse(text(vector, "iin")), Err(expected), "{vector}");
    }
    for start in list(&vectors, "never_issued") {
        assert_eq!(completed(start.as_str().unwrap()), None, "{start}");
    }
    for vector in list(&vectors, "impossible_starts") {
        let expected = match text(vector, "why") {
            "birthDate" => IinError::BirthDate,
            "century" => IinError::Century,
            "needsConfirmation" => IinError::NeedsConfirmation,
            other => panic!("{other}"),
        };
        let iin = completed(text(vector, "start")).unwrap_or_else(|| panic!("{vector}"));
        assert_eq!(Iin::parse(&iin), Err(expected), "{vector}");
    }
    for vector in list(&vectors, "age") {
        let age = Iin::parse(text(vector, "iin")).unwrap().age_on(date(vector, "on"));
        assert_eq!(age.map(u64::from), vector["years"].as_u64(), "{vector}");
    }
}

#[test]
fn bin_vectors_of_b8_hold() {
    let vectors = file("bin");
    for vector in list(&vectors, "valid") {
        let bin = Bin::parse(text(vector, "bin")).unwrap_or_else(|error| panic!("{vector}: {error}"));
        assert_eq!((bin.kind(), bin.division()), (CompanyKind::Resident, Division::Head));
        assert!(Iin::parse(bin.as_str()).is_err(), "a company is no person: {vector}");
    }
    for vector in list(&vectors, "invalid").iter().chain(list(&vectors, "impossible")) {
        let expected = match text(vector, "why") {
            "digits" => BinError::NotTwelveDigits,
            "month" => BinError::Month,
            "kind" => BinError::Kind,
            "division" => BinError::Division,
            "checksum" => BinError::Checksum,
            other => panic!("{other}"),
        };
        assert_eq!(Bin::parse(text(vector, "bin")), Err(expected), "{vector}");
    }
}

#[test]
fn iban_vectors_of_b9_hold() {
    let vectors = file("iban");
    for vector in list(&vectors, "valid") {
        let iban = Iban::parse(text(vector, "iban")).unwrap_or_else(|error| panic!("{vector}: {error}"));
        assert_eq!(iban.bank_code(), text(vector, "bank"));
    }
    for vector in list(&vectors, "invalid").iter().chain(list(&vectors, "impossible")) {
        let expected = match text(vector, "why") {
            "form" => IbanError::Form,
            "country" => IbanError::NotKazakh,
            "cyrillic" => IbanError::CyrillicLetter,
            "checksum" => IbanError::Checksum,
            other => panic!("{other}"),
        };
        assert_eq!(Iban::parse(text(vector, "iban")), Err(expected), "{vector}");
    }
}

#[test]
fn phone_vectors_of_b10_hold_for_every_operator() {
    let vectors = file("phone");
    for vector in list(&vectors, "valid") {
        assert_eq!(Phone::parse(text(vector, "typed")).unwrap().expose(), text(vector, "number"), "{vector}");
    }
    let pack: RulePack = serde_json::from_value(file("../../docs/formats/rule-pack.sample")).unwrap();
    for code in list(&vectors, "codes").iter().map(|code| code.as_str().unwrap()) {
        let phone = Phone::parse(&format!("8{code}1234567")).unwrap();
        assert_eq!(phone.code(), Some(code.parse::<MobileCode>().unwrap()));
        assert!(pack.mobile_codes.contains(&phone.code().unwrap()), "{code}");
    }
    let unknown = Phone::parse("87991234567").unwrap().code().unwrap();
    assert!(!pack.mobile_codes.contains(&unknown));
    for (name, expected) in [("foreign", PhoneError::NotKazakhMobile), ("invalid", PhoneError::NotANumber)] {
        for typed in list(&vectors, name) {
            assert_eq!(Phone::parse(typed.as_str().unwrap()), Err(expected), "{typed}");
        }
    }
    for text in ["", "70", "7000", "800", "699", "70a", "+70"] {
        assert!(text.parse::<MobileCode>().is_err(), "{text}");
    }
}

#[test]
fn contract_numbers_hold_their_vectors() {
    let vectors = file("contract_number");
    for vector in list(&vectors, "valid") {
        let number = ContractNumber::parse(text(vector, "typed")).unwrap_or_else(|e| panic!("{vector}: {e}"));
        assert_eq!(number.as_str(), text(vector, "number"));
    }
    for vector in list(&vectors, "invalid") {
        let expected = match text(vector, "why") {
            "digits" => ContractNumberError::NotFifteenDigits,
            "checkDigit" => ContractNumberError::CheckDigit,
            other => panic!("{other}"),
        };
        assert_eq!(ContractNumber::parse(text(vector, "number")), Err(expected), "{vector}");
    }
}

#[test]
fn document_vectors_of_b17_hold_and_there_is_no_birth_certificate() {
    let vectors = file("document");
    let kind =
        |vector: &serde_json::Value| serde_json::from_value::<DocumentKind>(vector["kind"].clone()).unwrap();
    for vector in list(&vectors, "valid") {
        let number = DocumentNumber::parse(kind(vector), text(vector, "typed")).unwrap();
        assert_eq!(number.expose(), text(vector, "number"), "{vector}");
    }
    for vector in list(&vectors, "invalid") {
        let expected = match text(vector, "why") {
            "number" => DocumentError::Number,
            "cyrillic" => DocumentError::CyrillicLetter,
            other => panic!("{other}"),
        };
        assert_eq!(DocumentNumber::parse(kind(vector), text(vector, "typed")), Err(expected), "{vector}");
    }
    for name in list(&vectors, "kinds_that_do_not_exist") {
        assert!(serde_json::from_value::<DocumentKind>(name.clone()).is_err());
    }
}
