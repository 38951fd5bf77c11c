//! Carries the firmware's frames to the window and the mouse to the firmware, on two threads of its own: a slow frame must
//! not delay a finger.

use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use slint::{Image, Rgb8Pixel, SharedPixelBuffer, Weak};

use super::generated::Desktop;
use super::recorder::Recorder;
use super::{Finger, PRESS, RELEASE};
use crate::clients::FirmwareClient;
use crate::error::Trouble;
use crate::recording::Touching;
use crate::wait::rest;

/// Between two frames.
const FRAME: Duration = Duration::from_millis(100);

/// Where the firmware is now; shared with backstage, which starts and stops it.
#[derive(Clone, Default)]
pub(super) struct Eyes(Arc<Mutex<Option<FirmwareClient>>>);

impl Eyes {
    /// Looks at this firmware from now on.
    pub(super) fn on(&self, firmware: Option<FirmwareClient>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = firmware;
    }

    fn client(&self) -> Option<FirmwareClient> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Starts both threads; they end with the process.
pub(super) fn start(
    window: Weak<Desktop>,
    touched: Receiver<Finger>,
    (width, height): (u32, u32),
    recorder: Recorder,
) -> Result<Eyes, Trouble> {
    let eyes = Eyes::default();
    let seen = eyes.clone();
    spawn("frames", move || watch(&window, &seen))?;
    let felt = eyes.clone();
    spawn("fingers", move || {
        let size = (pixels(width), pixels(height));
        let mut touching = None;
        for finger in touched {
            let (x, y) = (finger.x * size.0, finger.y * size.1);
            let Some(client) = felt.client() else { continue };
            // What lies under the finger has to be known before the touch changes it.
            if finger.kind == PRESS && recorder.runs() {
                touching = client.screen().ok().map(|shown| Touching::begin(shown, size, x, y));
            }
            // A touch on a terminal that is just starting is lost, as on a real one.
            if let Err(error) = client.pointer(x, y, finger.kind) {
                tracing::debug!(%error, "touch lost");
                touching = None;
            }
            if finger.kind == RELEASE
                && let Some((shown, deed)) = touching.take().and_then(|touching: Touching| touching.end(x, y))
            {
                recorder.add(&shown, deed);
            }
        }
    })?;
    Ok(eyes)
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<(), Trouble> {
    let failed = |source| Trouble::Process { name: name.to_owned(), what: "cannot start its thread", source };
    std::thread::Builder::new().name(name.to_owned()).spawn(run).map(drop).map_err(failed)
}

#[expect(clippy::cast_precision_loss, reason = "screens are smaller than 2^24 pixels")]
fn pixels(side: u32) -> f32 {
    side as f32
}

fn watch(window: &Weak<Desktop>, eyes: &Eyes) {
    let mut last = Vec::new();
    loop {
        let png = eyes.client().and_then(|client| client.frame_png().ok());
        let told = match png {
            Some(png) if png == last => Ok(()),
            Some(png) => {
                let frame = decode(&png);
                last = png;
                window.upgrade_in_event_loop(move |window| {
                    if let Some(frame) = frame {
                        window.set_screen(Image::from_rgb8(frame));
                        window.set_has_screen(true);
                    }
                })
            }
            None => {
                last.clear();
                window.upgrade_in_event_loop(|window| window.set_has_screen(false))
            }
        };
        if told.is_err() {
            return;
        }
        rest(FRAME);
    }
}

/// A PNG of 8-bit RGB or RGBA or grey as pixels.
pub(super) fn decode(bytes: &[u8]) -> Option<SharedPixelBuffer<Rgb8Pixel>> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().ok()?;
    let mut samples = vec![0; reader.output_buffer_size()?];
    let info = reader.next_frame(&mut samples).ok()?;
    let pixel: fn(&[u8]) -> Option<Rgb8Pixel> = match info.color_type.samples() {
        1 | 2 => |at| at.first().map(|grey| Rgb8Pixel { r: *grey, g: *grey, b: *grey }),
        _ => |at| match at {
            [r, g, b, ..] => Some(Rgb8Pixel { r: *r, g: *g, b: *b }),
            _ => None,
        },
    };
    let mut buffer = SharedPixelBuffer::<Rgb8Pixel>::new(info.width, info.height);
    let pixels = samples.chunks_exact(info.color_type.samples());
    for (place, sample) in buffer.make_mut_slice().iter_mut().zip(pixels) {
        *place = pixel(sample)?;
    }
    Some(buffer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_of_screens_and_of_receipts_become_pixels() {
        for (color, data, expected) in [
            (png::ColorType::Rgb, vec![1, 2, 3, 4, 5, 6], Rgb8Pixel { r: 4, g: 5, b: 6 }),
            (png::ColorType::Grayscale, vec![0, 200], Rgb8Pixel { r: 200, g: 200, b: 200 }),
        ] {
            let mut bytes = Vec::new();
            let mut encoder = png::Encoder::new(&mut bytes, 2, 1);
            encoder.set_color(color);
            encoder.write_header().unwrap().write_image_data(&data).unwrap();
            let picture = decode(&bytes).unwrap();
            assert_eq!((picture.width(), picture.as_slice()[1]), (2, expected));
        }
        assert!(decode(b"no picture").is_none());
    }
}
