//! Decides what a request meets instead of its answer.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tokio::sync::mpsc;

use super::{Refusal, Shared};
use crate::faults::{Fault, Mode, Service};

/// What `huge` sends before it gives up.
const HUGE_BYTES: usize = 64 * 1024 * 1024;
const PIECE: Bytes = Bytes::from_static(&[b' '; 64 * 1024]);
const TRICKLE: Duration = Duration::from_millis(100);
/// Answers are small; more than this is no answer of ours.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;

pub(super) async fn pass(world: &Shared, service: Service, request: Request, next: Next) -> Response {
    let down = || Refusal(StatusCode::SERVICE_UNAVAILABLE, "service_down").into_response();
    let Some(Fault { mode, ms, .. }) = world.faults.meet(service) else { return next.run(request).await };
    let xml = service == Service::Kdp;
    let kind = if xml { "text/xml" } else { "application/json" };
    let unheard = matches!(mode, Mode::Down | Mode::Busy | Mode::Garbage | Mode::WrongForm | Mode::Huge);
    let request = if unheard {
        // What was sent is taken in, or the connection would break instead of answering.
        let (parts, body) = request.into_parts();
        drop(axum::body::to_bytes(body, ANSWER_BYTES_MAX).await);
        Request::from_parts(parts, Body::empty())
    } else {
        request
    };
    match mode {
        Mode::Down => down(),
        Mode::Busy => {
            let refusal = Refusal(StatusCode::TOO_MANY_REQUESTS, "busy").into_response();
            ([(header::RETRY_AFTER, "1")], refusal).into_response()
        }
        Mode::Slow => {
            tokio::time::sleep(Duration::from_millis(ms.unwrap_or(0))).await;
            next.run(request).await
        }
        Mode::Trickle => {
            let answer = bytes(next.run(request).await).await;
            let pieces = answer.into_iter().map(|byte| Bytes::copy_from_slice(&[byte])).collect();
            ([(header::CONTENT_TYPE, kind)], stream(pieces, TRICKLE)).into_response()
        }
        Mode::Garbage => ([(header::CONTENT_TYPE, kind)], &b"{\"\xff\x00<html>%%"[..]).into_response(),
        Mode::WrongForm => {
            let body = if xml { "<a><b>1</b></a>" } else { "{\"code\":5,\"surprise\":[null]}" };
            ([(header::CONTENT_TYPE, kind)], body).into_response()
        }
        Mode::Huge => {
            let pieces = vec![PIECE; HUGE_BYTES / PIECE.len()];
            ([(header::CONTENT_TYPE, kind)], stream(pieces, Duration::ZERO)).into_response()
        }
        Mode::OtherPerson => swapped(world, next.run(request).await).await,
        Mode::LostReply => {
            drop(next.run(request).await);
            down()
        }
        Mode::Unsigned | Mode::WrongKey | Mode::OldAnswer | Mode::AnotherRequest => {
            world.model().coid.forgery = mode.forgery();
            let answer = next.run(request).await;
            world.model().coid.forgery = None;
            answer
        }
    }
}

async fn bytes(response: Response) -> Bytes {
    axum::body::to_bytes(response.into_body(), ANSWER_BYTES_MAX).await.unwrap_or_default()
}

/// A body in pieces with a pause between them; it ends when nobody reads any more.
fn stream(pieces: Vec<Bytes>, pause: Duration) -> Body {
    let (pieces_in, mut pieces_out) = mpsc::channel(1);
    tokio::spawn(async move {
        for piece in pieces {
            if pieces_in.send(piece).await.is_err() {
                break;
            }
            if !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
        }
    });
    Body::from_stream(Pieces(move |context: &mut std::task::Context<'_>| pieces_out.poll_recv(context)))
}

/// The answer with each person's IIN and client id replaced by the next person's.
async fn swapped(world: &Shared, response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, ANSWER_BYTES_MAX).await.unwrap_or_default();
    let mut text = String::from_utf8_lossy(&bytes).into_owned();
    let people: Vec<_> = world.model().people().iter().map(|p| (p.iin.clone(), p.client_id)).collect();
    let named = |(iin, id): &(String, uuid::Uuid)| text.contains(iin) || text.contains(&id.to_string());
    if let Some(position) = people.iter().position(named)
        && let (Some((iin, id)), Some((other_iin, other_id))) =
            (people.get(position), people.get((position + 1) % people.len()))
    {
        text = text.replace(iin, other_iin).replace(&id.to_string(), &other_id.to_string());
    }
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(text))
}

struct Pieces<F>(F);

impl<F> futures_core::Stream for Pieces<F>
where
    F: FnMut(&mut std::task::Context<'_>) -> std::task::Poll<Option<Bytes>> + Unpin,
{
    type Item = Result<Bytes, std::convert::Infallible>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        (self.0)(context).map(|piece| piece.map(Ok))
    }
}
