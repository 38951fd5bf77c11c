//! PACE with generic mapping over an elliptic curve (Doc 9303 part 11, 4.4): MSE:Set AT and four GENERAL AUTHENTICATE.
//!
//! The password only decrypts a nonce of the card; the session's keys come from two key agreements, the second over a
//! base point made of the nonce and the first. A guess costs a whole run with the card. Integrated mapping, chip
//! authentication mapping and the finite-field variants are not done: a chip that offers them alone is opened by BAC.
//! Documents with chip authentication mapping have to offer another one as well (4.4.1).

use senim_domain::SecretBytes;
use zeroize::Zeroizing;

use super::cipher::{Cipher, Purpose, same};
use super::curve::{Curve, Point, Scalar, scalar_from_nonce};
use super::failure::Failure;
use super::lds::File;
use super::mrz::Password;
use super::secure_messaging::SecureMessaging;
use crate::apdu::{Command, Response};
use crate::tlv::{Tag, elements, encode, find, push};

/// id-PACE-ECDH-GM (0.4.0.127.0.7.2.2.4.2) without its last arc.
const ECDH_GENERIC: [u8; 9] = [0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x04, 0x02];
const VERSION: u8 = 2;
const MALFORMED: Failure = Failure::Malformed { file: None };
/// CLA of every message but the last.
const CHAINED: u8 = 0x10;

/// A variant that the chip offers and that is done here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// The protocol's object identifier as it stands in EF.CardAccess.
    oid: Vec<u8>,
    cipher: Cipher,
    curve: Curve,
    parameter_id: u8,
}

impl Variant {
    /// The offer with the longest key among those of EF.CardAccess that are done here; `None` when there is none.
    ///
    /// # Errors
    /// [`Failure::Malformed`] when the file is no list of SecurityInfos.
    pub fn choose(card_access: &[u8]) -> Result<Option<Self>, Failure> {
        let malformed = Failure::Malformed { file: Some(File::CardAccess) };
        let infos = find(card_access, &[Tag(0x31)]).map_err(|_| malformed)?.ok_or(malformed)?;
        let mut best: Option<Self> = None;
        for info in elements(infos) {
            let info = info.map_err(|_| malformed)?;
            if let Some(variant) = Self::from_info(info.value)
                && best.as_ref().is_none_or(|best| best.cipher < variant.cipher)
            {
                best = Some(variant);
            }
        }
        Ok(best)
    }

    /// PACEInfo: protocol, version, parameter id.
    fn from_info(info: &[u8]) -> Option<Self> {
        let mut fields = elements(info).map_while(Result::ok);
        let oid = fields.next().filter(|field| field.tag == Tag(0x06))?.value;
        let (last, stem) = oid.split_last()?;
        let cipher = match last {
            2 => Cipher::Aes128,
            3 => Cipher::Aes192,
            4 => Cipher::Aes256,
            _ => return None,
        };
        let version = fields.next().filter(|field| field.tag == Tag(0x02))?.value;
        let parameters = fields.next().filter(|field| field.tag == Tag(0x02))?.value;
        let [parameter_id] = *parameters else { return None };
        if stem != ECDH_GENERIC || version != [VERSION] {
            return None;
        }
        let curve = Curve::from_parameter_id(parameter_id)?;
        Some(Self { oid: oid.to_vec(), cipher, curve, parameter_id })
    }
}

#[derive(Clone)]
enum Step {
    /// Name protocol and password.
    SetAt,
    /// Fetch the nonce.
    Nonce,
    /// Agree on a point to make the new base point of.
    Map { nonce: Scalar },
    /// Agree on the secret over it.
    Agree { base: Point },
    /// Show each other that the secret is the same.
    Confirm { secret: Zeroizing<[u8; 32]>, theirs: Point, ours: Point },
}

/// One run.
pub struct Pace {
    variant: Variant,
    /// K_π.
    password_key: super::cipher::Bytes,
    /// Which password: 1 MRZ, 2 card access number.
    reference: u8,
    map_secret: Scalar,
    agree_secret: Scalar,
    step: Step,
}

impl std::fmt::Debug for Pace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pace({:?})", self.variant)
    }
}

