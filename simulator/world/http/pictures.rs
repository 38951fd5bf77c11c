//! Whatever looks at pictures: the MFO's face matcher and ЦОИД. Decides who is drawn and compared; verdicts are
//! `matcher`'s.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{post, put};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{Answer, Body, Refusal, Shared, World, id, ok};
use crate::matcher::{Reason, Verdict, compare};
use crate::model::coid::phones::Order;
use crate::model::coid::{Compared, Name, Portrait};
use crate::people::Person;
use crate::picture::Picture;
use crate::portrait::{before_camera, enrolled};

/// Portraits that were drawn, each once.
#[derive(Default)]
pub(super) struct Stills(Mutex<BTreeMap<(String, bool), Arc<Picture>>>);

impl Stills {
    /// The enrolled portrait, or what the camera sees (`live`).
    pub(super) fn of(&self, person: &Person, live: bool) -> Arc<Picture> {
        let mismatch = live && person.quirks.face_mismatch;
        let key = (person.iin.clone(), mismatch);
        let mut drawn = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let draw = || Arc::new(if mismatch { before_camera(person) } else { enrolled(person) });
        Arc::clone(drawn.entry(key).or_insert_with(draw))
    }
}

pub(super) fn matcher() -> Router<Arc<Shared>> {
    Router::new().route("/match", post(match_face))
}

pub(super) fn coid() -> Router<Arc<Shared>> {
    Router::new()
        .route("/coid/checks", post(check))
        .route("/coid/phones/{check}", put(begin).get(stands).delete(cancel))
}

/// Drawing and comparing take tens of milliseconds: not on the threads that answer.
pub(super) async fn drawing<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Answer<T> {
    let failed = |_| Refusal(StatusCode::INTERNAL_SERVER_ERROR, "drawing_failed");
    tokio::task::spawn_blocking(work).await.map_err(failed)
}

async fn compared(world: &Arc<Shared>, person: Person, base64: String) -> Answer<Verdict> {
    let world = Arc::clone(world);
    drawing(move || {
        let png = STANDARD.decode(base64).ok();
        let taken = png.and_then(|png| Picture::from_png(&png).ok());
        taken.map_or_else(Verdict::undecodable, |taken| compare(&world.stills.of(&person, false), &taken))
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MatchRequest {
    client_id: Uuid,
    image_png_base64: String,
}

async fn match_face(State(world): World, Body(request): Body<MatchRequest>) -> Answer {
    let person = world.model().registered(request.client_id)?.clone();
    let client = person.client_id;
    let verdict = compared(&world, person, request.image_png_base64).await?;
    tracing::info!(%client, reason = ?verdict.reason, "face compared");
    ok(&json!({ "match": verdict.is_match(), "score": verdict.score, "reason": verdict.reason }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Check {
    check: Uuid,
    iin: String,
    surname: String,
    given_name: String,
    patronymic: Option<String>,
    portrait_png_base64: String,
}

/// Whose a picture is, its likeness in thousandths, and its hash.
async fn portrait(world: &Arc<Shared>, iin: &str, base64: String) -> Answer<(Portrait, u16, String)> {
    let bytes = STANDARD.decode(&base64).unwrap_or_default();
    let sha256 = URL_SAFE_NO_PAD.encode(ring::digest::digest(&ring::digest::SHA256, &bytes));
    let Ok(person) = world.model().by_iin(iin).cloned() else { return Ok((Portrait::Unusable, 0, sha256)) };
    let verdict = compared(world, person, base64).await?;
    let portrait = match verdict.reason {
        _ if verdict.is_match() => Portrait::SamePerson,
        Reason::OtherPerson => Portrait::OtherPerson,
        _ => Portrait::Unusable,
    };
    Ok((portrait, u16::from(verdict.score).saturating_mul(10), sha256))
}

async fn check(State(world): World, Body(check): Body<Check>) -> Answer {
    let (portrait, score_permille, sha256) = portrait(&world, &check.iin, check.portrait_png_base64).await?;
    let name = Name {
        surname: &check.surname,
        given_name: &check.given_name,
        patronymic: check.patronymic.as_deref(),
    };
    let compared = Compared { sha256: &sha256, portrait, score_permille };
    ok(&world.model().coid_check(check.check, &check.iin, &name, compared)?)
}

async fn begin(State(world): World, Path(check): Path<String>, Body(order): Body<Order>) -> Answer {
    ok(&world.model().begin_check(id(&check)?, &order)?)
}

async fn stands(State(world): World, Path(check): Path<String>) -> Answer {
    ok(&world.model().phone_check(id(&check)?)?)
}

async fn cancel(State(world): World, Path(check): Path<String>) -> Answer {
    ok(&world.model().cancel_check(id(&check)?)?)
}
