//! Lines of GPIO chips by the character device, second version of its interface (Linux 5.10).

use std::collections::BTreeMap;
use std::os::fd::AsFd as _;
use std::path::PathBuf;

use gpiocdev::Request;
use gpiocdev::line::{EdgeDetection, EdgeKind, Value, Values};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use senim_domain::Mono;
use senim_hal::cabinet::{Change, Input};
use senim_hal::{Error, ErrorKind};

use super::{Bias, GpioLine, Lines, Source};
use crate::clock::boottime;

/// Name under which other programs see who holds a line.
const CONSUMER: &str = "senim cabinet";

/// The configured lines, not open.
pub(super) struct Chips(pub(super) BTreeMap<Input, GpioLine>);

impl Source for Chips {
    fn open(&mut self) -> Result<Box<dyn Lines>, Error> {
        let mut chips: BTreeMap<&PathBuf, Vec<(Input, &GpioLine)>> = BTreeMap::new();
        for (input, line) in &self.0 {
            chips.entry(&line.chip).or_default().push((*input, line));
        }
        let held = chips.into_iter().map(|(path, lines)| Held::request(path, &lines));
        Ok(Box::new(OpenChips(held.collect::<Result<_, _>>()?)))
    }

    fn now(&self) -> Mono {
        boottime()
    }

    fn pause(&mut self, ms: u64) {
        wait(&mut [], ms);
    }
}

/// Waits until one of the descriptors has something to say, or the time is over; `false` then.
fn wait(descriptors: &mut [PollFd<'_>], ms: u64) -> bool {
    let ms = i32::try_from(ms).unwrap_or(i32::MAX);
    // A signal ends the wait early, which every caller bears.
    poll(descriptors, PollTimeout::try_from(ms).unwrap_or(PollTimeout::MAX)).is_ok_and(|ready| ready > 0)
}

/// Lines of one chip.
struct Held {
    path: PathBuf,
    inputs: BTreeMap<u32, Input>,
    request: Request,
}

impl Held {
    fn request(path: &PathBuf, lines: &[(Input, &GpioLine)]) -> Result<Self, Error> {
        let mut builder = Request::builder();
        builder.on_chip(path).with_consumer(CONSUMER);
        for (_, line) in lines {
            builder.with_line(line.line).as_input().with_edge_detection(EdgeDetection::BothEdges);
            if line.active_low {
                builder.as_active_low();
            }
            if let Some(bias) = line.bias.resistor() {
                builder.with_bias(bias);
            }
        }
        let request = builder.request().map_err(|error| {
            let path = path.display();
            let words = format!(
                "cabinet: lines of {path} cannot be had: {error}; correct chip and line, stop other programs that hold them"
            );
            Error::new(ErrorKind::NoDevice, words)
        })?;
        let inputs = lines.iter().map(|(input, line)| (line.line, *input)).collect();
        Ok(Self { path: path.clone(), inputs, request })
    }

    fn lost(&self, error: &gpiocdev::Error) -> Error {
        Error::new(ErrorKind::Offline, format!("cabinet: {} cannot be read: {error}", self.path.display()))
    }

    fn levels(&self) -> Result<Vec<Change>, Error> {
        let mut values = Values::default();
        self.request.values(&mut values).map_err(|error| self.lost(&error))?;
        let level = |(line, input): (&u32, &Input)| {
            Some(Change { input: *input, active: values.get(*line)? == Value::Active })
        };
        Ok(self.inputs.iter().filter_map(level).collect())
    }

    /// Edges that are there already.
    fn edges(&self) -> Result<Vec<Change>, Error> {
        let mut edges = Vec::new();
        while self.request.has_edge_event().map_err(|error| self.lost(&error))? {
            let edge = self.request.read_edge_event().map_err(|error| self.lost(&error))?;
            if let Some(input) = self.inputs.get(&edge.offset) {
                // The kernel's edges are logical: rising is towards active, also on a line that is active low.
                edges.push(Change { input: *input, active: edge.kind == EdgeKind::Rising });
            }
        }
        Ok(edges)
    }
}

impl Bias {
    const fn resistor(self) -> Option<gpiocdev::line::Bias> {
        match self {
            Self::AsIs => None,
            Self::PullUp => Some(gpiocdev::line::Bias::PullUp),
            Self::PullDown => Some(gpiocdev::line::Bias::PullDown),
            Self::None => Some(gpiocdev::line::Bias::Disabled),
        }
    }
}

struct OpenChips(Vec<Held>);

impl Lines for OpenChips {
    fn levels(&mut self) -> Result<Vec<Change>, Error> {
        let levels: Result<Vec<_>, _> = self.0.iter().map(Held::levels).collect();
        Ok(levels?.concat())
    }

    fn edges(&mut self, wait_ms: u64) -> Result<Vec<Change>, Error> {
        let mut descriptors: Vec<PollFd<'_>> =
            self.0.iter().map(|held| PollFd::new(held.request.as_fd(), PollFlags::POLLIN)).collect();
        if !wait(&mut descriptors, wait_ms) {
            return Ok(Vec::new());
        }
        let edges: Result<Vec<_>, _> = self.0.iter().map(Held::edges).collect();
        Ok(edges?.concat())
    }
}
