//! The pull feed's own listener.

use super::refused;
use crate::site::{Server, Site, TOKEN, Uplink, status};

#[test]
fn the_feed_opens_for_its_token_only_and_knows_which_numbers_make_sense() {
    let site = Site::new("");
    let dir = site.enrol("t-1");
    let server = Server::start(&site);
    Uplink::new(&dir, "t-1", &server).begin();
    let with = |token: &str| {
        status(ureq::get(&format!("{}/v1/feed", server.feed)).set("authorization", token).call())
    };
    for token in ["", "Bearer ", "Bearer x", TOKEN, &format!("bearer {TOKEN}"), &format!("Bearer {TOKEN}x")] {
        refused(&with(token), 401, "unauthorised");
    }
    let (code, page) = server.feed("?after=0");
    assert_eq!((code, page["head"].as_u64(), page["next"].as_u64()), (200, Some(0), Some(0)));
    for query in
        ["?after=-1", "?after=x", "?limit=0", "?limit=501", "?after=1", "?after=18446744073709551615"]
    {
        refused(&server.feed(query), 400, "bad_request");
    }
    refused(&status(ureq::get(&format!("{}/v1/terminals/t-1/inbox", server.feed)).call()), 404, "not_found");
}