impl Pace {
    /// With two secret numbers of the terminal that are used once.
    #[must_use]
    pub fn new(variant: Variant, password: &Password, map_secret: Scalar, agree_secret: Scalar) -> Self {
        let (password_key, reference) = match password {
            Password::Mrz(key) => (variant.cipher.derive(key.digest().as_slice(), Purpose::Password), 1),
            Password::Can(number) => (variant.cipher.derive(number.bytes(), Purpose::Password), 2),
        };
        Self { variant, password_key, reference, map_secret, agree_secret, step: Step::SetAt }
    }

    /// The command to send now.
    ///
    /// # Errors
    /// [`Failure::Malformed`] when what the card gave leads to no point.
    pub fn command(&self) -> Result<Command, Failure> {
        let curve = self.variant.curve;
        Ok(match &self.step {
            Step::SetAt => {
                let mut data = encode(Tag(0x80), &self.variant.oid);
                push(&mut data, Tag(0x83), &[self.reference]);
                push(&mut data, Tag(0x84), &[self.variant.parameter_id]);
                Command::new(0, 0x22, 0xC1, 0xA4).with_data(SecretBytes::new(data))
            }
            Step::Nonce => general(CHAINED, &[]),
            Step::Map { .. } => {
                let generator = curve.generator().ok_or(MALFORMED)?;
                let ours = curve.multiply(&generator, &self.map_secret).ok_or(MALFORMED)?;
                general(CHAINED, &encode(Tag(0x81), &ours))
            }
            Step::Agree { base } => {
                let ours = curve.multiply(base, &self.agree_secret).ok_or(MALFORMED)?;
                general(CHAINED, &encode(Tag(0x83), &ours))
            }
            Step::Confirm { secret, theirs, .. } => {
                general(0, &encode(Tag(0x85), &self.token(secret.as_slice(), theirs)?))
            }
        })
    }

    /// Takes the answer; the channel once both have confirmed.
    ///
    /// # Errors
    /// [`Failure::KeysWrong`] when the card does not confirm, others when it follows no rule.
    pub fn handle_response(&mut self, response: &Response) -> Result<Option<SecureMessaging>, Failure> {
        let step = self.step.clone();
        let ok = response.status.is_ok();
        let refused = Failure::Refused { file: None, status: response.status };
        match step {
            // A counter here warns of tries left for the password and is no refusal.
            Step::SetAt if ok || response.status.counter().is_some_and(|left| left > 0) => {
                self.step = Step::Nonce;
            }
            Step::Nonce if ok => self.step = Step::Map { nonce: self.nonce(value(response, 0x80)?)? },
            Step::Map { nonce } if ok => {
                self.step = Step::Agree { base: self.map(&nonce, &point(response, 0x82)?)? };
            }
            Step::Agree { base } if ok => self.agree(&base, point(response, 0x84)?)?,
            Step::Confirm { secret, ours, .. } if ok => {
                let expected = self.token(secret.as_slice(), &ours)?;
                if !same(&expected, value(response, 0x86)?) {
                    return Err(Failure::ChannelBroken);
                }
                return Ok(Some(SecureMessaging::new(self.variant.cipher, secret.as_slice(), &[])));
            }
            // Only the password can be wrong with a confirmation, however the chip names it.
            Step::Confirm { .. } => return Err(Failure::KeysWrong),
            Step::SetAt | Step::Nonce | Step::Map { .. } | Step::Agree { .. } => return Err(refused),
        }
        Ok(None)
    }

    fn nonce(&self, text: &[u8]) -> Result<Scalar, Failure> {
        let plain = self.variant.cipher.decrypt(&self.password_key, &[0; 16], text).map_err(|_| MALFORMED)?;
        let nonce = Zeroizing::new(plain.as_slice().try_into().map_err(|_| MALFORMED)?);
        Ok(scalar_from_nonce(&nonce))
    }

    /// Ĝ = s·G + H.
    fn map(&self, nonce: &Scalar, theirs: &Point) -> Result<Point, Failure> {
        let curve = self.variant.curve;
        let generator = curve.generator().ok_or(MALFORMED)?;
        let shared = curve.multiply(theirs, &self.map_secret).ok_or(MALFORMED)?;
        let part = curve.multiply(&generator, nonce).ok_or(MALFORMED)?;
        curve.add(&part, &shared).ok_or(MALFORMED)
    }

