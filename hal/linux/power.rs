//! Where the dispenser's power latch is read from.

use senim_hal::Error;
use senim_hal::power::{DispenserLatch, Power};

/// A terminal without a latch: after a restart power counts as broken.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoLatch;

impl Power for NoLatch {
    fn dispenser_latch(&mut self) -> Result<Option<DispenserLatch>, Error> {
        Ok(None)
    }
}

#[cfg(feature = "rig")]
pub use http::HttpPower;

#[cfg(feature = "rig")]
mod http {
    use std::time::Duration;

    use senim_hal::power::{DispenserLatch, Power};
    use senim_hal::{Error, ErrorKind};
    use serde::Deserialize;

    /// Longest wait for the emulator.
    const WAIT: Duration = Duration::from_secs(1);

    /// What of the emulator's answer is the latch; it tells more.
    #[derive(Deserialize)]
    struct Answer {
        losses: u64,
        powered: bool,
    }

    /// The emulator's control interface in place of a latch: `GET {url}/power`, of another dispenser than the first
    /// `GET {url}/power/{device}`.
    #[derive(Debug)]
    pub struct HttpPower {
        url: String,
        agent: ureq::Agent,
    }

    impl HttpPower {
        /// Asks the emulator whose control interface is at `url`, for instance `http://127.0.0.1:7070`, for the latch of
        /// this dispenser of the rack.
        #[must_use]
        pub fn new(url: &str, device: Option<&str>) -> Self {
            let device = device.map(|device| format!("/{device}")).unwrap_or_default();
            Self {
                url: format!("{}/power{device}", url.trim_end_matches('/')),
                agent: ureq::AgentBuilder::new().timeout(WAIT).build(),
            }
        }
    }

    impl Power for HttpPower {
        fn dispenser_latch(&mut self) -> Result<Option<DispenserLatch>, Error> {
            let offline = |words: String| {
                Error::new(ErrorKind::Offline, format!("power latch at {}: {words}", self.url))
            };
            let answer = self.agent.get(&self.url).call().map_err(|error| offline(error.to_string()))?;
            let Answer { losses, powered } =
                answer.into_json().map_err(|error| offline(error.to_string()))?;
            Ok(Some(DispenserLatch { losses, powered }))
        }
    }

    #[cfg(test)]
    mod tests {
        use std::io::{Read as _, Write as _};

        use super::*;

        fn served(
            device: Option<&'static str>,
            status: &str,
            body: &'static str,
        ) -> Result<Option<DispenserLatch>, Error> {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let url = format!("http://{}/", listener.local_addr().unwrap());
            let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n", body.len());
            let server = std::thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = [0; 1_024];
                let read = stream.read(&mut request).unwrap();
                let asked =
                    format!("GET /power{} ", device.map(|name| format!("/{name}")).unwrap_or_default());
                assert!(request[..read].starts_with(asked.as_bytes()));
                stream.write_all(head.as_bytes()).unwrap();
                stream.write_all(body.as_bytes()).unwrap();
            });
            let latch = HttpPower::new(&url, device).dispenser_latch();
            server.join().unwrap();
            latch
        }

        #[test]
        fn the_emulators_latch_is_read() {
            let body = r#"{"losses":3,"powered":false,"powered_since_ms":null}"#;
            for device in [None, Some("presenter")] {
                let latch = served(device, "200 OK", body).unwrap();
                assert_eq!(latch, Some(DispenserLatch { losses: 3, powered: false }));
            }
        }

        #[test]
        fn a_refusal_nonsense_or_nobody_there_is_offline() {
            assert_eq!(served(None, "404 Not Found", "{}").unwrap_err().kind, ErrorKind::Offline);
            assert_eq!(served(None, "200 OK", r#"{"powered":true}"#).unwrap_err().kind, ErrorKind::Offline);
            let nobody = HttpPower::new("http://127.0.0.1:1", None).dispenser_latch();
            assert_eq!(nobody.unwrap_err().kind, ErrorKind::Offline);
        }
    }
}
