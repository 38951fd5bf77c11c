//! Which curve an issuer's key lies on.
//!
//! Doc 9303 part 12 has issuers write the parameters out instead of naming the curve. They are not calculated with:
//! written out parameters have to equal one of the curves below in every number, base point and order included, or the
//! key is unknown. (Whoever takes a base point from a certificate lets its author choose the private key.)

use der::asn1::ObjectIdentifier;
use der::{Any, Encode as _};

use crate::tlv::{Tag, elements};

/// A curve on which signatures are checked here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyCurve {
    /// NIST P-256.
    P256,
    /// NIST P-384.
    P384,
    /// brainpoolP256r1.
    Brainpool256,
}

impl KeyCurve {
    /// By the parameters of a key's algorithm: a name, or everything written out.
    #[must_use]
    pub fn from_parameters(parameters: &Any) -> Option<Self> {
        if let Ok(name) = parameters.decode_as::<ObjectIdentifier>() {
            return match name {
                P256 => Some(Self::P256),
                P384 => Some(Self::P384),
                BRAINPOOL_256 => Some(Self::Brainpool256),
                _ => None,
            };
        }
        let written = Written::read(&parameters.to_der().ok()?)?;
        DOMAINS.iter().find(|domain| domain.equals(&written)).map(|domain| domain.curve)
    }
}

const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const BRAINPOOL_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.36.3.3.2.8.1.1.7");
/// prime-field, 1.2.840.10045.1.1.
const PRIME_FIELD: [u8; 7] = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x01, 0x01];

/// Numbers of a curve, as hexadecimal text.
struct Domain {
    curve: KeyCurve,
    prime: &'static str,
    a: &'static str,
    b: &'static str,
    base: &'static str,
    order: &'static str,
}

/// SpecifiedECDomain of SEC 1, C.2, as hexadecimal text.
struct Written {
    prime: String,
    a: String,
    b: String,
    base: String,
    order: String,
    cofactor: Option<String>,
}

impl Written {
    fn read(der: &[u8]) -> Option<Self> {
        let mut whole = elements(der).map_while(Result::ok);
        let mut fields = elements(whole.next().filter(|it| it.tag == Tag(0x30))?.value).map_while(Result::ok);
        let _version = fields.next()?;
        let mut field = elements(fields.next()?.value).map_while(Result::ok);
        if field.next()?.value != PRIME_FIELD {
            return None;
        }
        let prime = number(field.next()?.value);
        let mut equation = elements(fields.next()?.value).map_while(Result::ok);
        let (a, b) = (text(equation.next()?.value), text(equation.next()?.value));
        let (base, order) = (text(fields.next()?.value), number(fields.next()?.value));
        let cofactor = fields.next().filter(|it| it.tag == Tag(0x02)).map(|it| number(it.value));
        Some(Self { prime, a, b, base, order, cofactor })
    }
}

impl Domain {
    fn equals(&self, written: &Written) -> bool {
        written.prime == self.prime
            && written.a == self.a
            && written.b == self.b
            && written.base == self.base
            && written.order == self.order
            && written.cofactor.as_deref().is_none_or(|cofactor| cofactor == "01")
    }
}

fn number(bytes: &[u8]) -> String {
    text(bytes.strip_prefix(&[0]).unwrap_or(bytes))
}

fn text(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// FIPS 186-4 and RFC 5639.
const DOMAINS: [Domain; 3] = [
    Domain {
        curve: KeyCurve::P256,
        prime: "FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF",
        a: "FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFC",
        b: "5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B",
        base: "046B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C2964FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5",
        order: "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551",
    },
    Domain {
        curve: KeyCurve::P384,
        prime: "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFFFF0000000000000000FFFFFFFF",
        a: "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFFFF0000000000000000FFFFFFFC",
        b: "B3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF",
        base: "04AA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A385502F25DBF55296C3A545E3872760AB73617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147CE9DA3113B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E5F",
        order: "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973",
    },
    Domain {
        curve: KeyCurve::Brainpool256,
        prime: "A9FB57DBA1EEA9BC3E660A909D838D726E3BF623D52620282013481D1F6E5377",
        a: "7D5A0975FC2C3057EEF67530417AFFE7FB8055C126DC5C6CE94A4B44F330B5D9",
        b: "26DC5C6CE94A4B44F330B5D9BBD77CBF958416295CF7E1CE6BCCDC18FF8C07B6",
        base: "048BD2AEB9CB7E57CB2C4B482FFC81B7AFB9DE27E1E3BD23C23A4453BD9ACE3262547EF835C3DAC4FD97F8461A14611DC9C27745132DED8E545C1D54C72F046997",
        order: "A9FB57DBA1EEA9BC3E660A909D838D718C397AA3B561A6F7901E0E82974856A7",
    },
];