    fn agree(&mut self, base: &Point, theirs: Point) -> Result<(), Failure> {
        let curve = self.variant.curve;
        let ours = curve.multiply(base, &self.agree_secret).ok_or(MALFORMED)?;
        // A card that gives back the terminal's own key would have its token confirmed by the terminal.
        if ours == theirs {
            return Err(Failure::ChannelBroken);
        }
        let shared = Zeroizing::new(curve.multiply(&theirs, &self.agree_secret).ok_or(MALFORMED)?);
        let secret = shared.get(1..33).and_then(|x| x.try_into().ok()).ok_or(MALFORMED)?;
        self.step = Step::Confirm { secret: Zeroizing::new(secret), theirs, ours };
        Ok(())
    }

    /// Checksum over the other side's public key and the protocol's name.
    fn token(&self, secret: &[u8], public: &Point) -> Result<[u8; 8], Failure> {
        let mut key = encode(Tag(0x06), &self.variant.oid);
        push(&mut key, Tag(0x86), public);
        let cipher = self.variant.cipher;
        cipher.mac(&cipher.derive(secret, Purpose::Mac), &encode(Tag(0x7F49), &key)).map_err(|_| MALFORMED)
    }
}

/// GENERAL AUTHENTICATE.
fn general(class: u8, object: &[u8]) -> Command {
    Command::new(class, 0x86, 0, 0).with_data(SecretBytes::new(encode(Tag(0x7C), object))).expecting(256)
}

fn value(response: &Response, tag: u32) -> Result<&[u8], Failure> {
    find(response.data.expose(), &[Tag(0x7C), Tag(tag)]).ok().flatten().ok_or(MALFORMED)
}

fn point(response: &Response, tag: u32) -> Result<Point, Failure> {
    value(response, tag)?.try_into().map_err(|_| MALFORMED)
}

#[cfg(test)]
mod tests {
    use senim_domain::Secret;

    use super::super::mrz::{AccessNumber, MrzKey};
    use super::super::test_bytes::hex;
    use super::*;

    const CARD_ACCESS: &str = "31143012060A04007F0007020204020202010202010D";

    fn scalar(text: &str) -> Scalar {
        Zeroizing::new(hex(text).try_into().unwrap())
    }

    fn mrz() -> Password {
        let secret = |text: &str| Secret::new(text.into());
        Password::Mrz(MrzKey::new(&secret("T22000129"), &secret("640812"), &secret("101031")).unwrap())
    }

    fn standard() -> Pace {
        Pace::new(
            Variant::choose(&hex(CARD_ACCESS)).unwrap().unwrap(),
            &mrz(),
            scalar("7F4EF07B9EA82FD78AD689B38D0BC78CF21F249D953BC46F4C6E19259C010F99"),
            scalar("A73FB703AC1436A18E0CFA5ABB3F7BEC7A070E7A6788486BEE230C4A22762595"),
        )
    }

    fn exchange(pace: &mut Pace, sent: &str, answer: &str) -> Result<Option<SecureMessaging>, Failure> {
        assert_eq!(pace.command().unwrap().encode().unwrap().expose(), hex(sent));
        pace.handle_response(&Response::parse(&hex(answer)).unwrap())
    }

    const MAP_OURS: &str = "7ACF3EFC982EC45565A4B155129EFBC74650DCBFA6362D896FC70262E0C2CC5E544552DCB6725218799115B55C9BAA6D9F6BC3A9618E70C25AF71777A9C4922D";
    const MAP_THEIRS: &str = "824FBA91C9CBE26BEF53A0EBE7342A3BF178CEA9F45DE0B70AA601651FBA3F5730D8C879AAA9C9F73991E61B58F4D52EB87A0A0C709A49DC63719363CCD13C54";
    const AGREE_OURS: &str = "2DB7A64C0355044EC9DF190514C625CBA2CEA48754887122F3A5EF0D5EDD301C3556F3B3B186DF10B857B58F6A7EB80F20BA5DC7BE1D43D9BF850149FBB36462";
    const AGREE_THEIRS: &str = "9E880F842905B8B3181F7AF7CAA9F0EFB743847F44A306D2D28C1D9EC65DF6DB7764B22277A2EDDC3C265A9F018F9CB852E111B768B326904B59A0193776F094";

