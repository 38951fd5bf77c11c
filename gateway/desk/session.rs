//! Who is signed in: in memory of this process, for a working day at most.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SecureRandom as _;
use senim_domain::{Secret, UtcMillis};
use senim_gateway_core::{Right, Roles};
use senim_operation::jws::sha256_b64;

use super::text::Lang;

/// How long nobody has to click.
const IDLE_MS: i64 = 30 * 60_000;
/// Longest session.
const LIFE_MS: i64 = 10 * 3_600_000;
/// Most sessions at once; the oldest gives way.
const MOST_SESSIONS: usize = 1000;
/// Sign-ins tried in a minute, over all names.
const TRIES_A_MINUTE: u32 = 20;

struct Session {
    name: String,
    csrf: String,
    began: UtcMillis,
    seen: UtcMillis,
}

/// Sessions by the SHA-256 of their cookie: a dump of memory signs nobody in.
#[derive(Default)]
pub(crate) struct Sessions {
    open: Mutex<BTreeMap<String, Session>>,
    tries: Mutex<(i64, u32)>,
}

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    /// Name of the account.
    pub name: String,
    /// Their jobs at this moment.
    pub roles: Roles,
    /// Language of the page.
    pub lang: Lang,
    /// Goes into every form.
    pub csrf: String,
}

impl Visitor {
    /// Whether their jobs allow this; what they do not is not offered to them either.
    pub(crate) fn may(&self, right: Right) -> bool {
        self.roles.may(right)
    }

    /// Whether this is the token of this person's forms.
    pub(crate) fn wrote(&self, token: &str) -> bool {
        // Hashes are compared, so that time says nothing of the token.
        sha256_b64(token.as_bytes()) == sha256_b64(self.csrf.as_bytes())
    }
}

impl Sessions {
    fn open(&self) -> MutexGuard<'_, BTreeMap<String, Session>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether another sign-in may be tried in this minute.
    pub(crate) fn may_try(&self, now: UtcMillis) -> bool {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        let minute = now.0.div_euclid(60_000);
        if tries.0 != minute {
            *tries = (minute, 0);
        }
        tries.1 = tries.1.saturating_add(1);
        tries.1 <= TRIES_A_MINUTE
    }

    /// A new session's cookie; `None`: no randomness.
    pub(crate) fn begin(&self, name: String, now: UtcMillis) -> Option<Secret> {
        let (cookie, csrf) = (random()?, random()?);
        let mut open = self.open();
        open.retain(|_, session| session.lives(now));
        if open.len() >= MOST_SESSIONS {
            let oldest = open.iter().min_by_key(|(_, session)| session.seen).map(|(key, _)| key.clone());
            oldest.and_then(|key| open.remove(&key));
        }
        open.insert(sha256_b64(cookie.as_bytes()), Session { name, csrf, began: now, seen: now });
        Some(Secret::new(cookie))
    }

    /// Who shows this cookie, yet without roles.
    pub(crate) fn visitor(&self, headers: &HeaderMap, lang: Lang, now: UtcMillis) -> Option<Visitor> {
        let mut open = self.open();
        let session = open.get_mut(&key(headers)?).filter(|session| session.lives(now))?;
        session.seen = now;
        Some(Visitor {
            name: session.name.clone(),
            roles: Roles::default(),
            lang,
            csrf: session.csrf.clone(),
        })
    }

    pub(crate) fn end(&self, headers: &HeaderMap) {
        if let Some(key) = key(headers) {
            self.open().remove(&key);
        }
    }
}

impl Session {
    const fn lives(&self, now: UtcMillis) -> bool {
        now.0.saturating_sub(self.seen.0) < IDLE_MS && now.0.saturating_sub(self.began.0) < LIFE_MS
    }
}

/// A cookie of the request.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

fn key(headers: &HeaderMap) -> Option<String> {
    cookie(headers, "desk").map(|cookie| sha256_b64(cookie.as_bytes()))
}

fn random() -> Option<String> {
    let mut bytes = [0_u8; 32];
    ring::rand::SystemRandom::new().fill(&mut bytes).ok()?;
    Some(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UtcMillis = UtcMillis(1_772_434_800_000);

    fn headers(cookie: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, format!("lang=kk; desk={cookie}").parse().unwrap());
        headers
    }

    #[test]
    fn a_session_lives_while_somebody_clicks_and_not_beyond_a_working_day() {
        let sessions = Sessions::default();
        let cookie = sessions.begin("Дана".into(), NOW).unwrap();
        let headers = headers(cookie.expose());
        let at = |ms: i64| sessions.visitor(&headers, Lang::Kk, UtcMillis(NOW.0 + ms)).is_some();
        let mut now = 0;
        while now < LIFE_MS {
            assert!(at(now), "{now}");
            now += IDLE_MS - 1;
        }
        assert!(!at(LIFE_MS));
        let idle = sessions.begin("Дана".into(), NOW).unwrap();
        let idle = super::tests::headers(idle.expose());
        assert!(sessions.visitor(&idle, Lang::Kk, UtcMillis(NOW.0 + IDLE_MS)).is_none());
    }

    #[test]
    fn a_cookie_that_was_never_given_out_or_was_signed_out_is_nobody() {
        let sessions = Sessions::default();
        let cookie = sessions.begin("Дана".into(), NOW).unwrap();
        assert!(sessions.visitor(&headers("made-up"), Lang::Kk, NOW).is_none());
        assert!(sessions.visitor(&HeaderMap::new(), Lang::Kk, NOW).is_none());
        sessions.end(&headers(cookie.expose()));
        assert!(sessions.visitor(&headers(cookie.expose()), Lang::Kk, NOW).is_none());
    }

    #[test]
    fn tries_are_limited_by_the_minute() {
        let sessions = Sessions::default();
        assert!((0..TRIES_A_MINUTE).all(|_| sessions.may_try(NOW)));
        assert!(!sessions.may_try(NOW));
        assert!(sessions.may_try(UtcMillis(NOW.0 + 60_000)));
    }
}
