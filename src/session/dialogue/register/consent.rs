//! Consents, and asking the state service: by a code typed here, by an SMS of 1414, or by a consent signed here (R-228,
//!

use senim_domain::Secret;
use senim_domain::rule_pack::{AccessMethod, ConsentKind, RulePack};
use senim_operation::attachment::LoginCode;
use senim_operation::body::{
    AccessAnswerAsked, AccessCodeSubmitted, AccessRequested, ConsentDecided, ConsentSubject,
};
use senim_operation::jws::sha256_b64;

use super::super::{Session, Step};
use crate::registration::{Access, Advice, Applicant, Awaited, Registering};
use crate::state::{CodeError, Ending, State};

/// What is agreed to before any data, in order: the MFO's own processing first, then access to the state's data.
const CONSENTS: [ConsentKind; 2] = [ConsentKind::Processing, ConsentKind::StateData];

/// How long after an answer "not yet" the MFO is asked again, ms.
const ASK_AGAIN_MS: u64 = 5_000;

impl Session {
    /// Ways of answering the state service that are offered here, the recommended one first.
    #[must_use]
    pub fn access_methods(pack: &RulePack) -> Vec<AccessMethod> {
        [AccessMethod::OneTimeCode, AccessMethod::SmsReply, AccessMethod::OwnMeans]
            .into_iter()
            .filter(|method| pack.access.allows(*method))
            .collect()
    }

    pub(super) fn first_consent(&mut self, step: &Step<'_>, applicant: Applicant) {
        self.register(step, Registering::Consent { applicant, kind: ConsentKind::Processing });
    }

    pub(super) fn decide_consent(
        &mut self,
        step: &mut Step<'_>,
        applicant: Applicant,
        kind: ConsentKind,
        agreed: bool,
    ) {
        let subject = ConsentSubject::Registration(applicant.registration);
        if !self.record_consent(step, subject, kind, agreed) {
            return self.end(step, Ending::Unreachable);
        }
        if !agreed {
            return self.advise(step, Advice::ConsentRefused);
        }
        let next = CONSENTS.iter().skip_while(|consent| **consent != kind).nth(1);
        match next {
            Some(kind) => self.register(step, Registering::Consent { applicant, kind: *kind }),
            None => self.ask_for_access(step, applicant),
        }
    }

    /// Writes down what was answered to exactly the text that was shown; `false`: there is no such text.
    pub(in crate::dialogue) fn record_consent(
        &self,
        step: &mut Step<'_>,
        subject: ConsentSubject,
        consent: ConsentKind,
        agreed: bool,
    ) -> bool {
        let language = self.language;
        let shown = self.facts.pack(step.now.utc).and_then(|pack| pack.consent(consent));
        let Some(text) = shown.map(|shown| shown.document(language)) else { return false };
        let text_sha256 = sha256_b64(text.as_bytes());
        self.record(step, ConsentDecided { subject, consent, text_sha256, language, agreed });
        true
    }

    fn ask_for_access(&mut self, step: &mut Step<'_>, applicant: Applicant) {
        let methods = self.facts.pack(step.now.utc).map(Self::access_methods).unwrap_or_default();
        match methods.as_slice() {
            [] => self.end(step, Ending::NotAvailable),
            [method] => self.request_access(step, applicant, *method),
            _ => self.register(step, Registering::Method { applicant }),
        }
    }

    pub(super) fn choose_method(&mut self, step: &mut Step<'_>, applicant: Applicant, place: usize) {
        let methods = self.facts.pack(step.now.utc).map(Self::access_methods).unwrap_or_default();
        match methods.get(place) {
            Some(method) => self.request_access(step, applicant, *method),
            None => self.register(step, Registering::Method { applicant }),
        }
    }

    /// The consent is signed: the MFO asks the state service with it.
    pub(in crate::dialogue) fn own_consent_signed(&mut self, step: &mut Step<'_>, applicant: Applicant) {
        self.request_access(step, applicant, AccessMethod::OwnMeans);
    }

    fn request_access(&mut self, step: &mut Step<'_>, applicant: Applicant, method: AccessMethod) {
        let consent = self.facts.pack(step.now.utc).and_then(|pack| pack.consent(ConsentKind::StateData));
        let Some(directory_id) = consent.and_then(|consent| consent.directory_id.clone()) else {
            return self.end(step, Ending::NotAvailable);
        };
        let registration = applicant.registration;
        let asked = self.record(step, AccessRequested { registration, method, directory_id });
        self.register(step, Registering::Waiting { asked, applicant, awaited: Awaited::Access });
    }

    pub(super) fn submit_access_code(
        &mut self,
        step: &mut Step<'_>,
        applicant: Applicant,
        access: Access,
        typed: &Secret,
    ) {
        if access.until <= step.now.mono {
            return self.advise(step, Advice::AccessTimedOut);
        }
        let rules = self.facts.pack(step.now.utc).map(|pack| &pack.access);
        let fits = rules.is_some_and(|rules| {
            let length = u8::try_from(typed.chars_count()).unwrap_or(u8::MAX);
            (rules.code_min_length..=rules.code_max_length).contains(&length)
        });
        let Some(attachment) = fits.then(|| LoginCode { code: typed.clone() }.to_plaintext().ok()).flatten()
        else {
            let error = Some(CodeError::Wrong);
            return self.register(step, Registering::AccessCode { applicant, access, error });
        };
        let registration = applicant.registration;
        let asked = self.record_sealed(step, AccessCodeSubmitted { registration }, attachment);
        let awaited = Awaited::AccessCode(access);
        self.register(step, Registering::Waiting { asked, applicant, awaited });
    }

    /// The state service asks the person, or still waits for them.
    pub(super) fn access_asked(&mut self, step: &Step<'_>, applicant: Applicant, access: Access) {
        let stage = match access.method {
            AccessMethod::SmsReply => Registering::AccessReply {
                applicant,
                access,
                ask_at: step.now.mono.plus_ms(ASK_AGAIN_MS),
                asked: None,
            },
            AccessMethod::OneTimeCode
            | AccessMethod::OwnMeans
            | AccessMethod::Proactive
            | AccessMethod::Logging => Registering::AccessCode { applicant, access, error: None },
        };
        self.register(step, stage);
    }

    /// "Not yet": the screen stays as it is.
    pub(super) fn access_still_open(&mut self, step: &Step<'_>, applicant: Applicant, access: Access) {
        let ask_at = step.now.mono.plus_ms(ASK_AGAIN_MS);
        let stage = Registering::AccessReply { applicant, access, ask_at, asked: None };
        self.state = State::Register(Box::new(stage));
    }

    /// Asks again in time, and gives up in time. Called at the end of every step.
    pub(in crate::dialogue) fn wait_for_access(&mut self, step: &mut Step<'_>) {
        let State::Register(stage) = &self.state else { return };
        let Registering::AccessReply { applicant, access, ask_at, asked } = stage.as_ref() else { return };
        let (applicant, access, now) = (*applicant, *access, step.now.mono);
        if now >= access.until {
            self.advise(step, Advice::AccessTimedOut);
        } else if asked.is_none() && now >= *ask_at {
            let registration = applicant.registration;
            let asked = Some(self.record(step, AccessAnswerAsked { registration }));
            let stage = Registering::AccessReply { applicant, access, ask_at: now, asked };
            self.state = State::Register(Box::new(stage));
        }
    }
}