    fn up_to_confirmation(pace: &mut Pace) {
        let message = |tag: &str, point: &str| format!("10860000457C43{tag}4104{point}00");
        let answer = |tag: &str, point: &str| format!("7C43{tag}4104{point}9000");
        assert!(exchange(pace, "0022C1A412800A04007F000702020402028301018401 0D", "9000").unwrap().is_none());
        exchange(pace, "10860000027C0000", "7C12801095A3A016522EE98D01E76CB6B98B42C39000").unwrap();
        exchange(pace, &message("81", MAP_OURS), &answer("82", MAP_THEIRS)).unwrap();
        exchange(pace, &message("83", AGREE_OURS), &answer("84", AGREE_THEIRS)).unwrap();
    }

    /// Part 11, appendix G.1, message by message.
    #[test]
    fn the_standards_example_is_reproduced() {
        let mut pace = standard();
        up_to_confirmation(&mut pace);
        let channel =
            exchange(&mut pace, "008600000C7C0A8508C2B0BD78D94BA86600", "7C0A86083ABB9674BCE93C089000");
        let mut channel = channel.unwrap().unwrap();
        let select = Command::new(0, 0xA4, 2, 0x0C).with_data(SecretBytes::new(vec![1, 0x1E]));
        assert_eq!(
            channel.protect(&select, 256).unwrap().encode().unwrap().expose(),
            hex("0CA4020C1D871101EE0E4724F4465C1BE9C2F73ABDD73A3D8E08835D1B54575C955F00")
        );
    }

    #[test]
    fn what_the_card_does_not_confirm_is_a_wrong_key() {
        let mut pace = standard();
        up_to_confirmation(&mut pace);
        let wrong = Response::parse(&[0x63, 0]).unwrap();
        assert_eq!(pace.handle_response(&wrong).unwrap_err(), Failure::KeysWrong);
        let token = Response::parse(&hex("7C0A86083ABB9674BCE93C099000")).unwrap();
        assert_eq!(pace.handle_response(&token).unwrap_err(), Failure::ChannelBroken);
    }

    #[test]
    fn a_point_off_the_curve_or_the_terminals_own_is_refused() {
        let mut pace = standard();
        for _ in 0..2 {
            pace.command().unwrap();
            let nonce = "7C12801095A3A016522EE98D01E76CB6B98B42C39000";
            pace.handle_response(&Response::parse(&hex(nonce)).unwrap()).unwrap();
        }
        let off = format!("7C43824104{}9000", MAP_THEIRS.replace("3C54", "3C55"));
        let off = Response::parse(&hex(&off)).unwrap();
        assert_eq!(pace.handle_response(&off).unwrap_err(), MALFORMED);
        let theirs = Response::parse(&hex(&format!("7C43824104{MAP_THEIRS}9000"))).unwrap();
        pace.handle_response(&theirs).unwrap();
        let own = Response::parse(&hex(&format!("7C43844104{AGREE_OURS}9000"))).unwrap();
        assert_eq!(pace.handle_response(&own).unwrap_err(), Failure::ChannelBroken);
    }

    #[test]
    fn the_longest_key_among_known_offers_is_taken() {
        // Generic mapping with AES-128 and AES-256, both over P-256; then a finite field and another curve.
        let offers = "3128 3012060A04007F0007020204020202010202010C 3012060A04007F0007020204020402010202010C";
        let variant = Variant::choose(&hex(offers)).unwrap().unwrap();
        assert_eq!((variant.cipher, variant.curve), (Cipher::Aes256, Curve::P256));
        let unknown =
            "3128 3012060A04007F00070202040102020102020100 3012060A04007F00070202040204020102020110";
        assert_eq!(Variant::choose(&hex(unknown)), Ok(None));
        assert!(Variant::choose(&hex("3005")).is_err());
    }

    #[test]
    fn the_access_number_is_named_as_such() {
        let variant = Variant::choose(&hex(CARD_ACCESS)).unwrap().unwrap();
        let number = AccessNumber::new(&Secret::new("123456".into())).unwrap();
        let one = scalar(&format!("{:064}", 1));
        let pace = Pace::new(variant, &Password::Can(number), one.clone(), one);
        let command = pace.command().unwrap();
        assert_eq!(find(command.data().expose(), &[Tag(0x83)]), Ok(Some(&[2][..])));
    }
}
