//! A card with a person's keys: its tries are told, its PIN is right, it signs.

use senim_cards::piv::{Config, Event, Key, Operation, Piv, Reserve, Tries};
use senim_domain::{Secret, SecretBytes};

use crate::owner;
use crate::reader::{Reader, both_readers};
use crate::rig::{Outcome, Rig};

both_readers!(a_token_signs_after_its_tries_were_told);

/// A token on its reader.
struct Bench<'a> {
    reader: &'a Reader<'a>,
    piv: Piv,
}

impl Bench<'_> {
    /// One operation to its one event.
    fn run(&mut self, operation: Operation) -> Event {
        self.piv.begin(operation).unwrap();
        while let Some(apdu) = self.piv.poll_command() {
            match self.reader.carry(apdu) {
                Some(response) => self.piv.handle_response(response.expose()),
                None => self.piv.handle_removed(),
            }
        }
        self.piv.poll_event().unwrap()
    }

    fn verify(&mut self, pin: &Secret) -> Event {
        self.run(Operation::VerifyPin { pin: pin.clone(), reserve: Reserve::Keep })
    }
}

fn a_token_signs_after_its_tries_were_told(rig: &Rig, section: &'static str) -> Outcome {
    let pin = owner::pin(rig)?;
    let reader = Reader::new(rig, section)?;
    let (_, card) = *owner::TOKENS.iter().find(|(of, _)| *of == section).unwrap();
    reader.insert(card, "the token with the electronic signature");
    let piv = Piv::new(Config::default(), reader.power());
    let mut bench = Bench { reader: &reader, piv };
    assert_eq!(bench.run(Operation::Select), Event::Selected);
    for key in [Key::Authentication, Key::Signature] {
        let read = bench.run(Operation::ReadCertificate(key));
        assert!(matches!(&read, Event::Certificate(of, _) if *of == key), "{read:?}");
    }
    let Event::Tries(Tries::Left(tries)) = bench.run(Operation::AskTries) else { panic!("no tries told") };
    // A person's tries are not spent on purpose.
    if rig.control().is_some() {
        assert_eq!(bench.verify(&Secret::new("000000".to_owned())), Event::PinWrong { left: tries - 1 });
    }
    for key in [Key::Authentication, Key::Signature] {
        // The second one wants it directly before.
        assert_eq!(bench.verify(&pin), Event::PinVerified);
        let message = SecretBytes::new("Келісемін".as_bytes().to_vec());
        // Told only where it fits the certificate.
        let signed = bench.run(Operation::Sign { key, message });
        assert!(matches!(&signed, Event::Signed(by, _) if *by == key), "{signed:?}");
    }
    if let Some(control) = rig.control() {
        assert_eq!(control.number(section, "/card_state/pins_judged"), 3);
    }
    reader.release();
    reader.remove();
    Ok(())
}
